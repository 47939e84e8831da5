#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Each file says its licence; no file names a path of somebody's machine or leaves work undone.
set -euo pipefail
cd "$(dirname "$0")/../.."
failed=0
while read -r file; do
  case $file in
  LICENSE | .gitignore | *.md | *.txt | .ci/packages* | .clang-format | *.bin | *.pem | tests/fuzz/corpus/* | */fixtures/*) ;;
  conformance/transcripts/parts/*) ;; # their octets are messages
  *)
    [ -s "$file" ] || continue
    head -n 5 "$file" | grep -q 'SPDX-License-Identifier: MIT' || {
      echo "$file: no SPDX-License-Identifier in its first lines"
      failed=1
    }
    ;;
  esac
done < <(git ls-files | while read -r f; do [ ! -f "$f" ] || echo "$f"; done)

home='/(ho''me|wo''rk|us''ers)/[a-z]'
unfinished='\b(TO''DO|FIX''ME|XX''X)\b'
if git grep -nIE "$home" -- . ':!*.xml' || git grep -nIE "$unfinished" -- '*.c' '*.h' '*.cmake' '*.sh'; then
  echo "the lines above name a machine's path or unfinished work"
  failed=1
fi
exit $failed
