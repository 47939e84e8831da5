#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# No file of code over 500 lines, no function over 60. What is longer stands in size-exceptions.txt with its length and its reason;
# an entry may only shrink, and goes when it is no longer needed. Tests and generated files are free.
set -euo pipefail
cd "$(dirname "$0")/../.."
exceptions=tests/source/size-exceptions.txt
failed=0

sources() {
  git ls-files -co --exclude-standard '*.c' '*.h' | grep -v '^tests/' | while read -r file; do
    [ ! -e "$file" ] || echo "$file"
  done
}

# judge WHAT LENGTH LIMIT: an allowance is the number in the second column of the list.
judge() {
  local allowed
  allowed=$(awk -v what="$1" '!/^#/ && $1 == what { print $2 }' "$exceptions")
  if [ "$2" -le "$3" ]; then
    [ -z "$allowed" ] || { echo "$1 has $2 lines: take it out of $exceptions"; return 1; }
  elif [ -z "$allowed" ]; then
    echo "$1 has $2 lines, the limit is $3"
    return 1
  elif [ "$2" -ne "$allowed" ]; then
    echo "$1 has $2 lines, $exceptions says $allowed: exceptions may only shrink; write the new number when it did"
    return 1
  fi
}

while read -r lines file; do
  judge "$file" "$lines" 500 || failed=1
done < <(sources | xargs wc -l | awk '$2 != "total" { print $1, $2 }')

while read -r file name length; do
  judge "$file:$name" "$length" 60 || failed=1
done < <(sources | grep '\.c$' | xargs ctags -x --c-kinds=f --_xformat='%{input} %{name} %n %e' |
  awk '$4 - $3 >= 60 { print $1, $2, $4 - $3 + 1 }')

exit $failed
