#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The demo's output, with what differs from machine to machine masked, equals expected.txt. masked.sh BUILD [--write]
set -euo pipefail
export LC_ALL=C.UTF-8 # for the masks below, which name more than ASCII
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$here/../.."
# Without the real log: what is expected must not depend on whether it is there.
OMADM_TEST_DATA=/nonexistent OMADM_DEMO_BUILD=$1 ./demo >"$work/output" 2>"$work/errors" || {
  cat "$work/output" "$work/errors"
  exit 1
}
# Identifiers, what DMI and os-release say of this machine, ports, times, what is random or a digest, and the widths that follow.
sed -E \
  -e 's/urn:uuid:[0-9a-f-]+/DEVICE/' \
  -e '/DevInfo\/(Man|Mod|DmV|Lang) "/s/"[^"]*"/"FACT"/' \
  -e '/^→ Get .\/(DevInfo|DevDetail)\//{n;s/"[^"]*"/"FACT"/}' \
  -e '/^(who made it|its model|its system) /s/\(anything\).*/(anything) FACT yes/' \
  -e 's/127\.0\.0\.1:[0-9]+/HOST/g' \
  -e 's/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/GUID/g' \
  -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]+Z/TIME/' \
  -e 's/\b[0-9a-f]{32,}…?/HEX/g' \
  -e 's/[A-Za-z0-9+/]{16};[A-Za-z0-9+/]{16}/IDS/g' \
  -e '/^(← 200| +(aikPubHash|(boot|os)RevListInfo|codeIntegrityPolicy)) /s#[][",]*[A-Za-z0-9+/_-]{34,}=*…?"?#DATA#g' \
  -e '/^← 200 DATA/s/\([0-9]+ octets\)/(N octets)/' \
  -e 's/certificate [0-9a-f]{12}:/certificate ID:/' \
  -e 's/ +/ /g' \
  "$work/output" >"$work/masked"
if [ "${2:-}" = --write ]; then
  cp "$work/masked" "$here/expected.txt"
fi
diff -u "$here/expected.txt" "$work/masked"
