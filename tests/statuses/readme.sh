#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The example in the reference server's description can be played, and holds. Argument: the build folder.
set -uo pipefail
. "$(dirname "$0")/wire.sh"
swtpm_make "$work/tpm" && boot "$work/tpm" "$log" || exit 1
cat "$work"/tpm/ca/*cert.pem > "$work/makers.pem"
attestor real --ek-roots "$work/makers.pem"
sed -n '/^```xml$/,/^```$/{/^```/!p}' "$here/../../conformance/server/README.md" > "$work/readme.xml"
manage "$(realpath --relative-to="$here" "$work/readme.xml")" 2
device session > "$work/client.log" 2>&1 || complain 'the session of the example'
wait "$server" || complain 'the example does not hold'
done_cases=1
end
