#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Servers that mean no good, over real HTTP: `omadm session` ends by itself, soon, with a sentence, and with the exit status that
cli.md names: 1 a session broken off or aborted, 3 no server that answers. Argument: omadm."""
import concurrent.futures
import sys
import tempfile
import time

import dmserver

LIMITS = (("reply-time", 2), ("receive", 100000), ("rounds", 15))
XML = "application/vnd.syncml.dm+xml"


def endless(_request, connection):
    connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Type: {XML}\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
    while True:
        connection.sendall(b"1000\r\n" + b"x" * 4096 + b"\r\n")


def endless_without_length(_request, connection):
    connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Type: {XML}\r\nConnection: close\r\n\r\n".encode())
    while True:
        connection.sendall(b"<SyncML>" * 512)


def huge_length(_request, connection):
    connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Type: {XML}\r\nContent-Length: 99999999999\r\n\r\n<".encode())
    time.sleep(30)


def slow_drip(_request, connection):
    connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Type: {XML}\r\nContent-Length: 9000\r\n\r\n".encode())
    while True:
        connection.sendall(b" ")
        time.sleep(0.1)


def slow_header(_request, connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X: y\r\n")
        time.sleep(0.1)


def silent(_request, _connection):
    time.sleep(30)


def hang_up(_request, _connection):
    return None


def half_a_message(request, _connection):
    octets = dmserver.message(request[1], 1, "http://x/", "")
    return dmserver.http(octets[:200])


def cut_body(_request, connection):
    connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Type: {XML}\r\nContent-Length: 500\r\n\r\n<SyncML>".encode())


def header_bomb(_request, connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X-Bomb: " + b"a" * 4000 + b"\r\n")


def long_header(_request, connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Bomb: ")
    while True:
        connection.sendall(b"a" * 4096)


def interim_bomb(_request, connection):
    while True:
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)


def no_http(_request, _connection):
    return b"220 smtp.example.com ready\r\n" * 10


def plain_text(_request, _connection):
    return dmserver.http(b"Welcome to nginx!", kind="text/plain")


def garbage_type(_request, _connection):
    return dmserver.http(b"\x00\x01\x02", kind=";;;=\"\\" + "x" * 3000)


def no_type(_request, _connection):
    return dmserver.http(b"\xff\xfe\xfd", kind=None)


def packed(_request, _connection):
    return dmserver.http(b"\x1f\x8b\x08" + b"\0" * 100, more="Content-Encoding: gzip\r\n")


def not_found(_request, _connection):
    return dmserver.http(b"gone", status="404 Not Found")


def broken(_request, _connection):
    return dmserver.http(b"oops", status="500 Internal Server Error")


def come_back_tomorrow(_request, _connection):
    return dmserver.http(b"", status="503 Service Unavailable", more="Retry-After: 86400\r\n")


def redirect_to(location):
    def redirect(_request, _connection):
        return dmserver.http(b"", status="307 Temporary Redirect", more=f"Location: {location}\r\n")
    return redirect


def never_done(request, _connection):
    number = int(dmserver.field(request[1], "MsgID"))
    get = "<Get><CmdID>2</CmdID><Item><Target><LocURI>./DevInfo/Man</LocURI></Target></Item></Get>"
    return dmserver.http(dmserver.message(request[1], number, "http://x/", get))


def always_the_same(request, _connection):
    get = "<Get><CmdID>2</CmdID><Item><Target><LocURI>./DevInfo/Man</LocURI></Target></Item></Get>"
    return dmserver.http(dmserver.message(request[1], 1, "http://x/", get))


def elsewhere(request, _connection):
    octets = dmserver.message(request[1], 1, "http://x/",
                              "<Get><CmdID>2</CmdID><Item><Target><LocURI>./DevInfo</LocURI></Target></Item></Get>")
    return dmserver.http(octets.replace(b"</Source>", b"</Source><RespURI>http://127.0.0.2:9/x</RespURI>"))


def cookie_bomb(request, _connection):
    cookies = "".join(f"Set-Cookie: c{i}={'v' * 3000}\r\n" for i in range(20))
    octets = dmserver.message(request[1], int(dmserver.field(request[1], "MsgID")), "http://x/",
                              "<Get><CmdID>2</CmdID><Item><Target><LocURI>./DevInfo</LocURI></Target></Item></Get>")
    return dmserver.http(octets, more=cookies)


# server, exit status, seconds that it may take, a word of the sentence
CASES = [
    (endless, 1, 10, "receive"),
    (endless_without_length, 1, 10, "receive"),
    (huge_length, 1, 10, "receive"),
    (slow_drip, 3, 40, "in time"),
    (slow_header, 3, 40, "in time"),
    (silent, 3, 40, "in time"),
    (hang_up, 3, 40, ""),
    (half_a_message, 1, 10, "cannot be read"),
    (cut_body, 3, 40, ""),
    (header_bomb, 1, 10, "header"),
    (long_header, 3, 10, "header"),
    (interim_bomb, 1, 10, "header"),
    (no_http, 3, 40, ""),
    (plain_text, 1, 10, ""),
    (garbage_type, 1, 10, ""),
    (no_type, 1, 10, ""),
    (packed, 3, 10, "gzip"),
    (not_found, 3, 10, "404"),
    (broken, 3, 40, "500"),
    (come_back_tomorrow, 3, 10, "503"),
    (redirect_to("/dm"), 3, 10, "redirect"),
    (redirect_to("http://127.0.0.2:9/dm"), 1, 10, "127.0.0.2"),
    (redirect_to("file:///etc/passwd"), 1, 10, "file"),
    (redirect_to("//\x01" + "a" * 5000), 1, 10, ""),
    (never_done, 1, 20, "did not come to an end"),
    (always_the_same, 1, 20, "came again with another content"),
    (elsewhere, 1, 10, "127.0.0.2"),
    (cookie_bomb, 1, 20, "did not come to an end"),
]


def play(omadm, case):
    with tempfile.TemporaryDirectory() as folder:
        return play_in(omadm, folder, *case)


def play_in(omadm, folder, answer, status, seconds, word):
    name = getattr(answer, "__name__", "server")
    server = dmserver.Server(answer)
    config = dmserver.configure(folder, server.url, LIMITS)
    began = time.monotonic()
    process = dmserver.start(omadm, "session", "--config", config, "--state", folder + "/state")
    try:
        out, err = process.communicate(timeout=seconds)
    except Exception:  # whatever it was, the process must not stay
        process.kill()
        out, err = process.communicate()
        return f"{name}: still there after {seconds} s\n{err.decode(errors='replace')}"
    finally:
        server.close()
    text = err.decode(errors="replace")
    took = time.monotonic() - began
    print(f"{name}: {process.returncode}, {took:.1f} s, {server.count} requests")
    last = text.strip().splitlines()[-1] if text.strip() else ""
    if process.returncode != status or word not in last or not last or "Sanitizer" in text or "runtime error" in text:
        return f"{name}: exit status {process.returncode}, expected {status} and \"{word}\"\n{text[-2000:]}{out.decode()}"
    return None


def main():
    with concurrent.futures.ThreadPoolExecutor(len(CASES)) as pool:
        failures = [text for text in pool.map(lambda case: play(sys.argv[1], case), CASES) if text]
    print("\n".join(failures))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
