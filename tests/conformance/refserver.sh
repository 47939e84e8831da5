#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# omadm-refserver over real HTTP: a device that sends rubbish gets a clear line, and the exit status is 1; so does none at all.
# Argument: the program.
set -euo pipefail
server=$1
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
trap 'kill -KILL $(jobs -p) 2> /dev/null || true; rm -rf "$dir"' EXIT

start() { # OPTION…: runs the server in the background; $port is where it listens
  rm -f "$dir/port"
  "$server" --port-file "$dir/port" "$@" "$here/refserver.xml" > "$dir/out" 2> "$dir/err" &
  pid=$!
  for _ in $(seq 100); do
    [ ! -e "$dir/port" ] || break
    sleep 0.05
  done
  port=$(cat "$dir/port")
}

finish() { # STATUS LINE: the server's exit status, and a line of its output
  local status=0
  wait "$pid" || status=$?
  if [ "$status" -ne "$1" ] || ! grep -qxF -- "$2" "$dir/out"; then
    echo "expected status $1 and the line \"$2\"; found status $status and"
    cat "$dir/out" "$dir/err"
    exit 1
  fi
}

post() { # CONTENT-TYPE OCTETS: prints the HTTP status
  curl -s -o "$dir/answer" -w '%{http_code}' -H "Content-Type: $1" --data-binary "$2" "http://127.0.0.1:$port/dm"
}

start --once
[ "$(post application/vnd.syncml.dm+xml '<SyncML>')" = 400 ]
finish 1 "! the device's message: not well-formed, line 1: Premature end of data in tag SyncML line 1"

start --once
[ "$(post text/plain x)" = 415 ]
finish 1 '! Content-Type: expected that of a message in XML or WBXML, found text/plain'

start --once --timeout 1
finish 1 '! no session came'

start
kill "$pid"
finish 1 '! no session came'

start --once
[ "$(post application/vnd.syncml.dm+xml "@$here/refserver-package-1.xml")" = 200 ]
grep -q '<CmdID>7</CmdID><Item><Target><LocURI>./A</LocURI>' "$dir/answer"
[ "$(post application/vnd.syncml.dm+xml "@$here/refserver-package-3.xml")" = 200 ]
finish 0 'all checks hold'

status=0
"$server" "$dir/none.xml" 2> "$dir/err" || status=$?
[ "$status" = 2 ] && [ "$(wc -l < "$dir/err")" = 1 ]
status=0
"$server" --port 99999 "$here/refserver.xml" 2> "$dir/err" || status=$?
[ "$status" = 2 ]

# What has no value is named, and what gives it one.
printf '<commands xmlns="SYNCML:SYNCML1.2"><package><Get><Item><Data>{{dha}}</Data></Item></Get></package></commands>' > "$dir/dha.xml"
sed 's/dha/colour/' "$dir/dha.xml" > "$dir/colour.xml"
status=0
"$server" "$dir/dha.xml" 2> "$dir/err" || status=$?
[ "$status" = 2 ] && grep -qxF "omadm-refserver: $dir/dha.xml: {{dha}} has no value: give --dha HOST:PORT" "$dir/err"
status=0
"$server" "$dir/colour.xml" 2> "$dir/err" || status=$?
[ "$status" = 2 ] && grep -qxF "omadm-refserver: $dir/colour.xml: {{colour}} has no value: give --set NAME=VALUE" "$dir/err"
