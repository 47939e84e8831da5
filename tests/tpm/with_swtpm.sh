#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# with_swtpm.sh PROGRAM: runs a test with a TPM made by swtpm_setup, whose folder is OMADM_TEST_SWTPM. 77: swtpm is not installed.
set -euo pipefail
. "$(dirname "$0")/swtpm.sh"
swtpm_available || exit 77
OMADM_TEST_SWTPM=$(mktemp -d /tmp/omadm-swtpm.XXXXXX)
export OMADM_TEST_SWTPM
test=
trap '[ -z "$test" ] || kill "$test" 2> /dev/null || :; rm -rf "$OMADM_TEST_SWTPM"' EXIT
swtpm_make "$OMADM_TEST_SWTPM"
# Waited for, so that a signal to this script ends it too.
"$@" &
test=$!
wait "$test"
