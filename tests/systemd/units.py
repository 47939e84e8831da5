#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The Systemd plugin in omadm(1), on a bus of its own with a mock of systemd's manager."""
import json
import os
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fumo"))
import bus  # noqa: E402
from device import Device, command, execute, get, run  # noqa: E402  pylint: disable=wrong-import-position

HERE = os.path.dirname(os.path.abspath(__file__))
UNITS = "./Vendor/omadm/Systemd/Units"
NAMES = ["good.service", "fails-now.service", "slow-one.service", "denied-one.service", "gone.service"]


class Machine(Device):
    """A device with units, and the bus that it knows."""

    def __init__(self, omadm, plugin, **settings):
        super().__init__(omadm, plugin, "Systemd", commands=())
        self.command_time = 30
        self.bus = bus.Bus(self.folder)
        self.mock, self.log = self.start_mock()
        self.settings = {"units": " ".join(NAMES), "bus": self.bus.address, "permit": "start stop restart enable"}
        self.settings.update(settings)

    def start_mock(self):
        return self.bus.mock(HERE + "/systemd1.py", "org.freedesktop.systemd1",
                             json.dumps({"units": [n for n in NAMES if n != "gone.service"]}))

    def describe(self, unit, text):
        path = "/org/freedesktop/systemd1/unit/" + "".join(c if c.isalnum() else f"_{ord(c):02x}" for c in unit)
        self.bus.call("org.freedesktop.systemd1", path, "org.freedesktop.DBus.Properties.Set", "string:org.freedesktop.systemd1.Unit",
                      "string:Description", "variant:string:" + text)

    def configure(self, url):
        arguments = super().configure(url)
        with open(arguments[1], "a", encoding="utf-8") as file:
            file.write(f"[limits]\ncommand-time = {self.command_time}\n")
        return arguments

    def __exit__(self, *_):
        self.bus.close()
        super().__exit__()

    def calls(self, method):
        with open(self.log, encoding="utf-8") as file:
            return sum(f" {method} " in line or f" {method}(" in line or line.rstrip().endswith(" " + method) for line in file)


def at(unit, leaf):
    return f"{UNITS}/{unit}/{leaf}"


def state(checks, omadm, plugin):
    """What systemd says of a unit is what a Get answers."""
    with Machine(omadm, plugin) as m:
        told = m.session(get(UNITS), *(get(at("good.service", leaf)) for leaf in ("Description", "LoadState", "ActiveState", "SubState",
                                                                                  "UnitFileState", "Enabled")))
        checks.equal("the units are those of the setting", told.values[UNITS], "/".join(NAMES))
        values = [told.values[at("good.service", leaf)] for leaf in ("Description", "LoadState", "ActiveState", "SubState", "UnitFileState",
                                                                     "Enabled")]
        checks.equal("good.service", values, ["The unit good.service", "loaded", "inactive", "dead", "disabled", "false"])
        checks.equal("a unit that is not there", m.value(at("gone.service", "LoadState")), "not-found")
        checks.equal("one that the setting does not name", m.session(get(at("ssh.service", "LoadState"))).statuses[100], 404)


def operations(checks, omadm, plugin):
    """Started, stopped, restarted, enabled."""
    with Machine(omadm, plugin) as m:
        for what, active in (("Start", "active"), ("Stop", "inactive"), ("Restart", "active")):
            told = m.session(execute(at("good.service", what)), get(at("good.service", "ActiveState")))
            checks.equal(f"{what}", told.statuses[100], 200)
            checks.equal(f"after {what}", told.values[at("good.service", "ActiveState")], active)
        for value, said in (("true", "enabled"), ("false", "disabled")):
            told = m.session(command("Replace", at("good.service", "Enabled"), value, fmt="bool"), get(at("good.service", "UnitFileState")),
                             get(at("good.service", "Enabled")))
            checks.equal(f"Enabled {value}", told.statuses[100], 200)
            checks.equal(f"systemd says {said}", told.values[at("good.service", "UnitFileState")], said)
            checks.equal("and so does the node", told.values[at("good.service", "Enabled")], value)
        checks.equal("a slow one is waited for", m.session(execute(at("slow-one.service", "Start"))).statuses[100], 200)


def failures(checks, omadm, plugin):
    """What systemd refuses is 500, with its reason in the log."""
    with Machine(omadm, plugin) as m:
        for unit, reason in (("fails-now.service", 'ended with "failed"'), ("denied-one.service", "Interactive authentication required"),
                             ("gone.service", "not found")):
            told = m.session(execute(at(unit, "Start")))
            checks.equal(f"Start of {unit}", told.statuses[100], 500)
            checks.true(f"the log says why: {reason}: {told.err}", reason in told.err)
        m.settings["timeout"] = "1"
        told = m.session(execute(at("slow-one.service", "Start")))
        checks.equal("too slow", told.statuses[100], 500)
        m.mock.kill()
        m.mock.wait()
        checks.equal("without systemd", m.session(get(at("good.service", "ActiveState"))).statuses[100], 500)
        m.bus.close()
        told = m.session(get(at("good.service", "ActiveState")))
        checks.equal("without a bus", told.statuses[100], 500)
        checks.true(f"the log says so: {told.err}", "the bus cannot be reached" in told.err)
        os.unlink(m.bus.path)
        with socket.socket(socket.AF_UNIX) as silent:
            silent.bind(m.bus.path)
            silent.listen(50)
            began = time.time()
            told = m.session(get(at("good.service", "ActiveState")))
            checks.equal("a bus that says nothing", told.statuses[100], 500)
            checks.true("does not hold us up", time.time() - began < 20)


def begin_slowly(m):
    """A session that starts the slow unit, which is under way."""
    process, server = m.start([execute(at("slow-one.service", "Start"), correlator="c")])
    for _ in range(1000):
        if m.calls("StartUnit"):
            break
        time.sleep(0.01)
    return process, server


def interrupted(checks, omadm, plugin):
    """The bus goes away meanwhile; the agent is killed meanwhile, and asks how it ended."""
    with Machine(omadm, plugin) as m:
        process, server = begin_slowly(m)
        m.bus.close()
        _, err = process.communicate(timeout=60)
        server.server.close()
        checks.equal(f"the bus goes away: {err}", (process.returncode, server.told.statuses.get(100)), (0, 500))
    for units, end in (("active", ["200"]), ("failed", ["500"])):
        with Machine(omadm, plugin) as m:
            m.command_time = 1
            process, server = begin_slowly(m)
            for _ in range(1000):
                if 100 in server.told.statuses:
                    break
                time.sleep(0.01)
            process.kill()
            process.communicate()
            server.server.close()
            checks.equal("it is under way", server.told.statuses.get(100), 202)
            if units == "failed":
                m.mock.kill()
                m.mock.wait()
                m.mock, m.log = m.start_mock()
            else:
                time.sleep(2)
            told = m.session(get(UNITS))
            checks.equal(f"how it ended, {units}: {told.err}", [(a["type"], a["data"], a["correlator"]) for a in told.alerts],
                         [("urn:omadm:alert:exec", data, "c") for data in end])


def long_texts(checks, omadm, plugin):
    """A description of many octets is cut between two characters."""
    with Machine(omadm, plugin) as m:
        for extra in range(3):
            m.describe("good.service", "x" * extra + "\u00e4\u20ac" * 600)
            value = m.value(at("good.service", "Description"))
            checks.true(f"cut: {len(value)}", 1020 <= len(value.encode()) <= 1023 and value in "x" * extra + "\u00e4\u20ac" * 600)


def guarded(checks, omadm, plugin):
    """Nothing is started that the configuration does not allow."""
    with Machine(omadm, plugin, permit="restart") as m:
        told = m.session(execute(at("good.service", "Start")), execute(at("good.service", "Stop")),
                         command("Replace", at("good.service", "Enabled"), "true", fmt="bool"), execute(at("good.service", "Restart")))
        checks.equal("only Restart is allowed", [told.statuses[100 + i] for i in range(4)], [403, 403, 403, 200])
        checks.equal("nothing else was asked of systemd", [m.calls(c) for c in ("StartUnit", "StopUnit", "EnableUnitFiles")], [0, 0, 0])
    with Machine(omadm, plugin, units=None, permit=None) as m:
        checks.equal("without settings there are no units", m.value(UNITS), "")


def csp_test(checks, omadm, plugin):
    """omadm csp test, with units that are there and Execs that do something."""
    with Machine(omadm, plugin) as m:
        settings = [f"--setting={key}={value}" for key, value in
                    {"units": "good.service", "permit": "start stop restart enable", "bus": m.bus.address}.items()]
        done = subprocess.run([omadm, "csp", "test", "--exec", *settings, plugin], capture_output=True, text=True, check=False)
        checks.equal(f"{done.stdout}{done.stderr}", done.returncode, 0)
        print(f"csp test: {done.stdout.splitlines()[-1]}")


def isolated(checks, omadm, plugin):
    """A process of its own has no sockets: it reaches no bus, and says so."""
    if not os.path.exists(os.path.join(os.path.dirname(omadm), "omadm-csp-host")):
        print("isolated: not tried without omadm-csp-host")
        return
    with Machine(omadm, plugin, isolate="process", user="nobody") as m:
        os.chmod(m.folder, 0o755)
        told = m.session(get(UNITS), get(at("good.service", "ActiveState")), execute(at("good.service", "Start")))
        checks.equal(f"isolated: {told.err}", (told.statuses[100], told.statuses[101], told.statuses[102]), (200, 500, 500))
        checks.true("the log says why", "the bus cannot be reached" in told.err)


if __name__ == "__main__":
    if bus.missing():
        print(f"skipped: {bus.missing()}")
        sys.exit(77)
    sys.exit(run([state, operations, failures, interrupted, long_texts, guarded, csp_test, isolated]))
