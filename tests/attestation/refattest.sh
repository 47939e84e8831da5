#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# omadm-refattest from outside: options, TLS, routes, limits, its end. Argument: the program.
set -euo pipefail
program=$1
folder=$(mktemp -d /tmp/omadm-refattest-XXXXXX)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"

fail() {
  echo "FAILED: $*"
  cat out.txt err.txt 2>/dev/null || true
  exit 1
}

# status WANTED ARGUMENT...: how the program ends.
status() {
  local wanted=$1 got=0
  shift
  "$program" "$@" >out.txt 2>err.txt || got=$?
  [ "$got" = "$wanted" ] || fail "omadm-refattest $*: $got, not $wanted"
}

status 0 --help
grep -q -- --ek-roots out.txt || fail "the help does not name --ek-roots"
for wrong in --nonsense --lifetime "--lifetime 0" "--lifetime x" "--tls one" "--listen :1" "--listen 127.0.0.1:65536" \
  "--timeout -1"; do
  # shellcheck disable=SC2086
  status 2 $wrong
done
status 3 --tls missing.pem missing.key --timeout 1
grep -q 'missing.pem' err.txt || fail "it does not say which file it cannot read"
status 3 --listen name.invalid
status 3 --ek-roots missing.pem --timeout 1
grep -q -- '--ek-roots: missing.pem' err.txt || fail "it does not say which file it cannot read"
echo junk >junk.pem
status 3 --boot-ca junk.pem --timeout 1
grep -q 'holds no PEM certificate' err.txt || fail "it does not say what is wrong with the file"
status 2 --bank md5
status 0 --timeout 1

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out ca.pem -days 2 \
  -subj /CN=attestation -addext subjectAltName=IP:127.0.0.1 2>/dev/null
"$program" --listen 127.0.0.1:0 --tls ca.pem key.pem --port-file port --ek-roots ca.pem >out.txt 2>err.txt &
server=$!
for _ in $(seq 100); do
  [ ! -e port ] || break
  sleep 0.1
done
[ -e port ] || fail "it does not listen"
origin=https://127.0.0.1:$(cat port)
status 3 --listen "127.0.0.1:$(cat port)" --timeout 1

# get WANTED PATH CURL-OPTION...: the HTTP status; the answer is in answer.
get() {
  local wanted=$1 path=$2 got
  shift 2
  got=$(curl -s -o answer -w '%{http_code}' --cacert ca.pem "$@" "$origin$path") || true
  [ "$got" = "$wanted" ] || fail "$path $*: $got, not $wanted"
}

get 404 /
get 404 /DeviceHealthAttestation/GetHealthCertificate/v2 -d x
get 405 /DeviceHealthAttestation/GetHealthCertificate/v3
get 405 /certs -d x
get 200 /certs
get 200 /.WELL-KNOWN/openid-configuration
for path in DeviceHealthAttestation/GetHealthCertificate/v1 devicehealthattestation/gethealthcertificate/v3 \
  DEVICEHEALTHATTESTATION/VALIDATEHEALTHCERTIFICATE/V4; do
  get 400 "/$path" -X POST -d ''
  grep -q 'the document is empty' answer || fail "$path does not say why"
done
get 400 /devicehealthattestation/gethealthcertificate/v3?a=b -d '{}' -H 'dhascorrelationid: c0ffee'
head -c 25M /dev/zero >huge
get 400 /devicehealthattestation/gethealthcertificate/v3 --data-binary @huge
grep -q 'larger than 25165824 octets' answer || fail "a huge body is not named"
get 400 /devicehealthattestation/gethealthcertificate/v3 -d x
if curl -s "$origin/certs" >/dev/null; then fail "a client that does not know its CA trusts it"; fi

kill -TERM "$server"
got=0
wait "$server" || got=$?
server=
[ "$got" = 0 ] || fail "SIGTERM ended it with $got"
grep -q '^GetHealthCertificate v3 \[c0ffee\]: 1 the request is malformed' out.txt ||
  fail "the decision was not printed"
echo "omadm-refattest: all well"
