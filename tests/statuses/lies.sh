#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Devices that lie, with TPMs of their own, and what services and server make of it: each lie ends in a refusal, and no evidence is
# given to the server. Argument: the build folder.
set -uo pipefail
. "$(dirname "$0")/wire.sh"
for name in honest foreign; do swtpm_make "$work/$name" & done
for bank in sha1 sha256; do swtpm_make "$work/$bank" $bank & done
wait
cat "$work"/honest/ca/*cert.pem > "$work/makers.pem"
cat "$work"/{honest,foreign,sha1,sha256}/ca/*cert.pem > "$work/all-makers.pem"
attestor all --ek-roots "$work/all-makers.pem"
attestor real --ek-roots "$work/makers.pem"
all=$(cat "$work/all.port")
real=$(cat "$work/real.port")

# Logs that are not what the TPM saw.
boot "$work/honest" "$log"
honest=$tpm
for how in changed dropped added relabelled moved cut stripped empty; do
  python3 "$here/spoil.py" "$log" $how "$work/spoilt" || give_up spoil.py
  log=$work/spoilt expect 2 0x80190190 "a log that is $how"
  said real 'the log does not' && said real 'attest/Tpm: refused: '
done

# Keys: a quote by another one, one that is not in the TPM of the endorsement key (each TPM has one half), a maker that nobody knows.
boot "$work/foreign" "$log"
foreign=$tpm
serve "$all" keep "$work/foreigner"
expect 3 0 'another TPM, where its maker is known'
at=127.0.0.1:$real
expect 2 0 'another TPM, whose maker is not known'
said real '12 the endorsement certificate is not that of a trusted maker'
serve "$all" swap endorsement "$work/foreigner"
tpm=$honest expect 19 0 'an attestation key that is not in the TPM of the endorsement key'
cp "$work/foreigner.answer" "$work/sealed"
serve 200:@"$work/sealed"
expect 19 0x80072F78 'the same answer, in the TPM of the endorsement key'
tpm=$honest
serve "$all" keep "$work/first"
expect 3 0 'an honest device'
serve "$all" swap key "$work/first"
expect 2 0 'a quote by another key than the one that is proven'
said all '20 the quote is not genuine'

# Nonces: evidence that was recorded, a request that is sent again, and what the server makes of its own nonces.
"$build/cli/omadm" tpm record "$work/recording" --tpm "$honest" --event-log "$log" > "$work/boot" 2>&1 || give_up 'omadm tpm record' "$work/boot"
at=127.0.0.1:$real
tpm=recorded:$work/recording expect 2 0x80190190 'evidence that answers an older nonce'
said real '21 the nonce is missing' && said real 'attest/Tpm: refused: '
serve "$real" twice
expect 3 0x80190190 'an attestation request that is sent again'
said real 'was used before'
hush
judge() { # CERTIFICATE STATUS REPORT TOKEN
  settings=()
  rm -rf "$work/state"
  at=127.0.0.1:$real
  manage judged.xml 3 --set "certificate=$1" --set "status=$2" --set "report=$3" --set "token=$4"
  { device session && device session; } > "$work/client.log" 2>&1
  wait "$server" || complain "the server should find $3 and $4"
  done_cases=$((done_cases + 1))
}
judge 200 3 healthy healthy
for text in '21 the nonce is missing' '22 the nonce was used before'; do grep -qF "$text" "$work/real.log" || complain "nobody says $text"; done
grep -qF 'the token does not answer to our nonce' "$work/server.log" || complain 'the token is taken for an old nonce'
tpm=$foreign judge 404 2 refused 'not healthy'
grep -qE '^ *aikValidated +false +BAD' "$work/server.log" || complain 'a key that nobody vouches for is taken'

# Boots: a certificate of an earlier one, and counters that went back with a copy of the TPM's memory.
state=$work/boots
at=127.0.0.1:$real
evidence() { # NONCE FILE: as the device gives it, after VerifyHealth
  device tree exec $node/VerifyHealth && device tree replace $node/Nonce "$1" && device tree get $node/Certificate > "$work/base64" &&
    base64 -d "$work/base64" > "$2"
}
told() { # OLD NEW NONCE CODE TEXT: the certificate of one with the quote of the other
  local blob
  blob=$(grep -o '<HealthCertificateBlob>.*</HealthCertificateBlob>' "$1")
  sed -e "s|<HealthCertificateBlob>.*</HealthCertificateBlob>|$blob|" -e "s|<Claims>|<Nonce>$3</Nonce><Claims>|" "$2" > "$work/spliced"
  curl -s --cacert "$work/good-ca.pem" --data-binary @"$work/spliced" "https://$at/DeviceHealthAttestation/ValidateHealthCertificate/v3" \
    > "$work/answer"
  grep -q "ErrorCode=\"$4\"" "$work/answer" && grep -qF "$5" "$work/answer" || { cat "$work/answer"; complain "$1 and $2 should be $4"; }
  done_cases=$((done_cases + 1))
}
again() { swtpm_stop "$work/honest" && boot "$work/honest" "$log"; }
{
  swtpm_stop "$work/honest"
  cp -r "$work/honest/state" "$work/memory"
  boot "$work/honest" "$log"
  device tree replace $node/HASEndpoint "$at"
  again
  evidence aaaaaaaa "$work/boot-2" || complain 'boot 2 gives no evidence'
  again
  [ -z "$(device tree get $node/Certificate)" ] && [ "$(device tree get $node/Status)" = 0 ] ||
    complain 'a certificate of an earlier boot is given'
  evidence bbbbbbbb "$work/boot-3" || complain 'boot 3 gives no evidence'
  swtpm_stop "$work/honest"
  rm -r "$work/honest/state"
  mv "$work/memory" "$work/honest/state"
  boot "$work/honest" "$log"
  [ -z "$(device tree get $node/Certificate)" ] && [ "$(device tree get $node/Status)" = 0 ] ||
    complain 'a certificate is given though the counters went back'
  evidence cccccccc "$work/boot-1" || complain 'boot 1 gives no evidence'
} 2> "$work/client.log"
told "$work/boot-2" "$work/boot-2" aaaaaaaa 0 '<SecureBootEnabled>true<'
told "$work/boot-2" "$work/boot-3" bbbbbbbb 43 '<RebootCount>true<'
told "$work/boot-3" "$work/boot-1" cccccccc 42 'a counter of the TPM went back'
unset state

# Banks that are not allocated. A TPM quotes nothing of one, and signs that.
log=$work/both-banks
"$build/conformance/boot/omadm-boot" --write "$log" --bank sha1 --bank sha256
boot "$work/sha1" "$log"
at=127.0.0.1:$all
expect 5 0x80290405 'no SHA-256 bank' 'bank = sha256'
expect 2 0x80190190 'nothing but a SHA-1 bank'
said all '23 the quote is not over all PCRs of a bank that counts here'
boot "$work/sha256" "$log"
expect 5 0x80290405 'no SHA-1 bank' 'bank = sha1'
expect 3 0 'nothing but a SHA-256 bank'
export TPM2TOOLS_TCTI=${tpm#tss2:}
{
  cd "$work" && tpm2_createprimary -Q -C e -G ecc -c primary && tpm2_flushcontext -t &&
    tpm2_create -Q -C primary -G rsa2048:rsassa-sha256:null -u public -r private \
      -a 'fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda|sign|restricted' && tpm2_flushcontext -t &&
    tpm2_load -Q -C primary -u public -r private -c key && tpm2_flushcontext -t &&
    tpm2_quote -Q -c key -g sha256 -l sha1:all -m quote -s signature && tpm2_flushcontext -t &&
    python3 "$here/nothing.py" public quote signature "$log" > nothing
} || give_up 'a quote over nothing'
curl -s --cacert good-ca.pem --data-binary @nothing "https://$at/DeviceHealthAttestation/GetHealthCertificate/v3" > answer
grep -q 'ErrorCode="23"' answer && grep -q 'not allocated' answer || { cat answer; complain 'a quote over nothing is taken'; }
done_cases=$((done_cases + 1))
end
