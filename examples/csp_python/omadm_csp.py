# SPDX-License-Identifier: MIT
"""The plugin ABI of <omadm/csp.h> as Python sees it: structures and functions of C, and a class to derive a CSP from."""
import ctypes as c
import traceback

OK, NOT_FOUND, FAILED = 200, 404, 500
ABI = 1


class Str(c.Structure):
    _fields_ = [("ptr", c.c_void_p), ("len", c.c_size_t)]

    def octets(self):
        return c.string_at(self.ptr, self.len) if self.len else b""


def span(octets):
    """A span and what it points into, which has to live as long."""
    keep = c.create_string_buffer(octets, max(len(octets), 1))
    return Str(c.addressof(keep), len(octets)), keep


class Request(c.Structure):
    _fields_ = [("struct_size", c.c_uint32), ("root", c.c_uint32), ("node", c.c_uint32), ("n_names", c.c_uint32),
                ("names_", c.POINTER(Str)), ("uri", Str), ("token", c.c_uint64), ("transaction", c.c_uint64),
                ("server_id", Str), ("session_id", Str), ("correlator", Str), ("format", c.c_int), ("type", Str),
                ("value", Str), ("has_value", c.c_uint32), ("name", Str), ("value_size", c.c_uint64)]

    def names(self):
        return [self.names_[i].octets().decode() for i in range(self.n_names)]


SLOT = c.CFUNCTYPE(c.c_uint16, c.c_uint64, c.POINTER(Request))
OPEN = c.CFUNCTYPE(c.c_uint16, c.c_void_p, c.c_uint64, c.POINTER(c.c_uint64))
CLOSE = c.CFUNCTYPE(None, c.c_uint64)
ANY = c.c_void_p  # a function that is not used here


class Services(c.Structure):
    """As far as it is used; struct_size of the host says that it has more."""
    _fields_ = [("struct_size", c.c_uint32),
                ("log", c.CFUNCTYPE(None, c.c_uint64, c.c_int, Str)), ("now", ANY),
                ("value", c.CFUNCTYPE(c.c_int, c.c_uint64, c.c_uint64, Str)),
                ("child", c.CFUNCTYPE(c.c_int, c.c_uint64, c.c_uint64, Str)),
                ("complete", ANY), ("alert", ANY), ("changed", ANY),
                ("store_get", c.CFUNCTYPE(c.c_int, c.c_uint64, Str, c.POINTER(Str))),
                ("store_set", c.CFUNCTYPE(c.c_int, c.c_uint64, Str, Str))]


REQUESTS = ("find", "list", "get", "add", "replace", "remove", "exec", "rename")


class Slots(c.Structure):
    _fields_ = ([("struct_size", c.c_uint32), ("open", OPEN), ("close", CLOSE)] + [(name, SLOT) for name in REQUESTS])


class Descriptor(c.Structure):
    _fields_ = [("abi", c.c_uint32), ("struct_size", c.c_uint32), ("name", c.c_char_p), ("version", c.c_char_p),
                ("ddf", c.c_char_p), ("ddf_len", c.c_size_t), ("slots", c.POINTER(Slots)), ("flags", c.c_uint64),
                ("services_needed", c.c_uint32)]


class Csp:
    """One opened CSP. A class derived from it has a method for each slot that it fills: method(request) gives a status."""

    def __init__(self, services, host):
        self.services, self.host = services, host

    def log(self, text, level=0):
        line, keep = span(text.encode())
        self.services.log(self.host, level, line)

    def give(self, request, octets):
        value, keep = span(octets)
        return OK if self.services.value(self.host, request.token, value) == 0 else FAILED

    def name_child(self, request, name):
        value, keep = span(name.encode())
        self.services.child(self.host, request.token, value)

    def kept(self, key):
        """What was kept under that key; empty where there is nothing."""
        name, keep = span(key)
        value = Str()
        return value.octets() if self.services.store_get(self.host, name, c.byref(value)) == 0 else b""

    def keep(self, key, octets):
        name, keep_name = span(key)
        value, keep_value = span(octets)
        return self.services.store_set(self.host, name, value) == 0


opened = {}  # number -> Csp; what crosses the wall as `self` is the number


def make_open(kind):
    def on_open(services, host, out):
        try:
            number = len(opened) + 1
            opened[number] = kind(Services.from_address(services), host)
            out[0] = number
            return OK
        except Exception:
            traceback.print_exc()
            return FAILED
    return OPEN(on_open)


@CLOSE
def on_close(number):
    opened[number] = None


def make_slot(name):
    def on_request(number, request):
        csp = opened[number]
        try:
            return getattr(csp, name)(request[0])
        except Exception:
            csp.log(f"{name}: {traceback.format_exc(limit=-1).splitlines()[-1]}")
            return FAILED
    return SLOT(on_request)


alive = []  # the host keeps the descriptor's address for the life of the process


def descriptor_address(module, ddf):
    kind = module.CSP
    slots = Slots(struct_size=c.sizeof(Slots), open=make_open(kind), close=on_close,
                  **{name: make_slot(name) for name in REQUESTS if hasattr(kind, name)})
    text = ddf.encode()
    made = Descriptor(abi=ABI, struct_size=c.sizeof(Descriptor), name=kind.NAME, version=kind.VERSION, ddf=text,
                      ddf_len=len(text), slots=c.pointer(slots))
    alive.extend([slots, text, made])
    return c.addressof(made)
