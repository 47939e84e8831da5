#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""oracle.py BATCH TRANSCRIPTS: our WBXML (through batch.c) against that of Debian's libwbxml, in both directions.

Every message of every transcript is taken as XML. Ours to theirs: what we encode, libwbxml (as wbxml2xml does) reads as the same
message. Theirs to ours: what libwbxml encodes (as xml2wbxml does), we read as the same message. The same means: the same elements in
the same namespaces, with the same text in each leaf. A DevInf with each of its elements goes the same ways, in both versions.
"""
import ctypes
import os
import re
import struct
import subprocess
import sys
import xml.etree.ElementTree as ET

BATCH, TRANSCRIPTS = sys.argv[1:3]
MESSAGE = re.compile(r"<SyncML[\s>].*?</SyncML>", re.S)
VARIABLE = re.compile(r"\{\{([a-z0-9-]+)\}\}")
SYNCML = "{SYNCML:SYNCML1.2}"
METINF = "{syncml:metinf}"
SYNCML_PAGE = set("""Add Alert Archive Atomic Chal Cmd CmdID CmdRef Copy Cred Data Delete Exec Final Get Item Lang LocName LocURI Map
MapItem Meta MsgID MsgRef NoResp NoResults Put Replace RespURI Results Search Sequence SessionID SftDel Source SourceRef Status Sync
SyncBody SyncHdr SyncML Target TargetRef VerDTD VerProto NumberOfChanges MoreData Field Filter Record FilterType SourceParent
TargetParent Move Correlator""".split())
METINF_PAGE = set("""Anchor EMI Format FreeID FreeMem Last Mark MaxMsgSize Mem MetInf Next NextNonce SharedMem Size Type Version
MaxObjSize FieldLevel""".split())


def messages():
    found = {}
    for folder, _, files in os.walk(TRANSCRIPTS):
        for name in sorted(files):
            if not name.endswith(".xml"):
                continue
            with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
                text = file.read()
            for n, match in enumerate(MESSAGE.finditer(text)):
                message = VARIABLE.sub(lambda m: m.group(1), match.group(0))
                try:
                    ET.fromstring(message)
                except ET.ParseError:
                    continue  # of bad-input: there is nothing to compare
                found.setdefault(message, f"{os.path.basename(name)[:-4]} {n}")
    return [(name, text) for text, name in found.items()]


def canonical(text):
    """Nested tuples; white space between elements is dropped."""
    def walk(node):
        children = [walk(child) for child in node]
        if not children:
            return (node.tag, node.text or "")
        loose = "".join([node.text or ""] + [child.tail or "" for child in node]).strip()
        return (node.tag, loose, *children)
    return walk(ET.fromstring(text))


def has_no_token(node):
    """True where an element is none of the two pages, or not of their namespaces."""
    for element in node.iter():
        if not (element.tag.startswith(SYNCML) and element.tag[len(SYNCML):] in SYNCML_PAGE or
                element.tag.startswith(METINF) and element.tag[len(METINF):] in METINF_PAGE):
            return True
    return False


def excuse(text, theirs):
    """Why libwbxml cannot be asked about this message; None where it can."""
    root = ET.fromstring(text)
    if any(len(data) for data in root.iter(SYNCML + "Data")):
        return "elements in a Data, which libwbxml encodes as documents of their own"
    if has_no_token(root):
        return "elements or namespaces without a token, which libwbxml knows no literal names for"
    formats = {(e.text or "").strip() for e in root.iter(METINF + "Format")}
    types = " ".join(e.text or "" for e in root.iter(METINF + "Type"))
    if "+wbxml" in types or "dmtnds" in types:
        return "a serialised tree, whose encoding libwbxml changes"
    if "bin" in formats:
        return "Format bin in XML, which we take for base64"
    leaves = [e.text or "" for e in root.iter() if not len(e)]
    if any("\r" in leaf or "]]>" in leaf for leaf in leaves):
        return "a carriage return or ]]> in a leaf, which wbxml2xml writes as they are"
    if any((e.tail or "").strip() for e in root.iter()):
        return "text between elements, which libwbxml puts elsewhere"
    if theirs and any(leaf != leaf.strip() or "\n" in leaf for leaf in leaves):
        return "white space or line breaks in a leaf, which xml2wbxml changes"
    if theirs and text.count("<![CDATA[") > 1:
        return "several CDATA sections in a leaf, which xml2wbxml fails on"
    return None


class Ours:
    def __init__(self):
        self.process = subprocess.Popen([BATCH], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, kind, data):
        """(the result, or None; the error)"""
        self.process.stdin.write(struct.pack("<cI", kind, len(data)) + data)
        self.process.stdin.flush()
        answer, n = struct.unpack("<cI", self.process.stdout.read(5))
        octets = self.process.stdout.read(n)
        return (octets, "") if answer == b"k" else (None, octets.decode())


class Theirs:
    """libwbxml, called as its two programs call it with -k."""

    def __init__(self):
        self.lib = ctypes.CDLL("libwbxml2.so.1")
        self.lib.wbxml_errors_string.restype = ctypes.c_char_p
        self.free = ctypes.CDLL(None).free
        self.free.argtypes = [ctypes.c_void_p]

    def ask(self, name, data):
        converter, out, n = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_uint()
        call = lambda verb: getattr(self.lib, f"wbxml_conv_{name}_{verb}")
        call("create")(ctypes.byref(converter))
        call("enable_preserve_whitespaces")(converter)
        code = call("run")(converter, data, ctypes.c_uint(len(data)), ctypes.byref(out), ctypes.byref(n))
        call("destroy")(converter)
        if code != 0:
            return None, self.lib.wbxml_errors_string(code).decode()
        octets = ctypes.string_at(out, n.value)
        self.free(out)
        return octets, ""


def compare(back, text):
    try:
        if canonical(back) == canonical(text):
            return None
    except ET.ParseError as error:
        return f"came back as no XML ({error}): {back.decode(errors='replace')}"
    return f"came back as {back.decode(errors='replace')}"


def ours_to_theirs(text):
    octets, why = OURS.ask(b"e", text.encode())
    if octets is None:
        return why
    back, why = THEIRS.ask("wbxml2xml", octets)
    return compare(back, text) if back is not None else why


def theirs_to_ours(text, doctype=None):
    octets, why = THEIRS.ask("xml2wbxml", ('<?xml version="1.0"?>' + (doctype or DOCTYPE) + text).encode())
    if octets is None:
        return why
    back, why = OURS.ask(b"d", octets)
    return compare(back, text) if back is not None else why


DOCTYPE = ('<!DOCTYPE SyncML PUBLIC "-//SYNCML//DTD SyncML 1.2//EN" '
           '"http://www.openmobilealliance.org/tech/DTD/OMA-TS-SyncML_RepPro_DTD-V1_2.dtd">')


DEVINF = """CTCap CTType DataStore DataType DevID DevTyp DisplayName DSMem Ext FwV HwV Man MaxGUIDSize MaxID MaxMem Mod OEM
ParamName PropName Rx Rx-Pref SharedMem SourceRef SwV SyncCap SyncType Tx Tx-Pref ValEnum VerCT XNam XVal UTC
SupportNumberOfChanges SupportLargeObjs""".split()
DEVINF_1_2 = """MaxSize Property PropParam MaxOccur NoTruncate Filter-Rx FilterCap FilterKeyword FieldLevel
SupportHierarchicalSync""".split()


def check_devinf():
    """How many of the four ways fail."""
    failures = 0
    for version, names, number in ("1.2", DEVINF + DEVINF_1_2, b"\x03\xa4\x03"), ("1.1", DEVINF, b"\x03\x9f\x54"):
        text = f'<DevInf xmlns="syncml:devinf"><VerDTD>{version}</VerDTD>'
        text += "".join(f"<{name}/><{name}>a text</{name}>" for name in names) + "</DevInf>"
        doctype = f'<!DOCTYPE DevInf PUBLIC "-//SYNCML//DTD DevInf {version}//EN" "devinf.dtd">'
        octets, why = OURS.ask(b"e", text.encode())
        problems = [None if octets and octets.startswith(number + b"\x6a\x00") else f"ours is {octets} ({why})",
                    ours_to_theirs(text), theirs_to_ours(text, doctype)]
        for problem in filter(None, problems):
            failures += 1
            print(f"FAILED DevInf {version}: {problem}")
    return failures


def check(message):
    name, text = message
    results = []
    for direction, ask in (("ours", ours_to_theirs), ("theirs", theirs_to_ours)):
        why = excuse(text, direction == "theirs")
        results.append((direction, why, None if why else ask(text)))
    return name, results


def main():
    counts, excuses, failures = {"ours": 0, "theirs": 0}, {}, check_devinf()
    for name, results in map(check, messages()):
        for direction, why, problem in results:
            if why:
                excuses[why] = excuses.get(why, 0) + 1
            elif problem:
                failures += 1
                print(f"FAILED {name}, {direction}: {problem}")
            else:
                counts[direction] += 1
    for why, n in sorted(excuses.items()):
        print(f"not compared, {n}: {why}")
    print(f"{counts['ours']} of ours read by libwbxml, {counts['theirs']} of libwbxml's read by us, {failures} failed")
    return 1 if failures or counts["ours"] < 300 or counts["theirs"] < 300 else 0


if __name__ == "__main__":
    OURS, THEIRS = Ours(), Theirs()
    sys.exit(main())
