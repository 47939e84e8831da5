#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The examples of docs/provisioning.md print what they say there, and omadm agrees. Usage: worked.sh OMADM DOCUMENT
set -uo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
omadm=$1
mkdir "$dir/bin"
ln -s "$omadm" "$dir/bin/omadm"
export PATH="$dir/bin:$PATH"
cd "$dir" || exit 1
# The configuration is the block that is indented and begins with [server.srv].
sed -n '/^    \[server.srv\]/,$s/^    //p' "$2" > omadm.conf
# Between fences: "$ " begins a command; a heredoc goes on to END. "#= " is what was printed.
awk '/^```/ { inside = !inside; next }
     !inside { next }
     /^#= / { print "check " "\047" substr($0, 4) "\047"; next }
     /^\$ / { print "{"; line = substr($0, 3); print line; if (line ~ /<< .END.$/) { here = 1; next }; print "} > printed"; next }
     here && /^END$/ { print; print "} > printed"; here = 0; next }
     { print }' "$2" > script
failed=0
checked=0
check() {
  checked=$((checked + 1))
  [ "$(cat printed)" = "$1" ] || {
    echo "printed: $(cat printed)"
    echo "instead of: $1"
    failed=1
  }
}
# shellcheck disable=SC1091
. ./script
[ "$checked" = 4 ] || { echo "$checked examples were checked"; failed=1; }
# The MACs made there fit: what is wrong with the document is that it holds no account, and that is looked at later.
for row in "USERPIN 818c70a483454846f09d28a43c7301f1235208b7" "NETWPIN $(cat netwpin)" "USERNETWPIN $(cat usernetwpin)"; do
  read -r sec mac <<< "$row"
  "$omadm" bootstrap document --check --sec "$sec" --mac "$mac" --pin 1234 --network-id 234216578902345 --state "$dir/state" \
    --config omadm.conf --tpm none > out 2>&1
  grep -q 'the provisioning document' out || { echo "$sec:"; cat out; failed=1; }
done
exit "$failed"
