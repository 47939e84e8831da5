#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# omadm replay --serve against omadm session over HTTP: nodes are set and read by sessions around the transcript's; what cannot be
# set skips it, what cannot be read is not checked. Arguments: omadm, the folder of the transcripts,
# omadm-refserver.
set -euo pipefail
omadm=$1
transcripts=$2
refserver=$3
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
trap 'kill -KILL $(jobs -p) 2> /dev/null || true; rm -rf "$dir"' EXIT
failed=0
speaks=xml
export LANG=C.UTF-8 XDG_STATE_HOME=$dir/home

mkdir "$dir/ddf" "$dir/play"
for fixture in leaves items access; do
  cp "$transcripts/fixtures/$fixture.ddf.xml" "$dir/ddf"
done

complain() {
  echo "$1"
  sed 's/^/  out: /' "$dir/out"
  sed 's/^/  err: /' "$dir/err"
  failed=1
}

# play STATUS ARGUMENT…: replay's exit status is STATUS, with a client that comes again and again, in $speaks; output goes to out
# and err.
play() {
  local expected=$1 status=0 url='' replay
  shift
  : > "$dir/err"
  "$omadm" replay --serve 0 "$@" > "$dir/out" 2> "$dir/err" &
  replay=$!
  for _ in $(seq 200); do
    url=$(sed -n 's/^omadm: listening at //p' "$dir/err")
    [ -z "$url" ] || break
    sleep 0.05
  done
  printf '[server.srv]\nurl = %s/dm\ndialect = oma\nencoding = %s\n' "$url" "$speaks" > "$dir/omadm.conf"
  while kill -0 "$replay" 2> /dev/null; do
    "$omadm" session --config "$dir/omadm.conf" --state "$dir/state" --ddf "$dir/ddf" --wait 0 || true
  done > "$dir/sessions" 2>&1 &
  client=$!
  wait "$replay" || status=$?
  kill "$client" 2> /dev/null || true
  wait "$client" 2> /dev/null || true
  [ "$status" = "$expected" ] || complain "replay $*: status $status, expected $expected"
}

out() { grep -qxF -- "$1" "$dir/out" || complain "no line \"$1\" on standard output"; }
err() { grep -qF -- "$1" "$dir/err" || complain "\"$1\" does not stand on standard error"; }
not_out() { ! grep -qF -- "$1" "$dir/out" || complain "\"$1\" stands on standard output"; }
count_out() { [ "$(grep -cF -- "$2" "$dir/out")" = "$1" ] || complain "\"$2\" does not stand $1 times on standard output"; }

# Transcripts find their parts beside them.
cp -r "$transcripts/parts" "$transcripts/fixtures" "$dir/"
for name in commands/add-of-a-leaf-creates-it commands/add-of-an-interior-node-creates-it \
  commands/add-on-an-existing-node-answers-418 commands/delete-of-a-subtree-removes-all-of-it \
  commands/get-of-a-leaf-returns-its-value commands/get-of-an-interior-node-lists-its-children \
  commands/replace-of-a-leaf-changes-its-value commands/replace-of-an-interior-node-answers-405 \
  atomic/a-failing-member-undoes-the-others formats/a-bin-value-travels-as-base64 formats/a-type-of-the-description-is-kept-with-the-value \
  formats/inline-xml-is-kept-as-its-source tree/delete-without-delete-access-answers-405 \
  alerts/a-generic-alert-answered-200-is-done uri/an-acl-answers-406-in-the-windows-dialect; do
  cp "$transcripts/$name.xml" "$dir/play/" || complain "$name is gone: take another"
done
play 0 --timeout 30 "$dir/play"
out '13 passed, 0 failed, 2 skipped'
out "skipped a-generic-alert-answered-200-is-done: $dir/play/a-generic-alert-answered-200-is-done.xml:11: an alert raised by a CSP: only the inside of a client can do that"
grep -q '^skipped an-acl-answers-406-in-the-windows-dialect: .*: the client speaks the oma dialect, the transcript asks for windows$' \
  "$dir/out" || complain 'the other dialect is not named'
count_out 1 'not set up: leaves.ddf.xml: mount it on the client'
not_out 'not checked: ./'
err '(set-up session of replace-of-a-leaf-changes-its-value)'
err '(replace-of-a-leaf-changes-its-value)'
err '(check session of replace-of-a-leaf-changes-its-value)'

# The transcripts of this test: one passes twice on the same state, since what it made is deleted again.
play 1 --timeout 30 "$here/serve" "$here/serve/made-with-its-parent.xml"
out '3 passed, 1 failed, 1 skipped'
out "skipped cannot-be-set: $here/serve/cannot-be-set.xml:9: not set up: ./DevInfo/Man (405)"
out 'cannot-be-read: not checked: ./Vendor/Test/Access/WriteOnly (405)'
out "  $here/serve/differs-afterwards.xml:12: the value of ./Vendor/Test/Leaves/Text: expected \"new\", found \"old\""
"$omadm" tree list ./Vendor/Test/Items --state "$dir/state" --ddf "$dir/ddf" > "$dir/out" 2> "$dir/err"
not_out p

# In WBXML: the client chooses, or has to.
speaks=wbxml
one=$dir/play/replace-of-a-leaf-changes-its-value.xml
play 0 --timeout 30 "$one"
out '1 passed, 0 failed'
err '(set-up session of replace-of-a-leaf-changes-its-value)'
play 0 --timeout 30 --encoding wbxml "$one"
out '1 passed, 0 failed'
play 1 --timeout 30 --encoding xml "$one"
grep -q 'XML is expected, WBXML found$' "$dir/out" || complain 'the encoding is not named'
speaks=xml
play 1 --timeout 30 --encoding wbxml "$one"
grep -q 'WBXML is expected, XML found$' "$dir/out" || complain 'the encoding is not named'
status=0
"$omadm" replay --serve 0 --timeout 30 "$dir/play/a-generic-alert-answered-200-is-done.xml" > "$dir/out" 2> "$dir/err" || status=$?
[ "$status" = 1 ] || complain "nothing checked: status $status, expected 1"
out '0 passed, 0 failed, 1 skipped'
err 'nothing was checked'

# A recorded session is played again in both, in whichever it was held.
cat > "$dir/commands.xml" << 'END'
<commands xmlns="SYNCML:SYNCML1.2"><package><Get><Item><Target><LocURI>./DevInfo/DevId</LocURI></Target></Item></Get></package></commands>
END
for speaks in xml wbxml; do
  rm -f "$dir/port"
  "$refserver" --once --port-file "$dir/port" --timeout 20 "$dir/commands.xml" > "$dir/server" 2>&1 &
  server=$!
  for _ in $(seq 200); do
    [ ! -s "$dir/port" ] || break
    sleep 0.05
  done
  printf '[server.srv]\nurl = http://127.0.0.1:%s/dm\nencoding = %s\n' "$(cat "$dir/port")" "$speaks" > "$dir/omadm.conf"
  "$omadm" session --config "$dir/omadm.conf" --state "$dir/state" --tpm none --transcript "$dir/recording.xml" > "$dir/out" 2> "$dir/err" ||
    complain "no session in $speaks"
  wait "$server" || complain "the server is not content with $speaks"
  "$omadm" replay --encoding both "$dir/recording.xml" > "$dir/out" 2> "$dir/err" || complain "a recording in $speaks cannot be replayed"
  out '2 passed, 0 failed'
done

# Nobody comes.
status=0
"$omadm" replay --serve 0 --timeout 1 "$here/serve/cannot-be-set.xml" > "$dir/out" 2> "$dir/err" || status=$?
[ "$status" = 1 ] || complain "nobody comes: status $status, expected 1"
grep -q 'the set-up: no client came to http://127.0.0.1:[0-9]* within 1 seconds$' "$dir/out" || complain 'no sentence'
status=0
"$omadm" replay --serve 0 --timeout 0 "$here/serve" > "$dir/out" 2> "$dir/err" || status=$?
[ "$status" = 2 ] || complain "--timeout 0: status $status, expected 2"

# What makes no sense is refused, in this process too.
refused() {
  local sentence=$1 status=0
  shift
  "$omadm" replay "$@" > "$dir/out" 2> "$dir/err" || status=$?
  [ "$status" = 2 ] || complain "replay $*: status $status, expected 2"
  err "$sentence"
}
refused '--chunk takes 1 octet or more' --chunk 0 "$here/serve"
mkdir "$dir/empty"
refused "no transcript found in $dir/empty" "$dir/empty"
exit $failed
