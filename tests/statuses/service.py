#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A health attestation service over TLS that fails in one way. service.py MODE CERT KEY PORT-FILE [UPSTREAM-PORT]

Modes: an HTTP status and the name of a body ("200:empty"); "hang up" after the request; "silence" instead of an answer; "reset" while
the request is being sent; "damage": passes on to UPSTREAM, and takes three octets out of the certificate that comes back."""
import base64
import http.client
import os
import re
import socket
import ssl
import struct
import sys
import time

mode, certificate, key, port_file = sys.argv[1:5]
NAME = b'HealthCertificateResponse'
# TPM2B_ID_OBJECT (with an integrity of 32 octets and a secret of 34) and TPM2B_ENCRYPTED_SECRET: well formed, and of no TPM.
CHALLENGE = struct.pack('>HH', 68, 32) + bytes(66) + struct.pack('>H', 256) + bytes(256)
BODIES = {
    'empty': b'',
    'text': b'What?',
    'html': b'<html><body>hello</body></html>',
    'cut': b'<' + NAME + b' ErrorCode="0"><HealthCertificateBlob>QUJD',
    'no-certificate': b'<' + NAME + b' ErrorCode="0"><HealthCertificateBlob/></' + NAME + b'>',
    'refusal': b'<' + NAME + b' ErrorCode="5" ErrorMessage="no"/>',
    'for-another': b'<' + NAME + b' ErrorCode="0"><HealthCertificateBlob IV="%s" EKChallenge="%s">%s</HealthCertificateBlob></%s>'
    % (base64.b64encode(bytes(16)), base64.b64encode(CHALLENGE), base64.b64encode(bytes(16)), NAME),
}


def read_request(connection):
    data = b''
    while b'\r\n\r\n' not in data:
        data += connection.recv(65536)
    head, body = data.split(b'\r\n\r\n', 1)
    length = int(re.search(rb'(?i)content-length: *(\d+)', head).group(1))
    while len(body) < length:
        body += connection.recv(65536)
    return head.split(b' ')[1].decode(), body


def damage(path, body):
    upstream = http.client.HTTPSConnection('127.0.0.1', int(sys.argv[5]), context=ssl._create_unverified_context())
    upstream.request('POST', path, body, {'Content-Type': 'application/xml'})
    answer = upstream.getresponse().read()
    at = re.search(rb'<HealthCertificateBlob[^>]*>', answer).end()
    return answer[:at] + answer[at + 4:]


def answer(connection):
    path, body = read_request(connection)
    if mode == 'hang up':
        return
    if mode == 'silence':
        time.sleep(10)
        return
    status, text = ('200', damage(path, body)) if mode == 'damage' else (mode.split(':')[0], BODIES[mode.split(':')[1]])
    connection.sendall(b'HTTP/1.1 %s X\r\nContent-Length: %d\r\nConnection: close\r\n\r\n' % (status.encode(), len(text)) + text)


listener = socket.socket()
if mode == 'reset':
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
listener.bind(('127.0.0.1', 0))
listener.listen()
with open(port_file + '.new', 'w') as file:
    file.write(str(listener.getsockname()[1]))
os.rename(port_file + '.new', port_file)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
while True:
    plain, _ = listener.accept()
    try:
        with context.wrap_socket(plain, server_side=True) as connection:
            if mode == 'reset':
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
                connection.recv(1)
                time.sleep(0.3)
            else:
                answer(connection)
    except (OSError, IndexError):
        pass  # the device went away
