#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# omadm tpm against a TPM in software, against what was recorded of it, and on logs alone. Arguments: omadm, omadm-boot.
set -uo pipefail
omadm=$1
boot=$2
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../tpm/swtpm.sh"
dir=$(mktemp -d)
trap 'swtpm_stop 2> /dev/null; rm -rf "$dir"' EXIT
failed=0
: > "$dir/empty.conf"
unset XDG_STATE_HOME

# run STATUS ARGUMENT…: the exit status is STATUS; output goes to out and err.
run() {
  local expected=$1 status=0
  shift
  "$omadm" tpm "$@" --config "$dir/empty.conf" > "$dir/out" 2> "$dir/err" || status=$?
  [ "$status" = "$expected" ] || complain "omadm tpm $*: status $status, expected $expected"
}

complain() {
  echo "$1"
  sed 's/^/  out: /' "$dir/out"
  sed 's/^/  err: /' "$dir/err"
  failed=1
}

out() { grep -qE -- "$1" "$dir/out" || complain "no line like \"$1\" on standard output"; }
err() { grep -qF -- "$1" "$dir/err" || complain "\"$1\" does not stand on standard error"; }
not_out() { ! grep -qE -- "$1" "$dir/out" || complain "a line like \"$1\" on standard output"; }
json() { python3 -c 'import json,sys; it=json.load(open(sys.argv[1])); assert eval(sys.argv[2]), it' "$dir/out" "$1" || complain "not so: $1"; }

# Without a TPM.
for verb in info log quote "record $dir/r"; do
  # shellcheck disable=SC2086
  run 3 $verb --tpm none
done
run 3 info --tpm none
err 'omadm: none: there is no TPM'
run 2 info --tpm nonsense:x
err 'there is no TPM provider "nonsense"'

# The TPM's libraries do not speak beside our messages, but where they are asked to.
run 3 info --tpm tss2:device:/nowhere
err 'omadm: warning: tpm: /nowhere cannot be opened: No such file'
! grep -q ':tcti:' "$dir/err" || complain 'the libraries of the TPM speak too'
TSS2_LOG=all+error run 3 info --tpm tss2:device:/nowhere
err ':tcti:'

# A log alone.
"$boot" --write "$dir/log" || exit 1
run 0 log "$dir/log"
out '^ +[0-9]+ +7  EV_EFI_VARIABLE_DRIVER_CONFIG +SecureBoot'
out '^The log holds together\.$'
out '^logged +Secure Boot is on +yes$'
out '^logged +certificate that vouched for the boot loader +CN = omadm test boot CA$'
not_out 'VERDICT|attested| $'
run 0 log "$dir/log" --json
json 'it["bank"]=="sha256" and it["holds-together"] and it["boot"]=="windows" and "tpm" not in it["pcrs"][0]'
json 'it["facts"]["boot_authority"]["value"].startswith("3082")'
json 'it["facts"]["secure_boot"]=={"grade":"logged","value":True} and it["compared-with-tpm"] is False'
json 'all(len(event["data"]) % 2 == 0 for event in it["events"]) and it["events"][0]["data"].startswith("537065632049442045766")'
"$boot" --write "$dir/linux" --linux --set "command_line=/vmlinuz $(printf 'word=%.0s' {1..100})end" || exit 1
run 0 log "$dir/linux"
out '^ +[0-9]+ +8  EV_IPL .*word=…$'
run 0 log "$dir/linux" --json
json 'any(event["what"].endswith("…") and bytes.fromhex(event["data"]).endswith(b"end\0") for event in it["events"])'
json 'it["facts"]["bitlocker"]=={"grade":"not applicable","value":None}'
# A log that the command line names, and no TPM.
for named in "--event-log $dir/log" "--tpm none --event-log $dir/log" "--tpm none $dir/log"; do
  # shellcheck disable=SC2086
  run 0 log $named
  out '^logged +Secure Boot is on +yes$'
done
run 3 log --tpm none
err 'there is no TPM'
# Logs that cannot be read: the same by either way.
for way in "" --event-log; do
  # shellcheck disable=SC2086
  run 2 log $way "$dir/none"
  err "$dir/none: cannot be opened: No such file"
  # shellcheck disable=SC2086
  run 3 log $way "$dir"
  err "$dir: cannot be read: Is a directory"
done
run 2 info --event-log "$dir/none" --tpm none
err "$dir/none: cannot be opened"
printf '[tpm]\nevent-log = %s/none\n' "$dir" > "$dir/none.conf"
# What means nothing together.
run 2 log --nonce 00 "$dir/log"
err '--nonce means nothing to omadm tpm log, only to quote, record'
run 2 info --bank sha256
run 2 quote --event-log "$dir/log"
run 2 log --ima-log "$dir/log" "$dir/log"
run 2 log --event-log "$dir/log" "$dir/log"
err 'FILE or --event-log, not both'
run 1 log "$here/tpm.sh"
err "tpm.sh: "
run 1 log "$dir/log" --bank sm3
err 'omadm: the log has no bank sm3'
run 2 log "$dir/log" --bank md5
"$omadm" --help > "$dir/out"
out 'event-log FILE +session, tree, ddf, csp, tpm \(info, log, record\), notify, bootstrap:$'
run 0 info --help
out 'ima-log FILE +info, record:$'

# A TPM that has booted otherwise, and one that has booted so.
swtpm_available && swtpm_make "$dir/tpm" && swtpm_start "$dir/tpm" || exit 1
tpm=(--tpm "tss2:$SWTPM_TCTI")
run 0 info "${tpm[@]}"
out '^version +2\.0$'
out '^banks +sha1 sha256$'
out '^  certificate +present'
out '^  issuer +CN=swtpm-localca$'
out '^boot log +none$'
out '^maker +IBM SW TPM$'
out '^firmware +[0-9a-f]{8}\.[0-9a-f]{8}$'
out '^EK others +not looked for: P-384 \(certificate at NV 0x01C00016\)$'
not_out ' $'
run 0 info "${tpm[@]}" --event-log "$dir/log" --json
json '"." in it["firmware"] and it["maker"]==it["maker"].strip() and it["vendor"]==it["vendor"].strip()'
json 'it["version"]=="2.0" and it["boot-log"] and it["endorsement-keys"][0]["certificate"]'
run 3 log "${tpm[@]}"
err 'there is no boot log; --event-log FILE'
"$omadm" tpm log "${tpm[@]}" --config "$dir/none.conf" > "$dir/out" 2> "$dir/err" && complain 'a log that is not there was shown'
err "there is no boot log at $dir/none; --event-log FILE"
run 1 log "${tpm[@]}" --event-log "$dir/log"
out '^ +7  [0-9a-f]{64}  0{64}  DIFFERS$'
not_out '^attested +Secure Boot is on'
"$boot" "$dir/log" --tpm "$SWTPM_TCTI" || exit 1
run 0 log "${tpm[@]}" --event-log "$dir/log"
out '^ +7  ([0-9a-f]{64})  \1  agrees$'
out '^attested +Secure Boot is on +yes$'
run 0 log "$dir/log" "${tpm[@]}" --json
json 'all(row["verdict"]=="agrees" for row in it["pcrs"]) and it["compared-with-tpm"]'
json 'it["facts"]["secure_boot"]=={"grade":"attested","value":True}'
run 0 log --tpm none --event-log "$dir/log" --json
json 'not it["compared-with-tpm"]'

# Quotes.
run 0 quote "${tpm[@]}"
out '^bank +sha256$'
out '^nonce +[0-9a-f]{32}$'
out '^attest +ff5443478018'
out '^verified: restricted key, its signature, the nonce, the PCR values; reset [0-9]+, restart [0-9]+$'
run 0 quote "${tpm[@]}" --nonce 00FF --bank sha1 --json
json 'it["nonce"]=="00ff" and it["bank"]=="sha1" and len(it["pcrs"])==24 and len(it["pcrs"][7])==40'
json 'it["verified"] and it["clock"]["reset-count"]>=1 and it["clock"]["restart-count"]==0 and not it["nonce-of-recording"]'
run 2 quote "${tpm[@]}" --nonce 0
err '--nonce takes at most 64 octets in hexadecimal, not "0"'
run 2 quote "${tpm[@]}" --nonce "$(printf '%0130d' 0)"
run 1 quote "${tpm[@]}" --bank sha384
err 'the TPM has no bank sha384'

# What was recorded of it says the same.
run 2 record "$dir/recorded" "${tpm[@]}" --event-log "$dir/nowhere"
err "$dir/nowhere: cannot be opened"
run 3 record "$dir/recorded" "${tpm[@]}" --ima-log "$dir"
err "$dir: cannot be read"
[ ! -e "$dir/recorded" ] || complain 'a recording without its logs was begun'
run 0 record "$dir/recorded" "${tpm[@]}" --event-log "$dir/log" --nonce 0011223344556677
out '^written +eventlog\.bin +boot log$'
out '^bank +sha256$'
out "^not there +ima\\.bin +IMA's list$"
run 0 record "$dir/recorded-1" "${tpm[@]}" --bank sha1 --nonce 00 --json
json '"quote.attest" in it["written"] and it["missing"]==["ek-p256.crt","eventlog.bin","ima.bin"]'
"$boot" --write "$dir/log-1" --bank sha1 || exit 1
run 0 record "$dir/recorded-2" "${tpm[@]}" --event-log "$dir/log-1"
out '^bank +sha1$'
run 0 record "$dir/recorded-3" "${tpm[@]}" --event-log "$dir/log-1" --bank sha256
out '^bank +sha256$'
run 0 record "$dir/recorded-4" "${tpm[@]}" --event-log "$here/tpm.sh"
out '^bank +sha256$'
swtpm_stop
run 0 info --tpm "recorded:$dir/recorded"
out '^  issuer +CN=swtpm-localca$'
run 0 quote --tpm "recorded:$dir/recorded"
out '^nonce +0011223344556677$'
out "^verified: restricted key, its signature, the recording's own nonce, "
run 0 quote --tpm "recorded:$dir/recorded" --nonce 0011223344556677
out '^verified: restricted key, its signature, the nonce, '
run 1 quote --tpm "recorded:$dir/recorded" --nonce 00
err 'the quote does not verify: '
run 0 quote --tpm "recorded:$dir/recorded-1" --json
json 'it["bank"]=="sha1" and it["nonce"]=="00" and it["nonce-of-recording"]'
run 1 quote --tpm "recorded:$dir/recorded-1" --bank sha256
run 0 log --tpm "recorded:$dir/recorded"
out '^ +7  ([0-9a-f]{64})  \1  agrees$'
run 3 info "${tpm[@]}"

# Real logs.
logs=${OMADM_TEST_DATA:-$here/../../../shared}/data/eventlogs
if [ -d "$logs" ]; then
  for log in "$logs"/*.bin; do
    run 0 log "$log"
    out '^EVENT  PCR  TYPE'
    run 0 log "$log" --json
    json 'len(it["events"])>0'
  done
else
  echo "real logs: skipped, there is no $logs (OMADM_TEST_DATA)"
fi
exit $failed
