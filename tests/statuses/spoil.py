#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes a boot log lie: spoil.py LOG HOW OUT, HOW one of changed, dropped, added, relabelled, moved, cut, stripped (of all entries of
PCRs 12 to 14), empty. The log has the crypto-agile form, with the SHA-256 bank (TCG PC Client Platform Firmware Profile 10.2)."""
import struct
import sys

SIZES = {0x0004: 20, 0x000B: 32, 0x000C: 48, 0x000D: 64}
EV_EVENT_TAG, EV_ACTION = 6, 5


def read(log):
    """The first event, which has the old form; the others, as PCR, type, digests with their number, data with its size."""
    at = 32 + struct.unpack_from('<I', log, 28)[0]
    events = []
    first = log[:at]
    while at < len(log):
        pcr, kind, count = struct.unpack_from('<III', log, at)
        end = at + 12
        for _ in range(count):
            end += 2 + SIZES[struct.unpack_from('<H', log, end)[0]]
        digests = log[at + 8:end]
        size = 4 + struct.unpack_from('<I', log, end)[0]
        events.append((pcr, kind, digests, log[end:end + size]))
        at = end + size
    return first, events


def write(first, events):
    return first + b''.join(struct.pack('<II', pcr, kind) + digests + data for pcr, kind, digests, data in events)


def spoil(events, how):
    # What Windows measured of its settings: the first entry in PCR 12.
    at = next(i for i, event in enumerate(events) if event[0] == 12)
    pcr, kind, digests, data = events[at]
    one = {
        'changed': [(pcr, kind, digests, data[:-1] + bytes([data[-1] ^ 1]))],
        'dropped': [],
        'added': [events[at], events[at]],
        'relabelled': [(pcr, EV_ACTION if kind == EV_EVENT_TAG else EV_EVENT_TAG, digests, data)],
        'moved': [(13, kind, digests, data)],
    }
    if how in one:
        return events[:at] + one[how] + events[at + 1:]
    if how == 'cut':
        return events[:at]
    return [event for event in events if how == 'stripped' and event[0] not in (12, 13, 14)]


with open(sys.argv[1], 'rb') as file:
    honest, rest = read(file.read())
with open(sys.argv[3], 'wb') as file:
    file.write(write(honest, spoil(rest, sys.argv[2])))
