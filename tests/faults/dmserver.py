# SPDX-License-Identifier: MIT
"""What the HTTP tests of this folder share: a server on raw sockets, requests, messages, and a run of omadm."""
import os
import re
import socket
import subprocess
import threading

DEVICE = "IMEI:004999010640000"


class Server:
    """Calls answer(request, connection) for each request; request is (head, body). answer returns octets, or None to close."""

    def __init__(self, answer):
        self.answer = answer
        self.count = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/dm"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        try:
            with connection:
                while True:
                    request = read_request(connection)
                    if request is None:
                        return
                    self.count += 1
                    octets = self.answer(request, connection)
                    if octets is None:
                        return
                    connection.sendall(octets)
        except OSError:
            pass

    def close(self):
        self.listener.close()


def read_request(connection):
    octets = b""
    while b"\r\n\r\n" not in octets:
        piece = connection.recv(65536)
        if not piece:
            return None
        octets += piece
    head, _, body = octets.partition(b"\r\n\r\n")
    length = int(re.search(rb"(?i)content-length:\s*(\d+)", head).group(1))
    while len(body) < length:
        piece = connection.recv(65536)
        if not piece:
            return None
        body += piece
    return head, body


def http(body, status="200 OK", kind="application/vnd.syncml.dm+xml", more=""):
    kind = f"Content-Type: {kind}\r\n" if kind is not None else ""
    return f"HTTP/1.1 {status}\r\n{kind}Content-Length: {len(body)}\r\n{more}\r\n".encode() + body


def field(body, name):
    found = re.search(rf"<{name}>([^<]*)</{name}>".encode(), body)
    return found.group(1).decode() if found else ""


def message(request_body, number, url, commands):
    session = field(request_body, "SessionID")
    return (f'<SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>'
            f'<SessionID>{session}</SessionID><MsgID>{number}</MsgID><Target><LocURI>{DEVICE}</LocURI></Target>'
            f'<Source><LocURI>{url}</LocURI></Source></SyncHdr><SyncBody><Status><CmdID>1</CmdID>'
            f'<MsgRef>{field(request_body, "MsgID")}</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Data>200</Data>'
            f'</Status>{commands}<Final/></SyncBody></SyncML>').encode()


def configure(folder, url, limits=()):
    """A configuration for that server; its path."""
    path = os.path.join(folder, "omadm.conf")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"[device]\nid = {DEVICE}\n[server.srv]\nurl = {url}\ndialect = oma\n[limits]\n")
        file.writelines(f"{name} = {value}\n" for name, value in limits)
    return path


def start(omadm, *arguments):
    return subprocess.Popen([omadm, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE)
