#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The PIN of a document on a pseudo terminal: it is not shown, and Ctrl-C leaves the terminal as it was. Argument: omadm."""
import fcntl
import os
import pty
import select
import subprocess
import sys
import tempfile
import termios
import time

omadm = sys.argv[1]

try:
    os.close(pty.openpty()[1])
except OSError as error:
    print(f"not run: this machine has no pseudo terminals: {error}")
    sys.exit(0)


def own_terminal():
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def bootstrap(typed):
    """What was seen, whether the terminal echoes at the prompt and at the end, and the exit status."""
    ours, theirs = pty.openpty()
    with tempfile.TemporaryDirectory() as folder:
        document = os.path.join(folder, "document.wbxml")
        config = os.path.join(folder, "omadm.conf")
        with open(document, "wb") as file:
            file.write(b"\x03\x0b\x6a\x00\x45\x01")
        with open(os.open(config, os.O_CREAT | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
            file.write("[device]\nid = IMEI:004999010640000\n")
        command = [omadm, "bootstrap", "--config", config, "--state", os.path.join(folder, "state"), "--sec", "USERPIN", "--mac", "00" * 20,
                   "--pin", "-", "--type", "application/vnd.wap.connectivity-wbxml", document]
        child = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, preexec_fn=own_terminal)
        seen, end, sent, at_prompt = b"", time.monotonic() + 30, 0, None
        while time.monotonic() < end and child.poll() is None:
            if select.select([ours], [], [], 0.1)[0]:
                seen += os.read(ours, 4096)
            if seen.count(b"PIN of the document: ") > sent and sent < len(typed):
                at_prompt = bool(termios.tcgetattr(theirs)[3] & termios.ECHO)
                os.write(ours, typed[sent])
                sent += 1
        child.kill()
        code = child.wait()
        while select.select([ours], [], [], 0.1)[0]:
            seen += os.read(ours, 4096)
        after = bool(termios.tcgetattr(theirs)[3] & termios.ECHO)
    os.close(ours)
    os.close(theirs)
    return seen.decode(errors="replace"), at_prompt, after, code


def check(what, found, wanted):
    if found != wanted:
        sys.exit(f"{what}: {found!r} instead of {wanted!r}")
    print(f"ok  {what}")


seen, at_prompt, after, code = bootstrap([b"4711\n", b"4712\n", b"4713\n"])
check("a PIN is asked for three times", (seen.count("PIN of the document: "), code), (3, 1))
check("and not shown", (at_prompt, "471" in seen), (False, False))
check("the terminal echoes again", after, True)
seen, at_prompt, after, code = bootstrap([b"\x03"])
check("Ctrl-C ends the question", (seen.count("PIN of the document: "), code), (1, 1))
check("and the terminal echoes again", after, True)
