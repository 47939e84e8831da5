#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Stands between a device and an swtpm and fails in one way at TPM2_Quote: between.py SOCKET TPM-SOCKET WHAT. WHAT is a response code
and perhaps how often ("0x922 3"; without: always), "silence", or "kill PID": that process is killed, and this one ends."""
import os
import signal
import socket
import struct
import sys
import time

TPM2_QUOTE = 0x158
path, tpm_path, what = sys.argv[1], sys.argv[2], sys.argv[3:]
left = int(what[1]) if len(what) > 1 and what[0] != 'kill' else 1 << 30


def read_message(connection):
    head = connection.recv(10, socket.MSG_WAITALL)
    if len(head) < 10:
        raise ConnectionError
    return head + connection.recv(struct.unpack('>HII', head)[1] - 10, socket.MSG_WAITALL)


def answer(command, tpm):
    global left
    if struct.unpack('>HII', command[:10])[2] == TPM2_QUOTE and left > 0:
        left -= 1
        if what[0] == 'silence':
            time.sleep(60)
        if what[0] == 'kill':
            listener.close()  # nobody gets half a connection
            os.kill(int(what[1]), signal.SIGKILL)
            os._exit(0)
        return struct.pack('>HII', 0x8001, 10, int(what[0], 16))
    tpm.sendall(command)
    return read_message(tpm)


listener = socket.socket(socket.AF_UNIX)
listener.bind(path + '.new')
listener.listen()
os.symlink(tpm_path + '.ctrl', path + '.ctrl')
os.rename(path + '.new', path)
while True:
    device = listener.accept()[0]
    try:
        with device, socket.socket(socket.AF_UNIX) as tpm_socket:
            tpm_socket.connect(tpm_path)
            while True:
                device.sendall(answer(read_message(device), tpm_socket))
    except OSError:
        pass  # one of them went away
