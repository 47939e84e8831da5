# SPDX-License-Identifier: MIT
"""Values to try on a leaf: such as its rule allows, and such that are just outside."""
import functools
import random
import re
import xml.etree.ElementTree as ET

import judge
import schema

try:
    from re import _parser as sre_parse  # Python 3.11
except ImportError:
    import sre_parse

BY_FORMAT = {'int': (['0', '1', '-2147483648', '4294967295', '+7', '007'], ['x', '1.5', '', '4294967296', '-2147483649']),
             'bool': (['true', 'false', '0', '1', 'True'], ['yes', '2', '']),
             'chr': (['', 'walk', 'a&b<c> d\u00e9\uf000'], []), 'xml': (['<a b="c"/>'], []),
             'b64': (['YWJj', ''], ['%%%', 'abc']), 'bin': (['YWJj'], []), 'null': ([''], ['x']),
             'date': (['2026-01-31'], ['2026-02-30', 'x']), 'time': (['23:59:59'], ['24:61:00', 'x']),
             'float': (['1.5', '-2E30'], ['x', ''])}
ADMX = ['<enabled/>', '<disabled/>', '<enabled/><data id="a" value="1"/>',
        '<data id="a&amp;b" value=""/> <enabled></enabled>\n<data id="c" value="&lt;x&gt;\uf000"/>',
        '', '<enabled', '<Enabled/>', '<enabled/><disabled/>', '<data id="a" value="1"/>', '<enabled/>x',
        '<enabled/><data value="1"/>', '<enabled/><data id="" value="1"/>', '<enabled/><other/>',
        '<disabled/><data id="a" value="1"/>', '<enabled x="1"/>', '&lt;enabled/&gt;']
JSON = ['{}', '[]', '{"a":[1,-2.5e3,null,true,"x\\u00e9\\n"]}', '"x"', '0', '', '{', '{"a":1,}', "{'a':1}", '[1 2]',
        'tru', '01', '"a', 'NaN']
SDDL = ['O:BAG:SYD:(A;;GA;;;SY)', 'D:PAI(A;OICI;0x1f01ff;;;BA)(D;;FR;;;S-1-5-21-1-2-3-500)', 'O:S-1-1-0', 'S:(ML;;NW;;;HI)',
        'D:(OA;;RPWP;bf967aba-0de6-11d0-a285-00aa003049e2;;AU)', 'X', 'O:', 'O:XX', 'D:(A;;GA;;SY)', 'D:(Q;;GA;;;SY)',
        'D:(A;;GA;;;SY', 'D:(A;;ZZ;;;SY)', 'O:S-1-5', 'D:D:', 'D:(A;;GA;12;;SY)']


# ---- a text for a pattern ----

class Sampler:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.longest = seed == 0  # as often as a bound of up to 300 allows

    def of(self, items):
        return ''.join(self.one(str(op), arg) for op, arg in items)

    def one(self, op, arg):
        if op == 'LITERAL':
            return chr(arg)
        if op == 'NOT_LITERAL':
            return 'a' if chr(arg) != 'a' else 'b'
        if op == 'ANY':
            return self.random.choice('abcXYZ019')
        if op == 'IN':
            return self.member(arg)
        if op in ('MAX_REPEAT', 'MIN_REPEAT', 'POSSESSIVE_REPEAT'):
            low, high, items = arg
            times = self.random.randint(low, min(int(high), low + 3))
            return ''.join(self.of(items) for _ in range(int(high) if self.longest and high <= 300 else times))
        if op == 'SUBPATTERN':
            return self.of(arg[-1])
        if op == 'ATOMIC_GROUP':
            return self.of(arg)
        if op == 'BRANCH':
            return self.of(self.random.choice(arg[1]))
        return ''  # anchors and what looks around

    def member(self, items):
        negated = str(items[0][0]) == 'NEGATE'
        if negated:
            every = [c for c in 'abcxyzABC0189 _-.,;:' if not any(self.has(i, c) for i in items[1:])]
            return self.random.choice(every or ['\u00e9'])
        op, arg = self.random.choice(items)
        if str(op) == 'LITERAL':
            return chr(arg)
        if str(op) == 'RANGE':
            return chr(self.random.randint(arg[0], arg[1]))
        return self.random.choice([c for c in 'aZ_09 -' if self.has((op, arg), c)] or ['a'])

    @staticmethod
    def has(item, c):
        op, arg = str(item[0]), item[1]
        if op == 'LITERAL':
            return ord(c) == arg
        if op == 'RANGE':
            return arg[0] <= ord(c) <= arg[1]
        shape = {'DIGIT': r'\d', 'WORD': r'\w', 'SPACE': r'\s'}.get(str(arg).rsplit('_', 1)[-1], r'\d')
        inside = re.fullmatch(shape, c, re.ASCII) is not None
        return inside != ('NOT' in str(arg))


@functools.lru_cache(maxsize=None)
def samples(text, n):
    """At most n texts that match the whole pattern."""
    pattern = judge.expression(text)
    tree = sre_parse.parse(pattern.pattern, re.ASCII)
    found = []
    for seed in range(200):
        candidate = Sampler(seed).of(tree)
        if pattern.fullmatch(candidate) and candidate not in found:
            found.append(candidate)
        if len(found) == n:
            break
    return found


# ---- the kinds ----

def of_enum(rule, form):
    for c in rule.choices[:40]:
        yield c
        if form == 'int' and judge.number(c) is not None:
            yield '%+03d' % judge.number(c)
            yield str(judge.number(c) + 1)
            yield str(judge.number(c) - 1)
        elif form != 'bool':
            yield c + 'x'
            yield c[:-1]
            yield c.swapcase()
    yield from {'bool': ['true', 'false'], 'int': ['99999', 'x']}.get(form, ['', 'walk'])


def of_flag(rule, form):
    flags = [judge.number(c) for c in rule.choices]
    whole = 0
    for flag in flags:
        whole |= flag
        yield str(flag)
    for a in flags[:12]:
        for b in flags[:12]:
            yield str(a | b)
    yield str(whole)
    unused = next((1 << i for i in range(32) if not whole >> i & 1), 1 << 32)
    yield from (str(unused), str(whole & 0xff | unused), '0', 'x')
    if form == 'chr':
        yield from (hex(flags[-1]), hex(flags[0] | unused), '')
    for flag in flags:
        if flag.bit_count() > 1:
            yield str(flag & -flag)  # one bit of a combined flag


def of_range(rule, form):
    for low, high in judge.ranges(rule.text):
        yield from map(str, (low, high, (low + high) // 2, low - 1, high + 1, -low, high * 10))
    yield from ('x', '1.5')
    if form == 'chr':
        yield from ('', ' ')


def of_regex(rule, form):
    good = samples(rule.text, 4)
    yield from good
    yield from ('', 'walk', 'é|/', 'a' * 300)
    for text in good:
        yield from (text + text[-1:], text.swapcase(), text + '!', text + '|', text + '\n', '/' + text, text[:-1], text[1:])


def of_xsd(rule, form):
    for top in schema.read(rule.text).documents():
        yield ET.tostring(top, encoding='unicode')
    yield from ('', 'x', '<walk/>', '<a', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')


KINDS = {'ENUM': of_enum, 'Flag': of_flag, 'Range': of_range, 'RegEx': of_regex, 'XSD': of_xsd,
         'ADMX': lambda rule, form: ADMX, 'JSON': lambda rule, form: JSON, 'SDDL': lambda rule, form: SDDL}


def of_list(rule, form, singles):
    """Lists of the members that are good, and lists with one fault."""
    d = rule.delimiter
    good = [s for s in singles if s and d not in s and judge.judge_one(rule, form, s) == 200][:6]
    bad = [s for s in singles if d not in s and judge.judge_one(rule, form, s) != 200][:4]
    other = '#' if d != '#' else '~'
    yield ''
    for text in good:
        yield from (text, text + d + text, text + d + d + text, d + text, text + d)
    yield d.join(good)
    yield other.join(good + good)
    for text in bad:
        yield text
        if good:
            yield from (good[0] + d + text, text + d + good[0], d.join(good) + d + text)


def for_leaf(rule, form):
    """Texts in a fixed order, none twice."""
    inside, outside = BY_FORMAT.get(form, ([], []))
    if rule is None or rule.kind == 'None':
        texts = inside + outside
    else:
        texts = list(KINDS[rule.kind](rule, form)) + outside
        if rule.delimiter is not None:
            texts = list(of_list(rule, form, texts))
    seen = dict.fromkeys(t for t in texts if re.fullmatch('[\t\n\x20-\ud7ff\ue000-\ufffd]*', t))
    return list(seen)
