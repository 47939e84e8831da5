#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The sources are formatted as .clang-format says. Mend with: tests/source/format.sh --fix
set -euo pipefail
cd "$(dirname "$0")/../.."
how=(--dry-run -Werror)
[ "${1:-}" != --fix ] || how=(-i)
git ls-files -co --exclude-standard '*.c' '*.h' | while read -r file; do
  [ ! -e "$file" ] || printf '%s\0' "$file"
done | xargs -0 clang-format-14 "${how[@]}"
