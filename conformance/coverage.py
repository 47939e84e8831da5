#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes conformance/COVERAGE.md: for each statement of checklist.xml what proves it, as a run of the transcripts says.

usage: conformance/coverage.py [--check] OMADM PLUGINS

With --check nothing is written: the exit status is 1 where COVERAGE.md is not what the run makes, a transcript fails, a
statement has no proof, or a proof has no statement.
"""
import os
import subprocess
import sys
import xml.etree.ElementTree as ET

HERE = os.path.dirname(os.path.abspath(__file__))
TRANSCRIPTS = os.path.join(HERE, "transcripts")
OUT = os.path.join(HERE, "COVERAGE.md")
OVER_HTTP = os.path.join(HERE, "over-http.tsv")
SPACE = "{urn:omadm:transcript:1}"
LIST = "{urn:omadm:checklist:1}"
ENCODINGS = ("xml", "wbxml")
SUFFIX = " (WBXML)"


def read_checklist():
    """The groups of OMA DM, and those of Microsoft's DDF files: (title, statements)."""
    groups = {"oma": [], "ddf": []}
    for group in ET.parse(os.path.join(HERE, "checklist.xml")).getroot():
        statements = [dict(s.attrib, text=" ".join(s.text.split())) for s in group.findall(LIST + "statement")]
        groups[group.get("of", "oma")].append((group.get("title"), statements))
    return groups["oma"], groups["ddf"]


def read_transcripts():
    """Path below transcripts/ -> the attributes of the root element, for each transcript."""
    found = {}
    for folder, _, names in os.walk(TRANSCRIPTS):
        for name in names:
            path = os.path.join(folder, name)
            if not name.endswith(".xml"):
                continue
            for _, element in ET.iterparse(path, events=("start",)):
                if element.tag == SPACE + "transcript":
                    found[os.path.relpath(path, TRANSCRIPTS)] = dict(element.attrib)
                break
    return found


def run(omadm, plugins):
    """(path, encoding) -> passed, failed, skipped or other."""
    command = [omadm, "replay", "--encoding", "both", "--format", "junit", "--csp", plugins, TRANSCRIPTS]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    results = {}
    for case in ET.fromstring(done.stdout):
        path = os.path.relpath(case.get("file"), TRANSCRIPTS)
        encoding = ENCODINGS[case.get("name").endswith(SUFFIX)]
        verdict = "passed"
        if case.find("failure") is not None:
            verdict = "failed"
        elif case.find("skipped") is not None:
            only = "sense in" in case.find("skipped").get("message")
            verdict = "other" if only else "skipped"
        results[path, encoding] = verdict
    return results


def read_over_http(transcripts, problems):
    """The transcripts that can be checked on another client, as conformance/over-http.py found."""
    checked = set()
    seen = set()
    for line in open(OVER_HTTP, encoding="utf-8"):
        if line.startswith("#"):
            continue
        path, verdict, _ = line.rstrip("\n").split("\t")
        seen.add(path)
        if verdict == "passed":
            checked.add(path)
    for path in sorted(seen ^ set(transcripts)):
        problems.append(f"{path}: over-http.tsv is not of these transcripts: conformance/over-http.py --write makes it anew")
    return checked


def cell(paths, results, encoding):
    """What became of the transcripts in that encoding: "12 passed"."""
    verdicts = [results.get((path, encoding), "skipped") for path in paths]
    counts = [(verdicts.count(word), word) for word in ("passed", "failed", "skipped")]
    return ", ".join(f"{n} {word}" for n, word in counts if n > 0) or "none"


def links(paths):
    return "<br>".join(f"[{path[:-4]}](transcripts/{path})" for path in paths)


def proofs_by_test(statement, problems):
    """The unit tests: "file: function", several with "; " between them."""
    links_to_tests = []
    for test in statement["test"].split("; "):
        file, _, name = test.partition(": ")
        path = os.path.join(HERE, "..", file)
        if not os.path.exists(path) or f"static void {name}(" not in open(path, encoding="utf-8").read():
            problems.append(f"{statement['id']}: no test {name} in {file}")
        links_to_tests.append(f"unit test [{name}](../{file})")
    return links_to_tests


def check(statement, right, wrong, results, problems):
    """What is missing from the proof of one statement."""
    name = statement["id"]
    proofs = right + wrong
    if "unmet" in statement or "void" in statement:
        if proofs or "test" in statement:
            problems.append(f"{name}: not met, or not for this client, and yet there is a proof")
        return
    if not proofs and "test" not in statement:
        problems.append(f"{name}: no proof")
    if proofs and not right and "test" not in statement and statement.get("stimulus") != "wrong":
        problems.append(f"{name}: only transcripts with peer=\"wrong\"")
    if right and statement.get("stimulus") == "wrong":
        problems.append(f"{name}: stimulus=\"wrong\", and yet transcripts without peer=\"wrong\": {' '.join(right)}")
    if set(statement["level"]) & set("MS") and "test" not in statement:
        if not wrong and "no-wrong" not in statement:
            problems.append(f"{name}: no transcript with peer=\"wrong\", and no reason")
        if wrong and "no-wrong" in statement:
            problems.append(f"{name}: a reason for no transcript with peer=\"wrong\", which there is")
    for encoding in ENCODINGS:
        played = any(results.get((path, encoding)) == "passed" for path in proofs)
        if proofs and not played and statement.get("only", "").partition(":")[0] != other(encoding):
            problems.append(f"{name}: nothing proves it in {encoding.upper()}")


def other(encoding):
    return ENCODINGS[1 - ENCODINGS.index(encoding)]


def row(statement, right, wrong, results, over_http, problems):
    proofs = []
    if right:
        proofs.append(links(right))
    if "test" in statement:
        proofs += proofs_by_test(statement, problems)
    if "unmet" in statement:
        proofs.append("**not met**: " + statement["unmet"])
    if "void" in statement:
        proofs.append("does not apply: " + statement["void"])
    wrongs = links(wrong) or statement.get("no-wrong", "")
    cells = [cell(right + wrong, results, encoding) if right + wrong else "" for encoding in ENCODINGS]
    if "only" in statement:
        cells = [c if c != "none" else statement["only"].partition(": ")[2] for c in cells]
    clause = statement["clause"]
    return (f"| {statement['id']} | {statement['level']} | {statement['text']}<br>*{clause}* | {'<br>'.join(proofs)} | "
            f"{wrongs} | {' | '.join(cells)} | {outside(right + wrong, over_http)} |")


def outside(paths, over_http):
    count = sum(1 for path in paths if path in over_http)
    return f"{count} of {len(paths)}" if paths else ""


def gather(groups, transcripts, problems):
    """Statement -> its transcripts: those where the server does right, those where it does wrong."""
    known = {s["id"]: ([], []) for _, statements in groups for s in statements}
    for path in sorted(transcripts):
        attributes = transcripts[path]
        for name in attributes.get("proves", "").split():
            if name not in known:
                problems.append(f"{path}: proves {name}, which is no statement")
            else:
                known[name][attributes.get("peer") == "wrong"].append(path)
    return known


def summary(groups, proofs, over_http):
    statements = [s for _, group in groups for s in group]
    by_transcript = sum(1 for s in statements if any(proofs[s["id"]]))
    by_test = sum(1 for s in statements if "test" in s and not any(proofs[s["id"]]))
    unmet = sum(1 for s in statements if "unmet" in s)
    from_outside = sum(1 for s in statements if set(sum(proofs[s["id"]], [])) & over_http)
    void = sum(1 for s in statements if "void" in s)
    return (f"{len(statements)} statements: {by_transcript} by transcripts, {by_test} by unit tests alone, "
            f"{void} for other clients, {unmet} not met. {from_outside} have at least one transcript that can be checked "
            f"on another client, over HTTP.")


def totals(transcripts, results):
    lines = []
    for encoding in ENCODINGS:
        verdicts = [results.get((path, encoding), "skipped") for path in transcripts]
        elsewhere = verdicts.count("other")
        lines.append(f"{len(verdicts) - elsewhere} transcripts in {encoding.upper()}: {verdicts.count('passed')} passed, "
                     f"{verdicts.count('failed')} failed, {verdicts.count('skipped')} skipped; {elsewhere} make sense in "
                     f"{other(encoding).upper()} only.")
    return lines


def compose(omadm, plugins):
    problems = []
    oma, ddf = read_checklist()
    groups = oma + ddf
    transcripts = read_transcripts()
    results = run(omadm, plugins)
    proofs = gather(groups, transcripts, problems)
    over_http = read_over_http(transcripts, problems)
    for (path, encoding), verdict in results.items():
        if verdict in ("failed", "skipped"):
            problems.append(f"{path}: {verdict} in {encoding.upper()}")
    lines = ["<!-- SPDX-License-Identifier: MIT -->", "<!-- Written by conformance/coverage.py: do not edit. -->",
             "# Coverage", "",
             "What a client of OMA DM 1.2 must do, and what shows that this one does: the statements of",
             "[checklist.xml](checklist.xml), with the transcripts that prove them and what became of these in the run that wrote",
             "this file (`conformance/coverage.py`). *Level*: M must, S should, O option, O/M must where the option is there, R where",
             "the standard is silent. *The peer does wrong*: transcripts in which the server breaks the standard, and the client",
             "answers as it must; or why there is none. *HTTP*: how many of the transcripts can be checked on any client, with",
             "`omadm replay --serve`, as `conformance/over-http.py` found ([over-http.tsv](over-http.tsv)); the others need the",
             "inside of a client, or what only its maker can set.", "",
             f"OMA DM 1.2: {summary(oma, proofs, over_http)}", "",
             f"Microsoft's DDF files, version 2, which are no part of it: {summary(ddf, proofs, over_http)}", ""]
    lines += [f"- {line}" for line in totals(transcripts, results)] + [""]
    for title, statements in groups:
        lines += [f"## {title}", "", "| id | level | statement | proven by | the peer does wrong | XML | WBXML | HTTP |",
                  "|---|---|---|---|---|---|---|---|"]
        for statement in statements:
            right, wrong = proofs[statement["id"]]
            lines.append(row(statement, right, wrong, results, over_http, problems))
            check(statement, right, wrong, results, problems)
        lines.append("")
    said = f"OMA DM: {summary(oma, proofs, over_http)}\nDDF: {summary(ddf, proofs, over_http)}"
    return "\n".join(lines), said, problems


def main(arguments):
    checking = arguments[:1] == ["--check"]
    if len(arguments) != 2 + checking:
        sys.exit(__doc__)
    text, line, problems = compose(*arguments[checking:])
    if checking:
        if not os.path.exists(OUT) or open(OUT, encoding="utf-8").read() != text:
            problems.append("COVERAGE.md is not what this run makes: conformance/coverage.py writes it anew")
    else:
        with open(OUT, "w", encoding="utf-8") as file:
            file.write(text)
    for problem in problems:
        print(problem)
    print(line)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
