# SPDX-License-Identifier: MIT
"""walk.py WALK_DEVICE [--mounts PATH] [--published SOURCE | PATH…]: walks every leaf of DDF files.

Each leaf gets values that its rule allows, which have to be accepted and read back, and values just outside, which have to
be refused. What is due is judged by the files of this folder, which share nothing with the project. Prints a table; fails
where device and judge disagree. --mounts gives the device another file than the judge reads.
"""
import collections
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import judge
import reading
import session
import values

BATCH = 600  # commands in a message
DONE = {200, 201}
NO_RULE = 'no rule'


def in_tree_of(node, uri):
    """Files that describe a node for the device and for the user name one URI for both: it is meant in the tree of the node."""
    return './User/' + uri[2:] if node.uri().lower().startswith('./user/') and uri.lower().startswith('./vendor/') else uri


class Walk:
    def __init__(self, device, paths, mounts):
        files = [f for p in paths for f in ([os.path.join(p, n) for n in sorted(os.listdir(p)) if n.endswith('.xml')]
                                            if os.path.isdir(p) else [p])]
        self.files = files
        self.roots = [root for f in files for root in reading.read_file(f)]
        self.nodes = [node for root in self.roots for node in root.each()]
        self.queue = []  # (number, text)
        self.due = {}  # number: what is expected
        self.next = 10
        self.held = {}  # what a leaf holds, by its key
        self.there = {}  # interior nodes: None, or why not
        self.faults = []
        self.table = collections.defaultdict(collections.Counter)
        self.skipped = collections.defaultdict(collections.Counter)
        self.walked = None  # the leaf that was counted last
        self.leaves = {}
        self.instances = {}  # of the unnamed child of a node, by the key of that node
        for node in self.nodes:
            node.instance = self.instance(node) if node.unnamed else node.name
        for node in self.nodes:
            if node.format != 'node':
                self.leaves.setdefault(key(node.uri()), node)
            node.groups = [(changed, [(negated, in_tree_of(node, uri), rule) for negated, uri, rule in members])
                           for changed, members in node.groups]
            if node.unnamed and node.parent is not None:
                self.instances[key(node.parent.uri())] = key(node.uri()).rsplit('/', 1)[1]
        self.session = session.Session(device, list(self.made()), mounts or paths)

    def made(self):
        """What only a device makes: leaves that a server may replace, but neither they nor all nodes above may be added."""
        for node in self.nodes:
            needed = [n for n in node.chain()[1:] if 'Add' not in n.access and not (n.permanent and n is not node)]
            if node.format == 'node' or 'Replace' not in node.access or not needed or judge.why_not(node.rule):
                continue
            good = [t for t in values.for_leaf(node.rule, node.format) if self.verdict(node, node.rule, t) == 200
                    and not re.search('[\t\n]', t)]
            if good:
                self.held[key(node.uri())] = good[0]
                yield (node.uri(), node.format, good[0])

    @staticmethod
    def verdict(node, rule, text):
        return 415 if text in outside(node.format) else judge.judge(rule, node.format, text)

    # ---- talking ----

    def put(self, node, verb, due, form=None, value=None, kind=None, atomic=False, back=None):
        """One command. due: the statuses that are right; back: what a Get has to show."""
        number = self.next
        self.next += 2
        uri = node if isinstance(node, str) else node.uri()
        text = session.command(number, verb, uri, form, value)
        self.queue.append((number, session.atomic(number + 1, text) if atomic else text))
        self.due[number] = (due, uri, verb, value, kind, back)
        if len(self.queue) >= BATCH:
            self.flush()
        return number

    def flush(self):
        """Sends what waits: {number: (status, value)}."""
        if not self.queue:
            return {}
        answers = self.session.run(self.queue)
        for number, (due, uri, verb, value, kind, back) in self.due.items():
            status, shown = answers.get(number, (0, None))
            if due is not None and status not in due:
                self.fault('%s %s %r is %d, and %s is due' % (verb, uri, short(value), status, sorted(due)))
            elif back is not None and shown != back:
                self.fault('%s holds %r, and %r is due' % (uri, short(shown), short(back)))
            elif kind is not None:
                self.table[kind]['read back' if verb == 'Get' else 'accepted' if status in DONE else status] += 1
        self.queue, self.due, self.next = [], {}, 10
        return answers

    def ask(self, node, verb, form=None, atomic=False):
        self.flush()
        number = self.put(node, verb, None, form=form, atomic=atomic)
        return self.flush()[number][0]

    def fault(self, text):
        self.faults.append(text)
        self.table['all']['faults'] += 1

    # ---- names ----

    def instance(self, node):
        """A name that the walk may give to an instance."""
        rule = node.rule if node.format == 'node' else None
        for text in [node.pattern if node.naming == 'UniqueName' else '', rule.text if rule and rule.kind == 'RegEx' else '']:
            if text and not judge.is_prose(text):
                try:
                    found = [s for s in values.samples(text, 20) if re.fullmatch(r'[\w{}.-]+', s)]
                    return found[0] if found else 'walk'
                except re.error:
                    return 'walk'
        return 'walk'

    def allows_name(self, node, name):
        if node.naming == 'UniqueName' and node.pattern and not judge.is_prose(node.pattern):
            if not judge.expression(node.pattern).fullmatch(name):
                return False
        rule = node.rule
        return rule is None or rule.kind != 'RegEx' or not rule.text or judge.judge(rule, 'chr', name) == 200

    def walk_name(self, node):
        """Names just outside of the rule; the good one is that of the instance."""
        good = node.instance
        kind = 'name'
        self.at = node
        self.table[kind]['leaves'] += 1
        restricted = (node.naming == 'UniqueName' and node.pattern) or (node.rule and node.rule.text)
        if not restricted or judge.is_prose(node.pattern):
            return self.skip(kind, 'the rule is a sentence' if restricted else 'any name is allowed')
        self.table[kind]['walked'] += 1
        self.table[kind]['accepted'] += 1
        try:
            for name in dict.fromkeys([good + '!', good[:-1], good + good, 'walk|', 'a/b', '{}', 'x']):
                if name and not self.allows_name(node, name):
                    node.instance = name
                    self.put(node, 'Add', {405}, form='node', kind=kind, atomic=node.atomic)
        except re.error as error:
            self.skipped[kind]['the pattern is none that re reads as PCRE does: %s' % error] += 1
        node.instance = good

    # ---- the nodes above a leaf ----

    def make(self, node):
        """Sees to it that an interior node is there; why not, else None."""
        if node is None:
            return None
        uri = key(node.uri())
        if uri in self.there:
            return self.there[uri]
        why = self.make(node.parent)
        if why is None:
            why = self.make_one(node)
        self.there[uri] = why
        if why is None and node.unnamed:
            self.walk_name(node)
        return why

    def make_one(self, node):
        if node.groups and not self.arrange(node):
            return 'a dependency of a node above cannot be met'
        if 'Add' in node.access:
            status = self.ask(node, 'Add', 'node', node.atomic)
            if status in DONE or status == 418:
                return None
            if not node.atomic:
                self.fault('Add %s is %d' % (node.uri(), status))
                return 'a node above is not there: Add is %d' % status
        if 'Get' in node.access and self.ask(node, 'Get') in DONE:
            return None
        return 'only the device makes a node above' if node.unnamed else 'a node above is not there'

    # ---- dependencies ----

    def holds(self, member):
        negated, uri, rule = member
        node = self.leaves.get(key(self.filled(uri)))
        value = None
        if node is not None:
            value = self.held.get(key(node.uri()), node.default)
            value = None if value is None else judge.canonical(node.format, value)
        met = value is not None and (rule is None or judge.judge(rule, node.format, value) == 200)
        return met != negated

    def filled(self, uri):
        """The URI with the walk's instances in the place of [Name] and {Name}."""
        names = key(uri).split('/')
        for i, name in enumerate(names):
            if re.fullmatch(r'\[.*\]|\{[^-]*\}', name):
                names[i] = self.instances.get('/'.join(names[:i]), name)
        return '/'.join(names)

    def group_of(self, node):
        return next((g for g in node.groups if all(self.holds(m) for m in g[1])), None)

    def arrange(self, node, depth=0):
        """Makes one of the groups hold. False where that cannot be done."""
        if self.group_of(node) is not None:
            return True
        return any(self.arrange_group(group, depth) for group in node.groups)

    def arrange_group(self, group, depth=0):
        return depth < 4 and all(self.holds(m) or self.meet(m, depth) for m in group[1])

    def meet(self, member, depth):
        negated, uri, rule = member
        node = self.leaves.get(key(self.filled(uri)))
        if node is None or not {'Replace', 'Add'} & node.access or (rule and judge.why_not(rule)):
            return False
        own = self.rule_of(node, depth)
        if own is False or judge.why_not(own) or self.make(node.parent) is not None:
            return False
        for text in values.for_leaf(rule, node.format) + values.for_leaf(own, node.format):
            fits = rule is None or judge.judge(rule, node.format, text) == 200
            if fits != negated and judge.judge(own, node.format, text) == 200:
                self.put(node, 'Replace' if 'Replace' in node.access else 'Add', DONE, node.format, text, atomic=node.atomic)
                self.held[key(node.uri())] = text
                return True
        return False

    def rule_of(self, node, depth=0):
        """The rule that counts now; False where the node is not valid and cannot be made so."""
        if not node.groups:
            return node.rule
        if not self.arrange(node, depth + 1):
            return False
        changed = self.group_of(node)[0]
        return changed if changed is not None else node.rule

    # ---- leaves ----

    def skip(self, kind, why):
        self.skipped[kind][why] += 1
        if os.environ.get('WALK_LOG'):
            print('skipped: %s %s: %s' % (kind, self.at.uri(), why))

    def walk_leaf(self, node):
        kind = node.rule.kind if node.rule else NO_RULE
        self.at = node
        self.table[kind]['leaves'] += 1
        if not {'Add', 'Replace'} & node.access:
            return self.skip(kind, 'read only: neither Add nor Replace')
        why = judge.why_not(node.rule)
        if why is None and node.append:
            why = 'a Replace appends'
        if why is None:
            why = self.make(node.parent)
        if why is None:
            why = self.make_ready(node)
        if why is not None:
            return self.skip(kind, why)
        if node.groups and self.group_of(node) is None:
            self.try_one(node, {405}, node.rule, kind)
        if not self.walk_rules(node):
            self.skip(kind, 'its dependency cannot be met')

    def walk_rules(self, node):
        """Walks a leaf under each of the rules that can count for it. Returns how many there were."""
        count = 0
        for group in node.groups or [None]:
            rule = node.rule
            if group is not None:
                if not self.arrange_group(group) or self.group_of(node) is not group:
                    continue
                rule = group[0] if group[0] is not None else node.rule
            if judge.why_not(rule) is None:
                self.walk_rule(node, rule)
                count += 1
        return count

    def walk_rule(self, node, rule):
        kind = node.rule.kind if node.rule else NO_RULE
        if self.walked is not node:
            self.table[kind]['walked'] += 1
        self.walked = node
        if node.atomic:
            self.try_one(node, {405}, rule, kind, outside=True)
        self.try_values(node, rule, kind)

    def make_ready(self, node):
        """A leaf that is to be replaced is there; one that is to be added is not."""
        if 'Replace' in node.access and 'Add' in node.access:
            return None
        is_there = 'Get' in node.access and self.ask(node, 'Get') in DONE
        if 'Replace' in node.access:
            return None if is_there or 'Get' not in node.access else 'it is not there, and cannot be added'
        if not is_there:
            return None
        gone = 'Delete' in node.access and self.ask(node, 'Delete', atomic=node.atomic) in DONE
        return None if gone else 'it is there, and cannot be replaced'

    def verb(self, node):
        return 'Replace' if 'Replace' in node.access else 'Add'

    def form(self, node):
        return 'b64' if node.format == 'bin' else node.format

    def try_one(self, node, due, rule, kind, outside=False):
        """One good value that is refused for another reason."""
        if judge.why_not(rule):
            return
        good = next((t for t in values.for_leaf(rule, node.format) if self.verdict(node, rule, t) == 200), None)
        if good is not None:
            self.put(node, self.verb(node), due, self.form(node), good, kind, atomic=node.atomic and not outside)

    def try_values(self, node, rule, kind):
        add_only = self.verb(node) == 'Add'
        name = key(node.uri())
        judged = [(self.verdict(node, rule, text), text) for text in values.for_leaf(rule, node.format)]
        for verdict, text in sorted(judged, key=lambda row: row[0] == 200):  # what is refused first
            if add_only and name in self.held:
                if 'Delete' not in node.access:
                    continue
                self.put(node, 'Delete', DONE, atomic=node.atomic)
                del self.held[name]
            due = DONE if verdict == 200 else {verdict}
            self.put(node, self.verb(node), due, self.form(node), text, kind, atomic=node.atomic)
            if verdict != 200:
                continue
            self.held[name] = text
            if 'Get' in node.access:
                self.put(node, 'Get', DONE, kind=kind, back=judge.canonical(node.format, text))
        refused = [row for row in judged if row[0] != 200]
        if refused and name in self.held and not add_only and 'Get' in node.access:
            verdict, text = refused[-1]  # and a refusal changes nothing
            self.put(node, self.verb(node), {verdict}, self.form(node), text, kind, atomic=node.atomic)
            self.put(node, 'Get', DONE, back=judge.canonical(node.format, self.held[name]))

    def run(self):
        for node in self.nodes:
            if node.format != 'node':
                self.walk_leaf(node)
            elif node.unnamed and not node.children:
                self.make(node)
        self.flush()
        self.code = self.session.end()

    def report(self):
        columns = ['leaves', 'walked', 'accepted', 'read back', 415, 413, 405]
        print('%-8s' % 'kind' + ''.join('%11s' % ('refused %s' % c if isinstance(c, int) else c) for c in columns) + '  not generated')
        for kind in sorted(k for k in self.table if k != 'all'):
            row = self.table[kind]
            print('%-8s' % kind + ''.join('%11d' % row[c] for c in columns) + '%15d' % sum(self.skipped[kind].values()))
        for kind in sorted(self.skipped):
            for why, n in self.skipped[kind].most_common():
                print('not generated: %5d of %s: %s' % (n, kind, why))
        print('%d files, %d leaves, %d commands, %d disagreements' % (
            len(self.files), sum(r['leaves'] for k, r in self.table.items() if k != 'name'), self.session.commands,
            len(self.faults)))
        for text in self.faults[:60]:
            print('WRONG: ' + text)
        return 1 if self.faults or self.code else 0


def outside(form):
    return values.BY_FORMAT.get(form, ([], []))[1]


def key(uri):
    """One spelling of a URI: letter case and ./Device do not count."""
    uri = uri.lower()
    return './' + uri[len('./device/'):] if uri.startswith('./device/') else uri


def short(text):
    return text if text is None or len(text) <= 200 else text[:200] + '…'


def main():
    device, paths, mounts = sys.argv[1], sys.argv[2:], None
    if paths[:1] == ['--mounts']:
        mounts, paths = paths[1:2], paths[2:]
    if paths[:1] == ['--published']:
        data = os.environ.get('OMADM_TEST_DATA') or os.path.join(paths[1], '..', 'shared')
        paths = [os.path.join(data, 'ddf', 'windows')]
        if not os.path.isdir(paths[0]):
            print('not run: %s is not there; set OMADM_TEST_DATA' % paths[0])
            return 0
    walk = Walk(device, paths, mounts)
    walk.run()
    return walk.report()


if __name__ == '__main__':
    sys.exit(main())
