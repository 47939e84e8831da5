# SPDX-License-Identifier: MIT
"""A template for python-dbusmock: its logind, with scheduled shutdowns and what can go wrong.

A file "behave" in the folder of the parameters says what: "deny", "fail" or "slow" (answers after two seconds). What was called stands
in the log of dbusmock.
"""
import os
import time

import dbus
from dbusmock.templates import logind

BUS_NAME = logind.BUS_NAME
MAIN_OBJ = logind.MAIN_OBJ
MAIN_IFACE = logind.MAIN_IFACE
SYSTEM_BUS = True


def load(mock, parameters):
    logind.load(mock, {})
    mock.folder = str(parameters["folder"])
    mock.behave, mock.schedule = (lambda: behave(mock)), (lambda what, usec: set_schedule(mock, what, usec))
    mock.AddMethods(MAIN_IFACE, [
        ("Reboot", "b", "", "self.behave()"),
        ("ScheduleShutdown", "st", "", "self.behave(); self.schedule(args[0], args[1])"),
        ("CancelScheduledShutdown", "", "b", "self.behave(); self.schedule('', 0); ret = True"),
    ])
    mock.AddProperties(MAIN_IFACE, dbus.Dictionary({"ScheduledShutdown": schedule("", 0)}, signature="sv"))


def schedule(what, usec):
    return dbus.Struct((dbus.String(what), dbus.UInt64(usec)), signature="st")


def set_schedule(mock, what, usec):
    mock.props[MAIN_IFACE]["ScheduledShutdown"] = schedule(what, usec)


def behave(mock):
    path = mock.folder + "/behave"
    how = ""
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            how = file.read()
    if how == "deny":
        raise dbus.exceptions.DBusException("Interactive authentication required.",
                                            name="org.freedesktop.DBus.Error.InteractiveAuthorizationRequired")
    if how == "fail":
        raise dbus.exceptions.DBusException("Cannot schedule.", name="org.freedesktop.DBus.Error.Failed")
    if how == "slow":
        time.sleep(2)
