#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Changes one place of the client's side of a good transcript at a time: each change must make the replay fail and name the place.
set -euo pipefail
omadm=$1
folder=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$folder" "$work/transcripts"
good=$work/transcripts/atomic/a-failing-member-undoes-the-others.xml
bad=$work/transcripts/atomic/changed.xml
failed=0

"$omadm" replay "$good" >"$work/out" 2>&1 || {
  cat "$work/out"
  echo "the transcript fails unchanged"
  exit 1
}

# notices WHAT PLACE SED-SCRIPT
notices() {
  sed -E "$3" "$good" >"$bad"
  if cmp -s "$good" "$bad"; then
    echo "$1: the change did not apply"
    failed=1
  elif "$omadm" replay "$bad" >"$work/out" 2>&1; then
    echo "$1: not noticed"
    failed=1
  elif ! grep -q "$2" "$work/out"; then
    echo "$1: noticed, but \"$2\" is not named:"
    head -n 5 "$work/out"
    failed=1
  fi
}

notices "another Status code" "SyncBody/Status" 's|<Data>507</Data>|<Data>500</Data>|'
notices "another reference" "CmdRef" '0,/<Cmd>Atomic<\/Cmd>/s|<CmdRef>10</CmdRef><Cmd>Atomic|<CmdRef>99</CmdRef><Cmd>Atomic|'
notices "another message number" "MsgID" '0,/<client><SyncML/!s|<MsgID>2</MsgID>|<MsgID>3</MsgID>|'
notices "another value in the end" "uri\|Vendor" '/<after>/,/<\/after>/s|>[^<]+</node>|>something else</node>|'
notices "another outcome" "outcome" 's|result="done"|result="aborted"|'
exit $failed
