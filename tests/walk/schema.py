# SPDX-License-Identifier: MIT
"""XML schemas, read and judged slowly: the part of the language that DDF files use."""
import copy
import functools
import re
import xml.etree.ElementTree as ET

XS = '{http://www.w3.org/2001/XMLSchema}'
INTEGERS = {'integer': (None, None), 'int': (-2**31, 2**31 - 1), 'long': (-2**63, 2**63 - 1),
            'short': (-2**15, 2**15 - 1), 'byte': (-128, 127), 'unsignedByte': (0, 255),
            'unsignedShort': (0, 65535), 'unsignedInt': (0, 2**32 - 1), 'unsignedLong': (0, 2**64 - 1),
            'nonNegativeInteger': (0, None), 'positiveInteger': (1, None)}
KNOWN = {'schema', 'element', 'complexType', 'simpleType', 'sequence', 'choice', 'all', 'attribute',
         'restriction', 'extension', 'simpleContent', 'maxLength', 'minLength', 'enumeration',
         'pattern', 'annotation', 'documentation', 'import', 'any'}
TYPES = set(INTEGERS) | {'string', 'boolean', 'anyURI', 'token', 'normalizedString'}


class Schema:
    def __init__(self, text):
        self.spaces = dict(re.findall(r'''xmlns:([\w.-]+)\s*=\s*["']([^"']*)["']''', text))
        self.top = ET.fromstring(text.strip())
        self.target = self.top.get('targetNamespace') or ''
        self.elements = {e.get('name'): e for e in self.top.findall(XS + 'element')}
        self.types = {e.get('name'): e for e in self.top
                      if e.tag in (XS + 'complexType', XS + 'simpleType')}
        self.errors = []

    def unknown(self):
        for e in self.top.iter():
            word = e.tag[len(XS):] if e.tag.startswith(XS) else e.tag
            if word not in KNOWN:
                return word
            name = e.get('type') or (e.get('base') if word != 'element' else None)
            if name and self.type_of(name) is None and not self.is_foreign(name):
                return name
        return None

    def space_of(self, name):
        return self.spaces.get(name.split(':')[0], '') if ':' in name else None

    def is_foreign(self, name):
        space = self.space_of(name)
        return space is not None and space not in (self.target, XS[1:-1])

    def type_of(self, name):
        """A word of TYPES, or the element of a type; None for one that is not known."""
        local = name.split(':')[-1]
        if self.space_of(name) == XS[1:-1]:
            return local if local in TYPES else None
        return self.types.get(local)

    def tag(self, name, is_global=False):
        qualified = is_global or self.top.get('elementFormDefault') == 'qualified'
        return '{%s}%s' % (self.target, name) if self.target and qualified else name

    # ---- judging ----

    def judge(self, element):
        self.errors = []
        declared = self.elements.get(element.tag.split('}')[-1])
        if declared is None or self.tag(declared.get('name'), True) != element.tag:
            return ['unknown']
        self.check(declared, element)
        return self.errors

    def check(self, declared, element):
        kind = declared.get('type')
        if kind and self.is_foreign(kind):
            return
        given = self.type_of(kind) if kind else None
        if given is None:
            given = next((e for e in declared if e.tag in (XS + 'complexType', XS + 'simpleType')), None)
        if given is None:
            return  # anything
        if isinstance(given, str) or given.tag == XS + 'simpleType':
            if len(element) or element.attrib:
                self.errors.append('content')
            else:
                self.check_text(given, element.text or '')
            return
        self.check_complex(given, element)

    def check_complex(self, given, element):
        holder = given
        simple = given.find(XS + 'simpleContent')
        if simple is not None:
            holder = simple[0]
            if len(element):
                self.errors.append('content')
            else:
                self.check_text(self.type_of(holder.get('base')), element.text or '')
        else:
            loose = [element.text] + [e.tail for e in element]
            if given.get('mixed') != 'true' and any((t or '').strip() for t in loose):
                self.errors.append('text')
            group = next((e for e in given if e.tag in (XS + 'sequence', XS + 'choice', XS + 'all')), None)
            ends = self.match(group, list(element), 0) if group is not None else {0}
            if len(element) not in ends:
                self.errors.append('children')
            else:
                self.descend(group, element)
        self.check_attributes(holder, element)

    def check_attributes(self, holder, element):
        declared = {a.get('name'): a for a in holder.findall(XS + 'attribute')}
        for name, value in element.attrib.items():
            if name not in declared:
                self.errors.append('attribute')
                continue
            inner = declared[name].find(XS + 'simpleType')
            kind = inner if inner is not None else self.type_of(declared[name].get('type') or '')
            if kind is not None:
                self.check_text(kind, value)
        for name, a in declared.items():
            if a.get('use') == 'required' and name not in element.attrib:
                self.errors.append('required')

    def descend(self, group, element):
        """Children are checked by the declaration of their name, wherever it stands in the group."""
        if group is None:
            return
        declared = {}
        for e in self.particles(group):
            if e.tag == XS + 'element' and not self.is_foreign(e.get('ref') or ''):
                e = self.elements.get(e.get('ref').split(':')[-1]) if e.get('ref') else e
                declared[e.get('name')] = e
        for child in element:
            name = child.tag.split('}')[-1]
            if name in declared:
                self.check(declared[name], child)

    def particles(self, group):
        for e in group:
            if e.tag in (XS + 'sequence', XS + 'choice', XS + 'all'):
                yield from self.particles(e)
            elif e.tag == XS + 'element':
                yield e

    def match(self, particle, children, start):
        """Where a particle may end that starts at this child."""
        least = int(particle.get('minOccurs', '1'))
        most = particle.get('maxOccurs', '1')
        most = len(children) + least + 1 if most == 'unbounded' else int(most)
        ends, here = set(), {start}
        for count in range(most + 1):
            if count >= least:
                ends |= here
            here = {e for s in here for e in self.once(particle, children, s)} - (ends if count >= least else set())
            if not here:
                break
        return ends

    def once(self, particle, children, start):
        word = particle.tag[len(XS):]
        if word == 'element':
            return {start + 1} if start < len(children) and self.names(particle, children[start].tag) else set()
        if word == 'any':
            return {start + 1} if start < len(children) else set()
        parts = [p for p in particle if p.tag[len(XS):] in ('element', 'any', 'sequence', 'choice', 'all')]
        if word == 'choice':
            return {e for p in parts for e in self.match(p, children, start)}
        if word == 'all':
            return self.any_order(parts, children, start)
        here = {start}
        for p in parts:
            here = {e for s in here for e in self.match(p, children, s)}
        return here

    def any_order(self, parts, children, start):
        left, i = list(parts), start
        while i < len(children):
            found = next((p for p in left if self.names(p, children[i].tag)), None)
            if found is None:
                break
            left.remove(found)
            i += 1
        return {i} if all(p.get('minOccurs') == '0' for p in left) else set()

    def names(self, particle, tag):
        ref = particle.get('ref')
        if ref and self.is_foreign(ref):
            return tag == '{%s}%s' % (self.space_of(ref), ref.split(':')[-1])
        return tag == (self.tag(ref.split(':')[-1], True) if ref else self.tag(particle.get('name')))

    def check_text(self, kind, text):
        if isinstance(kind, str):
            bounds = INTEGERS.get(kind)
            word = text.strip()
            if kind == 'boolean' and word not in ('true', 'false', '0', '1'):
                self.errors.append('boolean')
            if bounds is not None and (not re.fullmatch(r'[+-]?[0-9]+', word) or
                                       (bounds[0] is not None and int(word) < bounds[0]) or
                                       (bounds[1] is not None and int(word) > bounds[1])):
                self.errors.append('integer')
            return
        restriction = kind.find(XS + 'restriction')
        self.check_text(self.type_of(restriction.get('base')), text)
        facets = {}
        for f in restriction:
            facets.setdefault(f.tag[len(XS):], []).append(f.get('value'))
        if 'maxLength' in facets and len(text) > int(facets['maxLength'][0]):
            self.errors.append('length')
        if 'minLength' in facets and len(text) < int(facets['minLength'][0]):
            self.errors.append('short')
        if 'enumeration' in facets and text not in facets['enumeration']:
            self.errors.append('enumeration')
        if 'pattern' in facets and not any(re.fullmatch(p, text, re.ASCII) for p in facets['pattern']):
            self.errors.append('pattern')

    # ---- making ----

    def make(self, declared, full, depth=0):
        """A document; `full` with what may be left out."""
        ref = declared.get('ref')
        if ref and self.is_foreign(ref):
            return ET.Element('{%s}%s' % (self.space_of(ref), ref.split(':')[-1]))
        if ref:
            declared = self.elements[ref.split(':')[-1]]
        element = ET.Element(self.tag(declared.get('name'), declared in list(self.top)))
        kind = declared.get('type')
        given = self.type_of(kind) if kind else next(
            (e for e in declared if e.tag in (XS + 'complexType', XS + 'simpleType')), None)
        if given is None:
            return element
        if isinstance(given, str) or given.tag == XS + 'simpleType':
            element.text = self.text(given)
            return element
        simple = given.find(XS + 'simpleContent')
        if simple is not None:
            element.text = self.text(self.type_of(simple[0].get('base')))
        for a in (given if simple is None else simple[0]).findall(XS + 'attribute'):
            inner = a.find(XS + 'simpleType')
            if (full or a.get('use') == 'required') and not a.get('ref'):
                element.set(a.get('name'), self.text(inner if inner is not None else
                                                     self.type_of(a.get('type') or '') or 'string'))
        for group in given:
            if group.tag in (XS + 'sequence', XS + 'choice', XS + 'all'):
                self.fill(group, element, full, depth + 1)
        return element

    def fill(self, group, element, full, depth):
        parts = [p for p in group if p.tag[len(XS):] in ('element', 'sequence', 'choice', 'all')]
        if group.tag == XS + 'choice':
            parts = parts[-1:] if full else parts[:1]
        for p in parts:
            least = int(p.get('minOccurs', '1'))
            times = max(least, 1 if full and depth < 12 else 0)
            if full and p.get('maxOccurs') == 'unbounded' and depth < 6:
                times = max(times, 2)
            for _ in range(times):
                if p.tag == XS + 'element':
                    element.append(self.make(p, full, depth))
                else:
                    self.fill(p, element, full, depth + 1)

    def text(self, kind):
        if isinstance(kind, str):
            return 'true' if kind == 'boolean' else '1' if kind in INTEGERS else 'a'
        restriction = kind.find(XS + 'restriction')
        first = restriction.find(XS + 'enumeration')
        if first is not None:
            return first.get('value')
        pattern = restriction.find(XS + 'pattern')
        if pattern is not None:
            import values
            return values.samples(pattern.get('value'), 1)[0]
        least = restriction.find(XS + 'minLength')
        base = self.text(self.type_of(restriction.get('base')))
        return base * max(1, int(least.get('value')) if least is not None else 1)

    def documents(self):
        """Documents that hold, and such that were changed in one place."""
        for declared in self.elements.values():
            for full in (False, True):
                top = self.make(declared, full)
                yield top
                for i, _ in enumerate(top.iter()):
                    if i < 40:
                        yield from changed(top, i)


def changed(top, i):
    def at():
        whole = copy.deepcopy(top)
        return whole, list(whole.iter())[i]
    whole, e = at()
    e.tag = 'walk'
    yield whole
    whole, e = at()
    e.set('walk', '1')
    yield whole
    if len(top.findall('.//*')) and len(list(top.iter())[i]):
        for change in (lambda e: e.remove(e[0]), lambda e: e.append(copy.deepcopy(e[-1])),
                       lambda e: e.append(ET.Element('walk'))):
            whole, e = at()
            change(e)
            yield whole
    else:
        for text in ('a' * 40, 'a' * 41, 'a' * 600, '-1', '256', 'perhaps', ''):
            whole, e = at()
            e.text = text
            yield whole
    for name in list(top.iter())[i].attrib:
        whole, e = at()
        e.set(name, 'a' * 600)
        yield whole
        whole, e = at()
        del e.attrib[name]
        yield whole


@functools.lru_cache(maxsize=None)
def read(text):
    return Schema(text)


def why_not(text):
    try:
        word = read(text).unknown()
    except ET.ParseError as error:
        return 'the schema is not read here: %s' % error
    return None if word is None else 'the schema uses %s, which is not read here' % word


def judge(text, value):
    if '<!DOCTYPE' in value:
        return 415
    try:
        top = ET.fromstring(value)
    except (ET.ParseError, ValueError):
        return 415
    errors = read(text).judge(top)
    return 200 if not errors else 413 if set(errors) == {'length'} else 415
