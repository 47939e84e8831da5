#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# omadm-refserver with 3 MB in both directions: a value is written in chunks, and read in chunks, in XML and WBXML. Arguments: omadm,
# omadm-refserver.
set -euo pipefail
omadm=$1
refserver=$2
dir=$(mktemp -d)
server=
trap 'kill $server 2> /dev/null || true; rm -rf "$dir"' EXIT
failed=0
most=16777216 # octets that the device takes

mkdir "$dir/ddf"
cat > "$dir/ddf/blob.xml" << 'END'
<?xml version="1.0" encoding="UTF-8"?>
<MgmtTree xmlns="syncml:dmddf1.2"><VerDTD>1.2</VerDTD>
<Node><NodeName>Gadget</NodeName><Path>./Vendor</Path><DFProperties><AccessType><Get/></AccessType><DFFormat><node/></DFFormat><Occurrence><One/></Occurrence><Scope><Permanent/></Scope><DFType><DDFName/></DFType></DFProperties>
<Node><NodeName>Blob</NodeName><DFProperties><AccessType><Get/><Replace/><Add/></AccessType><DefaultValue></DefaultValue><DFFormat><bin/></DFFormat><Occurrence><One/></Occurrence><Scope><Permanent/></Scope><DFType><MIME>application/octet-stream</MIME></DFType></DFProperties></Node>
</Node></MgmtTree>
END
# commands OCTETS: writes them, asks for their number, reads them.
commands() {
  head -c "$1" /dev/urandom | base64 -w 0 > "$dir/value"
  {
    printf '<commands xmlns="SYNCML:SYNCML1.2" xmlns:omadm="urn:omadm:commands:1">\n<package><Replace omadm:expect-status="200"><Item><Target>'
    printf '<LocURI>./Vendor/Gadget/Blob</LocURI></Target><Meta><Format xmlns="syncml:metinf">b64</Format></Meta><Data>'
    cat "$dir/value"
    printf '</Data></Item></Replace></package>\n<package><Get><Item omadm:expect-value="%s"><Target>' "$1"
    printf '<LocURI>./Vendor/Gadget/Blob?prop=Size</LocURI></Target></Item></Get></package>\n<package><Get><Item omadm:expect-value="'
    cat "$dir/value"
    printf '"><Target><LocURI>./Vendor/Gadget/Blob</LocURI></Target></Item></Get></package></commands>\n'
  } > "$dir/commands.xml"
}

# transfer ENCODING ARGUMENT…: all checks of the server hold.
transfer() {
  local encoding=$1 good=1
  shift
  rm -rf "$dir/port" "$dir/state"
  "$refserver" --once --port-file "$dir/port" --timeout 60 "$@" "$dir/commands.xml" > "$dir/server" 2> "$dir/err" &
  server=$!
  for _ in $(seq 400); do
    [ ! -s "$dir/port" ] || break
    sleep 0.05
  done
  printf '[server.srv]\nurl = http://127.0.0.1:%s/dm\nencoding = %s\n[limits]\nmax-obj-size = %s\n' "$(cat "$dir/port")" "$encoding" "$most" > "$dir/omadm.conf"
  "$omadm" session --config "$dir/omadm.conf" --state "$dir/state" --ddf "$dir/ddf" --tpm none > "$dir/out" 2>&1 || good=0
  wait "$server" || good=0
  [ $good = 0 ] || return 0
  echo "not transferred: $encoding $*"
  cut -c 1-200 "$dir/out" "$dir/server" "$dir/err"
  failed=1
}

commands 3145728
transfer xml
transfer wbxml
commands 5000
transfer xml --chunk 1001
transfer wbxml --chunk 1001
# More than a text that libxml2 takes unless it is told.
head -c 11000000 /dev/zero | tr '\0' 'x' > "$dir/value"
{
  printf '<commands xmlns="SYNCML:SYNCML1.2" xmlns:omadm="urn:omadm:commands:1"><package><Replace omadm:expect-status="200"><Item><Target>'
  printf '<LocURI>./Vendor/Gadget/Blob</LocURI></Target><Data>'
  cat "$dir/value"
  printf '</Data></Item></Replace></package>\n'
  printf '<package><Get omadm:expect-value="8250000"><Item><Target><LocURI>./Vendor/Gadget/Blob?prop=Size</LocURI></Target></Item></Get></package></commands>\n'
} > "$dir/commands.xml"
transfer xml
# After a chunk that the device refuses the rest is not sent, and the server goes on.
sed -i -e 's/expect-status="200"/expect-status="413"/' -e 's/expect-value="8250000"/expect-value="0"/' "$dir/commands.xml"
most=1000000
transfer xml
[ "$(grep -c "more, please" "$dir/server")" -le 1 ] || { echo "the rest of a refused value is sent"; failed=1; }
exit $failed
