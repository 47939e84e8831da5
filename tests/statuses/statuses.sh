#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Values of HealthAttestation's Status that a real failure leads to, through TLS and a real TPM's interface: a server asks for
# VerifyHealth, reads Status before, meanwhile and afterwards, and gets the alert. Argument: the build folder.
set -uo pipefail
build=$1
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../tpm/swtpm.sh"
work=$(mktemp -d)
service=
real_service=
cleanup() {
  kill $service $real_service 2> /dev/null
  swtpm_stop "$work/tpm" 2> /dev/null
  rm -rf "$work"
}
trap cleanup EXIT
failed=0
done_cases=0

certify() { # NAME: an authority, and a certificate on loopback that it signed
  openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj "/CN=$1" -keyout "$work/$1-ca.key" -out "$work/$1-ca.pem" 2> /dev/null
  openssl req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout "$work/$1.key" -out "$work/$1.csr" 2> /dev/null
  openssl x509 -req -in "$work/$1.csr" -CA "$work/$1-ca.pem" -CAkey "$work/$1-ca.key" -CAcreateserial -days 1 \
    -extfile <(echo 'subjectAltName=DNS:localhost,IP:127.0.0.1') -out "$work/$1.pem" 2> /dev/null
}

await() { # FILE
  local tries=0
  until [ -s "$1" ]; do
    [ $((tries += 1)) -le 200 ] || return 1
    sleep 0.05
  done
}

serve() { # MODE [UPSTREAM]: the service that fails so; $at is where
  [ -z "$service" ] || { kill "$service" && wait "$service"; } 2> /dev/null
  rm -f "$work/port"
  python3 "$here/service.py" "$1" "$work/${authority:-good}.pem" "$work/${authority:-good}.key" "$work/port" "${2:-}" 2> "$work/service.err" &
  service=$!
  await "$work/port" || { cat "$work/service.err"; exit 1; }
  at=127.0.0.1:$(cat "$work/port")
}

# verify STATUS WHAT [SETTING…]: VerifyHealth ends with that status. Settings are those of the CSP; $tpm is the TPM, $log its log.
verify() {
  local status=$1 what=$2 result=0 server
  shift 2
  rm -rf "$work/state" "$work/dm"
  "$build/conformance/omadm-refserver" --tls "$work/good.pem" "$work/good.key" --port-file "$work/dm" --sessions 2 --timeout 30 \
    --dha "$at" --set "status=$status" "$here/commands.xml" > "$work/server.log" 2>&1 &
  server=$!
  await "$work/dm" || { cat "$work/server.log"; exit 1; }
  {
    printf '[server.s]\nurl = https://127.0.0.1:%s/dm\nca = %s\ndialect = windows\n' "$(cat "$work/dm")" "$work/good-ca.pem"
    printf '[csp.HealthAttestation]\nca = %s\n' "$work/good-ca.pem"
    [ $# -eq 0 ] || printf '%s\n' "$@"
  } > "$work/conf"
  "$build/cli/omadm" session --config "$work/conf" --state "$work/state" --csp "$build/plugins" --tpm "$tpm" --event-log "$log" \
    > "$work/client.log" 2>&1 || result=1
  wait "$server" || result=1
  done_cases=$((done_cases + 1))
  [ $result -eq 0 ] && return
  echo "FAILED: $what should be $status"
  sed 's/^/  server: /' "$work/server.log"
  sed 's/^/  device: /' "$work/client.log"
  failed=1
}

certify good
certify stranger
swtpm_available && swtpm_make "$work/tpm" && swtpm_start "$work/tpm" || exit 1
tpm=tss2:$SWTPM_TCTI
log=$work/log
"$build/conformance/boot/omadm-boot" --write "$log" && "$build/conformance/boot/omadm-boot" "$log" --tpm "$SWTPM_TCTI" > /dev/null || exit 1

# The real service: everything is well, and what it says when it is not.
cat "$work"/tpm/ca/*cert.pem > "$work/makers.pem"
"$build/conformance/attestation/omadm-refattest" --tls "$work/good.pem" "$work/good.key" --port-file "$work/real" \
  --ek-roots "$work/makers.pem" > /dev/null 2>&1 &
real_service=$!
await "$work/real" || exit 1
real=$(cat "$work/real")
at=127.0.0.1:$real
verify 3 'a boot that is as its log says'
log=/dev/null verify 3 'a device without a log'
"$build/conformance/boot/omadm-boot" --write "$work/other" --set boot_debugging=1
log=$work/other verify 2 'the log of another boot'
verify 5 'a bank that the TPM has not allocated' 'bank = sha384'
tpm=none verify 6 'no TPM'
tpm=tss2:swtpm:path=$work/nobody verify 6 'a TPM that does not answer'
serve damage "$real"
verify 20 'a certificate that was damaged on the way'

serve 200:text
verify 16 'an answer that is not XML'
serve 200:html
verify 17 'an answer that is another document'
serve 200:cut
verify 17 'an answer that is cut'
serve 200:no-certificate
verify 18 'an empty certificate'
serve 200:for-another
verify 19 'a challenge for another TPM'
serve 200:refusal
verify 2 'a refusal'
serve 200:empty
verify 33 'an empty answer'
serve 500:empty
verify 34 'an HTTP error and nothing else'
serve 503:text
verify 2 'an HTTP error with a text'
serve 400:text
verify 400 'HTTP 400'
serve 404:empty
verify 404 'HTTP 404'
serve 'hang up'
verify 31 'a service that hangs up'
serve silence
verify 31 'a service that says nothing' 'timeout = 2'
# A log that does not fit into the buffers between the two: most of it is padding.
cp "$log" "$work/large" && truncate -s 8M "$work/large"
serve reset
log=$work/large verify 30 'a service that hangs up while it is being written to'
authority=stranger serve 200:empty
verify 26 'the TLS certificate of a stranger'
kill "$service" && wait "$service" 2> /dev/null
service=
verify 26 'nobody at that port'
at=nobody.invalid
verify 404 'a host that does not exist'

# TPM2_HierarchyChangeAuth of the endorsement hierarchy: from now on no key can be made in it.
perl -MIO::Socket::UNIX -e '
  my $tpm = IO::Socket::UNIX->new(Peer => $ARGV[0]) or exit 1;
  $tpm->syswrite(pack "nNNNNNnCnna1", 0x8002, 30, 0x129, 0x4000000B, 9, 0x40000009, 0, 0, 0, 1, "x");
  $tpm->sysread(my $answer, 100);
  exit(unpack("x6 N", $answer) != 0);' "$work/tpm/tpm.sock" || { echo 'TPM2_HierarchyChangeAuth failed'; exit 1; }
verify 7 'a TPM that lets nobody make an attestation key'

[ $failed -ne 0 ] || echo "$done_cases cases"
exit $failed
