#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""FUMO as a server and a power cut see it: the plugin in omadm(1), commands that do what a test wants, a server on loopback."""
import http.server
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

from device import UPDATER, Device, add, execute, get, is_alive, replace, replace_bin, run, wait_gone

X = "./FUMO/p"
STATE, RESULT = X + "/State", X + "/Ext/ResultCode"
URL = "https://updates.example.com/a.bin?b=1"
TYPE = "org.openmobilealliance.dm.firmwareupdate."
PREPARE = [add(X), replace(X + "/Download/PkgURL", URL), replace(X + "/DownloadAndUpdate/PkgURL", URL)]


def device(omadm, plugin, **settings):
    return Device(omadm, plugin, "FUMO", {key.replace("_", "-"): value for key, value in settings.items()})


def ends(checks, what, d, operation, state, code, *before, status=202, files=None):
    """The operation ends in the state, and one alert tells the code."""
    told = d.session(*before, execute(f"{X}/{operation}", correlator="c-1"))
    checks.equal(f"{what}: status", told.statuses[100 + len(before)], status)
    checks.equal(f"{what}: alerts", [a["data"] for a in told.alerts], [str(code)])
    if told.alerts:
        good = 200 <= code < 300
        checks.equal(f"{what}: alert", {key: told.alerts[0][key] for key in ("type", "format", "source", "correlator", "mark")},
                     {"type": TYPE + operation.lower(), "format": "int", "source": X, "correlator": "c-1",
                      "mark": "informational" if good else "warning"})
    later = d.session(get(STATE), get(RESULT))
    checks.equal(f"{what}: state", later.values, {STATE: str(state), RESULT: str(code)})
    checks.equal(f"{what}: no second alert", later.alerts, [])
    if files is not None:
        checks.equal(f"{what}: files", len(d.files()), files)


def success(checks, omadm, plugin):
    with device(omadm, plugin) as d:
        ends(checks, "download", d, "Download", 50, 200, *PREPARE, files=1)
        checks.equal("the package is the file", open(f"{d.packages}/{d.files()[0]}").read(), f"package of {URL}\n")
        ends(checks, "update", d, "Update", 100, 200, files=0)
        ends(checks, "both", d, "DownloadAndUpdate", 100, 200, files=0)
        checks.equal("runs", [r[:3] for r in d.runs()], [(o, "0", "p") for o in ("download", "update", "download", "update")])
        environment = dict(line.split("=", 1) for line in d.read("env-update").splitlines())
        for unwanted in ("HOME", "USER", "LD_LIBRARY_PATH", "ASAN_OPTIONS"):
            checks.true(f"{unwanted} is not passed on", unwanted not in environment)
        checks.equal("URL", dict(line.split("=", 1) for line in d.read("env-download").splitlines())["OMADM_URL"], URL)
    with device(omadm, plugin, keep_package="yes") as d:
        ends(checks, "kept", d, "DownloadAndUpdate", 90, 200, *PREPARE, files=1)


def no_correlator(checks, omadm, plugin):
    with device(omadm, plugin) as d:
        told = d.session(*PREPARE, execute(X + "/Download"))
        checks.equal("no Correlator was given, none comes", [a["correlator"] for a in told.alerts], [None])


def failures(checks, omadm, plugin):
    """(what the download does, state, code) and the same of the update."""
    downloads = [("exit 1", 20, 409), ("exit 65", 20, 402), ("exit 69", 20, 503), ("exit 77", 20, 406), ("exit 7", 20, 450),
                 ("say 404", 20, 404), ("say 555", 20, 555), ("say 250", 50, 250), ("say 299", 50, 299), ("say 300", 50, 200),
                 ("say 99999", 50, 200), ("lie", 20, 409), ("signal", 20, 409), ("flood", 50, 250), ("line", 50, 200),
                 ("child", 50, 200)]
    updates = [("exit 1", 70, 410), ("exit 65", 70, 402), ("say 403", 70, 403), ("say 500", 70, 500), ("say 502", 70, 502),
               ("say 401", 70, 401), ("say 251", 100, 251), ("signal", 70, 410)]
    with device(omadm, plugin, exit_codes="7:450 8:999 x:1") as d:
        d.session(*PREPARE)
        for what, state, code in downloads:
            d.behave("download", what)
            ends(checks, f"download: {what}", d, "Download", state, code)
        for what, state, code in updates:
            d.behave("update", what)
            ends(checks, f"update: {what}", d, "Update", state, code, replace_bin(X + "/Update/PkgData", b"new"))
        d.behave("update", "exit 1")
        d.behave("download", "none")
        ends(checks, "both: no file", d, "DownloadAndUpdate", 70, 410)
        d.behave("download", "exit 1")
        ends(checks, "both: the download fails", d, "DownloadAndUpdate", 20, 409)


def timeouts(checks, omadm, plugin):
    with device(omadm, plugin, download_timeout=1, update_timeout=1) as d:
        d.behave("download", "slow")
        ends(checks, "a download that is too slow", d, "Download", 20, 407, *PREPARE, files=0)
        d.behave("update", "stubborn")
        ends(checks, "an update that ignores SIGTERM", d, "Update", 70, 410, replace_bin(X + "/Update/PkgData", b"x"))
        checks.equal("what was too slow is gone", [r for r in d.runs() if is_alive(r[3])], [])


def urls(checks, omadm, plugin):
    bad = ["", "x", "ftp://a/b", "file:///etc/passwd", "https://", "https:///x", "https://a b/", "https://a/%0a\n-x", "-oX", "https://ä/",
           "https://a/`id`", "https://a/\"x", "https"]
    with device(omadm, plugin) as d:
        d.session(*PREPARE)
        for url in bad:
            escaped = url.replace("&", "&amp;").replace("<", "&lt;")
            ends(checks, f"URL {url!r}", d, "Download", 20, 411, replace(X + "/Download/PkgURL", escaped))
        checks.equal("no command ran", d.runs(), [])
        told = d.session(replace(X + "/Download/PkgURL", "https://a/" + "x" * 2048))
        checks.equal("a URL that is too long", told.statuses[100], 413)
    with device(omadm, plugin, schemes="ftp COAP") as d:
        ends(checks, "a scheme that is allowed", d, "Download", 50, 200, *PREPARE, replace(X + "/Download/PkgURL", "coap://a/b"))
        ends(checks, "one that is not", d, "Download", 20, 411, replace(X + "/Download/PkgURL", URL))


def refusals(checks, omadm, plugin):
    with device(omadm, plugin, update_command=None) as d:
        told = d.session(*PREPARE, execute(X + "/Update"), execute(X + "/DownloadAndUpdate"), execute("./FUMO/q/Download"),
                         execute(X + "/State"), execute(X), replace(STATE, "10"), get(X + "/Update/PkgData"), get(STATE))
        checks.equal("statuses", [told.statuses[i] for i in range(103, 111)], [406, 406, 404, 405, 405, 405, 405, 200])
        checks.equal("nothing happened", (told.alerts, d.runs(), told.values[STATE]), ([], [], "10"))
    with device(omadm, plugin) as d:
        told = d.session(*PREPARE, execute(X + "/Update"))
        checks.equal("Update without a package", (told.statuses[103], told.alerts), (403, []))
        d.behave("download", "slow")
        process, server = d.start([*PREPARE[1:], execute(X + "/Download"), execute(X + "/Download"), execute(X + "/Update"), add("./FUMO/q"),
                                   execute("./FUMO/q/Download"), replace(X + "/Download/PkgURL", "https://other/"),
                                   replace_bin(X + "/Update/PkgData", b"x"), "<Delete><CmdID>{id}</CmdID><Item><Target><LocURI>" + X +
                                   "</LocURI></Target></Item></Delete>", get(STATE), get(X + "/Download/PkgURL")])
        for _ in range(1000):
            if len(server.told.statuses) >= 11:
                break
            time.sleep(0.02)
        process.kill()
        process.communicate()
        server.server.close()
        checks.equal("while it downloads", [server.told.statuses.get(i) for i in range(102, 112)],
                     [202, 503, 503, 200, 503, 503, 503, 503, 200, 200])
        checks.equal("and has not changed", (server.told.values[STATE], server.told.values[X + "/Download/PkgURL"]), ("30", URL))
    for wrong, code in (("/nonexistent/x", 409), ("/etc/passwd", 409), ("relative", 409), ("/", 409)):
        with device(omadm, plugin, download_command=wrong) as d:
            ends(checks, f"command {wrong}", d, "Download", 20, code, *PREPARE)
    for wrong in ("/proc/none/x", "relative", "/dev/null"):
        with device(omadm, plugin, folder=wrong) as d:
            told = d.session(*PREPARE, execute(X + "/Download"), replace_bin(X + "/Update/PkgData", b"x"), get(STATE))
            checks.equal(f"folder {wrong}", [told.statuses[103], told.statuses[104], told.values[STATE]], [510, 510, "10"])
    with device(omadm, plugin, folder=None, download_command="/bin/true", update_command="/bin/echo 250") as d:
        told = d.session(*PREPARE, replace_bin(X + "/Update/PkgData", b"x"), execute(X + "/DownloadAndUpdate"), get(STATE))
        checks.equal("without a folder", (told.statuses[103], told.statuses[104], [a["data"] for a in told.alerts]), (406, 202, ["250"]))


def package_data(checks, omadm, plugin):
    octets = random.Random(1).randbytes(700000)
    with device(omadm, plugin) as d:
        told = d.session(*PREPARE, replace_bin(X + "/Update/PkgData", octets), get(STATE))
        checks.equal("data", (told.statuses[103], told.values[STATE]), (200, "50"))
        checks.equal("one file", len(d.files()), 1)
        checks.true("its octets", open(f"{d.packages}/{d.files()[0]}", "rb").read() == octets)
        checks.equal("its mode", os.stat(f"{d.packages}/{d.files()[0]}").st_mode & 0o777, 0o600)
        told = d.session(replace_bin(X + "/Update/PkgData", b"other"), get(STATE))
        checks.equal("other data", (told.values[STATE], len(d.files())), ("50", 1))
        told = d.session(replace(X + "/Download/PkgURL", "https://b/"), get(STATE))
        checks.equal("a new URL", (told.values[STATE], d.files()), ("10", []))
        told = d.session(replace_bin(X + "/Update/PkgData", b"x"), replace_bin(X + "/Update/PkgData", b""), get(STATE))
        checks.equal("no data", (told.values[STATE], d.files()), ("10", []))
        told = d.session(replace_bin(X + "/Update/PkgData", b"x"), "<Delete><CmdID>{id}</CmdID><Item><Target><LocURI>" + X +
                         "</LocURI></Target></Item></Delete>", get(STATE))
        checks.equal("Delete takes the file", (told.statuses[101], told.statuses[102], d.files()), (200, 404, []))
        d.write("stranger.pkg", "x")
        d.write("fumo-x.pkg", "x")
        d.session()
        checks.equal("files of others stay", d.files(), ["fumo-x.pkg", "stranger.pkg"])


def shared_folder(checks, omadm, plugin):
    """Two states with one folder: neither removes what the other has, and who only looks removes nothing."""
    with device(omadm, plugin) as one, device(omadm, plugin) as other:
        other.settings["folder"] = other.packages = one.packages
        one.session(*PREPARE, replace_bin(X + "/Update/PkgData", b"of one"))
        other.session(*PREPARE, replace_bin(X + "/Update/PkgData", b"of the other"))
        other.session(get(STATE))
        checks.equal("each has its file", len(one.files()), 2)
        empty = tempfile.mkdtemp(prefix="omadm-empty-")
        arguments = other.configure("http://127.0.0.1:9/")
        arguments[arguments.index("--state") + 1] = empty
        for what in ("list", "get"):
            subprocess.run([omadm, "tree", what, "./FUMO" if what == "list" else X + "/State", *arguments],
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        shutil.rmtree(empty)
        checks.equal("a third state that looks removes none", len(one.files()), 2)
        one.session("<Delete><CmdID>{id}</CmdID><Item><Target><LocURI>" + X + "</LocURI></Target></Item></Delete>")
        checks.equal("its own goes", len(one.files()), 1)


def replaced_often(checks, omadm, plugin):
    """Of what is replaced over and over two files are there at most, also before the session ends."""
    most = 0
    with device(omadm, plugin) as d:
        process, server = d.start(PREPARE + [replace_bin(X + "/Update/PkgData", b"x" * 5000) for _ in range(60)])
        while process.poll() is None:
            most = max(most, len(d.files()))
        process.communicate(timeout=60)
        server.server.close()
        checks.true(f"at most three files at any time: {most}", 0 < most <= 3)
        checks.equal("one in the end", len(d.files()), 1)


def names(checks, omadm, plugin):
    """(name in the URI, what the command sees)."""
    odd = [("a%20b", "a%20b"), ("..x", "%2E.x"), (".hidden", "%2Ehidden"), ("a%2Fb", "a%2Fb"), ("%2E%2E%2Fetc", "%2E.%2Fetc"),
           ("$(id)", "%24%28id%29"), ("-rf", "-rf"), ("a;b", "a%3Bb"), ("ü", "%C3%BC"), ("a=b", "a%3Db"), ("n" * 200, "n" * 200)]
    with device(omadm, plugin) as d:
        for name, seen in odd:
            uri = f"./FUMO/{name}"
            told = d.session(add(uri), replace(uri + "/Download/PkgURL", URL), execute(uri + "/Download"))
            if told.statuses[100] == 400:  # the device does not take such a URI at all
                continue
            checks.equal(f"{name}: statuses", [told.statuses[i] for i in (100, 102)], [200, 202])
            checks.equal(f"{name}: as the command sees it", d.runs()[-1][2], seen)
        told = d.session(add("./FUMO/" + "n" * 201))
        checks.equal("a name that is too long", told.statuses[100], 414)
        checks.true("files have names of ours", all(f.startswith("fumo-") for f in d.files()))


# State, how to come there, and after the kill: state, result codes told.
IDLE_STATES = [
    (10, {}, []),
    (20, {"download": "exit 1"}, ["Download"]),
    (50, {}, ["Download"]),
    (70, {"update": "exit 1"}, ["Download", "Update"]),
    (80, {"update": "exit 1"}, ["Download", "-", "Update"]),
    (90, {}, ["DownloadAndUpdate"]),
    (100, {}, ["DownloadAndUpdate"]),
]
RUNNING_STATES = [  # state, operation, command that is running, what it does when it runs again: state and result then
    (30, "Download", "download", "ok", 50, 200), (30, "Download", "download", "exit 1", 20, 409),
    (30, "Download", "download", "say 404", 20, 404), (30, "DownloadAndUpdate", "download", "ok", 100, 200),
    (30, "DownloadAndUpdate", "download", "exit 65", 20, 402), (60, "Update", "update", "ok", 100, 200),
    (60, "Update", "update", "exit 1", 70, 410), (60, "Update", "update", "say 250", 100, 250),
    (60, "DownloadAndUpdate", "update", "ok", 100, 200), (60, "DownloadAndUpdate", "update", "exit 1", 70, 410),
]


def killed_idle(checks, omadm, plugin):
    for state, behaviour, way in IDLE_STATES:
        with device(omadm, plugin, keep_package="yes" if state == 90 else "no") as d:
            for operation, what in behaviour.items():
                d.behave(operation, what)
            d.session(*PREPARE)
            if state == 80:
                # Without data: an update of a package that the commands keep, which is gone when it fails.
                d.session(execute(X + "/Download"))
                os.unlink(f"{d.packages}/{d.files()[0]}")
                way = ["Update"]
            for operation in way:
                d.session(execute(f"{X}/{operation}"))
            found = d.value(STATE)
            d.kill_idle()
            told = d.session(get(STATE))
            checks.equal(f"state {state} before the kill", found, str(state))
            checks.equal(f"state {state} after it", (told.values[STATE], told.alerts), (str(state), []))
    print(f"killed in {len(IDLE_STATES)} states in which nothing runs")


def killed_running(checks, omadm, plugin):
    for state, operation, command, again, then, code in RUNNING_STATES:
        what = f"killed in {state} of {operation}, then {again}"
        with device(omadm, plugin) as d:
            d.behave(command, "slow", again)
            d.session(*PREPARE, replace_bin(X + "/Update/PkgData", b"data"))
            told = d.kill_in(command, execute(f"{X}/{operation}", correlator="k-1"), get(STATE))
            checks.equal(f"{what}: 202", told.statuses[100], 202)
            checks.true(f"{what}: its command is gone", wait_gone(d.runs()[-1][3]))
            told = d.session()
            checks.equal(f"{what}: alert", [(a["data"], a["source"], a["correlator"], a["type"]) for a in told.alerts],
                         [(str(code), X, "k-1", TYPE + operation.lower())])
            checks.equal(f"{what}: it was told that it runs again", [r[1] for r in d.runs() if r[0] == command], ["0", "1"])
            told = d.session(get(STATE), get(RESULT))
            checks.equal(f"{what}: state", told.values, {STATE: str(then), RESULT: str(code)})
            checks.equal(f"{what}: told once", told.alerts, [])
    print(f"killed in {len(RUNNING_STATES)} running operations")


def killed_twice(checks, omadm, plugin):
    with device(omadm, plugin) as d:
        d.behave("update", "slow", "slow")
        d.session(*PREPARE, replace_bin(X + "/Update/PkgData", b"data"))
        d.kill_in("update", execute(X + "/Update", correlator="k-2"))
        d.kill_in("update")
        d.behave("update", "ok")
        told = d.session()
        checks.equal("killed twice", [(a["data"], a["correlator"]) for a in told.alerts], [("200", "k-2")])
        checks.equal("ran three times, never two at once", [r[:2] for r in d.runs()], [("update", "0"), ("update", "1"), ("update", "1")])
        checks.true("none is left", all(wait_gone(r[3]) for r in d.runs()))


def terminated(checks, omadm, plugin):
    """SIGTERM leaves jobs ten seconds; then the agent goes, and the command with it."""
    with device(omadm, plugin) as d:
        d.behave("update", "slow")
        d.session(*PREPARE, replace_bin(X + "/Update/PkgData", b"data"))
        d.kill_in("update", execute(X + "/Update"), how=signal.SIGTERM)
        checks.true("its command is gone", wait_gone(d.runs()[-1][3]))
        told = d.session()
        checks.equal("it goes on", [a["data"] for a in told.alerts], ["200"])


def gone_command(checks, omadm, plugin):
    with device(omadm, plugin) as d:
        d.behave("update", "slow")
        d.session(*PREPARE, replace_bin(X + "/Update/PkgData", b"data"))
        d.kill_in("update", execute(X + "/Update"))
        d.settings["update-command"] = None
        told = d.session()
        checks.equal("a command that is gone after the restart", [a["data"] for a in told.alerts], ["408"])
        checks.equal("state", d.value(STATE), "70")


class Packages(http.server.BaseHTTPRequestHandler):
    """A server with one package."""

    def do_GET(self):  # pylint: disable=invalid-name
        found = self.path == "/good"
        body = b"firmware 2.0\nimage" if found else b"none"
        self.send_response(200 if found else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):  # pylint: disable=arguments-differ
        pass


def example(checks, omadm, plugin):
    """The updater of examples/fumo, with a server on loopback for the package; without curl only what it does with a package."""
    updater = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "examples", "fumo", "updater.sh")
    web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Packages)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    with device(omadm, plugin, download_command=updater if shutil.which("curl") else UPDATER, update_command=updater) as d:
        good = f"http://127.0.0.1:{web.server_port}/good"
        told = d.session(*PREPARE, replace(X + "/PkgVersion", "2.0"))
        if shutil.which("curl"):
            told = d.session(replace(X + "/DownloadAndUpdate/PkgURL", good), execute(X + "/DownloadAndUpdate"))
            checks.equal("it is installed", [a["data"] for a in told.alerts], ["200"])
            checks.equal("the other slot runs", (d.read("active"), d.read("slot-b")), ("b\n", "firmware 2.0\nimage"))
            told = d.session(replace(X + "/DownloadAndUpdate/PkgURL", good + "ies"), execute(X + "/DownloadAndUpdate"))
            checks.equal("no such package", [a["data"] for a in told.alerts], ["550"])
        for data, code in ((b"firmware 2.0\nother", "200"), (b"something else", "402"), (b"firmware 1.0\n", "403")):
            told = d.session(replace_bin(X + "/Update/PkgData", data), execute(X + "/Update"))
            checks.equal(f"{data}", [a["data"] for a in told.alerts], [code])
        checks.true("a slot runs", d.read("active") in ("a\n", "b\n"))
    web.shutdown()


def killed_anywhere(checks, omadm, plugin):
    """Killed at random moments: in the end there is one alert for each Exec that was accepted, and the state is that of the last."""
    rounds, killed, accepted = 40, 0, 0
    moments = random.Random(7)
    with device(omadm, plugin) as d:
        d.session(*PREPARE)
        longest = d.seconds(execute(X + "/DownloadAndUpdate"))
        for i in range(rounds):
            d.behave("update", moments.choice(["ok", "exit 1"]))
            process, server = d.start([execute(X + "/DownloadAndUpdate", correlator=f"r-{i}")])
            timer = threading.Timer(moments.uniform(0.0, longest), process.kill)
            timer.start()
            process.communicate(timeout=60)
            timer.cancel()
            killed += process.returncode == -9
            server.server.close()
            rest = d.session(get(STATE), get(RESULT))
            last = d.session(get(STATE), get(RESULT))
            alerts = [(a["correlator"], a["data"]) for a in server.told.alerts + rest.alerts + last.alerts]
            was_accepted = server.told.statuses.get(100) == 202
            accepted += was_accepted
            checks.true(f"round {i}: an alert comes for what was accepted: {alerts}",
                        len({a for a in alerts if a[0] == f"r-{i}"}) == 1 if was_accepted or alerts else True)
            state = last.values[STATE]
            checks.true(f"round {i}: state {state} {alerts}", state in ("10", "20", "70", "80", "100"))
            if alerts:
                checks.equal(f"round {i}: the state is that of the alert", state in ("100",), alerts[-1][1] == "200")
                checks.equal(f"round {i}: and the result", last.values[RESULT], alerts[-1][1])
    print(f"{rounds} rounds, {killed} killed, {accepted} accepted")
    checks.true("some were killed, and some accepted", killed and accepted)


if __name__ == "__main__":
    sys.exit(run([success, no_correlator, failures, timeouts, urls, refusals, package_data, shared_folder, replaced_often, names, killed_idle, killed_running,
                  killed_twice, terminated, gone_command, example, killed_anywhere]))
