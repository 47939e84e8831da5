#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`omadm session` is killed (SIGKILL) at a random moment, over SQLite, again and again on one state: then both members of each
Atomic have their new value or none has, and each change whose Status the server got is there. Arguments: omadm, the DDF folder,
rounds, a number that the moments depend on."""
import random
import subprocess
import sys
import tempfile
import threading

import dmserver

LEAVES = "./Vendor/Test/Leaves/"
REPLACE = ('<Replace><CmdID>{id}</CmdID><Item><Target><LocURI>' + LEAVES + '{leaf}</LocURI></Target><Data>{value}</Data></Item>'
           '</Replace>')


class Story:
    """Asks for Number and Text = n in an Atomic, and for Ratio = n, with n one more in each message."""

    def __init__(self):
        self.asked = 0
        self.told = {"Atomic": 0, "Ratio": 0}  # the largest n that was told as done

    def answer(self, request, _connection):
        body = request[1]
        for part in body.split(b"<Status>")[1:]:
            if dmserver.field(part, "Data") != "200":
                continue
            if dmserver.field(part, "CmdRef") == "2":
                self.told["Atomic"] = self.asked
            if dmserver.field(part, "CmdRef") == "5":
                self.told["Ratio"] = self.asked
        self.asked += 1
        commands = ("<Atomic><CmdID>2</CmdID>" + REPLACE.format(id=3, leaf="Number", value=self.asked) +
                    REPLACE.format(id=4, leaf="Text", value=self.asked) + "</Atomic>" +
                    REPLACE.format(id=5, leaf="Ratio", value=self.asked))
        return dmserver.http(dmserver.message(body, dmserver.field(body, "MsgID"), "http://x/", commands))


def read(common, leaf):
    done = subprocess.run([common[0], "tree", "get", LEAVES + leaf, *common[1:]], capture_output=True, timeout=60, check=False)
    if done.returncode != 0:
        raise SystemExit(f"tree get {leaf}: {done.returncode} {done.stderr.decode()}")
    return int(float(done.stdout.decode().strip() or 0))


def check(common, story):
    number, text, ratio = (read(common, leaf) for leaf in ("Number", "Text", "Ratio"))
    told = story.told
    print(f"asked for {story.asked}, told {told['Atomic']} and {told['Ratio']}, found {number} = {text} and {ratio}")
    right = number == text and told["Atomic"] <= number <= story.asked and told["Ratio"] <= ratio <= story.asked
    return right


def main():
    omadm, ddf, rounds, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    moments = random.Random(seed)
    story = Story()
    failed = killed = 0
    with tempfile.TemporaryDirectory() as folder:
        server = dmserver.Server(story.answer)
        config = dmserver.configure(folder, server.url, (("rounds", 100000),))
        common = [omadm, "--config", config, "--state", folder + "/state", "--ddf", ddf]
        for _ in range(rounds):
            process = dmserver.start(omadm, "session", *common[1:])
            threading.Timer(moments.uniform(0.0, 0.5), process.kill).start()
            _, err = process.communicate(timeout=60)
            killed += process.returncode == -9
            if process.returncode != -9:
                print(err.decode(errors="replace")[-1000:])
            failed += not check(common, story)
        server.close()
    print(f"{rounds} rounds, {killed} killed, {failed} wrong, {story.asked} messages")
    return 1 if failed or killed < rounds or story.asked < rounds else 0


if __name__ == "__main__":
    sys.exit(main())
