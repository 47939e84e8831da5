#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Plays each transcript to omadm(1) over HTTP, as a tester plays it to any other client, and counts what can be checked so.

usage: conformance/over-http.py [--write] [--encoding xml|wbxml] OMADM PLUGINS [FOLDER_OR_FILE...]

Each transcript has a client of its own, with a fresh state, configured as <setup> says: the account, the limits, the
descriptions, the plugins. The exit status is 1 where a transcript fails. --write keeps what became of each in over-http.tsv,
for coverage.py; with FOLDER_OR_FILE only those rows change.
"""
import collections
import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET

HERE = os.path.dirname(os.path.abspath(__file__))
SPACE = "{urn:omadm:transcript:1}"
AT_ONCE = 12  # most of the time is spent waiting
PATIENCE = 20  # seconds for a message


def find(paths):
    for path in paths:
        if os.path.isfile(path):
            yield path
        for folder, _, names in sorted(os.walk(path)):
            yield from (os.path.join(folder, name) for name in sorted(names) if name.endswith(".xml"))


def read(path):
    """The root element of a transcript, or None."""
    for _, element in ET.iterparse(path, events=("start",)):
        if element.tag != SPACE + "transcript":
            return None
        break
    return ET.parse(path).getroot()


# What this client cannot be made.
CANNOT = {
    # It has been spoken to before, to set nodes.
    "properties/properties-are-taken-back-with-an-atomic.xml": "a node that nobody has changed",
    "atomic/a-member-beyond-the-limit-of-a-transaction-answers-413.xml": "a limit that omadm.conf does not allow",
    "bad-input/a-message-that-grows-too-much-ends-the-session.xml": "a limit that omadm.conf does not allow",
}


def cannot(root, path, encoding):
    """Why the client cannot be made what the transcript asks for, or None."""
    setup = root.find(SPACE + "setup")
    encodings = root.get("encodings")
    if encodings is not None and encoding not in encodings.split():
        return f"it is in {encodings.upper()}"
    for name in ("clock", "random", "root-acl"):
        if setup is not None and setup.get(name) is not None:
            return f"only the inside of a client has {name}"
    for step in root.iter(SPACE + "server"):
        if step.get("raw") == "base64":
            return "octets that name the SessionID of a client's first session"
    for step in root.iter(SPACE + "client"):
        if re.match("https?:", step.get("url", "")):
            return "the session goes on at another host"
        nonces = [element.text for element in step.iter() if element.tag.endswith("}NextNonce")]
        if any(not nonce.startswith("{{") for nonce in nonces):
            return "only the inside of a client has random octets that are known before"
    return CANNOT.get("/".join(path.split(os.sep)[-2:]))


def configure(root, folder, url, plugins, encoding):
    """Writes omadm.conf; returns the arguments of omadm session."""
    setup = root.find(SPACE + "setup")
    servers = setup.findall(SPACE + "server")
    lines = ["[device]", f"id = {setup.get('device-id', 'IMEI:004999010640000')}"]
    for name in ("user", "os-build", "edition", "join"):
        if setup.get(name) is not None:
            lines.append(f"{name} = {setup.get(name)}")
    lines += ["[limits]"] + [f"{x.get('name')} = {x.get('value')}" for x in setup.findall(SPACE + "limit")]
    for setting in setup.findall(SPACE + "setting"):
        lines += [f"[csp.{setting.get('csp')}]", f"{setting.get('name')} = {setting.get('value')}"]
    for server in servers:
        account = {"url": "https://dm.example.net/oma", "rights": "full", **server.attrib}
        if server is servers[0]:
            account["url"] = url
        account["encoding"] = encoding
        lines += [f"[server.{account.pop('id')}]"] + [f"{k} = {v}" for k, v in account.items()]
    conf = os.path.join(folder, "omadm.conf")
    with open(conf, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    os.chmod(conf, 0o600)
    arguments = ["--config", conf, "--state", os.path.join(folder, "state"), "--wait", "0", "--server", servers[0].get("id")]
    if setup.find(SPACE + "plugin") is not None:
        arguments += ["--csp", plugins]
    return arguments


def beside(path, name):
    return os.path.abspath(os.path.join(os.path.dirname(path), name))


def surroundings(root, path, folder):
    """The descriptions, in their order, and the TPM."""
    arguments = []
    for number, source in enumerate(root.iter(SPACE + "ddf")):
        ddf = os.path.join(folder, f"ddf-{number}")
        os.mkdir(ddf)
        os.symlink(beside(path, source.get("src")), os.path.join(ddf, os.path.basename(source.get("src"))))
        arguments += ["--ddf", ddf]
    tpm = root.find(SPACE + "setup").find(SPACE + "tpm")
    if tpm is None:
        return arguments
    kind, _, recording = tpm.get("provider").partition(":")
    arguments += ["--tpm", f"{kind}:{beside(path, recording)}" if recording else kind]
    for log in ("event-log", "ima-log"):
        if tpm.get(log) is not None:
            arguments += ["--" + log, beside(path, tpm.get(log))]
    return arguments


def talk(omadm, path, root, plugins, folder, encoding):
    """The player, and a client that comes until the player has seen enough: what the player prints."""
    errors = os.path.join(folder, "err")
    with open(errors, "w", encoding="utf-8") as file:
        player = subprocess.Popen([omadm, "replay", "--serve", "0", "--configured", "--timeout", str(PATIENCE),
                                   "--encoding", encoding, path],
                                  stdout=subprocess.PIPE, stderr=file, text=True)
    address = None
    while address is None and player.poll() is None:
        address = re.search("listening at (.*)", open(errors, encoding="utf-8").read())
        time.sleep(0.02)
    if address is not None:
        client = [omadm, "session"] + configure(root, folder, address.group(1) + "/dm", plugins, encoding)
        client += surroundings(root, path, folder)
        # After an HTTP error the client may repeat itself: only silence tells the player that it does not.
        rest = 3 if any(step.get("status", "200") >= "300" for step in root.iter(SPACE + "server")) else 0.1
        while player.poll() is None:
            subprocess.run(client, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
            time.sleep(rest)
    return player.communicate()[0]


def play(omadm, plugins, path, encoding):
    root = read(path)
    if root is None:
        return None
    why = cannot(root, path, encoding)
    if why is not None:
        return path, "skipped", why
    with tempfile.TemporaryDirectory() as folder:
        out = talk(omadm, path, root, plugins, folder, encoding)
    if "1 passed" in out:
        return path, "passed", "not checked" if "not checked: ." in out else ""
    if "1 skipped" in out:
        line = re.search(r"^skipped .*?: .*?:\d+: (.*)$", out, re.M)
        why = line.group(1) if line else out
        return path, "skipped", "<setup> has a node that no server may set" if "not set up" in why else why
    return path, "failed", "\n".join(out.splitlines()[:2])


def write(results, partly):
    """Writes over-http.tsv; where only some were played, the other rows stay."""
    kept = os.path.join(HERE, "over-http.tsv")
    rows = {}
    if partly and os.path.exists(kept):
        lines = [line.rstrip("\n").split("\t") for line in open(kept, encoding="utf-8") if not line.startswith("#")]
        rows = {row[0]: row for row in lines if os.path.exists(os.path.join(HERE, "transcripts", row[0]))}
    for path, verdict, why in results:
        path = os.path.relpath(path, os.path.join(HERE, "transcripts"))
        rows[path] = [path, verdict, why.splitlines()[0] if why and verdict == "skipped" else ""]
    with open(kept, "w", encoding="utf-8") as file:
        file.write("# SPDX-License-Identifier: MIT\n"
                   "# Written by conformance/over-http.py --write: transcript, what became of it over HTTP, why.\n")
        file.writelines("\t".join(rows[path]) + "\n" for path in sorted(rows))


def main(arguments):
    writing = arguments[:1] == ["--write"]
    arguments = arguments[writing:]
    encoding = "xml"
    if arguments[:1] == ["--encoding"]:
        encoding = arguments[1] if len(arguments) > 1 else ""
        arguments = arguments[2:]
    if len(arguments) < 2 or encoding not in ("xml", "wbxml"):
        sys.exit(__doc__)
    omadm, plugins = os.path.abspath(arguments[0]), os.path.abspath(arguments[1])
    paths = list(find(arguments[2:] or [os.path.join(HERE, "transcripts")]))
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        results = [r for r in pool.map(lambda path: play(omadm, plugins, path, encoding), paths) if r is not None]
    for path, verdict, why in results:
        if verdict == "failed":
            print(f"FAILED {path}\n{why}")
    if writing:
        write(results, len(arguments) > 2)
    verdicts = collections.Counter(verdict for _, verdict, _ in results)
    partly = sum(1 for _, verdict, why in results if verdict == "passed" and why)
    print(f"{len(results)} transcripts: {verdicts['passed']} checked ({partly} without what cannot be read from outside), "
          f"{verdicts['failed']} failed, {verdicts['skipped']} skipped:")
    for why, count in collections.Counter(why for _, verdict, why in results if verdict == "skipped").most_common():
        print(f"  {count:4} {why}")
    return 1 if verdicts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
