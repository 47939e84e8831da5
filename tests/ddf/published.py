#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Counts what the published DDF files hold, without our parser, and compares it with what omadm says of them.

published.py OMADM FOLDER: FOLDER, or $OMADM_TEST_DATA, has ddf/windows and ddf/schema. Each element and each kind of rule is counted by xml.etree in the
files, and in `omadm ddf show --json` of them. What is not counted the same is named, and the exit status is 1. Then each file is
written by `omadm ddf export` and validated by xmllint with the published schemas, where both are there.
"""
import collections
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET

MSFT = "{http://schemas.microsoft.com/MobileDevice/DM}"
RULES = ("AllowedValues", "DependencyAllowedValue", "DependencyChangedAllowedValues")
BRACKETS = re.compile(r"DependencyUri.*\[\w+\].*is not a valid value of the atomic type 'xs:anyURI'")
DELIMITERS = {"0xF000": "\uf000", "\\xF000": "\uf000"}


def word(properties, name):
    found = properties.find(name)
    return found[0].tag if found is not None and len(found) else None


def text(element):
    return (element.text or "").strip() if element is not None else ""


def count_rule(count, element, name):
    """A rule by where it stands and its kind, its choices, its text, its list."""
    kind = element.get("ValueType")
    count[f"{name} {kind}"] += 1
    enums = element.findall(MSFT + "Enum")
    if kind in ("ENUM", "Flag"):
        count["choices"] += len(enums)
        count["descriptions"] += sum(1 for e in enums if text(e.find(MSFT + "ValueDescription")))
        for e in enums:
            count["choice " + text(e.find(MSFT + "Value"))] += 1
    value = element.find(MSFT + "Value")
    if value is None and enums and kind not in ("ENUM", "Flag"):
        value = enums[0].find(MSFT + "Value")
        count["wrapped"] += 1
    if value is not None:
        written = value.text or ""
        count["text " + (written.strip() if kind == "Range" else written)] += 1
    backed = element.find(MSFT + "AdmxBacked")
    if backed is not None:
        count["admx " + "/".join(backed.get(a) for a in ("Area", "Name", "File"))] += 1
    for delimiter in element.findall(MSFT + "List"):
        spelling = delimiter.get("Delimiter")
        count["delimiter " + DELIMITERS.get(spelling, spelling)] += 1


def count_dependencies(count, behavior):
    for group in behavior.findall(MSFT + "DependencyGroup"):
        count["group " + group.get("FriendlyId").strip()] += 1
        for changed in group.findall(MSFT + "DependencyChangedAllowedValues"):
            count_rule(count, changed, "changed")
        for dependency in group.findall(MSFT + "Dependency"):
            negated = " not" if dependency.get("Type") == "Not" else ""
            count["depends" + negated + " ./" + text(dependency.find(MSFT + "DependencyUri"))] += 1
            for allowed in dependency.findall(MSFT + "DependencyAllowedValue"):
                count_rule(count, allowed, "dependency")


def count_extension(count, properties):
    for allowed in properties.findall(MSFT + "AllowedValues"):
        count_rule(count, allowed, "allowed")
    for behavior in properties.findall(MSFT + "DependencyBehavior"):
        count_dependencies(count, behavior)
    applies = properties.find(MSFT + "Applicability")
    if applies is not None:
        count["applicability"] += 1
        for name in ("OsBuildVersion", "CspVersion", "EditionAllowList"):
            if text(applies.find(MSFT + name)):
                count[name + " " + text(applies.find(MSFT + name))] += 1
        if applies.find(MSFT + "RequiresAzureAd") is not None:
            count["RequiresAzureAd"] += 1
    naming = properties.find(MSFT + "DynamicNodeNaming")
    if naming is not None:
        count["naming " + naming[0].tag.replace(MSFT, "") + " " + text(naming[0])] += 1
    for name, default in (("ReplaceBehavior", "Replace"), ("RebootBehavior", "None"), ("ConflictResolution", "NoMerge")):
        found = properties.find(MSFT + name)
        if found is not None and text(found) != default:
            count[name + " " + text(found)] += 1
    mapping = properties.find(MSFT + "GpMapping")
    if mapping is not None:
        parts = [(mapping.get(a) or "").strip() for a in ("GpEnglishName", "GpAreaPath", "GpElement")]
        count["policy " + "/".join(parts)] += 1
    deprecated = properties.find(MSFT + "Deprecated")
    if deprecated is not None:
        count["deprecated " + deprecated.get("OsBuildDeprecated", "unstated")] += 1
    errors = properties.find(MSFT + "CommonErrorResults")
    count["errors"] += sum(1 for e in errors if text(e)) if errors is not None else 0
    count["atomic"] += properties.find(MSFT + "AtomicRequired") is not None


def count_file(path):
    """What xml.etree finds."""
    with open(path, "rb") as source:
        tree = ET.fromstring(source.read().lstrip())
    count = collections.Counter()
    if text(tree.find(MSFT + "Diagnostics")):
        count["diagnostics"] += 1
    for node in tree.iter("Node"):
        properties = node.find("DFProperties")
        count["nodes"] += 1
        # What has children is interior: one of Defender's says chr.
        interior = node.find("Node") is not None
        count["format " + ("node" if interior else word(properties, "DFFormat"))] += 1
        count["scope " + (word(properties, "Scope") or "Dynamic")] += 1
        for access in properties.find("AccessType"):
            count["access " + access.tag] += 1
        count["title"] += text(properties.find("DFTitle")) != ""
        count["description"] += text(properties.find("Description")) != ""
        count["case " + str(word(properties, "CaseSense"))] += 1
        count["default"] += properties.find("DefaultValue") is not None
        count_extension(count, properties)
    return +count


NAMINGS = {"server": "ServerGeneratedUniqueIdentifier", "client": "ClientInventory", "pattern": "UniqueName"}


def shown_rule(count, rule, name):
    kind = rule["type"]
    count[f"{name} {kind}"] += 1
    for choice in rule.get("values", []):
        count["choices"] += 1
        count["descriptions"] += "description" in choice
        count["choice " + choice["value"]] += 1
    if "text" in rule:
        count["text " + rule["text"]] += 1
    if "name" in rule:
        count["admx " + "/".join(rule[a] for a in ("area", "name", "file"))] += 1
    if "delimiter" in rule:
        count["delimiter " + rule["delimiter"]] += 1


def shown_extension(count, node):
    if "allowed" in node:
        shown_rule(count, node["allowed"], "allowed")
    for group in node.get("dependencyGroups", []):
        count["group " + group["id"]] += 1
        if "changed" in group:
            shown_rule(count, group["changed"], "changed")
        for dependency in group["dependencies"]:
            count["depends" + (" not" if dependency.get("not") else "") + " " + dependency["uri"]] += 1
            if "allowed" in dependency:
                shown_rule(count, dependency["allowed"], "dependency")
    if node.get("applicability") == "own":
        count["applicability"] += 1
        for key, name in (("osBuild", "OsBuildVersion"), ("cspVersion", "CspVersion"), ("editions", "EditionAllowList")):
            if key in node:
                count[name + " " + node[key]] += 1
        count["RequiresAzureAd"] += node.get("requiresEntra", False)
    if "naming" in node:
        count["naming " + NAMINGS[node["naming"]] + " " + node.get("namingPattern", "")] += 1
    for key, name in (
        ("replaceBehavior", "ReplaceBehavior"), ("rebootBehavior", "RebootBehavior"), ("conflictResolution", "ConflictResolution")
    ):
        if key in node:
            count[name + " " + node[key]] += 1
    if "groupPolicy" in node:
        policy = node["groupPolicy"]
        count["policy " + "/".join(policy.get(key, "") for key in ("name", "area", "element"))] += 1
    if "deprecated" in node:
        count["deprecated " + node["deprecated"]] += 1
    count["errors"] += len(node.get("commonErrors", []))
    count["atomic"] += node.get("atomicRequired", False)


def count_shown(shown):
    """What `ddf show --json` says."""
    count = collections.Counter()
    count["diagnostics"] += "diagnostics" in shown
    waiting = list(shown["roots"])
    while waiting:
        node = waiting.pop()
        waiting.extend(node.get("children", []))
        count["nodes"] += 1
        count["format " + node["format"]] += 1
        count["scope " + node["scope"]] += 1
        for access in node["access"]:
            count["access " + access] += 1
        count["title"] += "title" in node
        count["description"] += "description" in node
        count["case " + str(node.get("case"))] += 1
        count["default"] += "default" in node
        shown_extension(count, node)
    return +count


def compare(path, omadm):
    """How many counts differ; the file's own counts."""
    written = count_file(path)
    shown = json.loads(subprocess.run([omadm, "ddf", "show", "--json", path], check=True, capture_output=True).stdout)
    told = count_shown(shown)
    wrapped = written.pop("wrapped", 0)
    differing = [key for key in sorted(set(written) | set(told)) if written[key] != told[key]]
    for key in differing:
        print(f"{os.path.basename(path)}: {key[:100]!r}: {written[key]} in the file, {told[key]} shown")
    written["wrapped"] = wrapped
    return len(differing), written


def print_totals(total):
    kinds = collections.Counter()
    for key, value in total.items():
        first = key.split(" ")[0]
        if first in ("allowed", "changed", "dependency", "format", "ConflictResolution", "RebootBehavior", "ReplaceBehavior", "delimiter"):
            kinds[key] += value
        else:
            kinds[first] += value
    print(", ".join(f"{key!a} {value}" if not key.isascii() else f"{key} {value}" for key, value in sorted(kinds.items())))


# ---- the export against the schemas ----


def plain_schema(folder, into):
    """The schemas as DDF files are: the elements of DDF itself are in no namespace."""
    with open(os.path.join(folder, "ddf-v2.xsd"), encoding="cp1252") as source:
        schema = source.read()
    schema = schema.replace('targetNamespace="http://tempuri.org/DM_DDF-V1_2"', "").replace('xmlns="http://tempuri.org/DM_DDF-V1_2"', "")
    with open(os.path.join(into, "ddf.xsd"), "w", encoding="cp1252") as target:
        target.write(schema)
    shutil.copy(os.path.join(folder, "ddf-v2-msft.xsd"), os.path.join(into, "DDFv2Msft.xsd"))
    return os.path.join(into, "ddf.xsd")


def export(path, omadm, into):
    """The export of what that file alone mounts below its first root's place; None where it is not mounted."""
    folder = os.path.join(into, "mounted")
    os.makedirs(folder, exist_ok=True)
    for old in os.listdir(folder):
        os.remove(os.path.join(folder, old))
    shutil.copy(path, folder)
    shown = json.loads(subprocess.run([omadm, "ddf", "show", "--json", path], check=True, capture_output=True).stdout)
    uri = shown["roots"][0]["uri"]
    command = [omadm, "ddf", "export", uri, "--ddf", folder, "--state", os.path.join(into, "state"), "--config", os.devnull]
    done = subprocess.run(command, check=False, capture_output=True)
    if done.returncode != 0:
        print(f"{os.path.basename(path)}: export {uri}: {done.stderr.decode(errors='replace').strip()}")
        return None
    target = os.path.join(into, os.path.basename(path))
    with open(target, "wb") as out:  # RTProperties is an element of OMA's, which the published schema leaves out
        out.write(re.sub(rb"<RTProperties>.*?</RTProperties>", b"", done.stdout, flags=re.S))
    return target


def validate(files, omadm, folder):
    """How many exports are not what the schemas want."""
    xmllint = shutil.which("xmllint")
    if xmllint is None or not os.path.isdir(folder):
        print(f"exports not validated: no {'xmllint' if xmllint is None else folder}")
        return 0
    with tempfile.TemporaryDirectory() as into:
        schema = plain_schema(folder, into)
        exported = [export(path, omadm, into) for path in files]
        written = [path for path in exported if path is not None]
        done = subprocess.run([xmllint, "--nonet", "--noout", "--schema", schema] + written, check=False, capture_output=True, text=True)
        said = [line for line in done.stderr.splitlines() if not line.endswith((" validates", " fails to validate"))]
        # The files themselves name instances in brackets, which no URI holds.
        bad = [line for line in said if not BRACKETS.search(line)]
        for line in bad[:40]:
            print(line)
        print(f"{len(written)} exports validated; {len(said) - len(bad)} values with brackets are as the files have them")
        return exported.count(None) + len(bad)


def main():
    omadm, folder = sys.argv[1:]
    folder = os.environ.get("OMADM_TEST_DATA", folder)
    files = sorted(glob.glob(os.path.join(folder, "ddf", "windows", "*.xml")))
    if not files:
        print(f"not run: no published DDF files in {folder}/ddf/windows (set OMADM_TEST_DATA)")
        return 77
    total = collections.Counter()
    differing = 0
    for path in files:
        found, count = compare(path, omadm)
        differing += found
        total += count
    print_totals(total)
    print(f"{len(files)} files, {differing} counts differ")
    invalid = validate(files, omadm, os.path.join(folder, "ddf", "schema"))
    return 1 if differing or invalid else 0


if __name__ == "__main__":
    sys.exit(main())
