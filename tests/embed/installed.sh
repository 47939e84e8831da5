#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# An installation is all that a client needs: the library shows no name but omadm_*, the example builds with what pkg-config says,
# and a program may have names that the library uses inside. A client with an account is run against the reference server.
# Usage: installed.sh CMAKE BUILD SOURCE LIBDIR OMADM REFSERVER PYTHON CC [FLAG...]
set -euo pipefail
cmake=$1 build=$2 source=$3 libdir=$4 omadm=$5 refserver=$6 python=$7
shift 7
compiler=("$@")
here=$(cd "$(dirname "$0")" && pwd)
room=$(mktemp -d)
servers=()
finish() {
  [ ${#servers[@]} = 0 ] || kill "${servers[@]}" 2>"$room/kill" || true
  rm -rf "$room"
}
trap finish EXIT

"$cmake" --install "$build" --prefix "$room/usr" >"$room/log" || { cat "$room/log"; exit 1; }
for file in "$libdir/libomadm.a" include/omadm/session.h include/omadm/version.h include/omadm/builtin.h; do
  [ -s "$room/usr/$file" ] || { echo "$file was not installed"; exit 1; }
done

if nm -g --defined-only "$room/usr/$libdir/libomadm.a" | awk 'NF == 3 { print $3 }' | grep -v '^omadm_'; then
  echo "the library shows the names above"
  exit 1
fi

export PKG_CONFIG_PATH=$room/usr/$libdir/pkgconfig
# The archive, and not the shared library beside it.
read -ra flags <<<"$(pkg-config --cflags --libs omadm | sed "s|-lomadm |$room/usr/$libdir/libomadm.a |")"
cd "$room"
"${compiler[@]}" -Wall -Wextra -Werror "$source/examples/client.c" "${flags[@]}" -o client
"${compiler[@]}" -Wall -Wextra -Werror "$here/names.c" "${flags[@]}" -o names
./names
status=0
./client 2>usage || status=$?
[ "$status" = 2 ] && grep -q '^usage:' usage || { echo "the example does not start"; cat usage; exit 1; }

# A client with an account: its CSPs come from the library, it and the server prove themselves, the terminal answers questions.
"${compiler[@]}" -Wall -Wextra -Werror "$source/examples/managed_client.c" "${flags[@]}" -o managed
port_of() { # FILE: the port that a server has written there
  for _ in $(seq 200); do
    [ -s "$1" ] && break
    sleep 0.05
  done
  cat "$1"
}
complain() {
  echo "$1"
  cat "$room"/managed.out "$room"/managed.err "$room"/server.out
  exit 1
}
for session in 1 2; do
  rm -f "$room/port" "$room/proxy-port"
  "$refserver" --port-file "$room/port" --once --timeout 30 --auth md5 --user me --secret mine \
    --server-auth md5 --server-user srv --server-secret yours "$here/managed.xml" >"$room/server.out" 2>&1 &
  server=$!
  servers=("$server")
  "$python" "$here/wbxml_proxy.py" "$omadm" "$room/proxy-port" "http://127.0.0.1:$(port_of "$room/port")/dm" >"$room/proxy.out" &
  servers+=($!)
  status=0
  printf '2\nBob\nno\n' | ./managed "http://127.0.0.1:$(port_of "$room/proxy-port")/dm" "$room/state" me mine yours \
    >"$room/managed.out" 2>"$room/managed.err" || status=$?
  [ "$status" = 0 ] || complain "session $session of the client with an account failed"
  wait "$server" || complain "the server of session $session misses something"
  kill "${servers[1]}"
  servers=()
  grep -q 'the server asks: Which colour?' "$room/managed.out" || complain "the person was not asked"
  grep -q 'wbxml' "$room/proxy.out" || complain "the client does not write WBXML"
done

# What came from the library is given back to it, with no allocator named.
"${compiler[@]}" -Wall -Wextra -Werror "$here/buffer.c" "${flags[@]}" -o buffer
./buffer
