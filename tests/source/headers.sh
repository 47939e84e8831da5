#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Each public header compiles alone, as C99, C11 and C++11, without a warning. Argument: an include folder for version.h.
set -euo pipefail
cd "$(dirname "$0")/../.."
failed=0
for header in include/omadm/*.h; do
  for language in c:c99 c:c11 c++:c++11; do
    echo "#include <omadm/$(basename "$header")>" |
      "${CC:-cc}" -x "${language%%:*}" "-std=${language##*:}" -Wall -Wextra -Wpedantic -Werror -Iinclude "-I$1" \
        -fsyntax-only - || {
      echo "$header does not compile as ${language##*:}"
      failed=1
    }
  done
done
exit $failed
