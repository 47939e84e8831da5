# SPDX-License-Identifier: MIT
"""What the tests of FUMO and SCOMO share: a device that is omadm(1) with a plugin and commands of the test, a server that plays
one list of commands and notes what it is told, and the checks, which are counted."""
import base64
import os
import re
import shutil
import signal
import sys
import tempfile
import time
import xml.etree.ElementTree as ET

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "faults"))
import dmserver  # noqa: E402  pylint: disable=wrong-import-position

UPDATER = os.path.join(HERE, "updater.sh")


class Checks:
    """Counts what holds, and tells what does not."""

    def __init__(self):
        self.good = self.bad = 0

    def equal(self, what, found, expected):
        if found == expected:
            self.good += 1
            return
        self.bad += 1
        print(f"NOT OK {what}: found {found!r}, expected {expected!r}")

    def true(self, what, holds):
        self.equal(what, bool(holds), True)

    def end(self):
        print(f"{self.good} checks hold, {self.bad} do not")
        return 1 if self.bad or not self.good else 0


def plain(element):
    """The element without its namespaces."""
    for e in element.iter():
        e.tag = e.tag.rpartition("}")[2]
    return element


def command(name, uri, data=None, fmt=None, correlator=None):
    """A command without its CmdID, which stands where {id} is."""
    meta = f"<Meta><Format xmlns='syncml:metinf'>{fmt}</Format></Meta>" if fmt else ""
    value = f"<Data>{data}</Data>" if data is not None else ""
    answer = f"<Correlator>{correlator}</Correlator>" if correlator else ""
    return (f"<{name}><CmdID>{{id}}</CmdID>{answer}<Item><Target><LocURI>{uri}</LocURI></Target>{meta}{value}</Item></{name}>")


def add(uri):
    return command("Add", uri, fmt="node")


def get(uri):
    return command("Get", uri)


def replace(uri, data):
    return command("Replace", uri, data)


def replace_bin(uri, octets):
    return command("Replace", uri, base64.b64encode(octets).decode(), fmt="b64")


def execute(uri, correlator=None):
    return command("Exec", uri, correlator=correlator)


class Told:
    """What a server was told: the Status of each command, the values, the Generic Alerts."""

    def __init__(self):
        self.statuses, self.values, self.alerts, self.sessions = {}, {}, [], 0

    def hear(self, body):
        root = plain(ET.fromstring(body))
        for status in root.iter("Status"):
            if status.findtext("Cmd") not in ("SyncHdr", "Alert"):
                self.statuses.setdefault(int(status.findtext("CmdRef")), int(status.findtext("Data")))
        for results in root.iter("Results"):
            for item in results.iter("Item"):
                self.values[item.findtext("Source/LocURI")] = item.findtext("Data") or ""
        for alert in root.iter("Alert"):
            if alert.findtext("Data") == "1226":
                self.alerts += [hear_alert(alert, item, body) for item in alert.iter("Item")]


def hear_alert(alert, item, body):
    data = item.find("Data")
    inner = re.search(rb"1226</Data>.*?<Data>(.*?)</Data>", body, re.S)
    return {"type": item.findtext("Meta/Type"), "format": item.findtext("Meta/Format"), "mark": item.findtext("Meta/Mark"),
            "source": item.findtext("Source/LocURI"), "correlator": alert.findtext("Correlator"),
            "data": data.text if len(data) == 0 else inner.group(1).decode()}


class Server:
    """Sends the commands in the first session, nothing in those that follow."""

    def __init__(self, commands, silent):
        self.commands, self.silent, self.told, self.sent = commands, silent, Told(), False
        self.server = dmserver.Server(self.answer)
        self.url = self.server.url

    def answer(self, request, _connection):
        body = request[1]
        if self.silent:
            time.sleep(60)
        number = dmserver.field(body, "MsgID")
        self.told.hear(body)
        self.told.sessions += number == "1"
        statuses = "".join(
            f"<Status><CmdID>{10 + i}</CmdID><MsgRef>{number}</MsgRef><CmdRef>{e.findtext('CmdID')}</CmdRef><Cmd>{e.tag}</Cmd>"
            "<Data>200</Data></Status>" for i, e in enumerate(plain(ET.fromstring(body)).find("SyncBody")) if e.tag in ("Alert", "Replace"))
        commands = ""
        if not self.sent:
            commands = "".join(c.replace("{id}", str(100 + i)) for i, c in enumerate(self.commands))
            self.sent = True
        return dmserver.http(dmserver.message(body, number, "http://x/", statuses + commands))


class Device:
    """Keeps its state, packages and settings in a folder of its own."""

    def __init__(self, omadm, plugin, csp, settings=None, commands=("download", "update")):
        self.omadm, self.csp = omadm, csp
        self.folder = tempfile.mkdtemp(prefix="omadm-operations-")
        self.plugins, self.packages = self.folder + "/plugins", self.folder + "/packages"
        os.mkdir(self.plugins)
        os.mkdir(self.packages)
        shutil.copy(plugin, self.plugins)
        self.settings = {"folder": self.packages}
        self.settings.update({name + "-command": UPDATER for name in commands})
        self.settings.update(settings or {})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder)

    def write(self, name, text):
        with open(f"{self.packages}/{name}", "w", encoding="utf-8") as file:
            file.write(text)

    def behave(self, operation, what, resumed=None):
        self.write("do-" + operation, what)
        self.write("resumed-" + operation, resumed or "ok")

    def read(self, name):
        try:
            with open(f"{self.packages}/{name}", encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def runs(self):
        """Lines of the log of runs: (operation, resumed, instance, pid)."""
        return [tuple(line.split(" ")) for line in self.read("log").splitlines()]

    def files(self):
        return sorted(name for name in os.listdir(self.packages) if name.endswith(".pkg"))

    def configure(self, url):
        path = dmserver.configure(self.folder, url)
        with open(path, "a", encoding="utf-8") as file:
            file.write(f"[csp.{self.csp}]\n")
            file.writelines(f"{key} = {value}\n" for key, value in self.settings.items() if value is not None)
        return ["--config", path, "--state", self.folder + "/state", "--csp", self.plugins, "--lock-timeout", "20"]

    def start(self, commands, silent=False):
        server = Server(commands, silent)
        return dmserver.start(self.omadm, "session", *self.configure(server.url)), server

    def session(self, *commands):
        """A session with these commands, and those that its alerts ask for; what the server was told."""
        process, server = self.start(commands)
        _, err = process.communicate(timeout=110)
        server.server.close()
        server.told.err = err.decode(errors="replace")
        if process.returncode != 0 or "runtime error" in server.told.err or "ERROR: " in server.told.err:
            raise SystemExit(f"omadm session ended with {process.returncode}: {server.told.err}")
        return server.told

    def seconds(self, *commands):
        """How long the whole of it takes on this machine."""
        began = time.time()
        self.session(*commands)
        return time.time() - began

    def kill_in(self, operation, *commands, how=signal.SIGKILL):
        """A session with these commands, whose agent is killed as soon as the operation's command runs."""
        before = len(self.runs())
        process, server = self.start(commands)
        for _ in range(2000):
            if [run for run in self.runs()[before:] if run[0] == operation] and len(server.told.statuses) >= len(commands):
                break
            time.sleep(0.01)
        else:
            process.kill()
            raise SystemExit(f"{operation} did not begin: {server.told.statuses} {process.communicate()[1].decode()}")
        process.send_signal(how)
        process.communicate(timeout=60)
        server.server.close()
        return server.told

    def kill_idle(self):
        """An agent that is killed while it waits for its server."""
        process, server = self.start([], silent=True)
        time.sleep(0.4)
        process.kill()
        process.communicate(timeout=20)
        server.server.close()

    def value(self, uri):
        return self.session(get(uri)).values.get(uri)


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_gone(pid, seconds=6):
    for _ in range(int(seconds * 50)):
        if not is_alive(pid):
            return True
        time.sleep(0.02)
    return False


def run(tests):
    """Runs the tests that the command line names, or all of them: OMADM PLUGIN [NAME]…"""
    checks = Checks()
    omadm, plugin, names = sys.argv[1], sys.argv[2], sys.argv[3:]
    for test in tests:
        if names and test.__name__ not in names:
            continue
        began = time.time()
        test(checks, omadm, plugin)
        print(f"{test.__name__}: {time.time() - began:.1f} s")
    return checks.end()


__all__ = ["UPDATER", "Checks", "Device", "add", "command", "execute", "get", "is_alive", "replace", "replace_bin", "run",
           "wait_gone"]
