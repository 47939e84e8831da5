# SPDX-License-Identifier: MIT
"""A template for python-dbusmock: as much of systemd's manager as the plugin asks for.

Units behave by their names: fails-….service ends its jobs with "failed", slow-….service after two seconds, denied-….service not at
all. What was called stands in the log of dbusmock.
"""
import dbus
from dbusmock import mockobject
from gi.repository import GLib

BUS_NAME = "org.freedesktop.systemd1"
MAIN_OBJ = "/org/freedesktop/systemd1"
MAIN_IFACE = BUS_NAME + ".Manager"
UNIT_IFACE = BUS_NAME + ".Unit"
SYSTEM_BUS = True


def load(mock, parameters):
    mock.jobs = 0
    mock.paths = {}
    for name in parameters.get("units", []):
        add_unit(mock, str(name), "loaded")


def add_unit(mock, name, load_state):
    path = MAIN_OBJ + "/unit/" + "".join(c if c.isalnum() else f"_{ord(c):02x}" for c in name)
    mock.paths[name] = path
    mock.AddObject(path, UNIT_IFACE, {
        "Id": name, "Description": f"The unit {name}" if load_state == "loaded" else name, "LoadState": load_state, "ActiveState": "inactive",
        "SubState": "dead", "UnitFileState": "disabled" if load_state == "loaded" else ""}, [])


def unit(mock, name):
    if name not in mock.paths:
        add_unit(mock, name, "not-found")
    return mockobject.objects[mock.paths[name]]


def set_active(mock, name, active):
    unit(mock, name).UpdateProperties(UNIT_IFACE, {"ActiveState": "active" if active else "inactive",
                                                   "SubState": "running" if active else "dead"})


def begin(mock, name, active):
    if name.startswith("denied-"):
        raise dbus.exceptions.DBusException("Interactive authentication required.",
                                            name="org.freedesktop.DBus.Error.InteractiveAuthorizationRequired")
    if unit(mock, name).props[UNIT_IFACE]["LoadState"] == "not-found":
        raise dbus.exceptions.DBusException(f"Unit {name} not found.", name=BUS_NAME + ".NoSuchUnit")
    mock.jobs += 1
    number, job = mock.jobs, f"{MAIN_OBJ}/job/{mock.jobs}"
    failed = name.startswith("fails-")

    def end():
        if not failed:
            set_active(mock, name, active)
        mock.EmitSignal(MAIN_IFACE, "JobRemoved", "uoss", [number, job, name, "failed" if failed else "done"])

    if name.startswith("slow-"):
        GLib.timeout_add(2000, end)
    else:
        GLib.idle_add(end)
    return job


@dbus.service.method(MAIN_IFACE, in_signature="", out_signature="")
def Subscribe(_self):  # pylint: disable=invalid-name
    pass


@dbus.service.method(MAIN_IFACE, in_signature="", out_signature="")
def Reload(_self):  # pylint: disable=invalid-name
    pass


@dbus.service.method(MAIN_IFACE, in_signature="s", out_signature="o")
def LoadUnit(self, name):  # pylint: disable=invalid-name
    unit(self, str(name))
    return self.paths[str(name)]


@dbus.service.method(MAIN_IFACE, in_signature="ss", out_signature="o")
def StartUnit(self, name, _mode):  # pylint: disable=invalid-name
    return begin(self, str(name), True)


@dbus.service.method(MAIN_IFACE, in_signature="ss", out_signature="o")
def RestartUnit(self, name, _mode):  # pylint: disable=invalid-name
    return begin(self, str(name), True)


@dbus.service.method(MAIN_IFACE, in_signature="ss", out_signature="o")
def StopUnit(self, name, _mode):  # pylint: disable=invalid-name
    return begin(self, str(name), False)


@dbus.service.method(MAIN_IFACE, in_signature="asbb", out_signature="ba(sss)")
def EnableUnitFiles(self, names, _runtime, _force):  # pylint: disable=invalid-name
    for name in names:
        unit(self, str(name)).UpdateProperties(UNIT_IFACE, {"UnitFileState": "enabled"})
    return True, dbus.Array([], signature="(sss)")


@dbus.service.method(MAIN_IFACE, in_signature="asb", out_signature="a(sss)")
def DisableUnitFiles(self, names, _runtime):  # pylint: disable=invalid-name
    for name in names:
        unit(self, str(name)).UpdateProperties(UNIT_IFACE, {"UnitFileState": "disabled"})
    return dbus.Array([], signature="(sss)")
