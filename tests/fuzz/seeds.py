#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes seeds of fuzz_session from transcripts: seeds.py TRANSCRIPTS OUT

One file a transcript: three octets of options, then what the server says, with the octet 0x1E behind each message.
"""
import base64
import hashlib
import os
import re
import sys

NAMES = {
    "session": "1",
    "device": "IMEI:004999010640000",
    "url": "https://dm.example.net/oma",
}
SERVER = re.compile(rb"<server(?P<more>\s[^>]*?)?(?:/>|>(?P<text>.*?)</server>)", re.S)
CDATA = re.compile(rb"^<!\[CDATA\[(.*)\]\]>$", re.S)


def attribute(more, name):
    found = re.search(name.encode() + rb'="([^"]*)"', more or b"")
    return found.group(1).decode() if found else None


def message(match, folder):
    more = match.group("more")
    if attribute(more, "id") or attribute(more, "dialect"):
        return None
    source = attribute(more, "src")
    if source:
        with open(os.path.join(folder, source), "rb") as part:
            return part.read()
    if attribute(more, "raw"):
        return base64.b64decode(re.sub(rb"\s", b"", match.group("text") or b""))
    text = (match.group("text") or b"").strip()
    cdata = CDATA.match(text)
    return cdata.group(1) if cdata else text


def seed(path, options):
    with open(path, "rb") as file:
        whole = file.read()
    flags = 1 if b'dialect="windows"' in whole else 0
    flags |= 4 if b'quirks="refuse"' in whole else 0
    auth = re.search(rb'\b(?:server-)?auth="(basic|md5|mac)"', whole)
    last = options[2]
    if auth:
        flags |= 128
        last = last & ~3 | {b"basic": 0, b"md5": 1, b"mac": 2}[auth.group(1)]
    out = bytes([flags | options[0], options[1], last])
    for match in SERVER.finditer(whole):
        text = message(match, os.path.dirname(path))
        if text is None:
            continue
        text = re.sub(rb"\{\{([a-z0-9-]+)\}\}", lambda m: NAMES.get(m.group(1).decode(), "1").encode(), text)
        out += text + b"\x1e"
    return out


def main():
    source, target = sys.argv[1:3]
    os.makedirs(target, exist_ok=True)
    count = 0
    for folder, _, files in os.walk(source):
        for name in sorted(files):
            path = os.path.join(folder, name)
            if not name.endswith(".xml") or "fixtures" in path or "parts" in path:
                continue
            kind = hashlib.sha256(name.encode()).digest()[0]
            options = [(0, 0, 0), (8, 1, 0), (16, 7, 0), (24, 64, 0), (80, 0, 40), (32, 3, 16)][kind % 6]
            with open(os.path.join(target, name[:-4]), "wb") as out:
                out.write(seed(path, options))
            count += 1
    print(f"{target}: {count} seeds")


if __name__ == "__main__":
    main()
