#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs a guide: guide.py GUIDE.md BUILD

In an empty home whose "build" leads to BUILD, the blocks of the guide are done in their order: ```xml FILE writes a file, ```diff FILE
changes one, and of ```console each line that begins with "$ " is run, in one shell, and has to succeed and to show the lines behind it.
A line "…" stands for any lines, "…" within a line for any text.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

END = "-- end of command, status "


class Shell:
    def __init__(self, home):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("XDG_")}
        environment.update(HOME=str(home), LC_ALL="C.UTF-8")
        self.process = subprocess.Popen(["bash"], cwd=home, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT)
        self.run("umask 022")

    def run(self, command):
        self.process.stdin.write(f"{command}\nprintf '\\n{END}%s\\n' $?\n")
        self.process.stdin.flush()
        lines = []
        for line in self.process.stdout:
            if line.startswith(END):
                if lines and lines[-1] == "":
                    lines.pop()
                return lines, int(line[len(END):])
            lines.append(line.rstrip("\n"))
        return lines, -1

    def folder(self):
        return pathlib.Path(self.run("pwd")[0][0])


def matches(expected, found):
    pattern = ""
    for line in expected:
        if line == "…":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += "[^\n]*".join(re.escape(part) for part in line.split("…")) + "\n"
    return re.fullmatch(pattern, "".join(line + "\n" for line in found))


def commands(text):
    """(command, the lines that it shows) of a console block."""
    found = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line)
    return found


def play(guide, shell):
    for kind, file, text in re.findall(r"^```(\w+) ?(.*)\n((?:.*\n)*?)```$", guide, re.M):
        if kind == "xml" and file:
            (shell.folder() / file).write_text(text)
        elif kind == "diff":
            subprocess.run(["patch", "-s", file], input=text, text=True, check=True, cwd=shell.folder())
        elif kind == "console":
            for command, expected in commands(text):
                found, status = shell.run(command)
                if status != 0 or not matches(expected, found):
                    print(f"$ {command}\nexit status {status}; shown:", *found, "expected:", *expected, sep="\n")
                    return 1
    return 0


def main():
    guide = pathlib.Path(sys.argv[1]).read_text()
    with tempfile.TemporaryDirectory() as home:
        home = pathlib.Path(home)
        (home / "build").symlink_to(pathlib.Path(sys.argv[2]).resolve())
        return play(guide, Shell(home))


if __name__ == "__main__":
    sys.exit(main())
