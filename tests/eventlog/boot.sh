#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# omadm-boot: what it writes, and what it plays into a TPM. Argument: omadm-boot.
set -uo pipefail
boot=$1
. "$(dirname "$0")/../tpm/swtpm.sh"
dir=$(mktemp -d)
trap 'swtpm_stop 2> /dev/null; rm -rf "$dir"' EXIT
failed=0

complain() {
  echo "$1"
  sed 's/^/  /' "$dir/out" "$dir/err"
  failed=1
}

# run STATUS ARGUMENT…
run() {
  local expected=$1 status=0
  shift
  "$boot" "$@" > "$dir/out" 2> "$dir/err" || status=$?
  [ "$status" = "$expected" ] || complain "omadm-boot $*: status $status, expected $expected"
}
err() { grep -qF -- "$1" "$dir/err" || complain "\"$1\" does not stand on standard error"; }

run 2
run 2 --write
run 2 --write "$dir/x" --set nonsense=1
err '"nonsense" = 1: there is no such fact'
run 2 --write "$dir/x" --set safe_mode
err '--set takes FACT=VALUE, not "safe_mode"'
run 2 --write "$dir/x" --without nonsense
err '"nonsense": there is no such fact'
run 2 --write "$dir/x" --set safe_mode=maybe
err '"safe_mode" = maybe: there is no such fact, or it takes a number'
run 2 --write "$dir/x" --bank md5
err '--bank md5'
run 2 --write "$dir/x" --colour red
err 'unknown option --colour'
run 2 "$dir/x"
run 0 --help
run 3 --write "$dir/none/x"
err "$dir/none/x cannot be written"
run 3 "$dir/none" --tpm swtpm:path="$dir/none"
err "$dir/none cannot be read"
run 0 --write "$dir/windows" --bank sha1 --bank sha256
run 0 --write "$dir/linux" --linux --set 'command_line=/vmlinuz quiet' --without sbat
run 0 --write "$dir/legacy" --legacy --no-secure-boot
run 0 --write "$dir/locality" --set locality=3
run 0 --write "$dir/sha512" --bank sha512
run 2 "$dir/err" --tpm swtpm:path="$dir/none"
run 3 "$dir/windows" --tpm swtpm:path="$dir/none"
err "swtpm:path=$dir/none"
run 0 --write "$dir/windows" --boot-ca "$dir/ca.pem" --bank sha1 --bank sha256
openssl x509 -in "$dir/ca.pem" -noout -subject | grep -q 'omadm test boot CA' || complain 'no certificate'
run 3 --boot-ca "$dir/none/x"
err "$dir/none/x cannot be written"
run 2 "$dir/windows" --tpm swtpm:path="$dir/none" --boot-ca "$dir/ca.pem"
[ "$failed" = 0 ] || exit 1

swtpm_available || { echo "the part with a TPM is left out"; exit 0; }
swtpm_make "$dir/tpm" sha1,sha256 || exit 1
swtpm_start "$dir/tpm" || exit 1
run 1 "$dir/locality" --tpm "$SWTPM_TCTI"
err 'the log is that of a TPM started at locality 3; this one was started at locality 0'
run 1 "$dir/sha512" --tpm "$SWTPM_TCTI"
err 'no PCR bank that the log carries'
run 0 "$dir/windows" --tpm "$SWTPM_TCTI"
grep -qx '33 entries extended' "$dir/out" || complain 'not 33 entries'
run 1 "$dir/windows" --tpm "$SWTPM_TCTI"
err 'is not where a start leaves it: restart the TPM'
swtpm_reboot "$dir/tpm"
run 0 "$dir/linux" --tpm "$SWTPM_TCTI"
swtpm_reboot "$dir/tpm"
run 0 "$dir/legacy" --tpm "$SWTPM_TCTI"
exit $failed
