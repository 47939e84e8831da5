# SPDX-License-Identifier: MIT
"""What a value is worth by its rule: 200, 415 or 413; None where this judge cannot tell."""
import json
import re
import warnings
import xml.etree.ElementTree as ET

import schema

warnings.simplefilter('error', FutureWarning)  # of re: it reads another language than PCRE there
INT = re.compile(r'\s*[+-]?[0-9]+\s*')
WORD = r'[A-Za-z]+,? '
PROSE = re.compile(WORD + WORD + r'[A-Za-z]')
GUID = r'(?:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})?'
SID = r'(?:S-1-[0-9]+(?:-[0-9]+){1,15}|SY|BA|WD|AU|BU|LS|NS|CO|AN|IU|NU|LW|ME|HI|SI)'
RIGHTS = r'(?:0[xX][0-9a-fA-F]{1,8}|[0-9]+|(?:G[ARWX]|RC|SD|WD|WO|RP|WP|CC|DC|LC|SW|LO|DT|CR|F[ARWX]|K[ARWX]|N[RWX])*)'
ACE = r'\((?:O?[ADUL]|AU|AL|X[ADU]|ZA|ML|RA|SP|TL|FL);(?:CI|OI|NP|IO|ID|SA|FA|TP|CR)*;%s;%s;%s;%s(?:;\(.*?\))?\)' % (
    RIGHTS, GUID, GUID, SID)
ACL = r'(?:P|AR|AI|NO_ACCESS_CONTROL)*(?:%s)*' % ACE
SDDL = re.compile(r'(?=.)(?!.*O:.*O:)(?!.*G:.*G:)(?!.*D:.*D:)(?!.*S:.*S:)(?:O:%s|G:%s|D:%s|S:%s)+' % (SID, SID, ACL, ACL))


def canonical(form, text):
    """The text as a device keeps it; None where it is no value of the format."""
    if form == 'int':
        if not INT.fullmatch(text) or not -2**31 <= int(text) < 2**32:
            return None
        return str(int(text))
    if form == 'bool':
        word = text.strip().lower()
        return {'0': 'false', 'false': 'false', '1': 'true', 'true': 'true'}.get(word)
    if form == 'null':
        return '' if text.strip() == '' else None
    return text


def number(text):
    match = re.fullmatch(r'\s*([+-]?)(0[xX][0-9a-fA-F]+|[0-9]+)\s*', text)
    if not match:
        return None
    size = int(match.group(2), 16 if match.group(2)[1:2] in ('x', 'X') else 10)
    return -size if match.group(1) == '-' else size


def ranges(text):
    """[(low, high)]; None where the text is written otherwise."""
    bound = r'\s*(\([+-]?[0-9]+\)|[+-]?(?:0[xX][0-9a-fA-F]+|[0-9]+))\s*'
    one = re.compile(bound + r'(?:(?:-|\.\.|\u2013|\u2014)' + bound + r')?')
    found = []
    for part in re.split(r'[\[\],;|]+', text):
        if not part.strip():
            continue
        match = one.fullmatch(part)
        if not match:
            return None
        low = number(match.group(1).strip('()'))
        high = number(match.group(2).strip('()')) if match.group(2) else low
        if low > high:
            return None
        found.append((low, high))
    return found or None


def scoped(pattern):
    """(?i) in the middle of a group, which re does not take, as (?i:…) to the group's end."""
    at = pattern.find('(?i)', 1)
    if at < 0:
        return pattern
    depth, i, klass = 0, at + 4, False
    while i < len(pattern):
        c = pattern[i]
        if c == '\\':
            i += 1
        elif klass:
            klass = c != ']'
        elif c == '[':
            klass = True
        elif c == '(':
            depth += 1
        elif c == ')':
            if depth == 0:
                break
            depth -= 1
        elif c == '|' and depth == 0:
            raise re.error('an option before alternatives')
        i += 1
    return scoped(pattern[:at] + '(?i:' + pattern[at + 4:i] + ')' + pattern[i:])


def expression(text):
    """The compiled pattern of a rule; raises re.error where re cannot say what PCRE would."""
    text = text.strip()
    if re.fullmatch(r'/\^.*\$/', text, re.S):
        text = text[1:-1]  # written as JavaScript
    try:
        return re.compile(scoped(text), re.ASCII)
    except FutureWarning as warning:
        raise re.error(str(warning)) from warning


def judge_regex(rule, text):
    pattern = expression(rule.text)
    if pattern.fullmatch(text):
        return 200
    length = re.fullmatch(r'\^?\.\{(?:[0-9]+,)?([0-9]+)\}\$?', rule.text.strip())
    return 413 if length and '\n' not in text and len(text) > int(length.group(1)) else 415


def judge_enum(rule, form, text):
    if form == 'int':
        return 200 if int(text) in [number(c) for c in rule.choices] else 415
    if form == 'bool':
        return 200 if text in [canonical('bool', c) for c in rule.choices] else 415
    return 200 if text in rule.choices else 415


def judge_flag(rule, text):
    given = number(text)
    flags = [number(c) for c in rule.choices]
    if given is None or given < 0:
        return 415
    if given == 0:
        return 200 if 0 in flags else 415
    covered = 0
    for flag in flags:
        if flag & given == flag:
            covered |= flag
    return 200 if covered == given else 415


def judge_range(rule, text):
    given = number(text)
    return 200 if given is not None and any(a <= given <= b for a, b in ranges(rule.text)) else 415


def judge_admx(text):
    try:
        top = ET.fromstring('<r>' + text + '</r>')
    except ET.ParseError:
        return 415
    names = [e.tag for e in top]
    loose = [top.text] + [e.tail for e in top]
    if any((t or '').strip() for t in loose) or any(len(e) or e.text for e in top):
        return 415
    states = [n for n in names if n != 'data']
    if states not in (['enabled'], ['disabled']) or (states == ['disabled'] and 'data' in names):
        return 415
    for e in top:
        if set(e.attrib) != ({'id', 'value'} if e.tag == 'data' else set()) or e.get('id') == '':
            return 415
    return 200


def judge_json(text):
    def refuse(word):
        raise ValueError(word)
    try:
        json.loads(text, parse_constant=refuse)
        return 200
    except ValueError:
        return 415


def why_not(rule):
    """Why values of this rule are not judged; None where they are."""
    if rule is None or rule.kind in ('None', 'ENUM', 'ADMX', 'JSON', 'SDDL'):
        return 'the rule names no value' if rule and rule.kind == 'ENUM' and not rule.choices else None
    if rule.kind == 'Flag':
        good = rule.choices and all(number(c) is not None for c in rule.choices)
        return None if good else 'a flag is no number'
    if rule.kind == 'Range':
        return None if ranges(rule.text) else 'the range is not written as one: ' + rule.text
    if rule.kind == 'RegEx':
        if not rule.text.strip():
            return 'the rule has no pattern'
        try:
            expression(rule.text)
            return None
        except re.error as error:
            return 'the pattern is none that re reads as PCRE does: %s' % error
    if rule.kind == 'XSD':
        return schema.why_not(rule.text)
    return 'the kind %s is unknown' % rule.kind


def judge_one(rule, form, text):
    if rule is None or rule.kind == 'None':
        return 200
    return {'ENUM': lambda: judge_enum(rule, form, text), 'Flag': lambda: judge_flag(rule, text),
            'Range': lambda: judge_range(rule, text), 'RegEx': lambda: judge_regex(rule, text),
            'XSD': lambda: schema.judge(rule.text, text), 'JSON': lambda: judge_json(text),
            'SDDL': lambda: 200 if SDDL.fullmatch(text) else 415,
            'ADMX': lambda: judge_admx(text)}[rule.kind]()


def judge(rule, form, text):
    text = canonical(form, text)
    if text is None:
        return 415
    if rule is None or rule.delimiter is None:
        return judge_one(rule, form, text)
    for member in text.split(rule.delimiter) if text else []:
        verdict = judge_one(rule, form, member)
        if verdict != 200:
            return verdict
    return 200


def is_prose(pattern):
    return PROSE.search(pattern) is not None
