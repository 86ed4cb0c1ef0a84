// limits.test.mjs -- too big, too deep, twice, broken, too slow: refused with a sentence, memory flat, others served.
import fs from 'node:fs';
import net from 'node:net';
import { Client, fresh, serve, stores, ok as check, finish, run, sleep } from '../node/harness.mjs';
import { needBody } from '../node/story.mjs';

for (const { kind } of stores()) {
  const ok = (name, ...rest) => check(`${kind}: ${name}`, ...rest);
  const server = await serve(await fresh(kind, 'limits_' + kind), { env: { SANSHE_REQUEST_SECONDS: '3' } });
  const c = await Client.login(server.url, 'community');
  const rss = () => +/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${server.pid}/status`, 'utf8'))[1];
  const before = rss();
  const { hostname, port } = new URL(server.url);

  function raw(text, { wait = 8000, drip = 0 } = {}) {
    return new Promise((resolve) => {
      const s = net.connect(+port, hostname);
      let got = '';
      const t0 = Date.now();
      const timer = setTimeout(() => { s.destroy(); resolve({ text: got, ms: Date.now() - t0, open: true }); }, wait);
      const end = () => { clearTimeout(timer); s.destroy(); resolve({ text: got, ms: Date.now() - t0, open: false }); };
      s.on('data', (d) => { got += d; if (!drip) end(); });
      s.on('close', end); s.on('error', end);
      s.on('connect', async () => {
        if (!drip) return s.write(text);
        for (const ch of text) { if (s.destroyed) return; s.write(ch); await sleep(drip); }
      });
    });
  }
  const head = (n, extra = '') => `POST /api/v1/needs HTTP/1.1\r\nHost: x\r\nCookie: ${c.cookie}\r\nX-CSRF-Token: ${c.csrf}\r\nContent-Type: application/json\r\n${extra}Content-Length: ${n}\r\n\r\n`;
  const says = (r, status) => r.status === status && typeof r.body?.detail === 'string' && /[一-鿿]{4}/.test(r.body.detail + JSON.stringify(r.body.errors ?? ''));

  {
    const r = await raw(head('3000000000'));
    ok('3 GB announced is refused at once', /^HTTP\/1.1 413/.test(r.text) && r.ms < 1000, r.text);
    const sent = await c.post('/needs', JSON.stringify(needBody({ detail: 'x'.repeat(1200000) })), { 'content-type': 'application/json' }).catch((e) => ({ status: 413, text: String(e), body: { detail: '正文过大' } }));
    ok('a body over the limit is 413', sent.status === 413, sent.text);
  }
  const text = (s) => c.post('/needs', Buffer.isBuffer(s) ? s : Buffer.from(s), { 'content-type': 'application/json' });
  for (const [name, body] of [
    ['JSON depth 100,000', '{"detail":' + '['.repeat(100000) + ']'.repeat(100000) + '}'],
    ['duplicate keys', '{"detail":"a","detail":"b"}'],
    ['bad UTF-8', Buffer.concat([Buffer.from('{"detail":"'), Buffer.from([0xc0, 0x80, 0xff]), Buffer.from('"}')])],
    ['a NUL', '{"detail":"a\\u0000b"}'],
    ['1e400', '{"urgency":1e400}'],
    ['an integer beyond 64 bits', '{"urgency":18446744073709551617}'],
    ['cut JSON', '{"detail":"a"'],
    ['bytes after the end', '{"detail":"a"}x'],
    ['an array for an object', '[1,2]'],
    ['a lone surrogate', '{"detail":"\\ud800"}'],
  ]) {
    const r = await text(body);
    ok(`${name}: 400 with a sentence`, says(r, 400), `${r.status} ${r.text}`);
  }
  {
    const many = '{' + Array.from({ length: 120000 }, (_, i) => `"k${i}":1`).join(',').slice(0, 1000000) + '}';
    const r = await text(many);
    ok('a hundred thousand keys: refused', r.status === 400 || r.status === 413, r.status);
  }
  {
    const t = Date.now();
    const slow = [raw(head('50') + '{"detail"', { wait: 9000, drip: 400 }), raw('GET /healthz HTTP/1.1\r\nHost: slowly\r\nX-A: ' + 'a'.repeat(400), { wait: 9000, drip: 400 })];
    let worst = 0;
    for (let i = 0; i < 20; i++) { const a = Date.now(); await c.get('/needs?limit=1'); worst = Math.max(worst, Date.now() - a); await sleep(50); }
    const [body, header] = await Promise.all(slow);
    ok('a body at a few bytes a second is cut at the deadline', !body.open, JSON.stringify(body));
    ok('a header at a few bytes a second is cut at the deadline', !header.open, JSON.stringify(header));
    ok('others are served meanwhile', worst < 1500, `${worst} ms, in all ${Date.now() - t} ms`);
  }
  {
    const bomb = process.env.SANSHE_TEST_OUT + `/bomb_${kind}.xlsx`;
    const made = await run('python3', ['-c', `
import sys, zipfile
z = zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED, compresslevel=9)
z.writestr('[Content_Types].xml', '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>')
z.writestr('xl/workbook.xml', '<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>')
z.writestr('xl/_rels/workbook.xml.rels', '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>')
with z.open('xl/worksheets/sheet1.xml', 'w') as f:
    f.write(b'<?xml version="1.0"?><worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>')
    for _ in range(1024): f.write(b'a' * 1048576)
    f.write(b'</t></is></c></row></sheetData></worksheet>')
z.close()`, bomb]);
    ok('a workbook that opens to 1 GB is made for the test', made.code === 0 && fs.statSync(bomb).size < 4e6, made.err);
    const t = Date.now();
    const importer = await Client.login(server.url, 'county');
    const r = await importer.request('POST', '/needs/import?dry_run=1&name=bomb.xlsx', fs.readFileSync(bomb), { 'content-type': 'application/octet-stream' });
    let report = r;
    for (let i = 0; r.status === 202 && i < 200; i++) { report = await importer.get('/imports/' + r.body.id); if (report.body.state !== 'running') break; await sleep(50); }
    ok('a workbook that opens to 1 GB is refused with a sentence', r.status === 202 ? report.body.state === 'refused' && /[一-鿿]{4}/.test(report.text) : says(r, 400), report.text);
    ok('and quickly', Date.now() - t < 5000, Date.now() - t);
  }
  const after = rss();
  ok('memory stays flat', after - before < 64 * 1024, `${before} kB before, ${after} kB after`);
  ok('the server lives and stops cleanly', (await c.get('/needs?limit=1')).status === 200 && (await server.stop()) === 0);
}
finish();
