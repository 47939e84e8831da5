#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# [csp.NAME] isolate = process and what belongs to it, through omadm(1). Arguments: omadm, the folders of the fixture plugins and of the trials.
set -uo pipefail
omadm=$1
fixtures=$2
trials=$3
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0
export LANG=C.UTF-8 XDG_STATE_HOME=$dir/home
if "$omadm" csp list --help > /dev/null && [ ! -x "$(dirname "$omadm")/omadm-csp-host" ]; then
  echo 'skipped: there is no omadm-csp-host'
  exit 77
fi
chmod 755 "$dir"
mkdir "$dir/plugins" "$dir/allowed" "$dir/state"
cp "$fixtures/plugin_attempts.so" "$dir/plugins/attempts.so"
echo inside > "$dir/allowed/file"
echo outside > "$dir/other"
chmod 644 "$dir/allowed/file" "$dir/other"
as=()
user=$(id -un)
if [ "$(id -u)" = 0 ]; then
  user=nobody
  chown -R nobody "$dir/allowed"
fi

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
  "${as[@]}" "$omadm" "$@" --config "$dir/omadm.conf" --state "$dir/state" --csp "$dir/plugins" --tpm none > "$dir/out" 2> "$dir/err" ||
    status=$?
  [ "$status" = "$expected" ] || complain "omadm $*: status $status, expected $expected"
}

config() { printf '%s\n' "$@" > "$dir/omadm.conf"; }
out() { grep -qE -- "$1" "$dir/out" || complain "\"$1\" does not stand on standard output"; }
err() { grep -qF -- "$1" "$dir/err" || complain "\"$1\" does not stand on standard error"; }

# tries WHAT RESULT: as the plugin tells it in the log.
tries() {
  run 0 tree exec ./Vendor/Attempts/Try "$1" -v
  err "$1: $2"
}

# Without a section a plugin runs within omadm: it sees what omadm sees.
config ''
run 0 csp list
grep -q process "$dir/out" && complain 'it is isolated by default'
tries "read $dir/other" outside

# In a process, with the user and the paths of its section.
config '[csp.Attempts]' 'isolate = process' 'user = nobody' "allow = $dir/allowed" "allow = /dev/full"
run 0 csp list
out "^Attempts +1 +code "
out "^  process [0-9]+, user $user\$"
run 0 csp list --json
out '"process": [0-9]+'
out "\"user\": \"$user\""
tries "read $dir/allowed/file" inside
tries "write $dir/allowed/new" 'done'
tries "read $dir/other" EACCES
tries "write $dir/other" EACCES
tries "read $dir/state/store.db" EACCES
tries 'read /etc/shadow' EACCES
tries 'tcp 80' EPERM
tries 'exec /bin/sh' EPERM
tries 'kill parent' EPERM
tries 'ptrace parent' EPERM
tries 'descriptors' 3
[ "$(cat "$dir/allowed/new")" = written ] || complain 'nothing was written'

# What omadm does for it may be denied.
config '[csp.Attempts]' 'isolate = process' 'user = nobody' 'network = perhaps'
run 2 csp list
err 'network = perhaps: it must be one of yes|no'
cp "$trials/trial_plain.so" "$dir/plugins/trial.so"
config '[csp.Trial]' 'isolate = process' 'user = nobody' 'network = no' 'tpm = no'
run 0 tree get ./Vendor/Trial/Http
out '^-[0-9]+ 1 0 '
config '[csp.Trial]' 'isolate = process' 'user = nobody'
run 0 tree get ./Vendor/Trial/Http
out '^-[0-9]+ ([2-9]|1[0-9]) 0 '
rm "$dir/plugins/trial.so"

# CPU time ends the process, and the next request finds another.
config '[csp.Attempts]' 'isolate = process' 'user = nobody' 'cpu-time = 1' 'slot-time = 20'
run 1 tree exec ./Vendor/Attempts/Try spin
err 'its process '
run 0 tree get ./Vendor/Attempts/Result

# One call that takes too long ends it too.
config '[csp.Attempts]' 'isolate = process' 'user = nobody' 'slot-time = 1'
run 1 tree exec ./Vendor/Attempts/Try spin
err 'its process '

# A section finds its file by name, whatever the letters and dashes, or by file =.
mv "$dir/plugins/attempts.so" "$dir/plugins/At-Tempts.so"
run 0 csp list
out '^  process '
mv "$dir/plugins/At-Tempts.so" "$dir/plugins/other.so"
run 1 csp list
out '^other.so .* refused '
out 'could be what \[csp.Attempts\] isolates'
err 'could be what [csp.Attempts] isolates, whose file is not there: name its file (file =)'
config '[csp.Attempts]' 'isolate = process' 'user = nobody' "file = $dir/plugins/other.so"
run 0 csp list
out '^  process '

# One that says another name gets nothing of it.
cp "$fixtures/plugin_good.so" "$dir/plugins/other.so"
run 1 csp list
err 'calls itself Good, but it is to be Attempts'
mv "$dir/plugins/other.so" "$dir/plugins/good.so"
cp "$fixtures/plugin_attempts.so" "$dir/plugins/attempts.so"

# What cannot be as it is wanted is refused, not done otherwise; the others serve.
config '[csp.Attempts]' 'isolate = process' 'user = nobody' 'allow = /no/such/path'
run 1 csp list
err 'allow = /no/such/path: it cannot be opened: No such file or directory'
out '^Good +2.5 +code '
config '[csp.Attempts]' 'isolate = yes'
run 2 csp list
err 'isolate = yes: it must be one of none|process'

# What restricts a process is refused where there is none, and what was nearly asked for is said.
config '[csp.Attempts]' 'isolat = process' 'user = nobody'
run 2 csp list
err 'omadm.conf:3: user = is for a process of its own, which [csp.Attempts] does not ask for: add isolate = process'
config '[csp.Attempts]' 'isolat = process' 'color = red'
run 0 csp list -v
err 'warning: config: '
err 'omadm.conf:2: Attempts did not ask for the setting "isolat"; is isolate meant?'
err 'omadm.conf:3: Attempts did not ask for the setting "color"'
run 0 csp list
grep -q color "$dir/err" && complain 'a setting that may be asked for later is warned of'

# The section of a plugin that was refused has its CSP.
chmod 777 "$dir/plugins/attempts.so"
run 1 csp list
err 'others may write to'
grep -q 'there is no such CSP' "$dir/err" && complain 'the refused plugin is told to be missing'
chmod 755 "$dir/plugins/attempts.so"

if [ "$(id -u)" = 0 ]; then
  config '[csp.Attempts]' 'isolate = process' 'user = no-such-user'
  run 1 csp list
  err 'there is no user no-such-user to run it: name one (user =), or useradd --system --no-create-home --shell /usr/sbin/nologin no-such-user'
  config '[csp.Attempts]' 'isolate = process' 'user = root'
  run 1 csp list
  err 'is root'
  # Without root the process keeps the user, which is said, once.
  if as=(setpriv --reuid 65534 --regid 65534 --clear-groups) && "${as[@]}" true 2> /dev/null && "${as[@]}" "$omadm" --version > /dev/null 2>&1; then
    chown -R nobody "$dir"
    config '[csp.Attempts]' 'isolate = process' "allow = $dir/allowed" '[csp.Good]' 'isolate = process'
    chown nobody "$dir/omadm.conf"
    run 0 csp list
    out '^  process [0-9]+, user nobody$'
    [ "$(grep -cF 'it keeps this user, for only root can change it' "$dir/err")" = 1 ] || complain 'it is not said once'
    tries "write $dir/allowed/again" 'done'
    tries "write $dir/other" EACCES
    tries "chmod $dir/other" EPERM
    tries "read $dir/state/store.db" EACCES
  else
    echo 'not tried: omadm cannot be run by nobody here'
  fi
fi
exit $failed
