#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Properties, and the rights of a server, with omadm tree. Arguments: omadm, the folder of the transcripts' fixtures.
set -uo pipefail
omadm=$1
fixtures=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0
export LANG=C.UTF-8 XDG_STATE_HOME=$dir/home
mkdir "$dir/ddf"
cp "$fixtures/items.ddf.xml" "$dir/ddf"
printf '[server.%s]\nurl = https://%s.example.net/dm\ndialect = oma\nrights = standard\n' srv srv other other > "$dir/omadm.conf"
printf '[server.%s]\nurl = https://%s.example.net/dm\ndialect = windows\n' win win >> "$dir/omadm.conf"

# tree STATUS VERB ARGUMENT…: the exit status is STATUS; output goes to out and err.
tree() {
  local expected=$1 status=0
  shift
  "$omadm" tree "$@" --config "$dir/omadm.conf" --state "$dir/state" --ddf "$dir/ddf" > "$dir/out" 2> "$dir/err" || status=$?
  [ "$status" = "$expected" ] || complain "omadm tree $*: status $status, expected $expected"
}

complain() {
  echo "$1"
  sed 's/^/  out: /' "$dir/out"
  sed 's/^/  err: /' "$dir/err"
  failed=1
}

out_is() { [ "$(cat "$dir/out")" = "$1" ] || complain "standard output is not \"$1\""; }
err() { grep -qF -- "$1" "$dir/err" || complain "\"$1\" does not stand on standard error"; }

items=./Vendor/Test/Items

# The device itself.
tree 0 add $items/a/Name first
tree 0 get "$items/a/Name?prop=Format"
out_is chr
tree 0 get "$items/a/Name?prop=Size"
out_is 5
tree 0 replace "$items/a?prop=Title" 'a title'
tree 0 get "$items/a?prop=Title"
out_is 'a title'
tree 0 replace "$items/a?prop=Name" b
tree 0 get $items/b/Name
out_is first
tree 0 get "$items/b?prop=Title"
out_is 'a title'
tree 1 get $items/a/Name
err '404'
tree 1 replace "$items/b?prop=Format" chr
err '405'
tree 1 get "$items/b?prop=Colour"
err '406'
tree 1 replace "$items/b?prop=ACL" nonsense
err '415'
tree 0 replace "$items/b?prop=ACL" 'Get=*&Replace=srv'
tree 0 get "$items/b?prop=ACL"
out_is 'Get=*&Replace=srv'

# As a server: its rights, and no more.
tree 0 replace $items/b/Name second --as srv
tree 1 replace $items/b/Name third --as other
err '425'
tree 0 get $items/b/Name --as other
out_is second
tree 1 replace "$items/b?prop=ACL" 'Get=*&Replace=*' --as other
err '425'
tree 0 replace "$items/b?prop=ACL" 'Get=*&Replace=srv+other' --as srv
tree 0 replace $items/b/Name third --as other
tree 2 replace $items/b/Name x --as nobody
[ -s "$dir/err" ] || complain 'no word about an unknown account'
tree 1 get "$items/b?prop=ACL" --as win
err '406'

# What a server adds without Replace above it belongs to it, as in a session; what the device adds to nobody.
tree 0 add $items/c --format node --as other
tree 0 get "$items/c?prop=ACL"
out_is 'Add=other&Delete=other&Replace=other'
tree 0 add $items/c/Name n --as other
tree 1 add $items/c/Size 1 --as srv
err '425'
tree 0 delete $items/c --as other
tree 0 add $items/d --format node
tree 0 get "$items/d?prop=ACL"
out_is ''

# The ACLs of accounts are the device's.
tree 1 replace './SyncML/DMAcc/srv?prop=ACL' 'Replace=*' --as srv
err '405'
tree 1 replace './SyncML/DMAcc/srv?prop=ACL' 'Replace=*' --as other
err '425'
exit $failed
