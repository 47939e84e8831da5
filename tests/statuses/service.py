#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An attestation service over TLS that fails in one way, or stands between a device and a real one as the device's own lie would.
service.py CERT KEY PORT-FILE [UPSTREAM-PORT] MODE…

An HTTP status and the name of a body ("200:empty"), or a file after @ ("200:@answer"); "hang up" after the request; "silence" instead
of an answer; "reset" while the request is being sent. Those that pass on to UPSTREAM: "damage" takes three octets out of the
certificate that comes back; "keep FILE" writes the request for one to FILE and the answer to FILE.answer; "swap PART FILE" puts a part
of the request in FILE, which was kept, into it, and writes the answer to FILE.answer; "twice" asks twice and gives the second answer;
"late FILE" writes each request to FILE.1, FILE.2 … and does not answer the first."""
import base64
import http.client
import os
import re
import socket
import ssl
import struct
import sys
import threading
import time

arguments = sys.argv[1:]
certificate, key, port_file = arguments[:3]
upstream = arguments[3] if arguments[3].isdigit() else None
mode = arguments[4:] if upstream else arguments[3:]

NAME = b'HealthCertificateResponse'
# TPM2B_ID_OBJECT (with an integrity of 32 octets and a secret of 34) and TPM2B_ENCRYPTED_SECRET: well formed, and of no TPM.
CHALLENGE = struct.pack('>HH', 68, 32) + bytes(66) + struct.pack('>H', 256) + bytes(256)
BODIES = {
    'empty': b'',
    'text': b'What?',
    'html': b'<html><body>hello</body></html>',
    'json': b'{"data":7}',
    'huge': b'<' + NAME + b'>' + b'A' * (2 << 20),
    'cut': b'<' + NAME + b' ErrorCode="0"><HealthCertificateBlob>QUJD',
    'validation': b'<HealthCertificateValidationResponse ErrorCode="0"/>',
    'no-certificate': b'<' + NAME + b' ErrorCode="0"><HealthCertificateBlob/></' + NAME + b'>',
    'refusal': b'<' + NAME + b' ErrorCode="5" ErrorMessage="no"/>',
    'for-another': b'<' + NAME + b' ErrorCode="0"><HealthCertificateBlob IV="%s" EKChallenge="%s">%s</HealthCertificateBlob></%s>'
    % (base64.b64encode(bytes(16)), base64.b64encode(CHALLENGE), base64.b64encode(bytes(16)), NAME),
}
# What "swap" replaces in a request for a health certificate.
PARTS = {
    'key': (rb'KAClaim="[^"]*"', rb'AIKPublic="[^"]*"'),
    'endorsement': (rb'(?s)<EKCertificate>.*</EKCertificates>',),
}
lock = threading.Lock()
asked = 0


def read_request(connection):
    data = b''
    while b'\r\n\r\n' not in data:
        data += connection.recv(65536)
    head, body = data.split(b'\r\n\r\n', 1)
    length = int(re.search(rb'(?i)content-length: *(\d+)', head).group(1))
    while len(body) < length:
        body += connection.recv(65536)
    return head.split(b' ')[1].decode(), body


def ask_upstream(path, body):
    there = http.client.HTTPSConnection('127.0.0.1', int(upstream), context=ssl._create_unverified_context())
    there.request('POST', path, body, {'Content-Type': 'application/octet-stream'})
    reply = there.getresponse()
    return str(reply.status), reply.read()


def write_file(name, octets):
    with open(name + '.new', 'wb') as file:
        file.write(octets)
    os.rename(name + '.new', name)


def read_file(name):
    with open(name, 'rb') as file:
        return file.read()


def swap(body, patterns, other):
    for pattern in patterns:
        theirs = re.search(pattern, other).group(0)
        body = re.sub(pattern, lambda _: theirs, body, count=1)
    return body


def pass_on(number, path, body):
    """The answer, as status and body, or None for none."""
    if mode[0] == 'late':
        write_file(mode[1] + '.' + str(number), body)
        if number == 1:
            return None
    wanted = 'GetHealthCertificate' in path
    if mode[0] == 'swap' and wanted:
        body = swap(body, PARTS[mode[1]], read_file(mode[2]))
    if mode[0] == 'twice':
        ask_upstream(path, body)
    status, text = ask_upstream(path, body)
    if mode[0] == 'keep' and wanted:
        write_file(mode[1], body)
    if mode[0] in ('keep', 'swap') and wanted:
        write_file(mode[-1] + '.answer', text)
    if mode[0] == 'damage' and b'<HealthCertificateBlob' in text:
        at = re.search(rb'<HealthCertificateBlob[^>]*>', text).end()
        text = text[:at] + text[at + 4:]
    return status, text


def answer(connection):
    global asked
    path, body = read_request(connection)
    with lock:
        asked += 1
        number = asked
    if mode[0] == 'hang':
        return
    if mode[0] == 'silence':
        reply = None
    elif upstream:
        reply = pass_on(number, path, body)
    else:
        status, name = mode[0].split(':')
        reply = status, read_file(name[1:]) if name.startswith('@') else BODIES[name]
    if reply is None:
        time.sleep(60)
        return
    status, text = reply
    connection.sendall(b'HTTP/1.1 %s X\r\nContent-Length: %d\r\nConnection: close\r\n\r\n' % (status.encode(), len(text)) + text)


def serve(plain):
    try:
        with context.wrap_socket(plain, server_side=True) as connection:
            if mode[0] == 'reset':
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
                connection.recv(1)
                time.sleep(0.3)
            else:
                answer(connection)
    except (OSError, IndexError):
        pass  # the device went away


listener = socket.socket()
if mode[0] == 'reset':
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
listener.bind(('127.0.0.1', 0))
listener.listen()
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
write_file(port_file, str(listener.getsockname()[1]).encode())
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
