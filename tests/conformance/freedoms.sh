#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Another client that uses what the standard leaves to it passes a transcript; one that breaks a rule fails, and is told which.
# Arguments: omadm, the folder of the transcripts.
set -euo pipefail
omadm=$1
transcript=$2/session/message-numbers-count-up-and-the-session-id-stays.xml
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
trap 'kill -KILL $(jobs -p) 2> /dev/null || true; rm -rf "$dir"' EXIT
failed=0

# play CHOICE [ARGUMENT…]: what replay says of that client goes to CHOICE.out.
play() {
  local choice=$1 url=''
  shift
  : > "$dir/$choice.err"
  "$omadm" replay --serve 0 --timeout 10 "$@" "$transcript" > "$dir/$choice.out" 2> "$dir/$choice.err" &
  local replay=$!
  for _ in $(seq 200); do
    url=$(sed -n 's/^omadm: listening at //p' "$dir/$choice.err")
    [ -z "$url" ] || break
    sleep 0.05
  done
  timeout 20 python3 "$here/free-client.py" "$url/dm" "$choice" > /dev/null 2>&1 || true
  wait "$replay" || true
}

passes() {
  grep -q '^1 passed, 0 failed' "$dir/$1.out" && return
  echo "$1: does not pass"
  sed 's/^/  /' "$dir/$1.out"
  failed=1
}

# fails CHOICE TEXT [CLAUSE]
fails() {
  grep -q '^0 passed, 1 failed' "$dir/$1.out" && grep -qF -- "$2" "$dir/$1.out" && grep -qF -- "clause: ${3:-}" "$dir/$1.out" && return
  echo "$1: \"$2\" and the clause \"${3:-}\" are expected"
  sed 's/^/  /' "$dir/$1.out"
  failed=1
}

free='plain ids sizes message-size order defaults more-devinfo header-refs target-refs bare results-last'
wrong='dtd proto source no-final same-id id-0 no-lang alert no-header-status code no-results results-first msgid media-type'
for choice in $free; do play "$choice" & done
wait
for choice in $wrong; do play "wrong-$choice" & done
wait
for choice in $free; do passes "$choice"; done
fails wrong-dtd 'SyncHdr/VerDTD: expected "1.2", found "1.1"' 'OMA-TS-DM_Protocol 8.3, 8.5'
fails wrong-proto 'SyncHdr/VerProto: expected "DM/1.2", found "DM/1.1"' 'OMA-TS-DM_Protocol 8.3, 8.5'
fails wrong-source 'SyncHdr/Source/LocURI: expected "{{device}}", found "IMEI:2"' 'OMA-TS-SyncML_RepPro 5.3'
fails wrong-no-final '<Final> is missing' 'OMA-TS-DM_Protocol 6'
fails wrong-same-id 'two commands have the CmdID 2' 'OMA-TS-SyncML_RepPro 6.1.4'
fails wrong-id-0 'a command has the CmdID 0' 'OMA-TS-SyncML_RepPro 6.1.4'
fails wrong-no-lang '<Item> is missing'
fails wrong-alert 'SyncBody/Alert/Data: expected "1201", found "1200"'
fails wrong-no-header-status 'SyncBody: the <Status> of the SyncHdr is missing' 'OMA-TS-DM_Protocol 8.5'
fails wrong-code 'SyncBody/Status[2]/Data: expected "200", found "404"'
fails wrong-no-results 'expected <Results>, found <Final>'
fails wrong-results-first 'expected <Status>, found <Results>'
fails wrong-msgid 'SyncHdr/MsgID: expected "2", found "3"' 'OMA-TS-SyncML_RepPro 6.1.12'
fails wrong-media-type 'content-type: expected "application/vnd.syncml.dm+xml", found "text/xml"' 'OMA-TS-DM_RepPro 5.1'

# What this project's own client does is one choice among them.
play ids --freedoms own
fails ids 'SyncBody/Alert/CmdID: expected "1", found "41"'
exit $failed
