# SPDX-License-Identifier: MIT
"""A second, slow reading of DDF files: xml.etree and re, and nothing of the project."""
import re
import xml.etree.ElementTree as ET

MSFT = '{http://schemas.microsoft.com/MobileDevice/DM}'


class Rule:
    """One AllowedValues element."""

    def __init__(self, element):
        self.kind = element.get('ValueType') or ''
        enums = element.findall(MSFT + 'Enum')
        plain = element.findall(MSFT + 'Value')
        inner = [value for enum in enums for value in enum.findall(MSFT + 'Value')]
        self.choices = [(value.text or '').strip() for value in (inner if enums else plain)]
        texts = plain if plain else inner
        self.text = (texts[0].text or '') if texts else ''
        if self.kind == 'Range':
            self.text = ','.join((value.text or '').strip() for value in texts)
        entry = element.find(MSFT + 'List')
        self.delimiter = None
        if entry is not None and entry.get('Delimiter'):
            coded = re.fullmatch(r'(?:0x|\\x|\\u|u\+|%u|&#x)([0-9a-f]{2,6});?', entry.get('Delimiter').strip(), re.I)
            self.delimiter = chr(int(coded.group(1), 16)) if coded else entry.get('Delimiter')


class Node:
    def __init__(self, element, parent, path, source):
        self.parent = parent
        self.source = source
        self.name = (element.findtext('NodeName') or '').strip()
        self.unnamed = self.name in ('', '*')
        properties = element.find('DFProperties')
        if properties is None:
            properties = ET.Element('DFProperties')
        self.access = {e.tag for e in properties.find('AccessType') or ()}
        formats = properties.find('DFFormat')
        children = element.findall('Node')
        self.format = 'node' if children or formats is None or not len(formats) else formats[0].tag
        scope = properties.find('Scope')
        self.permanent = scope is not None and scope.find('Permanent') is not None
        default = properties.find('DefaultValue')
        self.default = None if default is None else (default.text or '')
        rule = properties.find(MSFT + 'AllowedValues')
        self.rule = None if rule is None else Rule(rule)
        naming = properties.find(MSFT + 'DynamicNodeNaming')
        naming = None if naming is None or not len(naming) else naming[0]
        self.naming = None if naming is None else naming.tag[len(MSFT):]
        self.pattern = '' if naming is None else (naming.text or '').strip()
        own = properties.find(MSFT + 'AtomicRequired') is not None
        self.atomic = own or (parent is not None and parent.atomic)
        self.append = (properties.findtext(MSFT + 'ReplaceBehavior') or '').strip() == 'Append'
        self.groups = [read_group(group) for group in
                       properties.iterfind(MSFT + 'DependencyBehavior/' + MSFT + 'DependencyGroup')]
        self.above = path if parent is None else None  # text of Path, of a root
        self.instance = self.name  # an unnamed node gets one from the walk
        self.children = [Node(child, self, path, source) for child in children]

    def uri(self):
        escaped = re.sub(r'[%/]', lambda m: '%%%02X' % ord(m.group()), self.instance)
        return (self.parent.uri() if self.parent else self.above) + '/' + escaped

    def chain(self):
        return (self.parent.chain() if self.parent else []) + [self]

    def each(self):
        yield self
        for child in self.children:
            yield from child.each()


def read_group(element):
    """(changed rule or None, [(negated, uri, rule or None)])"""
    changed = element.find(MSFT + 'DependencyChangedAllowedValues')
    members = []
    for d in element.findall(MSFT + 'Dependency'):
        rule = d.find(MSFT + 'DependencyAllowedValue')
        uri = (d.findtext(MSFT + 'DependencyUri') or '').strip()
        uri = uri if uri.startswith('./') else './' + uri.lstrip('/')
        members.append((d.get('Type') == 'Not', uri, None if rule is None else Rule(rule)))
    return (None if changed is None else Rule(changed), members)


def read_file(path):
    """The roots of a file."""
    tree = ET.parse(path).getroot()
    roots = []
    for top in tree.findall('Node'):
        above = (top.findtext('Path') or '.').strip().rstrip('/') or '.'
        if not above.startswith('.'):
            above = './' + above.lstrip('/')
        roots.append(Node(top, None, above, path))
    return roots
