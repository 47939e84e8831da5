#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A small client of OMA DM, for omadm replay --serve: it chooses what the standard leaves to it, or breaks a rule.

usage: free-client.py URL CHOICE
"""
import re
import sys
import urllib.request

URL, CHOICE = sys.argv[1:]
DEVICE = "IMEI:1"
TREE = {"DevId": DEVICE, "Man": "Example", "Mod": "One", "DmV": "1.0", "Lang": "en"}
DEFAULTS = '<Meta><Format xmlns="syncml:metinf">chr</Format><Type xmlns="syncml:metinf">text/plain</Type></Meta>'


def size(name):
    return f'<{name} xmlns="syncml:metinf">65536</{name}>'


def message(number, body):
    meta = "" if CHOICE == "sizes" else size("MaxObjSize") if CHOICE == "message-size" else size("MaxMsgSize") + size("MaxObjSize")
    meta = f"<Meta>{meta}</Meta>" if meta else ""
    dtd = "1.1" if CHOICE == "wrong-dtd" else "1.2"
    proto = "DM/1.1" if CHOICE == "wrong-proto" else "DM/1.2"
    source = "IMEI:2" if CHOICE == "wrong-source" and number > 1 else DEVICE
    final = "" if CHOICE == "wrong-no-final" else "<Final/>"
    return (f'<SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>{dtd}</VerDTD><VerProto>{proto}</VerProto>'
            f"<SessionID>1</SessionID><MsgID>{number}</MsgID><Target><LocURI>{URL}</LocURI></Target>"
            f"<Source><LocURI>{source}</LocURI></Source>{meta}</SyncHdr><SyncBody>{body}{final}</SyncBody></SyncML>")


def post(text):
    kind = "text/xml" if CHOICE == "wrong-media-type" else "application/vnd.syncml.dm+xml"
    request = urllib.request.Request(URL, data=text.encode(), headers={"Content-Type": kind})
    with urllib.request.urlopen(request) as answer:
        return answer.read().decode()


class Ids:
    """CmdIDs of one message."""

    def __init__(self):
        self.last = 40 if CHOICE == "ids" else 0

    def next(self):
        if CHOICE == "wrong-same-id" and self.last == 2:
            return 2
        self.last += 1
        return 0 if CHOICE == "wrong-id-0" and self.last == 2 else self.last


def package_1():
    ids = Ids()
    names = list(TREE)
    if CHOICE == "order":
        names.reverse()
    if CHOICE == "wrong-no-lang":
        names.remove("Lang")
    meta = DEFAULTS if CHOICE == "defaults" else ""
    items = "".join(f"<Item><Source><LocURI>./DevInfo/{n}</LocURI></Source>{meta}<Data>{TREE[n]}</Data></Item>" for n in names)
    if CHOICE == "more-devinfo":
        items += "<Item><Source><LocURI>./DevInfo/Ext/Shoe</LocURI></Source><Data>42</Data></Item>"
    alert = "1200" if CHOICE == "wrong-alert" else "1201"
    return f"<Alert><CmdID>{ids.next()}</CmdID><Data>{alert}</Data></Alert><Replace><CmdID>{ids.next()}</CmdID>{items}</Replace>"


def value_of(uri):
    return TREE.get(uri.replace("./", "").replace("DevInfo/", ""), "")


def package_3(commands, reference):
    ids = Ids()
    refs = "" if CHOICE == "header-refs" else f"<TargetRef>{DEVICE}</TargetRef><SourceRef>{URL}</SourceRef>"
    status = f"<Status><CmdID>{ids.next()}</CmdID><MsgRef>{reference}</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd>{refs}<Data>200</Data></Status>"
    body = "" if CHOICE == "wrong-no-header-status" else status
    results = ""
    for number, uri in commands:
        target = "" if CHOICE == "target-refs" else f"<TargetRef>{uri}</TargetRef>"
        code = "404" if CHOICE == "wrong-code" else "200"
        status = (f"<Status><CmdID>{ids.next()}</CmdID><MsgRef>{reference}</MsgRef><CmdRef>{number}</CmdRef><Cmd>Get</Cmd>"
                  f"{target}<Data>{code}</Data></Status>")
        meta = "" if CHOICE == "bare" else DEFAULTS
        result = (f"<Results><CmdID>{ids.next()}</CmdID><MsgRef>{reference}</MsgRef><CmdRef>{number}</CmdRef>"
                  f"<Item><Source><LocURI>{uri}</LocURI></Source>{meta}<Data>{value_of(uri)}</Data></Item></Results>")
        if CHOICE == "wrong-no-results":
            result = ""
        if CHOICE == "results-last":
            body, results = body + status, results + result
        else:
            body += result + status if CHOICE == "wrong-results-first" else status + result
    return body + results


def main():
    number = 1
    answer = post(message(number, package_1()))
    for _ in range(4):
        commands = re.findall(r"<Get>\s*<CmdID>(\d+)</CmdID>\s*<Item>\s*<Target>\s*<LocURI>([^<]*)", answer)
        if not commands:
            return
        number += 2 if CHOICE == "wrong-msgid" else 1
        answer = post(message(number, package_3(commands, re.search(r"<MsgID>(\d+)", answer).group(1))))


main()
