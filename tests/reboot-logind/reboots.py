#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Reboot by systemd-logind in omadm(1), on a bus of its own with a mock of logind."""
import json
import os
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "fumo"))
sys.path.insert(0, os.path.join(HERE, "..", "systemd"))
import bus  # noqa: E402
from device import Device, command, execute, get, run  # noqa: E402  pylint: disable=wrong-import-position

REBOOT = "./Vendor/MSFT/Reboot"
SINGLE, DAILY, WEEKLY = (f"{REBOOT}/Schedule/{name}" for name in ("Single", "DailyRecurrent", "WeeklyRecurrent"))
LOGIN1 = "org.freedesktop.login1"
DAY = 86400


def utc(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def add(uri, value):
    return command("Add", uri, value, fmt="chr")


def replace(uri, value):
    return command("Replace", uri, value, fmt="chr")


def delete(uri):
    return command("Delete", uri)


def atomic(*members):
    numbered = "".join(m.replace("{id}", str(200 + i)) for i, m in enumerate(members))
    return f"<Atomic><CmdID>{{id}}</CmdID>{numbered}</Atomic>"


class Machine(Device):
    """A device, and the bus that it knows."""

    def __init__(self, omadm, plugin, **settings):
        super().__init__(omadm, plugin, "Reboot", commands=())
        self.bus = bus.Bus(self.folder)
        self.mock, self.log = self.start_mock()
        self.settings = {"method": "logind", "bus": self.bus.address}
        self.settings.update(settings)

    def start_mock(self):
        return self.bus.mock(HERE + "/login1.py", LOGIN1, json.dumps({"folder": self.folder}))

    def __exit__(self, *_):
        self.bus.close()
        super().__exit__()

    def behave_as(self, how):
        with open(self.folder + "/behave", "w", encoding="utf-8") as file:
            file.write(how)

    def scheduled(self):
        """What logind has scheduled: (what, seconds, microseconds beyond); None: nothing."""
        text = self.bus.call(LOGIN1, "/org/freedesktop/login1", "org.freedesktop.DBus.Properties.Get", "string:" + LOGIN1 + ".Manager",
                             "string:ScheduledShutdown")
        words = text.replace("{", " ").replace("}", " ").split()
        numbers = [int(w) for w in words if w.isdigit() and len(w) > 10]
        if not numbers:
            return None
        what = [w for w in words if w in ("reboot", "poweroff")][0]
        return what, numbers[0] // 1000000, numbers[0] % 1000000

    def others(self, what, usec):
        self.bus.call(LOGIN1, "/org/freedesktop/login1", LOGIN1 + ".Manager.ScheduleShutdown", "string:" + what, f"uint64:{usec}")

    def restarts(self):
        """The machine restarts: logind has nothing any more."""
        self.mock.kill()
        self.mock.wait()
        self.mock, self.log = self.start_mock()

    def calls(self, method):
        with open(self.log, encoding="utf-8") as file:
            return sum(f" {method} " in line or line.rstrip().endswith(" " + method) for line in file)


def now(checks, omadm, plugin):
    """RebootNow asks logind when the session is over; what fails is told."""
    with Machine(omadm, plugin, alert="yes") as m:
        told = m.session(execute(REBOOT + "/RebootNow"))
        checks.equal("RebootNow", told.statuses[100], 200)
        checks.equal("logind is asked once", m.calls("Reboot"), 1)
        checks.equal("success is told", [a["data"] for a in told.alerts], ["logind was asked to restart the device"])
        for how, why in (("deny", "Reboot: Interactive authentication required."), ("fail", "Reboot: Cannot schedule.")):
            m.behave_as(how)
            told = m.session(execute(REBOOT + "/RebootNow"))
            checks.equal(f"RebootNow, {how}", told.statuses[100], 200)
            checks.equal(f"{how}: the server is told", [(a["type"], a["data"], a["mark"]) for a in told.alerts],
                         [("urn:omadm:alert:reboot", why, "warning")])
        m.behave_as("slow")
        m.settings["timeout"] = "1"
        told = m.session(execute(REBOOT + "/RebootNow"))
        checks.equal("too slow", len(told.alerts), 1)
        checks.true(f"says so: {told.alerts}", "timed out" in told.alerts[0]["data"])


def life(checks, omadm, plugin):
    """Added, replaced, read, deleted: logind has what the first of them says."""
    soon = int(time.time()) + 30 * DAY
    with Machine(omadm, plugin) as m:
        checks.equal("nothing at first", m.session(get(SINGLE)).statuses[100], 404)
        told = m.session(add(SINGLE, utc(soon)), get(SINGLE), get(REBOOT + "/Schedule"))
        checks.equal(f"Add: {told.err}", told.statuses[100], 200)
        checks.equal("it is read", told.values[SINGLE], utc(soon))
        checks.equal("logind has it", m.scheduled()[:2], ("reboot", soon))
        told = m.session(replace(SINGLE, utc(soon + 60)))
        checks.equal("Replace", (told.statuses[100], m.scheduled()[1]), (200, soon + 60))
        told = m.session(add(DAILY, utc(soon - 50 * DAY)), get(DAILY))
        checks.equal("Add of a daily one", told.statuses[100], 200)
        first = m.scheduled()[1]
        checks.true("its next time comes first", time.time() < first <= time.time() + DAY and (soon - first) % DAY == 0)
        told = m.session(add(WEEKLY, utc(soon)))
        checks.equal("a weekly one beside it", told.statuses[100], 405)
        told = m.session(delete(DAILY), add(WEEKLY, utc(soon - 70 * DAY)))
        checks.equal("in its place", (told.statuses[100], told.statuses[101]), (200, 200))
        first = m.scheduled()[1]
        checks.true("the next week's day", time.time() < first <= time.time() + 7 * DAY and (soon - first) % (7 * DAY) == 0)
        told = m.session(replace(WEEKLY, ""), get(WEEKLY))
        checks.equal("an empty value is none", (told.statuses[100], told.values[WEEKLY], m.scheduled()[1]), (200, "", soon + 60))
        told = m.session(delete(SINGLE), delete(WEEKLY))
        checks.equal("Delete", (told.statuses[100], told.statuses[101]), (200, 200))
        checks.equal("logind has nothing", m.scheduled(), None)
        for uri in (SINGLE, DAILY, WEEKLY):
            checks.equal("what is no time", m.session(add(uri, "tomorrow")).statuses[100], 415)
        told = m.session(add(SINGLE, utc(time.time() - 60)))
        checks.equal("a time that has passed", (told.statuses[100], m.scheduled()), (200, None))


def together(checks, omadm, plugin):
    """A schedule is taken back with its Atomic."""
    soon = int(time.time()) + 30 * DAY
    with Machine(omadm, plugin) as m:
        told = m.session(atomic(add(SINGLE, utc(soon)), add(DAILY, "tomorrow")))
        checks.equal("the Atomic fails", told.statuses[100], 507)
        checks.equal("what was added is taken back", told.statuses[200], 216)
        checks.equal("logind has nothing", m.scheduled(), None)
        checks.equal("nor has the tree", m.session(get(SINGLE)).statuses[100], 404)
        m.session(add(SINGLE, utc(soon)))
        told = m.session(atomic(replace(SINGLE, utc(soon + 60)), add(DAILY, "tomorrow")))
        checks.equal("what was replaced is put back", (told.statuses[200], m.scheduled()[1]), (216, soon))
        told = m.session(atomic(delete(SINGLE), add(DAILY, "tomorrow")), get(SINGLE))
        checks.equal("what was deleted too", (told.statuses[200], m.scheduled()[1], told.values[SINGLE]), (216, soon, utc(soon)))


def renewed(checks, omadm, plugin):
    """After a restart of the machine logind is told again, at once."""
    soon = int(time.time()) + 30 * DAY
    with Machine(omadm, plugin) as m:
        m.session(add(SINGLE, utc(soon)))
        m.restarts()
        checks.equal("logind has forgotten", m.scheduled(), None)
        m.session(get(SINGLE))
        checks.equal("and is told again", m.scheduled()[1], soon)
        calls = m.calls("ScheduleShutdown")
        m.session(get(SINGLE))
        checks.equal("only once", m.calls("ScheduleShutdown"), calls)
        m.restarts()
        m.behave_as("deny")
        alerts = []
        for _ in range(10):  # it may come too late for the session that met the failure
            if not alerts:
                alerts = m.session(get(SINGLE)).alerts
        checks.equal("a failure is told", [(a["type"], a["source"]) for a in alerts], [("urn:omadm:alert:reboot", REBOOT + "/Schedule")])
        checks.equal("once", m.session(get(SINGLE)).alerts, [])
        m.behave_as("")
        m.session(get(SINGLE))
        checks.equal("until it succeeds", m.scheduled()[1], soon)


def others(checks, omadm, plugin):
    """What somebody else has scheduled is not ours to take back."""
    soon = int(time.time()) + 30 * DAY
    with Machine(omadm, plugin) as m:
        m.others("poweroff", (soon - 60) * 1000000)
        told = m.session(add(SINGLE, utc(soon)))
        checks.equal("an earlier one stays", (told.statuses[100], m.scheduled()[:2]), (200, ("poweroff", soon - 60)))
        checks.true(f"which the log says: {told.err}", "another shutdown" in told.err)
        m.session(delete(SINGLE))
        checks.equal("and is not cancelled", m.scheduled()[:2], ("poweroff", soon - 60))
        m.others("reboot", (soon + 60) * 1000000)
        m.session(add(SINGLE, utc(soon)))
        checks.equal("a later one is replaced", m.scheduled()[:2], ("reboot", soon))


def failures(checks, omadm, plugin):
    """What logind refuses is 500 and changes nothing."""
    soon = int(time.time()) + 30 * DAY
    with Machine(omadm, plugin) as m:
        m.session(add(SINGLE, utc(soon)))
        for how, why in (("deny", "Interactive authentication required"), ("fail", "Cannot schedule")):
            m.behave_as(how)
            for what, change in (("Replace", replace(SINGLE, utc(soon + 60))), ("Delete", delete(SINGLE)), ("Add", add(DAILY, "03:00"))):
                told = m.session(change, get(SINGLE), get(DAILY))
                checks.equal(f"{how}: {what}", (told.statuses[100], told.values[SINGLE], told.statuses[102]), (500, utc(soon), 404))
                checks.true(f"{how}: the log says why: {told.err}", why in told.err)
        checks.equal("logind has what it had", m.scheduled()[1], soon)
        m.behave_as("slow")
        m.settings["timeout"] = "1"
        told = m.session(replace(SINGLE, utc(soon + 60)), get(SINGLE))
        checks.equal("too slow", (told.statuses[100], told.values[SINGLE]), (500, utc(soon)))
        m.behave_as("")
        m.settings["timeout"] = None
        m.session(get(SINGLE))
        checks.equal("what logind did too late is put right", m.scheduled()[1], soon)
        m.mock.kill()
        m.mock.wait()
        checks.equal("without logind", m.session(replace(SINGLE, utc(soon + 60))).statuses[100], 500)
        m.bus.close()
        told = m.session(replace(SINGLE, utc(soon + 60)), execute(REBOOT + "/RebootNow"))
        checks.equal("without a bus", (told.statuses[100], told.statuses[101]), (500, 200))
        checks.true(f"RebootNow is told: {told.alerts}", any("the bus cannot be reached" in a["data"] for a in told.alerts))
        m.settings["timeout"] = "1"
        os.unlink(m.bus.path)
        with socket.socket(socket.AF_UNIX) as silent:
            silent.bind(m.bus.path)
            silent.listen(50)
            began = time.time()
            told = m.session(replace(SINGLE, utc(soon + 60)))
            checks.equal("a bus that says nothing", told.statuses[100], 500)
            checks.true("does not hold us up", time.time() - began < 20)


def bus_dies(checks, omadm, plugin):
    """The bus goes away while logind is waited for."""
    soon = int(time.time()) + 30 * DAY
    with Machine(omadm, plugin) as m:
        m.behave_as("slow")
        process, server = m.start([add(SINGLE, utc(soon)), get(SINGLE)])
        for _ in range(1000):
            if m.calls("ScheduleShutdown"):
                break
            time.sleep(0.01)
        m.bus.close()
        _, err = process.communicate(timeout=60)
        server.server.close()
        checks.equal("it is refused", (process.returncode, server.told.statuses.get(100), server.told.statuses.get(101)), (0, 500, 404))
        checks.true(f"with a reason: {err}", b"ScheduleShutdown: " in err)


def killed(checks, omadm, plugin):
    """Killed while logind is asked: what the next start finds kept is what logind has."""
    soon = int(time.time()) + 30 * DAY
    with Machine(omadm, plugin) as m:
        for what, change, kept in (("Add", add(SINGLE, utc(soon)), None), ("Replace", replace(SINGLE, utc(soon + 60)), soon),
                                   ("Delete", delete(SINGLE), soon)):
            if kept:
                m.session(add(SINGLE, utc(soon)))
            calls = [m.calls(c) for c in ("ScheduleShutdown", "CancelScheduledShutdown")]
            m.behave_as("slow")
            process, server = m.start([change])
            for _ in range(1000):
                if calls != [m.calls(c) for c in ("ScheduleShutdown", "CancelScheduledShutdown")]:
                    break
                time.sleep(0.01)
            process.kill()
            process.communicate()
            server.server.close()
            time.sleep(2.2)
            m.behave_as("")
            value = m.session(get(SINGLE)).values.get(SINGLE)
            checks.equal(f"{what}: the value", value, utc(kept) if kept else None)
            checks.equal(f"{what}: logind", m.scheduled()[1] if kept else m.scheduled(), kept)


def guarded(checks, omadm, plugin):
    """Nothing is scheduled unless it is configured."""
    for method in (None, "command"):
        with Machine(omadm, plugin, method=method) as m:
            told = m.session(add(SINGLE, "2040-01-01T00:00:00"), execute(REBOOT + "/RebootNow"))
            checks.equal(f"method {method}", (told.statuses[100], told.statuses[101]), (406, 200))
            checks.true("the log says what to do", "method = logind" in told.err)
            checks.equal("logind is asked nothing", [m.calls(c) for c in ("Reboot", "ScheduleShutdown")], [0, 0])


def csp_test(checks, omadm, plugin):
    """omadm csp test on the plugin that is the built-in CSP, with a logind that agrees and one that refuses."""
    reboot = os.environ.get("OMADM_TEST_REBOOT")
    if reboot is None:
        print("csp test: not tried without OMADM_TEST_REBOOT")
        return
    with Machine(omadm, plugin) as m:
        for how in ("", "deny"):
            m.behave_as(how)
            done = subprocess.run([omadm, "csp", "test", "--exec", "--setting=method=logind", "--setting=bus=" + m.bus.address, reboot],
                                  capture_output=True, text=True, check=False)
            checks.equal(f"{how} {done.stdout}{done.stderr}", done.returncode, 0)
            print(f"csp test: {done.stdout.splitlines()[-1]}")


if __name__ == "__main__":
    if bus.missing():
        print(f"skipped: {bus.missing()}")
        sys.exit(77)
    sys.exit(run([now, life, together, renewed, others, failures, bus_dies, killed, guarded, csp_test]))
