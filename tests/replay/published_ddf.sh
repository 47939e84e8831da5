#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The DDF files published for Windows, where OMADM_TEST_DATA has them: all are accepted, and one session serves them all at once.
set -euo pipefail
omadm=$1
refserver=$2
data=${OMADM_TEST_DATA:-$3/../shared}
if [ ! -d "$data/ddf/windows" ]; then
  echo "not run: $data/ddf/windows is not there; set OMADM_TEST_DATA"
  exit 0
fi
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT

"$omadm" ddf check "$data"/ddf/windows/*.xml

cat >"$work/commands.xml" <<'XML'
<commands xmlns="SYNCML:SYNCML1.2" xmlns:omadm="urn:omadm:commands:1">
  <package>
    <Get omadm:expect-status="200"><Item><Target><LocURI>./Vendor/MSFT</LocURI></Target></Item></Get>
    <Get omadm:expect-status="200"><Item><Target><LocURI>./Device/Vendor/MSFT/Policy/Config</LocURI></Target></Item></Get>
    <Get omadm:expect-status="200"><Item><Target><LocURI>./Vendor/MSFT/HealthAttestation/HASEndpoint</LocURI></Target></Item></Get>
    <Replace omadm:expect-status="200"><Item><Target><LocURI>./Device/Vendor/MSFT/Policy/Config/Camera/AllowCamera</LocURI></Target>
      <Meta><Format xmlns="syncml:metinf">int</Format></Meta><Data>0</Data></Item></Replace>
    <Get omadm:expect-status="200" omadm:expect-value="0">
      <Item><Target><LocURI>./Vendor/MSFT/Policy/Config/camera/allowcamera</LocURI></Target></Item></Get>
  </package>
</commands>
XML
"$refserver" --port-file "$work/port" --once --timeout 60 "$work/commands.xml" >"$work/server.log" 2>&1 &
server=$!
for _ in $(seq 100); do
  [ ! -s "$work/port" ] || break
  sleep 0.1
done
printf '[server.test]\nurl = http://127.0.0.1:%s/dm\ndialect = windows\n' "$(cat "$work/port")" >"$work/omadm.conf"
"$omadm" session --config "$work/omadm.conf" --state "$work/state" --ddf "$data/ddf/windows" 2>"$work/client.log" || {
  cat "$work/client.log" "$work/server.log"
  exit 1
}
wait "$server" || {
  cat "$work/server.log"
  exit 1
}
server=
if grep "refused" "$work/client.log"; then
  echo "the files above do not serve"
  exit 1
fi
count=$("$omadm" csp list --config "$work/omadm.conf" --state "$work/state" --ddf "$data/ddf/windows" 2>/dev/null | wc -l)
echo "$count mounts served in one session"
