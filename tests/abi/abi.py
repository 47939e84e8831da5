#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The plugin ABI and the library's symbols as lists, and what may differ from the recorded ones.

  abi.py layout INCLUDE CC              writes the layout of the plugin ABI's headers
  abi.py symbols LIBRARY                writes the exported symbols with their versions
  abi.py check-layout RECORDED INCLUDE CC
  abi.py check-symbols RECORDED LIBRARY INCLUDE

A structure that begins with or has struct_size may grow at its end; an enum, and the list of macros, may get new names; the library
may get new symbols, which have to be recorded. All else is an error, told in a sentence. The layout is that of 64-bit Linux: x86-64
and arm64 lay these structures out alike. On other targets check-layout exits with 77.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

HEADERS = ["types.h", "error.h", "status.h", "csp.h", "tpm.h"]
# The second part of tpm.h, which is linked: no plugin meets it.
NOT_PLUGINS = {"omadm_tpm", "omadm_tpm_config"}


def run(*command, text=None):
    return subprocess.run(command, input=text, check=True, capture_output=True, text=True).stdout


def own_lines(preprocessed):
    """What the five headers themselves say, without what they include."""
    own, lines = False, []
    for line in preprocessed.splitlines():
        marker = re.match(r'# \d+ "(.*?)"', line)
        if marker:
            own = pathlib.PurePath(marker[1]).parent.name == "omadm" and pathlib.PurePath(marker[1]).name in HEADERS
        elif own:
            lines.append(line)
    return "\n".join(lines)


def tidy(text):
    return re.sub(r" ?([*()\[\],]) ?", r"\1", " ".join(text.split())).replace("const*", "const *")


def split_outside(text, sign):
    parts, depth, part = [], 0, ""
    for c in text:
        depth += (c in "([{") - (c in ")]}")
        if c == sign and depth == 0:
            parts.append(part)
            part = ""
        else:
            part += c
    return parts + [part]


def fields(body):
    """(name, type) of each field."""
    found = []
    for declaration in split_outside(body, ";"):
        declaration = " ".join(declaration.split())
        if not declaration:
            continue
        first, *others = split_outside(declaration, ",")
        pointer = re.search(r"\(\*(\w+)\)", first)
        name = pointer or re.search(r"(\w+)\s*(?:\[[^]]*\]\s*)*$", first)
        kind = tidy(first[:name.start(1)] + first[name.end(1):])
        found.append((name[1], kind))
        found += [(other.strip(), kind) for other in others]
    return found


def declarations(include, compiler):
    source = "".join(f"#include <omadm/{h}>\n" for h in HEADERS)
    text = own_lines(run(*compiler, "-x", "c", "-E", "-I", include, "-", text=source))
    structs = {}
    for name, body in re.findall(r"typedef struct (\w+)\s*\{(.*?)\}\s*\1;", text, re.S):
        if name not in NOT_PLUGINS:
            structs[name] = fields(body)
    enums = re.findall(r"enum(?: \w+)?\s*\{(.*?)\}", text, re.S)
    constants = [re.match(r"\s*(\w+)", c)[1] for e in enums for c in split_outside(e, ",") if c.strip()]
    types = re.findall(r"typedef enum (\w+)", text)
    aliases = re.findall(r"typedef ([^{};]*?)(?:\b(\w+)|\(\*(\w+)\)([^;]*));", text)
    macros = {}
    defined = re.compile(r"#define (\w+)(\([^)]*\))?(?: (.*))?$")
    for line in run(*compiler, "-x", "c", "-dM", "-E", "-I", include, "-", text=source).splitlines():
        name, arguments, body = defined.match(line).groups()
        # Guards, tables of names (their values are listed) and helpers are no part of the promise.
        if name.startswith("OMADM_") and not re.search(r"_H$|_$", name) and "(X)" != (arguments or ""):
            macros[name + (arguments or "")] = " ".join((body or "").split())
    return structs, [c for c in constants if not c.endswith("_LAST_")], types, aliases, macros


def layout(include, compiler):
    structs, constants, types, aliases, macros = declarations(include, compiler)
    program = ["#include <stdio.h>"] + [f"#include <omadm/{h}>" for h in HEADERS] + ["int main(void) {"]
    for name, members in structs.items():
        program.append(f'printf("struct {name} size %zu\\n", sizeof({name}));')
        for field, kind in members:
            program.append(f'printf("  {name}.{field} at %zu size %zu: {kind}\\n", offsetof({name}, {field}), '
                           f"sizeof((({name} *)0)->{field}));")
    for name in types:
        program.append(f'printf("type {name} size %zu: enum\\n", sizeof({name}));')
    for kind, name, pointer, arguments in aliases:
        kind = tidy(f"{kind}(*){arguments}" if pointer else kind)
        if not kind.startswith(("struct", "enum")):
            program.append(f'printf("type {name or pointer} size %zu: {kind}\\n", sizeof({name or pointer}));')
    for name in constants:
        program.append(f'printf("enum {name} = %lld\\n", (long long){name});')
    program.append("return 0; }")
    with tempfile.TemporaryDirectory() as folder:
        binary = f"{folder}/layout"
        run(*compiler, "-x", "c", "-I", include, "-o", binary, "-", text="\n".join(program))
        text = run(binary)
    return text + "".join(f"macro {name} = {body}\n" for name, body in sorted(macros.items()))


def symbols(library):
    rows = [line.split() for line in run("nm", "-D", "--defined-only", "--with-symbol-versions", library).splitlines()]
    return "".join(sorted(f"{row[-1]}\n" for row in rows if row[1] != "A"))


def read_layout(text):
    structs, others, current = {}, {}, None
    for line in text.splitlines():
        if match := re.match(r"struct (\w+) size (\d+)", line):
            current = structs[match[1]] = {"size": int(match[2]), "fields": {}}
        elif match := re.match(r"  \w+\.(\w+) at (\d+) size (\d+): (.*)", line):
            current["fields"][match[1]] = (int(match[2]), int(match[3]), match[4])
        elif match := re.match(r"(type \w+|enum \w+|macro [^=]*?) ?(size .*|= .*|=)$", line):
            others[match[1]] = match[2]
    return structs, others


def compare_struct(name, old, new):
    found = []
    sized = "struct_size" in old["fields"]
    for field, (at, size, kind) in old["fields"].items():
        where = f"{name}.{field}"
        if field not in new["fields"]:
            found.append(f"{where} is gone, or has another name: a plugin that was built with it no longer builds, or reads something else")
            continue
        new_at, new_size, new_kind = new["fields"][field]
        if new_at != at:
            found.append(f"{where} moved from octet {at} to {new_at}: a plugin built before reads something else there; "
                         "new fields go to the end")
        elif new_size != size:
            found.append(f"{where} has {new_size} octets instead of {size}")
        elif new_kind != kind:
            found.append(f"{where} is \"{new_kind}\" instead of \"{kind}\": the other side does not know that")
    for field, (at, _, _) in new["fields"].items():
        if field in old["fields"]:
            continue
        if not sized:
            found.append(f"{name}.{field} is new, but {name} has no struct_size: it must stay as it is within an ABI")
        elif at < old["size"]:
            found.append(f"{name}.{field} is new at octet {at}, within the {old['size']} octets that {name} had: struct_size cannot "
                         "tell who knows it; put it behind them")
    if not sized and new["size"] != old["size"] and not found:
        found.append(f"{name} has {new['size']} octets instead of {old['size']}")
    if sized and new["size"] < old["size"]:
        found.append(f"{name} has shrunk from {old['size']} to {new['size']} octets")
    return found


def check_layout(recorded, current):
    (old, old_others), (new, new_others) = read_layout(recorded), read_layout(current)
    found = []
    for name, struct in old.items():
        if name in new:
            found += compare_struct(name, struct, new[name])
        else:
            found.append(f"struct {name} is gone: plugins use it")
    for name, value in old_others.items():
        if name not in new_others:
            found.append(f"{name} is gone: plugins use it")
        elif new_others[name] != value:
            found.append(f"{name} was \"{value}\" and is \"{new_others[name]}\": plugins have the old one built in")
    return found


def check_symbols(recorded, current):
    old, new = set(recorded.split()), set(current.split())
    return ([f"{name} is no longer exported: a program that uses it does not start" for name in sorted(old - new)] +
            [f"{name} is new and not in the list: tests/abi/record adds it" for name in sorted(new - old)])


def check_declared(current, include):
    headers = "".join(path.read_text() for path in sorted(pathlib.Path(include).glob("omadm/*.h")))
    declared = set(re.findall(r"\w+", headers))
    names = [row.split("@")[0] for row in current.split()]
    return [f"{name} is exported, and no public header declares it" for name in names if name not in declared]


def main():
    what, *arguments = sys.argv[1:]
    if what == "layout":
        sys.stdout.write(layout(arguments[0], arguments[1:]))
    elif what == "symbols":
        sys.stdout.write(symbols(arguments[0]))
    else:
        recorded = pathlib.Path(arguments[0]).read_text()
        if what == "check-layout":
            if "__LP64__" not in run(*arguments[2:], "-x", "c", "-dM", "-E", "-", text=""):
                print("not a 64-bit target: the recorded layout is that of x86-64 and arm64")
                return 77
            found = check_layout(recorded, layout(arguments[1], arguments[2:]))
        else:
            current = symbols(arguments[1])
            found = check_symbols(recorded, current) + check_declared(current, arguments[2])
        for sentence in found:
            print(sentence)
        return 1 if found else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
