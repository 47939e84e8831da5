# SPDX-License-Identifier: MIT
"""A bus of the test's own, and mocks on it. The machine's bus is never used."""
import os
import shutil
import subprocess
import time

CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><keep_umask/><listen>unix:path={path}</listen>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
"""


class Bus:
    """A daemon with a socket in the folder; mocks are processes on it."""

    def __init__(self, folder):
        self.folder, self.path = folder, folder + "/bus"
        self.address = "unix:path=" + self.path
        self.env = dict(os.environ, DBUS_SYSTEM_BUS_ADDRESS=self.address, DBUS_SESSION_BUS_ADDRESS=self.address)
        with open(folder + "/bus.conf", "w", encoding="utf-8") as file:
            file.write(CONFIG.format(path=self.path))
        self.processes = []
        self.run("dbus-daemon", "--nofork", "--nopidfile", "--config-file=" + folder + "/bus.conf")
        self.wait(lambda: os.path.exists(self.path))

    def run(self, *arguments):
        process = subprocess.Popen(arguments, env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.processes.append(process)
        return process

    def wait(self, holds):
        for _ in range(500):
            if holds():
                return
            time.sleep(0.02)
        raise SystemExit("the bus does not come up")

    def call(self, name, path, method, *arguments):
        """What busctl-like callers get; None where it failed."""
        done = subprocess.run(["dbus-send", "--bus=" + self.address, "--print-reply=literal", "--dest=" + name, path, method, *arguments],
                              env=self.env, capture_output=True, text=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else None

    def mock(self, template, name, parameters=None):
        """A mock of that template, whose calls stand in the file that is returned."""
        log = f"{self.folder}/{name}.log"
        arguments = ["/usr/bin/python3", "-m", "dbusmock", "--system", "--logfile", log, "--template", template]
        if parameters:
            arguments += ["--parameters", parameters]
        process = self.run(*arguments)
        self.wait(lambda: self.call("org.freedesktop.DBus", "/", "org.freedesktop.DBus.GetNameOwner", "string:" + name) is not None)
        return process, log

    def close(self):
        for process in reversed(self.processes):
            process.kill()
            process.wait()


def missing():
    """A sentence where this machine cannot have such a bus; else nothing."""
    if shutil.which("dbus-daemon") is None:
        return "dbus-daemon is not installed"
    done = subprocess.run(["/usr/bin/python3", "-c", "import dbusmock"], capture_output=True, check=False)
    return "" if done.returncode == 0 else "python3-dbusmock is not installed"
