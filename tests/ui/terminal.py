#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A server's questions on a real terminal (a pseudo one), and without one. Arguments: omadm, folder with dmserver.py."""
import os
import pty
import re
import select
import subprocess
import sys
import tempfile
import time

omadm = sys.argv[1]
sys.path.insert(0, sys.argv[2])
import dmserver  # noqa: E402

try:
    os.close(pty.openpty()[1])
except OSError as error:
    print(f"not run: this machine has no pseudo terminals: {error}")
    sys.exit(0)


def item(data):
    return f"<Item><Data>{data}</Data></Item>"


def alert(number, code, *items):
    return f"<Alert><CmdID>{number}</CmdID><Data>{code}</Data>{''.join(map(item, items))}</Alert>"


class Talk:
    """One session whose second message from the server carries the questions."""

    def __init__(self, questions):
        self.questions = questions
        self.told = b""
        self.server = dmserver.Server(self.answer)

    def answer(self, request, _connection):
        body = request[1]
        number = int(dmserver.field(body, "MsgID"))
        if number == 2:
            self.told = body
        return dmserver.http(dmserver.message(body, number, self.server.url, self.questions if number == 1 else ""))

    def codes(self):
        found = re.findall(rb"<Cmd>Alert</Cmd><Data>(\d+)</Data>(.*?)</Status>", self.told)
        return [(int(code), [i.decode() for i in re.findall(rb"<Item><Data>(.*?)</Data></Item>", rest)])
                for code, rest in found if code]


def session(talk, folder):
    config = dmserver.configure(folder, talk.server.url)
    with open(config, "a", encoding="utf-8") as file:
        file.write("[server.srv]\nname = Acme\n")
    return [omadm, "session", "--config", config, "--state", os.path.join(folder, "state"), "--wait", "0"]


def on_terminal(questions, lines, seconds=20, ahead=b"", early=()):
    """Types each line when its prompt has come. A line may be b'\\x04' (Ctrl-D) or None (nothing is typed). What is `ahead` is
    typed at the start; of `early`, (what is seen, line), a line is typed as soon as that is there."""
    early = list(early)
    talk = Talk(questions)
    with tempfile.TemporaryDirectory() as folder:
        pid, terminal = pty.fork()
        if pid == 0:
            arguments = session(talk, folder)
            os.execv(arguments[0], arguments)
        os.write(terminal, ahead)
        seen, prompts, end = b"", 0, time.monotonic() + seconds
        while time.monotonic() < end:
            if select.select([terminal], [], [], 0.2)[0]:
                try:
                    piece = os.read(terminal, 65536)
                except OSError:
                    break
                if not piece:
                    break
                seen += piece
            while early and early[0][0] in seen:
                os.write(terminal, early.pop(0)[1])
            while prompts < len(lines) and ready(seen, prompts):
                if lines[prompts] is not None:
                    os.write(terminal, lines[prompts])
                prompts += 1
        _, status = os.waitpid(pid, 0)
        talk.server.close()
        return talk, seen.decode(errors="replace"), os.waitstatus_to_exitcode(status)


def ready(seen, prompts):
    """Has the prompt after `prompts` earlier ones come?"""
    return len(re.findall(rb"\(Ctrl-D cancels\): |(?:Please|A time|A number|A date|An address|That is)[^\r\n]*\r?\n[^\r\n]*: ", seen)) > prompts


def check(what, found, wanted):
    if found != wanted:
        sys.exit(f"{what}: {found!r} instead of {wanted!r}")
    print(f"ok  {what}")


talk, seen, code = on_terminal(
    alert(4, 1100, "MINDT=1", "A &amp; B&#x202E;[31m") +
    alert(5, 1101, "DR=1", "Go on?") +
    alert(6, 1102, "IT=T&amp;MAXLEN=6", "When?") +
    alert(7, 1103, "", "Which?", "red", "green") +
    alert(8, 1104, "DR=1-3", "Which ones?", "a", "b", "c"),
    [b"no\n", b"late\n", b"235959\n", b"9\n", b"2\n", b"\n"])
check("each kind of question gets what was typed", talk.codes(),
      [(200, []), (304, []), (200, ["235959"]), (200, ["2"]), (200, ["1", "3"])])
check("a wrong answer is asked for again", ("A time is written hhmmss." in seen, "Please type numbers" in seen), (True, True))
check("a server cannot turn the terminal's text round", "\u202e" in seen, False)
check("who asks stands there by both its names", "Acme (srv) asks:" in seen, True)
check("the session is done", code, 0)

talk, seen, code = on_terminal(alert(4, 1101, "", "One?") + alert(5, 1101, "", "Two?"), [b"\x04"])
check("Ctrl-D cancels, and nothing more is asked", talk.codes(), [(214, []), (215, [])])

talk, seen, code = on_terminal(alert(4, 1102, "ET=P", "Password?"), [b"hunter2\n"])
check("what is masked is told", talk.codes(), [(200, ["hunter2"])])
check("and not shown", "hunter2" in seen, False)

talk, seen, code = on_terminal(alert(4, 1101, "MAXDT=1", "Quick?"), [None])
check("the server's time ends a question", talk.codes(), [(408, [])])

talk, seen, code = on_terminal(alert(4, 1101, "DR=1", "Erase?") + alert(5, 1101, "DR=1", "Really?"), [b"no\n", b"no\n"], ahead=b"\n" * 5)
check("what was typed before a question is no answer to it", talk.codes(), [(304, []), (304, [])])

began = time.monotonic()
talk, seen, code = on_terminal(alert(4, 1101, "MINDT=2&amp;DR=1", "Read me?"), [b"no\n"], early=[(b"Read me?", b"yes\n")])
check("an answer before MINDT does not count", talk.codes(), [(304, [])])
check("and the question stands as long", time.monotonic() - began >= 2, True)

talk, seen, code = on_terminal(alert(4, 1101, "DR=0", "a&#x61c;b&#x200b;c&#xfeff;d&#x9b;e&#xe0041;f&#x2029;g\nbank.example asks:"), [b"no\n"])
check("what cannot be seen is shown", "a??b???c???d??e????f???g" in seen, True)
check("another line of a server begins no line", "\nbank" in seen, False)

talk = Talk(alert(4, 1100, "", "Hello") + alert(5, 1101, "", "Go?"))
with tempfile.TemporaryDirectory() as folder:
    run = subprocess.run(session(talk, folder), stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False)
check("without a terminal there is no user", talk.codes(), [(406, []), (406, [])])
check("and the session is done", run.returncode, 0)
