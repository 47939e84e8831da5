# SPDX-License-Identifier: MIT
"""A CSP in Python: ./Vendor/Notes/{name} are texts that a server adds, reads, changes and deletes."""
import json

import omadm_csp
from omadm_csp import NOT_FOUND, OK, FAILED


class Notes(omadm_csp.Csp):
    NAME = b"Notes"
    VERSION = b"1.0"

    def load(self):
        return json.loads(self.kept(b"notes") or b"{}")

    def save(self, notes):
        """Part of the running transaction: the host takes it back with it, and keeps it over a restart."""
        return OK if self.keep(b"notes", json.dumps(notes).encode() if notes else b"") else FAILED

    def find(self, request):
        return OK if request.names()[0] in self.load() else NOT_FOUND

    def list(self, request):
        for name in self.load():
            self.name_child(request, name)
        return OK

    def get(self, request):
        return self.give(request, self.load()[request.names()[0]].encode())

    def add(self, request):
        return self.save({**self.load(), request.names()[0]: request.value.octets().decode()})

    replace = add

    def remove(self, request):
        notes = self.load()
        del notes[request.names()[0]]
        return self.save(notes)


CSP = Notes
