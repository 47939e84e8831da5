#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A command that is no absolute path is never run, and that is said when the CSP opens. Usage: relative.sh OMADM PLUGINS
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
printf '[tree]\ncsp = %s\n[csp.FUMO]\ndownload-command = upd.sh\nupdate-command = /bin/true\n' "$2" >"$dir/conf"
"$1" tree list ./FUMO --config "$dir/conf" --state "$dir/state" --tpm none >"$dir/out" 2>"$dir/err"
[ "$(grep -c 'download-command is no absolute path' "$dir/err")" = 1 ] || { cat "$dir/err"; exit 1; }
if grep -q update-command "$dir/err"; then
  cat "$dir/err"
  exit 1
fi
