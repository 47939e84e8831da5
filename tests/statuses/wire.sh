# SPDX-License-Identifier: MIT
# A device, its TPM, a management server and attestation services, all of them processes with sockets and TLS between them. To be sourced
# by bash scripts that were given the build folder.
#
#   certify NAME             an authority, and a certificate on loopback that it signed: $work/NAME.pem, .key, -ca.pem. good is there
#   boot DIR LOG             starts the TPM of that folder of swtpm_make, with the log played into it; $tpm is it now
#   attestor NAME OPTION…    the attestation services; $at is where, $work/NAME.log what they say
#   serve MODE…              a service that fails or lies (service.py), with the certificate of $authority; $at is where
#   expect STATUS HRESULT WHAT [SETTING…]
#                            VerifyHealth and TriggerAttestation at $at end with these, and the alert tells of it; no evidence is given
#                            where they failed. Settings are those of the CSP; $tpm, $log, $deadline of the device, which is a new one
#                            unless $state is set: a new one makes a key, which may take seconds
#   said NAME TEXT           …and that is what the services of that name said to it
#   tidy WHAT                nothing of the device is left in the TPM of $TPM2TOOLS_TCTI
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../tpm/swtpm.sh"
work=$(mktemp -d /tmp/omadm-wire.XXXXXX)
node=./Vendor/MSFT/HealthAttestation
tpm=none
log=$work/log
authority=good
started=()
tpms=()
failed=0
done_cases=0
declare -A last_status=() last_report=() # of each $state

clean_up() {
  local dir
  kill "${started[@]}" 2> /dev/null
  for dir in "${tpms[@]}"; do
    kill -CONT "$(cat "$dir/pid" 2> /dev/null)" 2> /dev/null
    swtpm_stop "$dir" 2> /dev/null
  done
  rm -rf "$work"
}
trap clean_up EXIT

give_up() {
  echo "cannot be tested: $1"
  [ ! -s "${2:-}" ] || cat "$2"
  exit 1
}

certify() {
  local curve=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
  openssl req -x509 "${curve[@]}" -days 1 -subj "/CN=$1" -keyout "$work/$1-ca.key" -out "$work/$1-ca.pem" 2> /dev/null
  openssl req "${curve[@]}" -subj /CN=localhost -keyout "$work/$1.key" -out "$work/$1.csr" 2> /dev/null
  openssl x509 -req -in "$work/$1.csr" -CA "$work/$1-ca.pem" -CAkey "$work/$1-ca.key" -CAcreateserial -days 1 \
    -extfile <(echo 'subjectAltName=DNS:localhost,IP:127.0.0.1') -out "$work/$1.pem" 2> /dev/null
}

await() { # FILE
  local tries=0
  until [ -s "$1" ]; do
    [ $((tries += 1)) -le 400 ] || return 1
    sleep 0.025
  done
}

boot() {
  tpms+=("$1")
  swtpm_start "$1" || exit 1
  tpm=tss2:$SWTPM_TCTI
  "$build/conformance/boot/omadm-boot" "$2" --tpm "$SWTPM_TCTI" > "$work/boot" 2>&1 || give_up 'the boot' "$work/boot"
}

attestor() {
  local name=$1
  shift
  "$build/conformance/attestation/omadm-refattest" --tls "$work/good.pem" "$work/good.key" --port-file "$work/$name.port" --boot-ca "$work/boot-ca.pem" "$@" \
    > "$work/$name.log" 2>&1 &
  started+=($!)
  await "$work/$name.port" || give_up omadm-refattest "$work/$name.log"
  at=127.0.0.1:$(cat "$work/$name.port")
}

service=
serve() {
  hush
  rm -f "$work/port"
  python3 "$here/service.py" "$work/$authority.pem" "$work/$authority.key" "$work/port" "$@" 2> "$work/service.err" &
  service=$!
  started+=("$service")
  await "$work/port" || give_up 'the service' "$work/service.err"
  at=127.0.0.1:$(cat "$work/port")
}

# hush: the service that fails is gone.
hush() {
  [ -z "$service" ] || { kill "$service" && wait "$service"; } 2> /dev/null
  service=
}

# manage FILE SESSIONS OPTION…: a management server, and what the device has to know of it and of SETTINGS in $settings.
manage() {
  local file=$1 sessions=$2
  shift 2
  rm -f "$work/dm"
  "$build/conformance/omadm-refserver" --tls "$work/good.pem" "$work/good.key" --port-file "$work/dm" --sessions "$sessions" --timeout 30 \
    --dha "$at" --azure "https://$at/attest/Tpm?api-version=2022-08-01" --service-ca "$work/good-ca.pem" "$@" "$here/$file" \
    > "$work/server.log" 2>&1 &
  server=$!
  started+=("$server")
  await "$work/dm" || give_up omadm-refserver "$work/server.log"
  {
    printf '[server.s]\nurl = https://127.0.0.1:%s/dm\nca = %s\ndialect = windows\n' "$(cat "$work/dm")" "$work/good-ca.pem"
    printf '[tpm]\ndeadline = %s\n' "${deadline:-20}"
    printf '[csp.HealthAttestation]\nca = %s\n' "$work/good-ca.pem"
    printf '%s\n' "${settings[@]}"
  } > "$work/conf"
}
settings=()

# device COMMAND ARGUMENT…: omadm(1) on it.
device() { # $as: what runs it
  ${as:-} "$build/cli/omadm" "$@" --config "$work/conf" --state "${state:-$work/state}" --csp "$build/plugins" --tpm "$tpm" --event-log "$log"
}

complain() {
  echo "FAILED: $1"
  sed 's/^/  server: /' "$work/server.log"
  sed 's/^/  device: /' "$work/client.log"
  failed=1
}

expect() {
  local status=$1 hresult=$2 what=$3 result=0 name device=${state:-none} report certificate
  shift 3
  settings=("$@")
  [ -n "${state:-}" ] || { rm -rf "$work/state"; last_status[none]=0 last_report[none]=404; }
  for name in "$work"/*.port; do
    [ ! -e "$name" ] || wc -l < "${name%.port}.log" > "${name%.port}.mark"
  done
  certificate=$([ "$status" = 3 ] && echo 200 || echo 404)
  report=$([ $((hresult)) = 0 ] && echo 200 || echo "${last_report[$device]:-404}")
  manage commands.xml 2 --set "before=${last_status[$device]:-0}" --set "status=$status" --set "certificate=$certificate" \
    --set "attest=$((hresult >> 31 ? hresult - (1 << 32) : hresult))" --set "report=$report"
  device session > "$work/client.log" 2>&1 || result=1
  wait "$server" || result=1
  last_status[$device]=$status last_report[$device]=$report
  done_cases=$((done_cases + 1))
  [ $result -eq 0 ] || complain "$what should be $status and $hresult"
}

said() {
  tail -n +$(($(cat "$work/$1.mark") + 1)) "$work/$1.log" > "$work/said"
  grep -qF -- "$2" "$work/said" && return
  cat "$work/said"
  complain "the services do not say \"$2\""
}

tidy() {
  [ -z "$(tpm2_getcap handles-transient)$(tpm2_getcap handles-loaded-session)" ] || complain "something is left in the TPM after $1"
}

end() {
  [ $failed -ne 0 ] || echo "$done_cases cases"
  exit $failed
}

swtpm_available || exit 1
certify good
"$build/conformance/boot/omadm-boot" --write "$log" --boot-ca "$work/boot-ca.pem" || exit 1
