#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The device profile of a configuration, the rules of a DDF for the device itself, and what becomes of a change that asks for a
# reboot. Arguments: omadm, conformance/transcripts.
set -uo pipefail
omadm=$1
transcripts=$2
dir=$(mktemp -d)
player=
trap '[ -z "$player" ] || kill "$player" 2> /dev/null; rm -rf "$dir"' EXIT
failed=0
export LANG=C.UTF-8 XDG_STATE_HOME=$dir/home
mkdir "$dir/ddf"
cp "$transcripts"/fixtures/rules.ddf.xml "$transcripts"/fixtures/builds.ddf.xml "$dir/ddf"

complain() {
  echo "$1"
  sed 's/^/  out: /' "$dir/out"
  sed 's/^/  err: /' "$dir/err"
  failed=1
}

# run STATUS ARGUMENT…: the exit status is STATUS; output goes to out and err.
run() {
  local expected=$1 status=0
  shift
  "$omadm" "$@" --config "$dir/omadm.conf" --state "$dir/state" --ddf "$dir/ddf" > "$dir/out" 2> "$dir/err" || status=$?
  [ "$status" = "$expected" ] || complain "omadm $*: status $status, expected $expected"
}

says() {
  grep -qF -- "$1" "$dir/err" || complain "it does not say: $1"
}

# The profile.
printf '[device]\n' > "$dir/omadm.conf"
run 0 tree get ./Vendor/Test/Builds/Insider
printf '[device]\nos-build = 10.0.19041.1202\nedition = 0x48\njoin = none\n' > "$dir/omadm.conf"
run 0 tree get ./Vendor/Test/Builds/Ported
for leaf in New Insider Edition Joined Group/Inside; do
  run 1 tree get "./Vendor/Test/Builds/$leaf"
  says 404
done
printf '[device]\nedition = many\n' > "$dir/omadm.conf"
run 2 tree get ./Vendor/Test/Builds/Always
says 'edition: it must be a number'
printf '[device]\nos-build = ten\n' > "$dir/omadm.conf"
run 2 tree get ./Vendor/Test/Builds/Always
says '10.0.22621.1234'

# The device keeps to the rules, but for Atomic.
printf '[device]\n' > "$dir/omadm.conf"
run 1 tree replace ./Vendor/Test/Rules/Color pink
says 415
says 'AllowedValues ENUM'
run 1 tree add ./Vendor/Test/Rules/Items/abcd --format node
says 405
run 1 tree replace ./Vendor/Test/Rules/Detail x
says 405
run 0 tree replace ./Vendor/Test/Rules/Pair/First x

# A server changes a node that asks for a reboot.
session() {
  local address=
  : > "$dir/listening"
  "$omadm" replay --serve 127.0.0.1:0 --configured --timeout 20 "$transcripts/ddf/a-change-that-needs-a-reboot-works.xml" \
    > "$dir/played" 2> "$dir/listening" &
  player=$!
  for _ in $(seq 100); do
    address=$(sed -n 's/.*listening at \(.*\)/\1/p' "$dir/listening")
    [ -z "$address" ] || break
    sleep 0.1
  done
  printf '[server.srv]\nurl = %s/dm\nrights = full\n%s' "$address" "$1" > "$dir/omadm.conf"
  chmod 600 "$dir/omadm.conf"
  while kill -0 "$player" 2> /dev/null; do
    "$omadm" session --wait 5 --config "$dir/omadm.conf" --state "$dir/state" --ddf "$dir/ddf" > "$dir/out" 2>> "$dir/err"
    sleep 0.2
  done
  wait "$player"
  player=
  grep -qF '1 passed' "$dir/played" || complain "the session failed: $(cat "$dir/played")"
}
: > "$dir/err"
session ''
says './Vendor/Test/Rules/Boot was changed: it asks for a reboot, at the end of the session'
says '[csp.Reboot] does not say how'
session "$(printf '[csp.Reboot]\ncommand = touch %s/rebooted' "$dir")
"
[ -e "$dir/rebooted" ] || complain 'RebootNow was not executed'

exit $failed
