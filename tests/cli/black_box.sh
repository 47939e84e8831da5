#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# omadm(1) from outside: exit status and what it says. Arguments: omadm, omadm-refserver, the folders of the plugins that are built
# from examples/ and from tests/cli/, and the example of a client.
set -uo pipefail
omadm=$1
server=$2
plugins=$3
slow=$4
example=$5
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
trap 'kill -KILL $(jobs -p) 2> /dev/null; rm -rf "$dir"' EXIT
failed=0
export LANG=C.UTF-8 XDG_STATE_HOME=$dir/home
mkdir "$dir/ddf" "$dir/broken"
cp "$here/light.ddf.xml" "$dir/ddf"
cp "$here/light.ddf.xml" "$dir/broken"
sed 's/<int\/>/<integer\/>/; s/Light/Dark/' "$here/light.ddf.xml" > "$dir/broken/dark.ddf.xml"
state=(--state "$dir/state" --ddf "$dir/ddf")

# run STATUS ARGUMENT…: the exit status is STATUS; output goes to out and err.
run() {
  local expected=$1 status=0
  shift
  "$omadm" "$@" > "$dir/out" 2> "$dir/err" || status=$?
  [ "$status" = "$expected" ] || complain "omadm $*: status $status, expected $expected"
}

complain() {
  echo "$1"
  sed 's/^/  out: /' "$dir/out"
  sed 's/^/  err: /' "$dir/err"
  failed=1
}

# out LINE, err LINE: the output has that line. out_is TEXT: it is that.
out() { grep -qxF -- "$1" "$dir/out" || complain "no line \"$1\" on standard output"; }
err() { grep -qF -- "$1" "$dir/err" || complain "\"$1\" does not stand on standard error"; }
out_is() { [ "$(cat "$dir/out")" = "$1" ] || complain "standard output is not \"$1\""; }
no_out() { [ ! -s "$dir/out" ] || complain "standard output is not empty"; }

# Help and the command line.
run 0 --version
grep -qE '^omadm [0-9]+\.[0-9]+\.[0-9]+$' "$dir/out" || complain 'no version'
run 0 --help
out 'commands:'
for command in session replay tree ddf csp tpm wbxml notify bootstrap; do
  grep -q "^  $command" "$dir/out" || complain "$command is not in --help"
  run 0 "$command" --help
  out 'usage:'
  run 0 --help
done
for later in daemon enroll unenroll policy swarm report; do
  if grep -q "^  $later" "$dir/out"; then complain "$later is in --help"; fi
done
run 2
run 2 daemon
err 'omadm: unknown command "daemon"; omadm --help shows them'
no_out
run 2 tree get
run 2 session --wait soon

# The configuration.
run 2 csp list --config "$dir/none.conf"
err "$dir/none.conf: cannot be opened"
printf '[server.a]\nurl = http://127.0.0.1:9/dm\nclient-key = tpm:0x81010001\n' > "$dir/later.conf"
run 2 csp list --config "$dir/later.conf" "${state[@]}"
err "later.conf:3: client-key = tpm:0x81010001: this version of omadm does not do that"
printf '[server.a]\nurl = http://x:99999/\n' > "$dir/later.conf"
run 2 session --config "$dir/later.conf" "${state[@]}"
err "later.conf:2: url: "
printf '[server.a]\n' > "$dir/later.conf"
run 2 session --config "$dir/later.conf" "${state[@]}"
err "later.conf:1: [server.a] has no url"
printf '[csp.Reboot]\ntimeout = abc\ncomand = x\n[csp.Rebot]\n[csp.DevInfo]\n' > "$dir/later.conf"
run 0 csp list --config "$dir/later.conf" "${state[@]}"
err "later.conf:2: timeout: it must be a number in the range 1-3600"
err "later.conf:3: Reboot has no setting \"comand\"; omadm.conf(5) names them"
err "later.conf:4: [csp.Rebot]: there is no such CSP; omadm csp list shows them"
if grep -q DevInfo "$dir/err"; then complain 'a CSP that is there is warned of'; fi
run 2 csp list --state "$dir/state" --ddf "$dir/nowhere"
err "the folder $dir/nowhere cannot be read"

# The state.
run 0 tree list ./DevInfo "${state[@]}"
[ "$(stat -c %a "$dir/state")" = 700 ] || complain 'the state is not 0700'
[ "$(stat -c %a "$dir/state/lock")" = 600 ] || complain 'the lock is not 0600'
if command -v flock > /dev/null; then
  status=0
  flock "$dir/state/lock" "$omadm" tree list ./DevInfo "${state[@]}" --lock-timeout 0 > "$dir/out" 2> "$dir/err" || status=$?
  [ "$status" = 3 ] || complain "a state in use: status $status, expected 3"
  err "uses the state $dir/state"
fi

# The tree.
run 0 tree get ./Vendor/Light/Level "${state[@]}"
out_is 5
run 0 tree replace ./Vendor/Light/Level 7 "${state[@]}"
no_out
run 0 tree get ./Vendor/Light/Level --json "${state[@]}"
grep -q '"value": "7"' "$dir/out" || complain 'no value in JSON'
run 1 tree replace ./Vendor/Light/Level seven "${state[@]}"
err './Vendor/Light/Level: 415'
run 1 tree get ./Vendor/Nothing "${state[@]}"
err 'omadm: ./Vendor/Nothing: 404 no such node'
run 1 tree get '/Vendor' "${state[@]}"
err '400'
run 0 tree add ./Vendor/Light/Names/a 'one line
and another' "${state[@]}"
run 1 tree add ./Vendor/Light/Names/a x "${state[@]}"
err '418'
run 0 tree list ./Vendor/Light "${state[@]}"
out Level
out Names
run 0 tree list -r ./Vendor/Light "${state[@]}"
out './Vendor/Light/Level = 7'
out './Vendor/Light/Names/'
out './Vendor/Light/Names/a = one line\nand another'
run 0 tree delete ./Vendor/Light/Names/a "${state[@]}"
run 1 tree get ./Vendor/Light/Names/a "${state[@]}"
run 1 tree delete ./Vendor/Light/Level "${state[@]}"
err '405'
run 0 tree replace ./Vendor/Light/Picture AAEC "${state[@]}"
run 0 tree get ./Vendor/Light/Picture "${state[@]}"
out_is AAEC
run 2 tree replace ./Vendor/Light/Picture '?' "${state[@]}"
err 'base64'
run 2 tree get ./DevInfo/DmV --as nobody "${state[@]}"
run 0 tree exec ./Vendor/MSFT/Reboot/RebootNow "${state[@]}"
err 'set command = in [csp.Reboot]'
run 0 tree list -r . "${state[@]}"
run 0 tree get ./Vendor/Light/Level --json "${state[@]}"
run 1 tree get ./Vendor/Nothing --json "${state[@]}"
grep -q '"status": 404' "$dir/out" || complain 'a refused get has no status in JSON'
run 1 tree list ./Vendor/Light/Level --json "${state[@]}"
grep -q '"status": 405' "$dir/out" || complain 'a refused list has no status in JSON'
run 0 tree add ./Vendor/Light/Groups/b "${state[@]}"
run 0 tree list -r ./Vendor/Light/Groups "${state[@]}"
out './Vendor/Light/Groups/b/'
run 0 tree add ./Vendor/Light/Groups/b/Size 3 "${state[@]}"

# The rights of servers: both speak oma, one has every right.
cat > "$dir/two.conf" << END
[server.full]
url = http://127.0.0.1:9/dm
[server.some]
url = http://127.0.0.1:9/dm
rights = standard
END
two=("${state[@]}" --config "$dir/two.conf")
run 0 tree get ./Vendor/Light/Level --as some "${two[@]}"
run 1 tree replace ./Vendor/Light/Level 8 --as some "${two[@]}"
err '425'
run 0 tree replace ./Vendor/Light/Level 8 --as full "${two[@]}"
run 2 session "${two[@]}"
err 'give --server with one of full, some'
run 2 session --server other "${two[@]}"
run 3 session --server full "${two[@]}"
run 2 session --config /dev/null --state "$dir/empty"
err 'there is no account'

# CSPs.
run 0 csp list "${state[@]}"
for name in DevInfo DevDetail DMAcc Reboot Light; do
  grep -q "^$name " "$dir/out" || complain "$name is not listed"
done
run 0 csp list --json "${state[@]}"
run 0 tree get ./Vendor/Hello --csp "$plugins" "${state[@]}"
out_is 'hello, world'
mkdir "$dir/so"
echo 'no library' > "$dir/so/bad.so"
run 1 csp list --csp "$dir/so" "${state[@]}"
grep -q refused "$dir/out" || complain 'a plugin that cannot be loaded is not shown'

run 0 tree get ./DevInfo/DmV --csp "$dir/so" "${state[@]}"
[ "$(grep -c refused "$dir/err")" = 1 ] && [ "$(grep -o bad.so "$dir/err" | wc -l)" = 1 ] || complain 'the refusal is not said once'

# One that does not open is told with its own reason, and, where that is wanted, what is odd in its DDF. Its section has its CSP.
printf '[csp.Fails]\nkey = x\n' > "$dir/fails.conf"
run 1 csp list --csp "$slow/refused" --config "$dir/fails.conf" "${state[@]}"
err 'Fails: there is no key'
if grep -q 'of its DDF' "$dir/err"; then complain 'a warning of a DDF is shown to everybody'; fi
if grep -q 'there is no such CSP' "$dir/err"; then complain 'a refused plugin is told to be missing'; fi
run 1 csp list --csp "$slow/refused" -v "${state[@]}"
err 'fails.so: line 2 of its DDF: Odd in DFProperties'
cat > "$dir/fails.xml" << 'END'
<transcript xmlns="urn:omadm:transcript:1" id="fails" title="A plugin does not open">
<setup><plugin name="fails"/></setup>
<client>*</client>
</transcript>
END
run 1 replay --csp "$slow/refused" "$dir/fails.xml"
err 'Fails: there is no key'

# An Exec that takes longer than command-time is accepted, and waited for; one that nobody ends is named.
printf '[limits]\ncommand-time = 1\n' > "$dir/late.conf"
late=(--csp "$slow" --config "$dir/late.conf" "${state[@]}")
run 0 tree exec ./Vendor/Slow 300 "${late[@]}" -v
out 'accepted; waiting up to 60 s for its end'
out 'ended: 200 done'
run 0 tree exec ./Vendor/Slow 'late 1500' "${late[@]}" -v
out 'accepted; waiting up to 60 s for its end'
out 'ended: 200 done'
err 'Slow: exec ./Vendor/Slow goes on, and 202 is told'
run 1 tree exec ./Vendor/Slow 'fail 100' "${late[@]}"
err './Vendor/Slow: it ended with 500'

# DDF files: a broken one is refused, the rest serves.
run 0 ddf check "$dir/ddf/light.ddf.xml"
out_is '1 accepted, 0 refused'
run 1 ddf check "$dir"/broken/*.xml
out_is '1 accepted, 1 refused'
err 'dark.ddf.xml:'
run 1 ddf check "$dir/none.xml"
run 0 ddf check -v "$dir/ddf/light.ddf.xml"
out "$dir/ddf/light.ddf.xml: ok, 8 nodes"
run 0 ddf show "$dir/ddf/light.ddf.xml"
grep -q Level "$dir/out" || complain 'show does not show'
run 0 ddf show --json "$dir/ddf/light.ddf.xml"
run 0 ddf show "$dir/ddf/light.ddf.xml" ./Vendor/Light/Level
out './Vendor/Light/Level'
out '  format        int'
run 1 ddf show "$dir/ddf/light.ddf.xml" ./Vendor/Dark
err 'describes no ./Vendor/Dark'
run 0 ddf show ./Vendor/Light/Level --state "$dir/other" --ddf "$dir/ddf"
out '  format        int'
run 1 ddf show ./Vendor/Dark --state "$dir/other"
err 'no CSP describes ./Vendor/Dark'
run 0 ddf export ./Vendor/Light --state "$dir/other" --ddf "$dir/ddf"
cp "$dir/out" "$dir/export.xml"
run 0 ddf check "$dir/export.xml"
out_is '1 accepted, 0 refused'
run 1 ddf export ./Vendor/Dark --state "$dir/other" --ddf "$dir/ddf"
err 'no CSP describes ./Vendor/Dark'
run 0 tree get ./Vendor/Light/Level --state "$dir/other" --ddf "$dir/broken"
out_is 5
err 'dark.ddf.xml'

# A broken store is told with its cause.
run 0 tree list ./DevInfo --state "$dir/corrupt"
rm -f "$dir"/corrupt/store.db-*
dd if=/dev/urandom of="$dir/corrupt/store.db" bs=1 seek=200 count=20000 conv=notrunc 2> /dev/null
run 3 tree list ./DevInfo --state "$dir/corrupt"
grep -qE 'malformed|corrupt|not a database' "$dir/err" || complain 'the cause of a broken store is not told'

# Transcripts.
run 2 replay "$dir/nowhere"
run 2 replay --serve nonsense "$dir"

# A session, and what comes after it.
start() { # ARGUMENT…: the reference server in the background; $port is where it listens
  rm -f "$dir/port"
  "$server" --port-file "$dir/port" --timeout 20 "$@" > "$dir/server" 2>&1 &
  pid=$!
  for _ in $(seq 200); do
    [ ! -s "$dir/port" ] || break
    sleep 0.05
  done
  port=$(cat "$dir/port")
  cat > "$dir/session.conf" << END
[server.test]
url = http://127.0.0.1:$port/dm
[log]
wire = $dir/wire.xml
[csp.Reboot]
command = echo reboot >> $dir/rebooted
END
}

server_says() { # STATUS
  local status=0
  wait "$pid" || status=$?
  [ "$status" = "$1" ] || {
    cat "$dir/server"
    complain "the server's status is $status, expected $1"
  }
}

session=(session --state "$dir/session" --config "$dir/session.conf")
start --once "$here/server.xml"
run 0 "${session[@]}" --transcript "$dir/transcript.xml" --alert 'com.example:hello=you'
server_says 0
grep -qE '^session .* with test: done; ' "$dir/out" || complain 'no summary'
[ "$(cat "$dir/rebooted")" = reboot ] || complain 'the command of Reboot did not run'
grep -q 'com.example:hello' "$dir/transcript.xml" || complain 'the alert is not in the transcript'
start --once "$here/server.xml"
run 1 "${session[@]}" --fail-on-error --json
server_says 0
grep -q '"outcome": "done"' "$dir/out" || complain 'no outcome in JSON'
grep -q '"failed": 1' "$dir/out" || complain 'no count of failures in JSON'
[ -s "$dir/wire.xml" ] || complain 'nothing was written to wire'

# An Exec that ends after its session is told in a further one, which is recorded beside the first.
start --sessions 2 "$here/slow-server.xml"
run 0 "${session[@]}" --csp "$slow" --transcript "$dir/slow.xml"
[ "$(grep -c '^session .* with test: done; ' "$dir/out")" = 2 ] || complain 'there were not two sessions'
if grep -q 'com.example:slow' "$dir/slow.xml"; then complain 'the alert came too early'; fi
grep -q 'com.example:slow' "$dir/slow.2.xml" || complain 'the alert is not in the further session'
kill "$pid" 2> /dev/null
wait "$pid"

start --once "$here/slow-server.xml"
run 0 "${session[@]}" --csp "$slow" --no-follow-up
[ "$(grep -c '^session ' "$dir/out")" = 1 ] || complain '--no-follow-up was not heard'
server_says 0

# The client on one screen.
start --once "$here/example-server.xml"
status=0
"$example" "http://127.0.0.1:$port/dm" urn:uuid:1 "$here/light.ddf.xml" > "$dir/out" 2> "$dir/err" || status=$?
[ "$status" = 0 ] || complain "the example: status $status, expected 0"
server_says 0
start --once "$here/device-id-server.xml"
"$example" "http://127.0.0.1:$port/dm" urn:uuid:1 "$here/../../csps/devinfo/devinfo.ddf.xml" > "$dir/out" 2> "$dir/err" ||
  complain 'the example, with DevInfo: no success'
server_says 0

# --wait bounds the wait: a job that still runs is said. A signal then leaves it cancel-time, and the status is that of the sessions.
start --once "$here/server.xml"
sed -i 's/^command = .*/command = sleep 20/' "$dir/session.conf"
printf '[limits]\ncancel-time = 1\n' >> "$dir/session.conf"
"$omadm" "${session[@]}" --wait 0 --json > "$dir/out" 2> "$dir/err" &
device=$!
for _ in $(seq 200); do
  ! grep -q 'still running' "$dir/err" || break
  sleep 0.05
done
err 'omadm: 1 job is still running; omadm exits when it ends, or 1 s after SIGINT or SIGTERM'
grep -q '"jobs-running": 1' "$dir/out" || complain 'the running job is not in the JSON'
began=$SECONDS
kill "$device"
status=0
wait "$device" || status=$?
[ "$status" = 0 ] || complain "a signal after the sessions: status $status, expected 0"
[ $((SECONDS - began)) -le 3 ] || complain 'a signal after the sessions was waited on'
server_says 0

# A job that ends in that time ends whole: its done and the CSP's close are called.
start --once "$here/slow-server.xml"
: > "$dir/err"
"$omadm" "${session[@]}" --csp "$slow" --wait 0 -v > "$dir/out" 2> "$dir/err" &
device=$!
for _ in $(seq 200); do
  ! grep -q 'still running' "$dir/err" || break
  sleep 0.02
done
kill "$device"
status=0
wait "$device" || status=$?
[ "$status" = 0 ] || complain "a signal while a job ends: status $status, expected 0"
err 'Slow: is done'
err 'Slow: is closed'
server_says 0

# A recording can be replayed.
start --once "$here/../../examples/demo/commands.xml"
printf '[server.test]\nurl = http://127.0.0.1:%s/dm\ndialect = windows\n' "$port" > "$dir/record.conf"
run 0 session --state "$dir/record" --config "$dir/record.conf" --no-follow-up --transcript "$dir/record.xml"
wait "$pid"
run 0 replay "$dir/record.xml"
grep -q '^1 passed, 0 failed' "$dir/out" || complain 'the recording does not replay'
run 0 session --help

# So can one in which the device proves itself: with its secrets as it is; without them none stands there.
for secrets in with without; do
  start --once --auth md5 --user me --secret geheim "$here/../../examples/demo/commands.xml"
  printf '[server.test]\nurl = http://127.0.0.1:%s/dm\ndialect = windows\nauth = md5\nuser = me\nsecret = geheim\n' "$port" > "$dir/proof.conf"
  chmod 600 "$dir/proof.conf"
  option=()
  [ "$secrets" = without ] || option=(--with-secrets)
  run 0 session --state "$dir/proof.$secrets" --config "$dir/proof.conf" --no-follow-up --transcript "$dir/proof.xml" "${option[@]}"
  wait "$pid"
  grep -q ' auth="md5" user="me" secret=' "$dir/proof.xml" || complain 'the recording does not say how the device proves itself'
  [ "$secrets" = without ] || run 0 replay "$dir/proof.xml"
done
if grep -q geheim "$dir/proof.xml"; then complain 'a secret is recorded'; fi

# A server that was never reached is not told of the abort.
printf '[server.test]\nurl = http://127.0.0.1:9/dm\n' > "$dir/nobody.conf"
"$omadm" session --state "$dir/nobody" --config "$dir/nobody.conf" > "$dir/out" 2> "$dir/err" &
device=$!
sleep 0.7
began=$SECONDS
kill -INT "$device" 2> /dev/null || kill "$device"
status=0
wait "$device" || status=$?
[ $((SECONDS - began)) -le 2 ] || complain 'an abort without a server was waited on'

# A signal aborts, also while the server does not answer. No core file could be left, unless one wants it.
start --once "$here/server.xml"
kill -STOP "$pid"
cores() { sed -n 's/^Max core file size  *\([^ ]*\) .*/\1/p' "/proc/$1/limits"; }
ulimit -S -c hard
OMADM_CORE=1 "$omadm" session --state "$dir/other" --config "$dir/session.conf" > /dev/null 2>&1 &
device=$!
sleep 0.7
[ "$(cores "$device")" != 1 ] || complain 'OMADM_CORE=1 does not keep the limit of core files'
kill "$device"
wait "$device"
"$omadm" "${session[@]}" > "$dir/out" 2> "$dir/err" &
device=$!
sleep 0.7
[ "$(cores "$device")" -le 1 ] || complain 'a crash could leave a core file'
kill "$device"
status=0
wait "$device" || status=$?
[ "$status" = 1 ] || complain "an aborted session: status $status, expected 1"
grep -qE '^session .* with test: aborted; ' "$dir/out" || complain 'the session was not aborted'
kill -CONT "$pid"
kill "$pid" 2> /dev/null
wait "$pid" 2> /dev/null

exit $failed
