#!/usr/bin/env python3
"""embed.py OUT DIST DATA -- C table of the web application (each file plain and, where smaller, gzip) and of the data files the program starts with."""
import gzip, hashlib, os, sys

out, dist, data = sys.argv[1:4]
TYPES = {'.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml',
         '.json': 'application/json', '.png': 'image/png', '.ico': 'image/x-icon', '.webmanifest': 'application/manifest+json', '.csv': 'text/csv', '.txt': 'text/plain; charset=utf-8'}
work = os.path.abspath(out + '.d')
os.makedirs(work, exist_ok=True)
items = []
if os.path.isdir(dist):
    for root, _, names in os.walk(dist):
        for n in names:
            p = os.path.join(root, n)
            items.append(('/' + os.path.relpath(p, dist).replace(os.sep, '/'), p))
for n in ('liaoning-divisions.csv', 'holidays.csv'):
    p = os.path.join(data, n)
    if os.path.exists(p):
        items.append(('data:' + n, p))
stamp = repr([(u, p, os.stat(p).st_size, os.stat(p).st_mtime_ns) for u, p in sorted(items)])
if os.path.exists(out) and os.path.exists(work + '/stamp') and open(work + '/stamp', encoding='utf-8').read() == stamp:
    sys.exit(0)             # nothing changed since it was made
lines = ['/* made by tools/embed.py */', '#include "http/static.h"', '#include <stddef.h>']
table = []
for k, (url, path) in enumerate(sorted(items)):
    body = open(path, 'rb').read()
    packed = gzip.compress(body, 9, mtime=0)
    use = len(packed) < len(body) * 9 // 10
    plain = os.path.join(work, '%d.bin' % k)
    if not os.path.exists(plain) or open(plain, 'rb').read() != body:
        open(plain, 'wb').write(body)
    def asm(sym, file):
        return ('__asm__(".section .rodata\\n.balign 16\\n.global %s\\n%s:\\n.incbin \\"%s\\"\\n.global %s_end\\n%s_end:\\n.byte 0\\n.previous\\n");\n'
                'extern const unsigned char %s[], %s_end[];' % (sym, sym, file, sym, sym, sym, sym))
    lines.append(asm('asset_%d' % k, plain))
    gz = 'NULL, 0'
    if use:
        z = os.path.join(work, '%d.gz' % k)
        open(z, 'wb').write(packed)
        lines.append(asm('asset_%d_gz' % k, z))
        gz = 'asset_%d_gz, %d' % (k, len(packed))
    etag = hashlib.sha256(body).hexdigest()[:20]
    table.append('\t{ "%s", "%s", "\\"%s\\"", asset_%d, %d, %s },' % (url, TYPES.get(os.path.splitext(path)[1], 'application/octet-stream'), etag, k, len(body), gz))
lines.append('const struct asset assets[] = {')
lines += table + ['\t{ NULL, NULL, NULL, NULL, 0, NULL, 0 }\n};', 'const unsigned n_assets = %d;' % len(table)]
text = '\n'.join(lines) + '\n'
open(out, 'w', encoding='utf-8').write(text)
open(work + '/stamp', 'w', encoding='utf-8').write(stamp)
