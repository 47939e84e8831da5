#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""omadm(1) as a process, and a server that cuts where it likes: what was sent is what is there and what comes back, octet by octet,
also when the device is killed between two chunks. Arguments: omadm, tests/faults, the DDF folder."""
import base64
import os
import random
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, sys.argv[2])
import dmserver  # noqa: E402

OMADM, DDF = sys.argv[1], sys.argv[3]
LEAVES = "./Vendor/Test/Leaves/"
META = 'xmlns="syncml:metinf"'


def reply(body, number, commands, final, meta=""):
    text = dmserver.message(body, number, "http://x/", commands).decode().replace("</SyncHdr>", meta + "</SyncHdr>")
    return text if final else text.replace("<Final/>", "")


def escaped(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


def unescaped(text):
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&#13;", "\r").replace("&amp;", "&")


class Download:
    """Sends one value in the pieces it is given; kills the process before piece `kill`."""

    def __init__(self, leaf, pieces, form, kill=None):
        self.leaf, self.pieces, self.form, self.kill = leaf, pieces, form, kill
        self.at, self.process, self.last = 0, None, b""
        self.size = sum(len(piece.encode()) for piece in pieces)

    def answer(self, request, _connection):
        body = self.last = request[1]
        if self.at == self.kill:
            self.process.kill()
            return None
        if self.at == len(self.pieces):
            return dmserver.http(reply(body, self.at + 1, "", True).encode())
        size = f"<Size {META}>{self.size}</Size>" if self.at == 0 else ""
        self.at += 1
        last = self.at == len(self.pieces)
        command = (f"<Replace><CmdID>5</CmdID><Item><Target><LocURI>{LEAVES}{self.leaf}</LocURI></Target><Meta><Format {META}>"
                   f"{self.form}</Format>{size}</Meta><Data>{escaped(self.pieces[self.at - 1])}</Data>"
                   f"{'' if last else '<MoreData/>'}</Item></Replace>")
        return dmserver.http(reply(body, self.at, command, last).encode())


class Upload:
    """Asks for a value and puts its chunks together."""

    def __init__(self, leaf, most):
        self.leaf, self.most = leaf, most
        self.number, self.chunks, self.wrong = 0, [], []

    def answer(self, request, _connection):
        body = request[1].decode()
        self.number += 1
        meta = f"<Meta><MaxMsgSize {META}>{self.most}</MaxMsgSize></Meta>"
        if self.number == 1:
            get = f"<Get><CmdID>2</CmdID><Item><Target><LocURI>{LEAVES}{self.leaf}</LocURI></Target></Item></Get>"
            return dmserver.http(reply(request[1], 1, get, True, meta).encode())
        more = "<MoreData/>" in body
        found = re.search(r"<Results>.*<Data>([^<]*)</Data>", body, re.S)
        if found:
            self.chunks.append(found.group(1))
        self.judge(body, more)
        commands = "<Alert><CmdID>2</CmdID><Data>1222</Data></Alert>" if more else ""
        return dmserver.http(reply(request[1], self.number, commands, not more, meta).encode())

    def judge(self, body, more):
        if len(body.encode()) > self.most:
            self.wrong.append(f"a message of {len(body.encode())} octets")
        if ("<Size " in body) != (len(self.chunks) == 1 and more):
            self.wrong.append("Size in another chunk than the first")
        if more == ("<Final/>" in body) or (more and not body.endswith("<MoreData/></Item></Results></SyncBody></SyncML>")):
            self.wrong.append("a chunk that is not the last thing in its message")


def run(folder, story):
    server = dmserver.Server(story.answer)
    config = dmserver.configure(folder, server.url, (("reply-time", 5),))
    process = story.process = dmserver.start(OMADM, "session", "--config", config, "--state", folder + "/state", "--ddf", DDF,
                                             "--wait", "0")
    _, err = process.communicate(timeout=60)
    server.close()
    return process.returncode, err.decode(errors="replace")


def get(folder, leaf):
    done = subprocess.run([OMADM, "tree", "get", LEAVES + leaf, "--config", folder + "/omadm.conf", "--state", folder + "/state",
                           "--ddf", DDF], capture_output=True, timeout=60, check=True)
    return done.stdout.decode()[:-1]


def cut(text, rng, longest):
    pieces = []
    while text:
        n = rng.randint(1, longest)
        pieces.append(text[:n])
        text = text[n:]
    return pieces


def check(what, right, more=""):
    print(("ok      " if right else "WRONG   ") + what, more)
    return 0 if right else 1


def main():
    rng = random.Random(1)
    failed = 0
    octets = rng.randbytes(200001)
    coded = base64.b64encode(octets).decode()
    text = "".join(rng.choice("ab<&>\r\n\u00e4\u20ac\U0001F600") for _ in range(60000))
    with tempfile.TemporaryDirectory() as folder:
        values = folder + "/state/values"
        code, err = run(folder, Download("Blob", cut(coded, rng, 9000), "b64"))
        failed += check("octets arrive, cut anywhere", code == 0 and get(folder, "Blob") == coded, err)
        failed += check("they are one file", len(os.listdir(values)) == 1)
        code, err = run(folder, Download("Text", cut(text, rng, 5000), "chr"))
        failed += check("text arrives", code == 0 and get(folder, "Text") == text, err)
        for leaf, whole, most in (("Blob", coded, 5000), ("Blob", coded, 5001), ("Blob", coded, 5003), ("Text", text, 4096),
                                  ("Text", text, 70001)):
            story = Upload(leaf, most)
            code, err = run(folder, story)
            failed += check(f"{leaf} goes in {len(story.chunks)} chunks under {most} octets",
                            code == 0 and not story.wrong and unescaped("".join(story.chunks)) == whole, str(story.wrong) + err)
            failed += check("each is whole", all(len(c) % 4 == 0 for c in story.chunks) if leaf == "Blob" else True)
        other = base64.b64encode(rng.randbytes(150000)).decode()
        pieces = cut(other, rng, 20000)
        for kill in range(1, len(pieces) + 1, 3):
            run(folder, Download("Blob", pieces, "b64", kill))
            failed += check(f"killed before chunk {kill + 1} of {len(pieces)}", get(folder, "Blob") == coded)
            failed += check("nothing is left of it", len(os.listdir(values)) == 2)
        story = Download("Blob", ["AAAA"] * 3 + ["A"], "b64")
        story.size = 12
        run(folder, story)
        failed += check("too much is 424", b"<Data>424</Data>" in story.last and get(folder, "Blob") == coded)
        code, err = run(folder, Download("Blob", pieces, "b64"))
        failed += check("and then it goes", code == 0 and get(folder, "Blob") == other, err)
        failed += check("the old file is gone", len(os.listdir(values)) == 2)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
