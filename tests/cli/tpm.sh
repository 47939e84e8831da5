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

# A log alone.
"$boot" --write "$dir/log" || exit 1
run 0 log "$dir/log"
out '^ +[0-9]+ +7  EV_EFI_VARIABLE_DRIVER_CONFIG +SecureBoot'
out '^The log holds together\.$'
out '^attested +Secure Boot is on +yes$'
not_out 'VERDICT'
run 0 log "$dir/log" --json
json 'it["bank"]=="sha256" and it["holds-together"] and it["boot"]=="windows" and "tpm" not in it["pcrs"][0]'
json 'it["facts"]["secure_boot"]=={"grade":"attested","value":True}'
run 2 log "$dir/none"
err "$dir/none: cannot be opened"
run 3 log "$dir"
err "$dir: cannot be read"
run 1 log "$here/tpm.sh"
err "tpm.sh: "
run 1 log "$dir/log" --bank sm3
err 'omadm: the log has no bank sm3'
run 2 log "$dir/log" --bank md5

# A TPM that has booted otherwise, and one that has booted so.
swtpm_available && swtpm_make "$dir/tpm" && swtpm_start "$dir/tpm" || exit 1
tpm=(--tpm "tss2:$SWTPM_TCTI")
run 0 info "${tpm[@]}"
out '^version +2\.0$'
out '^banks +sha1 sha256$'
out '^  certificate +present'
out '^  issuer +CN=swtpm-localca$'
out '^boot log +none$'
run 0 info "${tpm[@]}" --event-log "$dir/log" --json
json 'it["version"]=="2.0" and it["boot-log"] and it["endorsement-keys"][0]["certificate"]'
run 3 log "${tpm[@]}"
err 'there is no boot log; --event-log FILE'
run 1 log "${tpm[@]}" --event-log "$dir/log"
out '^ +7  [0-9a-f]{64}  0{64}  DIFFERS$'
not_out '^attested +Secure Boot is on'
"$boot" "$dir/log" --tpm "$SWTPM_TCTI" || exit 1
run 0 log "${tpm[@]}" --event-log "$dir/log"
out '^ +7  ([0-9a-f]{64})  \1  agrees$'
out '^attested +Secure Boot is on +yes$'
run 0 log "$dir/log" "${tpm[@]}" --json
json 'all(row["verdict"]=="agrees" for row in it["pcrs"])'

# Quotes.
run 0 quote "${tpm[@]}"
out '^bank +sha256$'
out '^nonce +[0-9a-f]{32}$'
out '^attest +ff5443478018'
run 0 quote "${tpm[@]}" --nonce 00FF --bank sha1 --json
json 'it["nonce"]=="00ff" and it["bank"]=="sha1" and len(it["pcrs"])==24 and len(it["pcrs"][7])==40'
run 2 quote "${tpm[@]}" --nonce 0
err '--nonce takes at most 64 octets in hexadecimal, not "0"'
run 2 quote "${tpm[@]}" --nonce "$(printf '%0130d' 0)"
run 1 quote "${tpm[@]}" --bank sha384
err 'the TPM has no bank sha384'

# What was recorded of it says the same.
run 0 record "$dir/recorded" "${tpm[@]}" --event-log "$dir/log" --nonce 0011223344556677
swtpm_stop
run 0 info --tpm "recorded:$dir/recorded"
out '^  issuer +CN=swtpm-localca$'
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
