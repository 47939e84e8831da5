#!/bin/sh
# SPDX-License-Identifier: MIT
# command.sh OMADM: omadm wbxml encode and decode.
set -eu
omadm=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

fail() {
  echo "$*" >&2
  exit 1
}

cat > "$dir/m.xml" <<'END'
<SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.2</VerDTD></SyncHdr><SyncBody><Final/></SyncBody></SyncML>
END

# A file, and standard input; to standard output.
"$omadm" wbxml encode "$dir/m.xml" > "$dir/m.wbxml"
[ "$(od -An -tx1 "$dir/m.wbxml" | tr -d ' \n')" = 03a4016a006d6c7103312e320001016b120101 ] || fail "the octets differ"
"$omadm" wbxml encode < "$dir/m.xml" | cmp - "$dir/m.wbxml" || fail "standard input is not taken"
[ "$("$omadm" wbxml decode "$dir/m.wbxml")" = "$(cat "$dir/m.xml")" ] || fail "it does not come back"

# --raw and --embed change what is inside a Data.
cat > "$dir/d.xml" <<'END'
<SyncML xmlns="SYNCML:SYNCML1.2"><SyncBody><Add><Item><Meta><Format xmlns="syncml:metinf">b64</Format></Meta><Data>AAE=</Data></Item></Add></SyncBody></SyncML>
END
"$omadm" wbxml encode "$dir/d.xml" | od -An -tx1 | tr -d ' \n' | grep -q 4f0341414 || fail "base64 does not stay text"
"$omadm" wbxml encode --raw "$dir/d.xml" | od -An -tx1 | tr -d ' \n' | grep -q 4fc3020001 || fail "--raw makes no octets"
[ "$("$omadm" wbxml encode --raw "$dir/d.xml" | "$omadm" wbxml decode)" = "$(cat "$dir/d.xml")" ] || fail "--raw is not undone"

# Client provisioning, and what Debian's libwbxml makes of ours, where it is installed.
cat > "$dir/cp.xml" << 'END'
<wap-provisioningdoc version="1.0">
  <characteristic type="APPLICATION">
    <parm name="APPID" value="w7"/>
    <parm name="PROVIDER-ID" value="a&#38;b&#60;c&#34;d"/>
    <parm name="X-OWN" value="&#233;"/>
    <parm name="EMPTY" value=""/>
    <parm name="INIT"/>
    <characteristic type="APPAUTH">
      <parm name="AAUTHLEVEL" value="APPSRV"/>
      <parm name="AAUTHTYPE" value="HTTP-DIGEST"/>
    </characteristic>
    <characteristic type="X-NONE"/>
  </characteristic>
  <characteristic type="NAPDEF">
    <parm name="BEARER" value="GSM-GPRS"/>
  </characteristic>
</wap-provisioningdoc>
END
sed 's/&#233;/\xc3\xa9/' "$dir/cp.xml" > "$dir/cp.expected"
"$omadm" wbxml encode "$dir/cp.xml" > "$dir/cp.wbxml" || fail "a provisioning document is not encoded"
od -An -tx1 -N 4 "$dir/cp.wbxml" | grep -q '03 0b 6a 00' || fail "the header is not that of client provisioning"
"$omadm" wbxml decode "$dir/cp.wbxml" | cmp - "$dir/cp.expected" || fail "a provisioning document is not read back"
if command -v wbxml2xml > /dev/null && command -v xml2wbxml > /dev/null; then
  wbxml2xml -o "$dir/cp.theirs.xml" "$dir/cp.wbxml" > /dev/null 2>&1 || fail "libwbxml does not read our provisioning document"
  "$omadm" wbxml encode "$dir/cp.theirs.xml" | cmp - "$dir/cp.wbxml" || fail "libwbxml reads another provisioning document"
  xml2wbxml -o "$dir/cp.theirs.wbxml" "$dir/cp.theirs.xml" > /dev/null 2>&1 || fail "libwbxml does not write what it read"
  "$omadm" wbxml decode "$dir/cp.theirs.wbxml" | cmp - "$dir/cp.expected" || fail "libwbxml's provisioning document is read as another"
fi

# Exit status and what is said: 1 for what is no document, 3 for what cannot be read, 2 for a wrong command line.
expect() {
  status=$1 words=$2
  shift 2
  code=0
  "$@" > "$dir/out" 2> "$dir/err" || code=$?
  [ $code = "$status" ] || fail "$*: exit status $code instead of $status"
  grep -q "$words" "$dir/err" || fail "$*: says $(cat "$dir/err")"
  [ ! -s "$dir/out" ] || fail "$*: writes although it fails"
}
expect 1 'm.xml: octet 0: the version is none of WBXML' "$omadm" wbxml decode "$dir/m.xml"
expect 1 'm.wbxml: line 1: not well-formed' "$omadm" wbxml encode "$dir/m.wbxml"
sed 's/<parm /<par /' "$dir/cp.xml" > "$dir/no.xml"
sed 's/ name="INIT"//' "$dir/cp.xml" > "$dir/nameless.xml"
head -c 40 "$dir/cp.wbxml" > "$dir/short.wbxml"
expect 1 'no.xml: the provisioning document: an element is of another kind' "$omadm" wbxml encode "$dir/no.xml"
expect 1 'nameless.xml: the provisioning document: an element is of another kind' "$omadm" wbxml encode "$dir/nameless.xml"
expect 1 'short.wbxml: the provisioning document: the document ends too early' "$omadm" wbxml decode "$dir/short.wbxml"
expect 3 'none: No such file' "$omadm" wbxml decode "$dir/none"
expect 2 'wbxml' "$omadm" wbxml
expect 2 '' "$omadm" wbxml encode a b
"$omadm" wbxml --help | grep -q 'encode \[FILE\]' || fail "--help does not name encode"
