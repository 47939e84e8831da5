#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""WBXML to the device, XML to the reference server, which speaks no other.
Usage: wbxml_proxy.py OMADM PORT-FILE SERVER-URL; prints the content type of each message of the device."""
import http.server
import subprocess
import sys
import urllib.request

omadm, port_file, behind = sys.argv[1:4]
XML = "application/vnd.syncml.dm+xml"
WBXML = "application/vnd.syncml.dm+wbxml"


def translate(verb, octets):
    return subprocess.run([omadm, "wbxml", verb], input=octets, capture_output=True, check=True).stdout


class Proxy(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        print(self.headers["Content-Type"], flush=True)
        here = b"http://127.0.0.1:%d/dm" % self.server.server_port
        asked = translate("decode", body).replace(here, behind.encode())
        with urllib.request.urlopen(urllib.request.Request(behind, asked, {"Content-Type": XML})) as reply:
            answered = translate("encode", reply.read().replace(behind.encode(), here))
        self.send_response(200)
        self.send_header("Content-Type", WBXML)
        self.send_header("Content-Length", str(len(answered)))
        self.end_headers()
        self.wfile.write(answered)


server = http.server.HTTPServer(("127.0.0.1", 0), Proxy)
with open(port_file, "w", encoding="ascii") as out:
    out.write(str(server.server_port))
server.serve_forever()
