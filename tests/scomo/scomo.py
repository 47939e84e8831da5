#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""SCOMO as a server and a power cut see it: the plugin in omadm(1), commands that do what a test wants, a server on loopback."""
import os
import random
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fumo"))
from device import Device, add, execute, get, replace, replace_bin, run, wait_gone  # noqa: E402  pylint: disable=wrong-import-position

L, V, P = "./SCOMO/Download/app", "./SCOMO/Inventory/Delivered/app", "./SCOMO/Inventory/Deployed/app"
URL = "https://apps.example.com/a.pkg"
TYPE = "urn:oma:at:scomo:1.0:OperationComplete"
PREPARE = [add(L), replace(L + "/PkgURL", URL), replace(L + "/Name", "An App"), replace(L + "/PkgID", "org.example.app")]
COMMANDS = ("download", "install", "remove", "activate", "deactivate")


def device(omadm, plugin, **settings):
    return Device(omadm, plugin, "SCOMO", {key.replace("_", "-"): value for key, value in settings.items()}, COMMANDS)


def state_of(d, table):
    """Status, and State where the table has one; None where the node is not there."""
    told = d.session(get(table + "/Status"), get(table + "/State"))
    return tuple(int(told.values[uri]) for uri in (table + "/Status", table + "/State") if uri in told.values) or None


def ends(checks, what, d, operation, code, states, identifier="org.example.app", before=()):
    """The operation answers 202; one alert tells the code; the tables are then as told."""
    told = d.session(*before, execute(operation, correlator="s-1"))
    checks.equal(f"{what}: status", told.statuses[100 + len(before)], 202)
    found = [{key: a[key] for key in ("type", "format", "source", "correlator", "data")} for a in told.alerts]
    data = f"<ResultCode>{code}</ResultCode><Identifier>{identifier}</Identifier>"
    checks.equal(f"{what}: alert", found, [{"type": TYPE, "format": "xml", "source": operation, "correlator": "s-1", "data": data}])
    if told.alerts:
        checks.equal(f"{what}: mark", told.alerts[0]["mark"], "informational" if 1200 <= code < 1300 else "warning")
    checks.equal(f"{what}: states", tuple(state_of(d, table) for table in (L, V, P)), states)


def operate(node, name):
    return f"{node}/Operations/{name}"


def life(checks, omadm, plugin):
    """Fetched, installed, stopped, started, removed."""
    with device(omadm, plugin) as d:
        d.behave("install", "say version=1.2.3")
        ends(checks, "Download", d, operate(L, "Download"), 1200, ((40,), (10, 10), None), before=PREPARE)
        checks.equal("the package is there", len(d.files()), 1)
        values = d.session(get(V + "/PkgID"), get(V + "/Name")).values
        checks.equal("Delivered knows it", values, {V + "/PkgID": "org.example.app", V + "/Name": "An App"})
        ends(checks, "Install", d, operate(V, "Install"), 1200, ((40,), (10, 20), (10, 20)))
        values = d.session(get(P + "/ID"), get(P + "/PkgIDRef"), get(P + "/Name"), get(P + "/Version")).values
        checks.equal("Deployed knows it", sorted(values.values()), ["1.2.3", "An App", "org.example.app", "org.example.app"])
        ends(checks, "Deactivate", d, operate(P, "Deactivate"), 1200, ((40,), (10, 20), (10, 10)))
        ends(checks, "Activate", d, operate(P, "Activate"), 1200, ((40,), (10, 20), (10, 20)))
        ends(checks, "Remove of the component", d, operate(P, "Remove"), 1200, ((40,), (10, 10), None))
        ends(checks, "InstallInactive", d, operate(V, "InstallInactive"), 1200, ((40,), (10, 20), (10, 10)))
        ends(checks, "Remove of the package", d, operate(V, "Remove"), 1200, ((40,), None, (10, 10)))
        checks.equal("its file is gone", d.files(), [])
        ends(checks, "DownloadInstall", d, operate(L, "DownloadInstall"), 1200, ((40,), (10, 20), (10, 20)))
        ends(checks, "DownloadInstallInactive", d, operate(L, "DownloadInstallInactive"), 1200, ((40,), (10, 20), (10, 10)))
        checks.equal("the operations that ran", [r[0] for r in d.runs()],
                     ["download", "install", "deactivate", "activate", "remove", "install-inactive", "remove-package", "download",
                      "install", "download", "install-inactive"])


def failures(checks, omadm, plugin):
    """(what the command does, code) for each operation; and the states."""
    with device(omadm, plugin, exit_codes="7:1450", download_timeout=2, install_timeout=2) as d:
        d.session(*PREPARE)
        for what, code in (("exit 1", 1402), ("exit 65", 1407), ("exit 69", 1501), ("exit 77", 1403), ("exit 7", 1450), ("say 1404", 1404),
                           ("say 200", None), ("signal", 1402), ("slow", 1402)):
            d.behave("download", what)
            if code is not None:
                ends(checks, f"Download: {what}", d, operate(L, "Download"), code, ((20,), None, None))
        d.behave("download", "ok")
        d.behave("install", "exit 1")
        ends(checks, "DownloadInstall", d, operate(L, "DownloadInstall"), 1405, ((60,), (10, 10), None))
        ends(checks, "Install", d, operate(V, "Install"), 1405, ((60,), (50, 10), None))
        d.behave("install", "say 1413")
        ends(checks, "Install: the wrong environment", d, operate(V, "Install"), 1413, ((60,), (50, 10), None))
        d.behave("install", "slow")
        ends(checks, "Install: too slow", d, operate(V, "Install"), 1405, ((60,), (50, 10), None))
        d.behave("install", "say 1250")
        d.behave("remove-package", "exit 1")
        ends(checks, "Remove of the package", d, operate(V, "Remove"), 1408, ((60,), (20, 10), None))
        ends(checks, "Install: 1250", d, operate(V, "Install"), 1250, ((60,), (10, 20), (10, 20)))
        d.behave("deactivate", "exit 1")
        ends(checks, "Deactivate", d, operate(P, "Deactivate"), 1410, ((60,), (10, 20), (60, 20)))
        d.behave("deactivate", "ok")
        d.session(execute(operate(P, "Deactivate")))
        d.behave("activate", "exit 1")
        ends(checks, "Activate", d, operate(P, "Activate"), 1409, ((60,), (10, 20), (40, 10)))
        d.behave("remove", "exit 1")
        ends(checks, "Remove of the component", d, operate(P, "Remove"), 1408, ((60,), (10, 20), (20, 10)))
        os.unlink(f"{d.packages}/{d.files()[0]}")
        d.behave("install", "exit 1")
        ends(checks, "Install of a file that is gone", d, operate(V, "Install"), 1405, ((60,), (60, 20), (20, 10)))
        for url in ("", "file:///etc/passwd", "https://a b"):
            ends(checks, f"URL {url!r}", d, operate(L, "Download"), 1402, ((20,), (60, 20), (20, 10)), before=[replace(L + "/PkgURL", url)])


def delivered(checks, omadm, plugin):
    """The server brings the package itself."""
    octets = random.Random(2).randbytes(300000)
    with device(omadm, plugin) as d:
        told = d.session(add(V), execute(operate(V, "Install")), replace_bin(V + "/Data", octets), get(V + "/PkgID"), get(V + "/State"))
        checks.equal("statuses", list(told.statuses.values()), [200, 403, 200, 200, 200])
        checks.equal("values", told.values, {V + "/PkgID": "app", V + "/State": "10"})
        checks.true("octets", open(f"{d.packages}/{d.files()[0]}", "rb").read() == octets)
        ends(checks, "Install", d, operate(V, "Install"), 1200, (None, (10, 20), (10, 20)), "app")
        told = d.session(replace_bin(V + "/Data", b"new"), get(V + "/State"))
        checks.equal("other data is not installed", told.values, {V + "/State": "10"})
        weird = "a&lt;b&gt;&amp;\"']]&gt;"
        told = d.session(replace(V + "/PkgID", weird), execute(operate(V, "Install")))
        checks.equal("an identifier with markup", [a["data"] for a in told.alerts],
                     ["<ResultCode>1200</ResultCode><Identifier>a&lt;b&gt;&amp;\"']]&gt;</Identifier>"])
        long = "&amp;" * 2048
        told = d.session(replace(V + "/PkgID", long), execute(operate(V, "Install")))
        checks.equal("the longest one", [len(a["data"]) for a in told.alerts], [5 * 2048 + len("<ResultCode>1200</ResultCode><Identifier></Identifier>")])


def refusals(checks, omadm, plugin):
    delete = "<Delete><CmdID>{id}</CmdID><Item><Target><LocURI>%s</LocURI></Target></Item></Delete>"
    with device(omadm, plugin, remove_command=None) as d:
        told = d.session(*PREPARE, execute(operate(L, "DownloadInstall")))
        checks.equal("installed", [a["data"][:28] for a in told.alerts], ["<ResultCode>1200</ResultCode"])
        told = d.session(execute(operate(P, "Activate")), execute(operate(P, "Remove")), execute(operate(V, "Remove")), add(P + "2"),
                         delete % P, delete % V, execute(L), execute(operate(L, "Install")), execute(operate(V + "x", "Install")),
                         replace(P + "/ID", "x"), replace(V + "/State", "10"), get(operate(P, "Activate")))
        checks.equal("statuses", [told.statuses[i] for i in range(100, 112)], [403, 406, 406, 405, 405, 405, 405, 404, 404, 405, 405, 200])
        checks.equal("nothing happened", (told.alerts, state_of(d, P)), ([], (10, 20)))
        told = d.session(execute(operate(P, "Deactivate")), execute(operate(P, "Activate")), execute(operate(L, "Download")))
        checks.equal("one at a time", [told.statuses[i] for i in (100, 101, 102)], [202, 503, 503])
        told = d.session(execute(operate(P, "Deactivate")))
        checks.equal("is inactive already", told.statuses[100], 403)
        told = d.session(delete % L, get(L + "/Status"), get(V + "/State"))
        checks.equal("Delete of a Download leaves the package", [told.statuses[i] for i in (100, 101, 102)], [200, 404, 200])
        checks.equal("and its file", len(d.files()), 1)


def names(checks, omadm, plugin):
    with device(omadm, plugin) as d:
        for name, seen in (("%2E%2E%2Fx", "%2E.%2Fx"), ("a%20b", "a%20b"), ("ä", "%C3%A4"), ("`id`", "%60id%60")):
            node = f"./SCOMO/Download/{name}"
            told = d.session(add(node), replace(node + "/PkgURL", URL), execute(operate(node, "DownloadInstall")))
            checks.equal(f"{name}: told", (told.statuses[100], told.statuses[102], len(told.alerts)), (200, 202, 1))
            checks.equal(f"{name}: seen", d.runs()[-1][2], seen)
        checks.true("files have names of ours", all(f.startswith("scomo-") for f in d.files()))


def full(checks, omadm, plugin):
    """A server that goes on with new names meets the end of the table."""
    with device(omadm, plugin, download_command="/bin/true", folder=None) as d:
        codes = []
        for i in range(70):
            node = f"./SCOMO/Download/n{i}"
            delete = f"<Delete><CmdID>{{id}}</CmdID><Item><Target><LocURI>{node}</LocURI></Target></Item></Delete>"
            told = d.session(add(node), replace(node + "/PkgURL", URL), execute(operate(node, "Download")))
            codes.append(told.statuses[102])
            d.session(delete)
        checks.equal("room for 64 packages", codes, [202] * 64 + [420] * 6)


# Status, table, operation, command that runs, what it does when it runs again, code, states then.
RUNNING = [
    (30, L, "Download", "download", "ok", 1200, ((40,), (10, 10), None)), (30, L, "Download", "download", "exit 1", 1402, ((20,), None, None)),
    (30, L, "DownloadInstall", "download", "ok", 1200, ((40,), (10, 20), (10, 20))),
    (50, L, "DownloadInstall", "install", "ok", 1200, ((40,), (10, 20), (10, 20))),
    (50, L, "DownloadInstall", "install", "exit 1", 1405, ((60,), (10, 10), None)),
    (50, L, "DownloadInstallInactive", "install-inactive", "ok", 1200, ((40,), (10, 20), (10, 10))),
    (40, V, "Install", "install", "ok", 1200, ((40,), (10, 20), (10, 20))), (40, V, "Install", "install", "exit 1", 1405, ((40,), (50, 10), None)),
    (40, V, "InstallInactive", "install-inactive", "ok", 1200, ((40,), (10, 20), (10, 10))),
    (30, V, "Remove", "remove-package", "ok", 1200, ((40,), None, None)),
    (30, V, "Remove", "remove-package", "exit 1", 1408, ((40,), (20, 10), None)),
    (70, P, "Deactivate", "deactivate", "ok", 1200, ((40,), (10, 20), (10, 10))),
    (70, P, "Deactivate", "deactivate", "exit 1", 1410, ((40,), (10, 20), (60, 20))),
    (50, P, "Activate", "activate", "ok", 1200, ((40,), (10, 20), (10, 20))),
    (50, P, "Activate", "activate", "exit 1", 1409, ((40,), (10, 20), (40, 10))),
    (30, P, "Remove", "remove", "ok", 1200, ((40,), (10, 10), None)), (30, P, "Remove", "remove", "exit 1", 1408, ((40,), (10, 20), (20, 20))),
]


def killed_running(checks, omadm, plugin):
    for status, table, operation, command, again, code, states in RUNNING:
        what = f"killed in {status} of {table.split('/')[-2]} {operation}, then {again}"
        with device(omadm, plugin) as d:
            d.session(*PREPARE)
            if table != L:
                d.session(execute(operate(L, "Download")))
            if table == P:
                d.session(execute(operate(V, "InstallInactive" if operation == "Activate" else "Install")))
            d.behave(command, "slow", again)
            told = d.kill_in(command, execute(operate(table, operation), correlator="k"), get(table + "/Status"))
            checks.equal(f"{what}: 202", told.statuses[100], 202)
            checks.true(f"{what}: its command is gone", wait_gone(d.runs()[-1][3]))
            told = d.session()
            data = f"<ResultCode>{code}</ResultCode><Identifier>org.example.app</Identifier>"
            checks.equal(f"{what}: alert", [(a["data"], a["source"], a["correlator"]) for a in told.alerts],
                         [(data, operate(table, operation), "k")])
            checks.equal(f"{what}: runs", [r[1] for r in d.runs() if r[0] == command], ["0", "1"])
            checks.equal(f"{what}: states", tuple(state_of(d, t) for t in (L, V, P)), states)
            checks.equal(f"{what}: told once", d.session().alerts, [])
    print(f"killed in {len(RUNNING)} running operations")


# What fails, the operations before the kill, the states before it and after it.
IDLE = [
    ("10 of a Download", None, [], ((10,), None, None)),
    ("20 of a Download", "download", [(L, "Download")], ((20,), None, None)),
    ("40 of a Download, 10 of Delivered", None, [(L, "Download")], ((40,), (10, 10), None)),
    ("60 of a Download", "install", [(L, "DownloadInstall")], ((60,), (10, 10), None)),
    ("70 of a Download", "install", "unlink", ((70,), (10, 10), None)),
    ("20 of Delivered", "remove-package", [(L, "Download"), (V, "Remove")], ((40,), (20, 10), None)),
    ("50 of Delivered", "install", [(L, "Download"), (V, "Install")], ((40,), (50, 10), None)),
    ("60 of Delivered", "install", [(L, "Download"), "unlink", (V, "Install")], ((40,), (60, 10), None)),
    ("10 of Deployed", None, [(L, "DownloadInstall")], ((40,), (10, 20), (10, 20))),
    ("20 of Deployed", "remove", [(L, "DownloadInstall"), (P, "Remove")], ((40,), (10, 20), (20, 20))),
    ("40 of Deployed", "activate", [(L, "DownloadInstallInactive"), (P, "Activate")], ((40,), (10, 20), (40, 10))),
    ("60 of Deployed", "deactivate", [(L, "DownloadInstall"), (P, "Deactivate")], ((40,), (10, 20), (60, 20))),
]


def killed_idle(checks, omadm, plugin):
    for what, fails, way, states in IDLE:
        with device(omadm, plugin) as d:
            d.session(*PREPARE)
            if fails is not None:
                d.behave(fails, "exit 1")
            if way == "unlink":
                d.behave("install", "take")
                way = [(L, "DownloadInstall")]
            for step in way:
                if step == "unlink":
                    os.unlink(f"{d.packages}/{d.files()[0]}")
                else:
                    d.session(execute(operate(*step)))
            checks.equal(f"{what}: before", tuple(state_of(d, t) for t in (L, V, P)), states)
            d.kill_idle()
            told = d.session()
            checks.equal(f"{what}: no alert", told.alerts, [])
            checks.equal(f"{what}: after", tuple(state_of(d, t) for t in (L, V, P)), states)
    print(f"killed in {len(IDLE)} states in which nothing runs")


def killed_anywhere(checks, omadm, plugin):
    """Killed at random moments: one alert for each Exec that was accepted, and the tables fit it."""
    rounds, killed, accepted_all = 40, 0, 0
    moments = random.Random(3)
    with device(omadm, plugin) as d:
        d.session(*PREPARE)
        longest = d.seconds(execute(operate(L, "DownloadInstall")))
        for i in range(rounds):
            there = state_of(d, P) is not None
            operation = operate(P, "Remove") if there else operate(L, "DownloadInstall")
            process, server = d.start([execute(operation, correlator=f"r-{i}")])
            timer = threading.Timer(moments.uniform(0.0, longest), process.kill)
            timer.start()
            process.communicate(timeout=60)
            timer.cancel()
            killed += process.returncode == -9
            server.server.close()
            rest, last = d.session(), d.session()
            alerts = {(a["correlator"], a["data"]) for a in server.told.alerts + rest.alerts + last.alerts}
            accepted = server.told.statuses.get(100) == 202
            accepted_all += accepted
            checks.true(f"round {i}: {alerts}", len(alerts) == 1 if accepted else len(alerts) <= 1)
            done = bool(alerts)
            checks.equal(f"round {i}: {operation}", state_of(d, P) is not None, there != done)
            checks.equal(f"round {i}: State of the package", (state_of(d, V) or (10, 10))[1], 20 if there != done else 10)
    print(f"{rounds} rounds, {killed} killed, {accepted_all} accepted")
    checks.true("some were killed, and some accepted", killed and accepted_all)


if __name__ == "__main__":
    sys.exit(run([life, failures, delivered, refusals, names, full, killed_running, killed_idle, killed_anywhere]))
