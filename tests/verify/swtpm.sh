#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# swtpm.sh TEST_REAL: runs it against swtpm, over its socket, with the endorsement certificates of its maker.
set -euo pipefail
. "$(dirname "$0")/../tpm/swtpm.sh"
swtpm_available || { echo "not run: swtpm is not installed"; exit 0; }
folder=$(mktemp -d /tmp/omadm-verify.XXXXXX)
trap 'swtpm_stop "$folder" || :; rm -rf "$folder"' EXIT
swtpm_make "$folder"
openssl x509 -in "$folder/ca/issuercert.pem" -outform DER -out "$folder/ca/issuercert.der"
swtpm_start "$folder"
"$1" "tss2:$SWTPM_TCTI" "$folder/ca"
