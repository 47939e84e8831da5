#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Nothing is left running: a TPM that hangs is ended, and with_swtpm.sh takes its test with it.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/swtpm.sh"
swtpm_available || exit 77
dir=$(mktemp -d /tmp/omadm-ends.XXXXXX)
trap 'kill -KILL $(jobs -p) 2> /dev/null; rm -rf "$dir"' EXIT
failed=0

complain() {
  echo "$1"
  failed=1
}

# gone PID: within two seconds.
gone() {
  for _ in $(seq 100); do
    kill -0 "$1" 2> /dev/null || return 0
    sleep 0.02
  done
  return 1
}

mkdir "$dir/state"
swtpm_start "$dir" || exit 1
swtpm_listens "$dir" || complain 'it was started, and does not listen'
pid=$SWTPM_PID
kill -STOP "$pid"
swtpm_stop "$dir" 2> /dev/null
gone "$pid" || complain 'a TPM that hangs outlives swtpm_stop'
swtpm_stop "$dir" || complain 'to stop what does not run is an error'

# A test that would run on: its process is told in a file.
# shellcheck disable=SC2016
"$here/with_swtpm.sh" bash -c 'echo $$ > "$1"; exec sleep 60' test "$dir/test" > /dev/null 2>&1 &
script=$!
for _ in $(seq 1500); do
  [ ! -s "$dir/test" ] || break
  sleep 0.02
done
kill "$script"
wait "$script" 2> /dev/null
gone "$(cat "$dir/test")" || complain 'a test outlives with_swtpm.sh'
exit $failed
