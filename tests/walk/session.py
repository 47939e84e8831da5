# SPDX-License-Identifier: MIT
"""The server's end of one session with walk_device."""
import re
import subprocess
import tempfile
import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape

NS = '{SYNCML:SYNCML1.2}'


class Session:
    def __init__(self, program, made, paths):
        """made: rows of what the device makes by itself: URI, format, value."""
        with tempfile.NamedTemporaryFile('w', encoding='utf-8') as file:
            file.writelines('\t'.join(row) + '\n' for row in made)
            file.flush()
            self.device = subprocess.Popen([program, file.name, *paths], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            self.begin()

    def begin(self):
        self.number = 0
        self.commands = 0
        self.message = self.receive()

    def receive(self):
        size = self.device.stdout.readline()
        if not size.strip():
            raise SystemExit('walk_device has ended: %s' % self.device.wait())
        return ET.fromstring(self.device.stdout.read(int(size)))

    def send(self, body):
        header = self.message.find(NS + 'SyncHdr')
        reply = list(statuses(self.message))
        self.number += 1
        text = ('<SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>'
                '<SessionID>%s</SessionID><MsgID>%d</MsgID><Target><LocURI>%s</LocURI></Target><Source><LocURI>%s</LocURI>'
                '</Source><Meta><MaxMsgSize xmlns="syncml:metinf">67108864</MaxMsgSize></Meta></SyncHdr><SyncBody>%s%s<Final/>'
                '</SyncBody></SyncML>') % (
                    header.findtext(NS + 'SessionID'), self.number, header.findtext('%sSource/%sLocURI' % (NS, NS)),
                    escape(header.findtext('%sTarget/%sLocURI' % (NS, NS))), ''.join(reply), body)
        octets = text.encode()
        self.device.stdin.write(b'%d\n' % len(octets) + octets)
        self.device.stdin.flush()

    def run(self, commands):
        """Runs commands [(number, text)]: {number: (status, value or None)}."""
        self.commands += len(commands)
        self.send(''.join(text for _, text in commands))
        self.message = self.receive()
        body = self.message.find(NS + 'SyncBody')
        if body.find(NS + 'Final') is None:
            raise SystemExit('an answer is split: ask for less at once')
        values = {e.findtext(NS + 'CmdRef'): e.findtext('%sItem/%sData' % (NS, NS)) or ''
                  for e in body.findall(NS + 'Results')}
        return {int(s.findtext(NS + 'CmdRef')): (int(s.findtext(NS + 'Data')), values.get(s.findtext(NS + 'CmdRef')))
                for s in body.findall(NS + 'Status')}

    def end(self):
        self.send('')
        self.device.stdin.close()
        return self.device.wait()


def statuses(message):
    """What the server says to each command of a message."""
    ref = message.findtext('%sSyncHdr/%sMsgID' % (NS, NS))
    row = '<Status><CmdID>%d</CmdID><MsgRef>%s</MsgRef><CmdRef>%s</CmdRef><Cmd>%s</Cmd><Data>200</Data></Status>'
    yield row % (1, ref, 0, 'SyncHdr')
    for i, e in enumerate(message.find(NS + 'SyncBody')):
        word = e.tag[len(NS):]
        if word not in ('Status', 'Final'):
            yield row % (1000000 + i, ref, e.findtext(NS + 'CmdID'), word)


def command(number, verb, uri, form=None, value=None):
    item = '<Target><LocURI>%s</LocURI></Target>' % escape(uri)
    if form is not None:
        item += '<Meta><Format xmlns="syncml:metinf">%s</Format></Meta>' % form
    if value is not None:
        item += '<Data>%s</Data>' % re.sub('\n', '&#10;', escape(value))
    return '<%s><CmdID>%d</CmdID><Item>%s</Item></%s>' % (verb, number, item, verb)


def atomic(number, inner):
    return '<Atomic><CmdID>%d</CmdID>%s</Atomic>' % (number, inner)
