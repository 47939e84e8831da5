#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# `omadm csp new` makes plugins that build without a warning out of tree and pass their own tests: of a DDF that is hard to name in C,
# of omadm's own, and of a sample of published ones. What it cannot make it refuses, and changes nothing.
# Usage: new.sh CMAKE BUILD SOURCE; the published DDF files are those of $OMADM_TEST_DATA, by default ../shared beside the sources.
set -euo pipefail
cmake=$1 build=$2 source=$3 published=${OMADM_TEST_DATA:-$3/../shared}/ddf/windows
here=$(cd "$(dirname "$0")" && pwd)
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
umask 022
"$cmake" --install "$build" --prefix "$room/usr" >"$room/install.log" || { cat "$room/install.log"; exit 1; }
omadm=$room/usr/bin/omadm
export CMAKE_PREFIX_PATH=$room/usr
failed=0 made=0

try() { # NAME DDF
  local folder=$room/new/$1 log=$room/log
  if "$omadm" csp new "$1" --ddf "$2" --dir "$room/new" >"$log" 2>&1 &&
    "$cmake" -S "$folder" -B "$folder/build" -G Ninja -DCMAKE_C_FLAGS="-Werror" >"$log" 2>&1 &&
    "$cmake" --build "$folder/build" >"$log" 2>&1 && (cd "$folder/build" && ctest --output-on-failure) >"$log" 2>&1; then
    made=$((made + 1))
  else
    echo "a CSP made from $2 fails:"
    tail -n 40 "$log"
    failed=1
  fi
  rm -rf "$folder"
}

refuses() { # EXIT-STATUS TEXT ARGUMENT...
  local expected=$1 text=$2 status=0
  shift 2
  "$omadm" csp new "$@" >"$room/log" 2>&1 || status=$?
  if [ "$status" != "$expected" ] || ! grep -q -- "$text" "$room/log"; then
    echo "omadm csp new $*: exit status $status"
    cat "$room/log"
    failed=1
  fi
}

mkdir "$room/new"
for name in odd "Odd 2.0" 7th omadm "Gerät" test; do try "$name" "$here/odd.ddf.xml"; done
for ddf in fumo/fumo scomo/scomo health-attestation/health-attestation; do try "$(basename "$ddf")" "$source/csps/$ddf.ddf.xml"; done

# What omadm has built in it says, and makes the plugin all the same.
"$omadm" csp new info --ddf "$room/usr/share/omadm/ddf/devinfo.ddf.xml" --dir "$room/new" >"$room/log" 2>&1 || failed=1
grep -q '^omadm: \./DevInfo is built in' "$room/log" || { echo "nothing is said of a built-in root"; cat "$room/log"; failed=1; }
rm -rf "$room/new/info"

mkdir "$room/new/there"
refuses 1 "File exists; take another name" there --ddf "$here/odd.ddf.xml" --dir "$room/new"
[ -z "$(ls -A "$room/new/there")" ] || { echo "a folder that was there has changed"; failed=1; }
refuses 1 "No such file" new --ddf "$room/nothing.xml" --dir "$room/new"
refuses 2 "takes one --ddf FILE" new --dir "$room/new"
for name in a/b .. "" "a\"b" "-x" "a*/"; do refuses 2 "is no name for a CSP" --dir "$room/new" --ddf "$here/odd.ddf.xml" -- "$name"; done
echo '<MgmtTree/>' >"$room/empty.xml"
refuses 1 "empty.xml" empty --ddf "$room/empty.xml" --dir "$room/new"
[ "$(ls "$room/new")" = there ] || { echo "something was made and left: $(ls "$room/new")"; failed=1; }

# Every eighth of the published ones, but those that omadm has built in.
if [ -d "$published" ]; then
  number=0
  for ddf in "$published"/*.xml; do
    case $(basename "$ddf" .xml) in DMAcc | DevInfo | DevDetail | Reboot) continue ;; esac
    [ $((number++ % 8)) != 2 ] || try "$(basename "$ddf" .xml)" "$ddf"
  done
else
  echo "not run: no published DDF files in $published (set OMADM_TEST_DATA)"
fi
echo "$made CSPs made and tested"
exit $failed
