#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# An installation is all that a client needs: the library shows no name but omadm_*, the example builds with what pkg-config says,
# and a program may have names that the library uses inside.
# Usage: installed.sh CMAKE BUILD SOURCE LIBDIR CC [FLAG...]
set -euo pipefail
cmake=$1 build=$2 source=$3 libdir=$4
shift 4
compiler=("$@")
here=$(cd "$(dirname "$0")" && pwd)
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT

"$cmake" --install "$build" --prefix "$room/usr" >"$room/log" || { cat "$room/log"; exit 1; }
for file in "$libdir/libomadm.a" include/omadm/session.h include/omadm/version.h; do
  [ -s "$room/usr/$file" ] || { echo "$file was not installed"; exit 1; }
done

if nm -g --defined-only "$room/usr/$libdir/libomadm.a" | awk 'NF == 3 { print $3 }' | grep -v '^omadm_'; then
  echo "the library shows the names above"
  exit 1
fi

export PKG_CONFIG_PATH=$room/usr/$libdir/pkgconfig
read -ra flags <<<"$(pkg-config --cflags --libs omadm)"
cd "$room"
"${compiler[@]}" -Wall -Wextra -Werror "$source/examples/client.c" "${flags[@]}" -o client
"${compiler[@]}" -Wall -Wextra -Werror "$here/names.c" "${flags[@]}" -o names
./names
status=0
./client 2>usage || status=$?
[ "$status" = 2 ] && grep -q '^usage:' usage || { echo "the example does not start"; cat usage; exit 1; }
