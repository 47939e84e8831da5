#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The TPM and the HTTP client that omadm gives to its CSPs, seen through HealthAttestation. Arguments: omadm, the folder of the plugin,
# the folder of the transcripts.
set -uo pipefail
omadm=$1
plugins=$2
transcripts=$3
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../tpm/swtpm.sh"
dir=$(mktemp -d)
trap 'swtpm_stop 2> /dev/null; rm -rf "$dir"' EXIT
failed=0
export LANG=C.UTF-8 XDG_STATE_HOME=$dir/home
node=./Vendor/MSFT/HealthAttestation
: > "$dir/omadm.conf"
touch "$dir/log"

complain() {
  echo "$1"
  sed 's/^/  out: /' "$dir/out"
  sed 's/^/  err: /' "$dir/err"
  failed=1
}

# run STATUS ARGUMENT…: the exit status is STATUS; output goes to out and err.
run() {
  local expected=$1 status=0
  shift
  "$omadm" "$@" --config "$dir/omadm.conf" --state "$dir/state" --csp "$plugins" > "$dir/out" 2> "$dir/err" || status=$?
  [ "$status" = "$expected" ] || complain "omadm $*: status $status, expected $expected"
}

# is NODE VALUE OPTION…: the value of that node.
is() {
  local name=$1 value=$2
  shift 2
  run 0 tree get "$node/$name" "$@"
  [ "$(cat "$dir/out")" = "$value" ] || complain "$name is not $value"
}

err() { grep -qF -- "$1" "$dir/err" || complain "\"$1\" does not stand on standard error"; }

run 0 csp list --tpm none
grep -qE '^HealthAttestation +[0-9.]+ +code +17 +\./Vendor/MSFT/HealthAttestation ' "$dir/out" || complain 'the plugin is not listed'

# A transcript that wants a plugin plays where it is, and is skipped where it is not.
one=$transcripts/windows/health-attestation-ready-status-of-a-tpm-without-keys.xml
"$omadm" replay --csp "$dir" --csp "$plugins" "$one" > "$dir/out" 2>&1 || complain 'it does not play'
grep -qxF '1 passed, 0 failed' "$dir/out" || complain 'it does not pass'
"$omadm" replay --csp "$dir" "$one" > "$dir/out" 2>&1 || complain 'a skipped transcript fails'
grep -qF 'needs the plugin health-attestation: name the folder of health-attestation.so with --csp' "$dir/out" || complain 'it is not skipped'

# Which TPM: none, a recording, none that answers, the configuration's unless the command line says otherwise.
without_keys=recorded:$transcripts/fixtures/tpm-without-keys
is TpmReadyStatus 2097152 --tpm none
is TpmReadyStatus 786560 --tpm "$without_keys"
is TpmReadyStatus 2097152 --tpm tss2:device:/no/such/device
printf '[tpm]\nprovider = %s\n' "$without_keys" > "$dir/omadm.conf"
is TpmReadyStatus 786560
is TpmReadyStatus 2097152 --tpm none
is TpmReadyStatus 262272 --event-log "$here/services.sh"
run 2 tree get ./DevInfo/DevId --tpm nonsense:x
err 'there is no TPM provider "nonsense"'
printf '[tpm]\ndeadline = 0\n' > "$dir/omadm.conf"
run 2 csp list
err 'deadline'

# What root relies on, nobody else may write.
printf '[tpm]\nprovider = none\nevent-log = %s/log\n' "$dir" > "$dir/omadm.conf"
run 0 csp list
if [ "$(id -u)" = 0 ]; then
  chmod o+w "$dir/log"
  run 3 csp list
  err "others may write to $dir/log: chmod go-w it"
fi

# A job that ends with the command, and HTTP from it: no TPM, nobody listening, a file of authorities that is none.
: > "$dir/omadm.conf"
run 0 tree exec "$node/VerifyHealth" --tpm none
is Status 6 --tpm none
swtpm_make "$dir/tpm" && swtpm_start "$dir/tpm" || exit 1
verify() {
  run 0 tree exec "$node/VerifyHealth" --tpm "tss2:$SWTPM_TCTI" --event-log "$dir/log"
  is Status "$1" --tpm none
}
run 0 tree replace "$node/HASEndpoint" 127.0.0.1:1 --tpm none
verify 26
run 0 tree replace "$node/HASEndpoint" no-such-host.invalid --tpm none
verify 404
printf '[csp.HealthAttestation]\nca = %s/none\n' "$dir" > "$dir/omadm.conf"
verify 28
if [ "$(id -u)" = 0 ]; then
  printf '[csp.HealthAttestation]\nca = %s/log\n' "$dir" > "$dir/omadm.conf"
  run 0 tree exec "$node/VerifyHealth" --tpm "tss2:$SWTPM_TCTI"
  err "others may write to $dir/log: chmod go-w it"
  is Status 28 --tpm none
fi
exit $failed
