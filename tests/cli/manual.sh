#!/bin/sh
# SPDX-License-Identifier: MIT
# manual.sh MANPAGE-PROGRAM FOLDER: the manual pages are those that the tables make, and mandoc has nothing to say against them.
set -eu
manpage=$1
cd "$2"
failed=0
for page in omadm.1 omadm.conf.5; do
  if ! "$manpage" "$page" | diff -u "$page" -; then
    echo "docs/man/$page is not what the tables of cli/ say: build the target manpages" >&2
    failed=1
  fi
  if command -v mandoc >/dev/null 2>&1; then
    mandoc -Tlint -Wstyle "$page" || failed=1
  fi
done
exit $failed
