# SPDX-License-Identifier: MIT
# A TPM 2.0 in software for tests, to be sourced by bash scripts: the demo's. What it offers is said there.
. "$(dirname "${BASH_SOURCE[0]}")/../../examples/demo/swtpm.sh"
