#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The demo's output, with what differs from machine to machine masked, equals expected.txt. masked.sh BUILD [--write]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$here/../.."
OMADM_DEMO_BUILD=$1 ./demo >"$work/output" 2>"$work/errors" || {
  cat "$work/output" "$work/errors"
  exit 1
}
# Identifiers, what DMI and os-release say of this machine, and the widths that follow from them.
sed -E \
  -e 's/urn:uuid:[0-9a-f-]+/DEVICE/' \
  -e '/DevInfo\/(Man|Mod|DmV|Lang) "/s/"[^"]*"/"FACT"/' \
  -e '/^→ Get .\/(DevInfo|DevDetail)\//{n;s/"[^"]*"/"FACT"/}' \
  -e '/^(who made it|its model|its system) /s/\(anything\).*/(anything) FACT yes/' \
  -e 's/ +/ /g' \
  "$work/output" >"$work/masked"
if [ "${2:-}" = --write ]; then
  cp "$work/masked" "$here/expected.txt"
fi
diff -u "$here/expected.txt" "$work/masked"
