#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""RootCATrustedCertificates as a server sees it, and as OpenSSL reads what it leaves."""
import base64
import fcntl
import hashlib
import os
import pwd
import random
import shutil
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fumo"))
from device import Device, command, get, run  # noqa: E402  pylint: disable=wrong-import-position

ROOT = "./Vendor/MSFT/RootCATrustedCertificates/Root"
CA = "./Vendor/MSFT/RootCATrustedCertificates/CA"
STEPS = os.environ.get("OMADM_TEST_STEPS")


class Certificate:
    """A self-signed certificate, made anew."""

    def __init__(self, folder, name):
        self.pem = f"{folder}/{name}.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                        "-keyout", "/dev/null", "-out", self.pem, "-subj", f"/O=Example/CN={name}"], check=True, capture_output=True)
        self.der = subprocess.run(["openssl", "x509", "-in", self.pem, "-outform", "der"], check=True, capture_output=True).stdout
        self.base64 = base64.b64encode(self.der).decode()
        self.name = hashlib.sha1(self.der).hexdigest()

    def add(self, store=ROOT, name=None):
        return command("Add", f"{store}/{name or self.name}/EncodedCertificate", self.base64, fmt="b64")

    def delete(self, store=ROOT):
        return command("Delete", f"{store}/{self.name}")

    def verifies(self, d, store="Root"):
        folder = f"{d.packages}/current/{store}"
        return subprocess.run(["openssl", "verify", "-no-CAfile", "-no-CAstore", "-CApath", folder, self.pem], capture_output=True,
                              check=False).returncode == 0


def atomic(*members):
    numbered = "".join(m.replace("{id}", str(200 + i)) for i, m in enumerate(members))
    return f"<Atomic><CmdID>{{id}}</CmdID>{numbered}</Atomic>"


def device(omadm, plugin):
    return Device(omadm, plugin, "RootCATrustedCertificates", commands=())


def generations(d):
    return sorted(name for name in os.listdir(d.packages) if name[0].isdigit())


def life(checks, omadm, plugin):
    """Added, read, trusted by OpenSSL, deleted."""
    with device(omadm, plugin) as d:
        one, other = Certificate(d.folder, "One"), Certificate(d.folder, "Two")
        told = d.session(one.add(name=one.name.upper()), other.add(CA))
        checks.equal("Add", told.statuses, {100: 200, 101: 200})
        checks.true("OpenSSL trusts the root", one.verifies(d))
        checks.true("and the authority in its own store", other.verifies(d, "CA") and not other.verifies(d))
        base = f"{ROOT}/{one.name}"
        told = d.session(*(get(f"{base}/{leaf}") for leaf in ("EncodedCertificate", "IssuedBy", "IssuedTo", "ValidFrom", "ValidTo",
                                                              "TemplateName")), get(ROOT))
        checks.equal("what was added is read", told.values[base + "/EncodedCertificate"], one.base64)
        checks.equal("the issuer", told.values[base + "/IssuedBy"], "One")
        checks.equal("the subject", told.values[base + "/IssuedTo"], "One")
        dates = subprocess.run(["openssl", "x509", "-in", one.pem, "-noout", "-startdate", "-enddate", "-dateopt", "iso_8601"],
                               capture_output=True, check=True, text=True).stdout
        found = f"notBefore={told.values[base + '/ValidFrom']}\nnotAfter={told.values[base + '/ValidTo']}\n".replace("T", " ")
        checks.equal("the dates", found.replace("no ", "not"), dates)
        checks.equal("the store's children", told.values[ROOT], one.name)
        checks.equal("Delete", d.session(one.delete()).statuses, {100: 200})
        checks.true("what is deleted is not trusted any more", not one.verifies(d) and other.verifies(d, "CA"))
        checks.equal("one generation is left", len(generations(d)), 1)


def refusals(checks, omadm, plugin):
    """What is no certificate, or not the one of that name, changes nothing."""
    with device(omadm, plugin) as d:
        one = Certificate(d.folder, "One")
        wrong = {"another name": ("1" * 40, one.base64, 415), "no certificate": (one.name, base64.b64encode(b"x" * 300).decode(), 415),
                 "more behind it": (one.name, base64.b64encode(one.der + b"\0").decode(), 415), "nothing": (one.name, "", 415)}
        for what, (name, value, status) in wrong.items():
            told = d.session(command("Add", f"{ROOT}/{name}/EncodedCertificate", value, fmt="b64"), get(ROOT))
            checks.equal(f"{what} is refused", told.statuses[100], status)
            checks.equal(f"{what} leaves nothing", told.values.get(ROOT, ""), "")
        for name in ("short", "..", "g" * 40, "..%2F" + "a" * 35):
            status = d.session(command("Add", f"{ROOT}/{name}/EncodedCertificate", one.base64, fmt="b64")).statuses[100]
            checks.true(f"the name {name} is refused: {status}", 400 <= status < 500)
        checks.equal("nothing was written", generations(d), [])
    with device(omadm, plugin) as d:
        one = Certificate(d.folder, "One")
        d.settings["folder"] = None
        checks.equal("without a folder", d.session(one.add()).statuses[100], 406)


def together(checks, omadm, plugin):
    """Several certificates change in one Atomic, or none does."""
    with device(omadm, plugin) as d:
        some = [Certificate(d.folder, f"C{i}") for i in range(3)]
        told = d.session(atomic(*(c.add() for c in some)))
        checks.equal("the Atomic", told.statuses[100], 200)
        checks.true("all are trusted", all(c.verifies(d) for c in some))
        before = generations(d)
        more = Certificate(d.folder, "More")
        told = d.session(atomic(more.add(), some[0].delete(), more.add(name="2" * 40)))
        checks.equal("an Atomic with a wrong one", told.statuses[100], 507)
        checks.true("nothing has changed", not more.verifies(d) and some[0].verifies(d) and generations(d) == before)


def same_subject(checks, omadm, plugin):
    """Two certificates of one subject have two links."""
    with device(omadm, plugin) as d:
        os.mkdir(d.folder + "/other")
        one, other = Certificate(d.folder, "Same"), Certificate(d.folder + "/other", "Same")
        d.session(one.add(), other.add())
        checks.true("both are trusted", one.verifies(d) and other.verifies(d))
        d.session(one.delete())
        checks.true("the one that is left is", other.verifies(d) and not one.verifies(d))


def killed_anywhere(checks, omadm, plugin):
    """Killed at random moments: an Atomic is there as a whole or not at all, and there if it was told."""
    rounds, killed, told_done = 30, 0, 0
    moments = random.Random(11)
    with device(omadm, plugin) as d:
        pair = [Certificate(d.folder, f"P{i}") for i in range(2)]
        longest = d.seconds(atomic(*(c.add() for c in pair)))
        there = True
        for i in range(rounds):
            change = [c.delete() for c in pair] if there else [c.add() for c in pair]
            process, server = d.start([atomic(*change)])
            timer = threading.Timer(moments.uniform(longest * 0.3, longest), process.kill)
            timer.start()
            process.communicate(timeout=60)
            timer.cancel()
            killed += process.returncode == -9
            server.server.close()
            names = d.session(get(ROOT)).values.get(ROOT, "")
            found = [c.name in names for c in pair]
            checks.true(f"round {i}: both or none", found[0] == found[1] and found == [c.verifies(d) for c in pair])
            if server.told.statuses.get(100) == 200:
                told_done += 1
                checks.equal(f"round {i}: what was told is so", found[0], not there)
            there = found[0]
        checks.true("at most one generation waits to be swept", len(generations(d)) <= 2)
    print(f"{rounds} rounds, {killed} killed, {told_done} told")
    checks.true("some were killed", killed)


class Stepped:
    """Sessions in it run with steps.c before the C library."""

    def __init__(self, d, **how):
        self.counted = d.folder + "/steps"
        self.how = {"LD_PRELOAD": STEPS, "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0", "STEPS_COUNT": self.counted}
        self.how.update({key: str(value) for key, value in how.items()})
        self.before = {}

    def __enter__(self):
        self.before = {key: os.environ.get(key) for key in self.how}
        os.environ.update(self.how)
        return self

    def __exit__(self, *_):
        for key, value in self.before.items():
            if value is None:
                del os.environ[key]
            else:
                os.environ[key] = value

    def calls(self):
        with open(self.counted, encoding="utf-8") as file:
            return int(file.read())


def each_step(checks, omadm, plugin, how):
    """An Atomic that is stopped, or fails, at each of its steps: whole or not at all, and whole if it was told."""
    with device(omadm, plugin) as d:
        kept, first, second = Certificate(d.folder, "K"), Certificate(d.folder, "A"), Certificate(d.folder, "B")
        d.session(atomic(kept.add(), first.add()))
        there = [True, True, False]
        with Stepped(d) as count:
            d.session(get(ROOT))
            d.session(atomic(first.delete(), second.add()))
            steps = count.calls()
        there = [True, False, True]
        stopped = 0
        for k in range(1, steps + 1):
            change = [first.delete(), second.add()] if there[1] else [second.delete(), first.add()]
            with Stepped(d, **{how: k}):
                process, server = d.start([atomic(*change)])
                _, err = process.communicate(timeout=60)
            server.server.close()
            checks.true(f"{how} {k}: {err}", b"runtime error" not in err and b"ERROR: " not in err)
            stopped += process.returncode == -9 or server.told.statuses.get(100) != 200
            names = d.session(get(ROOT)).values.get(ROOT, "")
            found = [c.name in names for c in (kept, first, second)]
            after = [True, not there[1], not there[2]]
            checks.true(f"{how} {k}: whole or not at all: {found}", found in (there, after))
            checks.equal(f"{how} {k}: OpenSSL reads the same", [c.verifies(d) for c in (kept, first, second)], found)
            if server.told.statuses.get(100) == 200:
                checks.equal(f"{how} {k}: what was told is so", found, after)
            there = found
        d.session(atomic(*([first.delete(), second.add()] if there[1] else [second.delete(), first.add()])))
        checks.equal(f"{how}: nothing is left over", len(generations(d)), 1)
        checks.true(f"{how}: some were stopped", stopped > 10)
    print(f"{how}: {steps} steps, {stopped} stopped there")


def steps_of_a_change(checks, omadm, plugin):
    """Killed behind each step, and the disk full at each."""
    if STEPS is None:
        print("steps: not tried without OMADM_TEST_STEPS")
        return
    each_step(checks, omadm, plugin, "STEPS_KILL")
    each_step(checks, omadm, plugin, "STEPS_FAIL")
    with device(omadm, plugin) as d, Stepped(d, STEPS_NO_LINKS=1):
        one, other = Certificate(d.folder, "One"), Certificate(d.folder, "Two")
        d.session(one.add())
        checks.equal("without hard links", d.session(other.add()).statuses[100], 200)
        checks.true("files are copied", one.verifies(d) and other.verifies(d))


def hostile_folder(checks, omadm, plugin):
    """A folder that others may write, links that lead elsewhere, and what is not ours."""
    with device(omadm, plugin) as d:
        one = Certificate(d.folder, "One")
        for mode in (0o777, 0o775, 0o1777):
            os.chmod(d.packages, mode)
            told = d.session(one.add())
            checks.equal(f"mode {mode:o}", (told.statuses[100], generations(d)), (406, []))
            checks.true(f"the log says so: {told.err}", "nobody else's to write" in told.err)
        os.chmod(d.packages, 0o755)
        os.mkdir(d.packages + "/2024-backup")
        os.makedirs(d.folder + "/elsewhere/Root")
        for target in ("../elsewhere", d.folder + "/elsewhere", "2024-backup", "1-0000000g", "9" * 60):
            os.symlink(target, d.packages + "/current")
            checks.equal(f"current leads to {target}", d.session(one.add()).statuses[100], 510)
            checks.equal("it stays", os.readlink(d.packages + "/current"), target)
            os.unlink(d.packages + "/current")
        checks.equal("nothing is written there", os.listdir(d.folder + "/elsewhere/Root"), [])
        checks.equal("now it works", d.session(one.add()).statuses[100], 200)
        other = Certificate(d.folder, "Two")
        checks.equal("and again", d.session(other.add()).statuses[100], 200)
        checks.true("a folder of somebody else's stays", os.path.isdir(d.packages + "/2024-backup"))
        store = d.packages + "/current/Root"
        os.symlink("/etc/hostname", f"{store}/{'a' * 40}.pem")
        told = d.session(get(f"{ROOT}/{'a' * 40}/EncodedCertificate"))
        checks.equal("a link in the place of a file is not read", told.statuses[100], 404)
        os.unlink(f"{store}/{'a' * 40}.pem")
        lock = os.open(d.packages, os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_EX)
        checks.equal("while another changes it", d.session(one.delete()).statuses[100], 503)
        os.close(lock)
        checks.equal("and then", d.session(one.delete()).statuses[100], 200)


def odd_certificates(checks, omadm, plugin):
    """Names that cannot stand in a text, and octets that are no DER."""
    with device(omadm, plugin) as d:
        for what, subject in (("a long name", "/CN=" + "x" * 64 + "/OU=" + "y" * 64), ("no common name", "/O=Only"),
                              ("a tab", "/CN=a\\tb"), ("blanks", "/CN= \u00e4 ")):
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-utf8", "-keyout",
                            "/dev/null", "-out", d.folder + "/odd.der", "-outform", "der", "-subj", subject], check=True, capture_output=True)
            with open(d.folder + "/odd.der", "rb") as file:
                der = file.read()
            base = f"{ROOT}/{hashlib.sha1(der).hexdigest()}"
            told = d.session(command("Add", base + "/EncodedCertificate", base64.b64encode(der).decode(), fmt="b64"), get(base + "/IssuedTo"))
            checks.equal(f"{what}: {told.err}", (told.statuses[100], told.statuses[101]), (200, 200))
        long = der[:1] + bytes([0x84, 0, 0]) + der[2:] if der[1] == 0x82 else der
        status = d.session(command("Add", f"{ROOT}/{hashlib.sha1(long).hexdigest()}/EncodedCertificate", base64.b64encode(long).decode(),
                                   fmt="b64")).statuses[100]
        checks.equal("a length written otherwise than DER does", status, 415)


def csp_test(checks, omadm, plugin):
    """omadm csp test with a folder."""
    done = subprocess.run([omadm, "csp", "test", "--setting=folder={state}/certificates", plugin], capture_output=True, text=True, check=False)
    checks.equal(f"{done.stdout}{done.stderr}", done.returncode, 0)
    print(f"csp test: {done.stdout.splitlines()[-1]}")


def isolated(checks, omadm, plugin):
    """In a process of its own, as root in that of another user, who owns the folder."""
    if not os.path.exists(os.path.join(os.path.dirname(omadm), "omadm-csp-host")):
        print("isolated: not tried without omadm-csp-host")
        return
    home = tempfile.mkdtemp(prefix="omadm-certificates-")
    try:
        os.chmod(home, 0o755)
        os.mkdir(home + "/certificates")
        with device(omadm, plugin) as d:
            os.chmod(d.folder, 0o755)
            d.settings.update({"isolate": "process", "file": d.plugins + "/" + os.path.basename(plugin), "allow": home + "/certificates",
                               "folder": home + "/certificates"})
            if os.getuid() == 0:
                d.settings["user"] = "nobody"
                nobody = pwd.getpwnam("nobody")
                os.chown(home + "/certificates", nobody.pw_uid, nobody.pw_gid)
            d.packages = home + "/certificates"
            one, other = Certificate(d.folder, "One"), Certificate(d.folder, "Two")
            told = d.session(one.add(), get(f"{ROOT}/{one.name}/IssuedTo"))
            checks.equal(f"Add, isolated: {told.err}", (told.statuses[100], told.values.get(f"{ROOT}/{one.name}/IssuedTo")), (200, "One"))
            checks.true("OpenSSL trusts it", one.verifies(d))
            if os.getuid() == 0:
                checks.equal("it is that user's", os.stat(d.packages + f"/current/Root/{one.name}.pem").st_uid, nobody.pw_uid)
            told = d.session(atomic(other.add(), one.add(name="2" * 40)))
            checks.equal("an Atomic that fails", (told.statuses[100], other.verifies(d)), (507, False))
            checks.equal("an Atomic", d.session(atomic(other.add(), one.delete())).statuses[100], 200)
            checks.true("is done", other.verifies(d) and not one.verifies(d))
            d.settings["allow"] = d.plugins
            told = d.session(one.add())
            checks.equal(f"what is not allowed cannot be written: {told.err}", told.statuses[100], 406)
    finally:
        shutil.rmtree(home)


if __name__ == "__main__":
    sys.exit(run([life, refusals, together, same_subject, killed_anywhere, steps_of_a_change, hostile_folder, odd_certificates,
                  csp_test, isolated]))
