#!/usr/bin/env python3
"""codes.py OUT CSV... -- const code lists in C from data/ref: one `const struct code NAME[]` per file (NAME up to the standard's number)."""
import csv, os, re, sys

def c(s):
    return '"' + s.replace('\\', '\\\\').replace('"', '\\"') + '"'

out = ['/* made from data/ref by tools/codes.py */', '#include "domain/domain.h"']
for path in sys.argv[2:]:
    name = re.sub(r'_gbt.*', '', os.path.basename(path)[:-4])
    with open(path, encoding='utf-8-sig', newline='') as f:
        rows = list(csv.DictReader(f))
    if 'code' not in rows[0] or name == 'city_tiles':
        continue
    out.append('const struct code %s[] = {' % name)
    for r in rows:
        out.append('\t{ %s, %s, %s, %s },' % (c(r['code']), c(r['name']), c(r['words']) if r.get('words') else 'NULL', c(r['en']) if r.get('en') else 'NULL'))
    out.append('\t{ NULL, NULL, NULL, NULL }\n};')
open(sys.argv[1], 'w', encoding='utf-8').write('\n'.join(out) + '\n')
