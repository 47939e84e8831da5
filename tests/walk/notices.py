# SPDX-License-Identifier: MIT
"""notices.py WALK_DEVICE: a device whose rules differ in one place from those of the judge is noticed."""
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
FIXTURE = os.path.join(HERE, 'fixtures', 'kinds.ddf.xml')
CHANGES = [
    ('Value>[1-1440]<', 'Value>[1-1441]<'), ('Value>[0-5][10-20],[100]<', 'Value>[0-20],[100]<'),
    ('Value>[(-1)-2147483647]<', 'Value>[0-2147483647]<'), ('Value>0x10<', 'Value>0x11<'), ('Value>0x60<', 'Value>0x40<'),
    ('Value>On<', 'Value>on<'), ('^.{1,30}$', '^.{1,31}$'), ('(?i)(', '('), ('Delimiter=","', 'Delimiter=";"'),
    ('0xF000', '0xF001'), ('maxLength value="40"', 'maxLength value="41"'), ('type="xs:unsignedByte"', 'type="xs:int"'),
    ('ValueType="ADMX"', 'ValueType="None"'), ('ValueType="JSON"', 'ValueType="None"'),
    ('ValueType="SDDL"', 'ValueType="None"'), ('>[a-z]{3,8}[0-9]<', '>.*<'), ('<MSFT:AtomicRequired/>', ''),
    ('Value>[7-8]<', 'Value>[7-9]<'), ('Type="Not"', 'Type="DependsOn"'), ('<bool/>', '<chr/>')]


def main():
    with open(FIXTURE, encoding='utf-8') as file:
        text = file.read()
    missed = 0
    for old, new in CHANGES:
        if old not in text and old.replace('"', '&quot;') not in text:
            raise SystemExit('the fixture has no %s' % old)
        with tempfile.NamedTemporaryFile('w', suffix='.xml', encoding='utf-8') as file:
            file.write(text.replace(old, new, 1))
            file.flush()
            walk = subprocess.run([sys.executable, os.path.join(HERE, 'walk.py'), sys.argv[1], '--mounts', file.name, FIXTURE],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        noticed = walk.returncode == 1 and b'WRONG' in walk.stdout
        if not noticed:
            print('not noticed: %s instead of %s' % (new, old))
            missed += 1
    print('%d changes, %d not noticed' % (len(CHANGES), missed))
    return missed != 0


if __name__ == '__main__':
    sys.exit(main())
