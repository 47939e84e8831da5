#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Sessions of real processes over HTTP in which both sides prove themselves: two in a row, each type of credentials, in XML and in WBXML,
# with and without a nonce that the server knows; then with wrong ones. No secret may stand in the log, in a recording or, once it was replaced, in the store.
# Arguments: omadm, omadm-refserver.
set -euo pipefail
omadm=$1
refserver=$2
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
trap 'kill -KILL $(jobs -p) 2> /dev/null || true; rm -rf "$dir"' EXIT
nonce=c2VydmVyLW5vbmNlLTAwMQ==

fail() {
  echo "$1"
  cat "$dir"/out "$dir"/err "$dir"/device 2> /dev/null || true
  exit 1
}

start() { # OPTION…: the server; $port is where it listens
  rm -f "$dir/port"
  "$refserver" --port-file "$dir/port" --timeout 20 "$@" "$here/${commands:-device.xml}" > "$dir/out" 2> "$dir/err" &
  pid=$!
  for _ in $(seq 100); do
    [ ! -e "$dir/port" ] || break
    sleep 0.05
  done
  port=$(cat "$dir/port")
}

configure() { # TYPE SECRET SERVER-SECRET [ENCODING]
  cat > "$dir/omadm.conf" << END
[server.srv]
url = http://127.0.0.1:$port/dm
auth = $1
user = dev-0042
secret = $2
server-auth = $1
server-secret = $3
server-nonce = $nonce
encoding = ${4:-xml}
END
  chmod 600 "$dir/omadm.conf"
}

device() { # runs a session; its exit status
  local status=0
  "$omadm" session --config "$dir/omadm.conf" --state "$dir/state" -vv --wait 0 --transcript "$dir/recording.xml" \
    >> "$dir/device" 2>&1 || status=$?
  cat "$dir/recording.xml" >> "$dir/recordings" || true
  return $status
}

two_sessions() { # TYPE ENCODING [SERVER-NONCE]
  local type=$1 encoding=$2 asked told=()
  [ -z "${3:-}" ] || told=(--server-nonce "$3")
  rm -rf "$dir/state" "$dir/device"
  start --sessions 2 --auth $type --user dev-0042 --secret cl-Secret-1 --server-auth $type --server-user srv \
    --server-secret srv-Secret-1 ${told[@]+"${told[@]}"}
  configure $type cl-Secret-1 srv-Secret-1 $encoding
  device || fail "$type, $encoding: the first session failed"
  device || fail "$type, $encoding: the second session failed"
  wait "$pid" || fail "$type, $encoding: the server found something wrong"
  grep -q 'all checks hold' "$dir/out" || fail "$type, $encoding: the checks do not hold"
  asked=$(grep -c 'is asked for its credentials' "$dir/out" || true)
  # Basic needs no nonce; the others are asked for once, and know the next nonce in the second session.
  [ "$asked" = $([ $type = basic ] && echo 0 || echo 1) ] || fail "$type, $encoding: asked $asked times"
  asked=$(grep -c "asks for the server's credentials" "$dir/out" || true)
  [ "$asked" = $([ $type = basic ] || [ -n "${3:-}" ] && echo 0 || echo 1) ] || fail "$type, $encoding: the server was asked $asked times"
}

for type in basic md5 mac; do
  for encoding in xml wbxml; do
    two_sessions $type $encoding $nonce
    two_sessions $type $encoding
  done
done

# The device has another secret than the server knows.
rm -rf "$dir/state"
start --once --auth md5 --user dev-0042 --secret cl-Secret-1 --server-auth md5 --server-user srv --server-secret srv-Secret-1 \
  --server-nonce $nonce
configure md5 cl-Secret-2 srv-Secret-1
if device; then fail "wrong credentials of the device were accepted"; fi
kill "$pid"
wait "$pid" && fail "the server did not notice wrong credentials" || true

# The server has another secret than the device knows.
rm -rf "$dir/state"
start --once --auth basic --user dev-0042 --secret cl-Secret-1 --server-auth md5 --server-user srv --server-secret srv-Secret-1 \
  --server-nonce $nonce
configure basic cl-Secret-1 srv-Secret-2
sed -i 's/^server-auth = .*/server-auth = md5/' "$dir/omadm.conf"
if device; then fail "wrong credentials of the server were accepted"; fi
grep -q 'did not prove itself' "$dir/device" || fail "the device did not say why"
kill "$pid" 2> /dev/null || true
wait "$pid" || true

# The server gives the device a new secret: it counts from the next session on, the old one no longer.
rm -rf "$dir/state"
commands=secret.xml
both=(--set secret=new-Secret-2 --auth md5 --user dev-0042 --server-auth md5 --server-user srv --server-secret srv-Secret-1)
start --once "${both[@]}" --secret cl-Secret-1
configure md5 cl-Secret-1 srv-Secret-1
device || fail "a session in which the secret is replaced failed"
wait "$pid" || fail "the secret was not replaced"
! grep -rqF cl-Secret-1 "$dir/state" || fail "the replaced secret is still in the store"
start --once --port "$port" "${both[@]}" --secret new-Secret-2
device || fail "the new secret was not used"
wait "$pid" || fail "the new secret was not right"
start --once --port "$port" "${both[@]}" --secret cl-Secret-1
if device; then fail "the old secret was used"; fi
kill "$pid" 2> /dev/null || true
wait "$pid" && fail "the old secret was right" || true
commands=

for secret in cl-Secret srv-Secret new-Secret "$nonce" "$(printf 'dev-0042:cl-Secret-1' | base64)"; do
  ! grep -qF -e "$secret" "$dir/device" || fail "the log tells $secret"
  ! grep -qF -e "$secret" "$dir/recordings" || fail "the recording tells $secret"
done
grep -qF 'header-x-syncml-hmac="{{secret-' "$dir/recordings" || fail "the recording has no masked x-syncml-hmac"

# Another configuration: the old secrets are nowhere in the store.
configure md5 cl-Secret-9 srv-Secret-9
"$omadm" tree get --config "$dir/omadm.conf" --state "$dir/state" ./DevInfo/DevId > /dev/null
grep -rqF srv-Secret-9 "$dir/state" || fail "the new secret is not in the store"
for secret in cl-Secret-1 srv-Secret-1 srv-Secret-2; do
  ! grep -rqF "$secret" "$dir/state" || fail "$secret is still in the store"
done
[ -z "$(find "$dir/state" -type f -perm /077)" ] || fail "others may read a file of the state"
