#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The sources, but for those of tests/abi/N that are frozen, are formatted as .clang-format says. Mend with: tests/source/format.sh --fix
set -euo pipefail
cd "$(dirname "$0")/../.."
how=(--dry-run -Werror)
[ "${1:-}" != --fix ] || how=(-i)
git ls-files -co --exclude-standard '*.c' '*.h' | grep -v '^tests/abi/[0-9]' | while read -r file; do
  [ ! -e "$file" ] || printf '%s\0' "$file"
done | xargs -0 clang-format-14 "${how[@]}"
