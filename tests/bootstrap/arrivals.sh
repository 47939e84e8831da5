#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# omadm bootstrap and omadm notify as processes, against omadm-refserver. Arguments: omadm, omadm-refserver, python3.
set -uo pipefail
omadm=$1
server=$2
python=$3
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
trap 'kill -KILL $(jobs -p) 2> /dev/null; rm -rf "$dir"' EXIT
export LANG=C.UTF-8 XDG_STATE_HOME=$dir/home
failed=0
state=(--state "$dir/state" --tpm none --wait 0)

# run STATUS ARGUMENT…: the exit status is STATUS; output goes to out and err.
run() {
  local expected=$1 status=0
  shift
  "$omadm" "$@" > "$dir/out" 2> "$dir/err" < /dev/null || status=$?
  [ "$status" = "$expected" ] || complain "omadm $*: status $status, expected $expected"
}

complain() {
  echo "$1"
  sed 's/^/  out: /' "$dir/out"
  sed 's/^/  err: /' "$dir/err"
  failed=1
}

out() { grep -qF -- "$1" "$dir/out" || complain "\"$1\" does not stand on standard output"; }
err() { grep -qF -- "$1" "$dir/err" || complain "\"$1\" does not stand on standard error"; }

serve() { # OPTION…: the server in the background; $port is where it listens
  rm -f "$dir/port"
  "$server" "$@" --once --timeout 20 --port-file "$dir/port" "$here/arrivals.xml" > "$dir/server" 2>&1 &
  for _ in $(seq 100); do
    [ ! -e "$dir/port" ] || break
    sleep 0.05
  done
  port=$(cat "$dir/port")
}

served() { grep -qF -- "$1" "$dir/server" || complain "the server did not see \"$1\": $(cat "$dir/server")"; }

# document NAME ID URL PARMS: a document of client provisioning.
document() {
  printf '<wap-provisioningdoc><characteristic type="APPLICATION"><parm name="APPID" value="w7"/>%s%s%s%s</characteristic>%s' \
    "<parm name=\"PROVIDER-ID\" value=\"$2\"/>" "<parm name=\"ADDR\" value=\"$3\"/>" "$4" '' '</wap-provisioningdoc>' > "$dir/$1"
}

# notification NAME ID SECRET NONCE SESSION UI: writes one.
notification() {
  "$python" - "$dir/$1" "$2" "$3" "$4" "$5" "$6" << 'END'
import base64, hashlib, struct, sys
path, server, secret, nonce, session, ui = sys.argv[1:]
h = lambda b: hashlib.md5(b).digest()
b64 = base64.b64encode
trigger = struct.pack(">HBBBHB", 12 << 6 | int(ui) << 4 | 8, 0, 0, 0, int(session, 16), len(server)) + server.encode()
digest = h(b64(h((server + ":" + secret).encode())) + b":" + nonce.encode() + b":" + b64(h(trigger)))
open(path, "wb").write(digest + trigger)
END
}

# ---- bootstrap
serve
document plain.xml acme "http://127.0.0.1:$port/dm" '<parm name="INIT"/>'
run 0 bootstrap "$dir/plain.xml" --check "${state[@]}"
out "account acme would be set: http://127.0.0.1:$port/dm, which wants a session"
out 'the document is trusted, not authenticated'
run 0 tree list ./SyncML/DMAcc --state "$dir/state" --tpm none
[ ! -s "$dir/out" ] || complain '--check made an account'
run 0 bootstrap "$dir/plain.xml" "${state[@]}"
out "account acme: http://127.0.0.1:$port/dm"
out 'with acme: done'
wait
served 'Alert 1201 (the device asks for a session)'
served 'all checks hold'
run 0 tree get './SyncML/DMAcc/acme?prop=ACL' --state "$dir/state" --tpm none
out 'Get=acme&Replace=acme&Delete=acme'

run 1 bootstrap "$dir/plain.xml" "${state[@]}"
err 'there is an account of "acme" already'
run 1 bootstrap "$dir/plain.xml" --sec USERPIN --mac 00 --pin 1 "${state[@]}"
err 'the MAC of client provisioning is that of its WBXML'
run 1 bootstrap - "${state[@]}"
err 'this is neither client provisioning nor a SyncML message'
run 3 bootstrap "$dir/none.xml" "${state[@]}"
err "$dir/none.xml: "
run 2 bootstrap - --pin - "${state[@]}"
run 2 bootstrap "$dir/plain.xml" --sec NOTHING "${state[@]}"
run 2 bootstrap

# A secret without SEC; names that a person cannot read; too many accounts.
run 1 bootstrap "$dir/plain.xml" --pin 1234 --network-id 262011234567890 "${state[@]}"
err '--pin and --network-id verify a document, and this one has no SEC'
for name in . .. 'a&#x61c;b' 'a&#x9b;31m' 'a&#x20;b' 'ü'; do
  document named.xml "$name" 'http://127.0.0.1:9/' ''
  run 1 bootstrap "$dir/named.xml" --state "$dir/other" --tpm none
  err 'is not one to be used: visible ASCII characters'
  if LC_ALL=C grep -q '[^ -~]' "$dir/err"; then complain "$name stands on standard error as it is"; fi
done
for i in $(seq 0 4); do
  {
    printf '<wap-provisioningdoc>'
    for j in $(seq 16); do
      printf '<characteristic type="APPLICATION"><parm name="APPID" value="w7"/><parm name="PROVIDER-ID" value="a%s-%s"/>' "$i" "$j"
      printf '<parm name="ADDR" value="http://127.0.0.1:9/"/></characteristic>'
    done
    printf '</wap-provisioningdoc>'
  } > "$dir/flood.xml"
  run $((i < 4 ? 0 : 1)) bootstrap "$dir/flood.xml" --state "$dir/flood" --tpm none
done
err 'there are 64 accounts already'
# Who knows a secret of the device still gets in.
document last.xml last 'http://127.0.0.1:9/' ''
"$omadm" wbxml encode "$dir/last.xml" > "$dir/last.wbxml"
mac=$(openssl dgst -sha1 -hmac 1234 "$dir/last.wbxml" | sed 's/.*= //')
run 0 bootstrap "$dir/last.wbxml" --sec USERPIN --mac "$mac" --pin 1234 --state "$dir/flood" --tpm none

# A message of the DM profile that is trusted only: it makes objects, and touches none; of ACLs it decides nothing.
mkdir -p "$dir/ddf"
cp "$here/../../conformance/transcripts/fixtures/objects.ddf.xml" "$dir/ddf/"
lamp() { # FILE ACL VALUE
  local tree="<MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD><Node><NodeName>L</NodeName><RTProperties><ACL>$2</ACL><Format><node/></Format>"
  tree+="<Type><DDFName>com.example/1.0/Thing</DDFName></Type></RTProperties><Node><NodeName>Name</NodeName><RTProperties><Format><chr/></Format>"
  tree+="<Type><MIME>text/plain</MIME></Type></RTProperties><Value>$3</Value></Node></Node></MgmtTree>"
  printf '%s' '<SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>1</SessionID><MsgID>1</MsgID>' \
    '<Target><LocURI>x</LocURI></Target><Source><LocURI>y</LocURI></Source></SyncHdr><SyncBody><Add><CmdID>1</CmdID><Item><Target><LocURI>./Inbox/L' \
    '</LocURI></Target><Meta><Format xmlns="syncml:metinf">xml</Format><Type xmlns="syncml:metinf">application/vnd.syncml.dmtnds+xml</Type></Meta>' \
    "<Data><![CDATA[$tree]]></Data></Item></Add><Final/></SyncBody></SyncML>" > "$dir/$1"
}
objects=(--state "$dir/objects" --tpm none --ddf "$dir/ddf")
lamp lamp.xml 'Get=*&amp;Replace=*' true
run 0 bootstrap "$dir/lamp.xml" --check "${objects[@]}"
out 'object ./Vendor/Test/Objects/L would be set: 2 nodes made, 0 replaced'
run 0 bootstrap "$dir/lamp.xml" "${objects[@]}"
out 'object ./Vendor/Test/Objects/L: 2 nodes made, 0 replaced'
err 'the ACL for ./Vendor/Test/Objects/L is left out'
run 0 tree get './Vendor/Test/Objects/L?prop=ACL' "${objects[@]}"
if grep -q Replace "$dir/out"; then complain 'a document that is not authenticated sets an ACL'; fi
sed 's#Thing#Single#' "$dir/lamp.xml" > "$dir/single.xml"
run 0 bootstrap "$dir/single.xml" "${objects[@]}"
run 1 bootstrap "$dir/single.xml" "${objects[@]}"
err './Vendor/Test/Single is there already; only an authenticated document replaces it'

# The PIN comes from standard input, three times at most; MAC and document are those of a known answer, which has no account.
printf '\003\013\152\000' > "$dir/known.wbxml"
known=(bootstrap "$dir/known.wbxml" --sec USERPIN --mac 818C70A483454846F09D28A43C7301F1235208B7 --pin -)
printf '1\n2\n1234\n' | "$omadm" "${known[@]}" "${state[@]}" > "$dir/out" 2> "$dir/err"
err 'the provisioning document: '
printf '1\n2\n3\n1234\n' | "$omadm" "${known[@]}" "${state[@]}" > "$dir/out" 2> "$dir/err"
err 'the document and the PIN do not belong together'
if grep -q 1234 "$dir/err"; then complain 'the PIN stands on standard error'; fi
run 1 "${known[@]:0:6}" "${state[@]}"
err "the document needs the user's PIN: give --pin PIN"

run 0 bootstrap "$dir/plain.xml" --check --json --state "$dir/other" --tpm none
"$python" -c 'import json, sys; d = json.load(sys.stdin); assert d["accounts"][0]["server"] == "acme" and not d["authenticated"]' \
  < "$dir/out" || complain 'the JSON of bootstrap'

# ---- notify
rm -rf "$dir/state"
serve
printf '[server.srv]\nurl = http://127.0.0.1:%s/dm\nserver-auth = md5\nserver-secret = geheim\nserver-nonce = Tm9uY2U=\n' \
  "$port" > "$dir/omadm.conf"
state+=(--config "$dir/omadm.conf")
notification good srv geheim Nonce A7 1
run 0 notify "$dir/good" --check "${state[@]}"
out 'a notification of srv, version 1.2: session A7, user: background'
run 0 notify "$dir/good" --check "${state[@]}"
run 0 notify "$dir/good" --check --json "${state[@]}"
"$python" -c 'import json, sys; d = json.load(sys.stdin); assert d["server"] == "srv" and d["session"] == "A7"' < "$dir/out" ||
  complain 'the JSON of notify'
notification forged srv falsch Nonce A8 1
run 1 notify "$dir/forged" "${state[@]}"
err 'a notification is not from "srv"'
if grep -qE 'geheim|Nonce|falsch' "$dir/err"; then complain 'a secret stands on standard error'; fi
notification stranger you geheim Nonce A8 1
run 1 notify "$dir/stranger" "${state[@]}"
notification asks srv geheim Nonce A9 3
run 1 notify "$dir/asks" "${state[@]}"
err 'the session with srv was not wanted'
# The server proves nothing, so the device ends the session: status 1. But it came, by that number, and is not to come again.
run 1 notify - "${state[@]}" < /dev/null
"$omadm" notify - "${state[@]}" < "$dir/good" > "$dir/out" 2> "$dir/err"
out 'session A7 with srv'
wait
served 'Alert 1200 (the server asked for this session)'
run 1 notify "$dir/good" "${state[@]}"
err 'came before'
# Nobody is there: it is taken again when it comes again.
notification late srv geheim Nonce AA 1
run 3 notify "$dir/late" "${state[@]}"
run 0 notify "$dir/late" --check "${state[@]}"
# A server that proves itself when it is asked: the session is done, and the next notification is made with the nonce it was given.
serve --server-auth md5 --server-user srv --server-secret geheim
sed -i "s#http://127.0.0.1:[0-9]*/#http://127.0.0.1:$port/#" "$dir/omadm.conf"
notification proven srv geheim Nonce AB 1
run 0 notify "$dir/proven" "${state[@]}"
out 'session AB with srv'
out 'with srv: done'
wait
served 'Alert 1200 (the server asked for this session)'
served "the device asks for the server's credentials (407)"
served 'all checks hold'
# It has shown that it has the new nonce: from now on the old one proves nothing.
notification stale srv geheim Nonce AC 1
run 1 notify "$dir/stale" "${state[@]}"
err 'a notification is not from "srv"'
exit "$failed"
