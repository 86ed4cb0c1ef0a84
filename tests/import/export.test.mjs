// export.test.mjs -- every room as CSV and XLSX, over HTTP by somebody who may and by the command line: both files say the same, cell by
// cell, also after a foreign spreadsheet program has opened the XLSX; no text becomes a formula; a server that exports all day stays small.
import fs from 'node:fs';
import zlib from 'node:zlib';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Client, fresh, serve, stores, ok, same, finish, run } from '../node/harness.mjs';
import { needBody } from '../node/story.mjs';
import { BIN, OUT, csv } from './lib.mjs';

/** Names and texts of a ZIP archive, from its central directory. */
function unzip(b) {
  const end = b.lastIndexOf('PK\x05\x06', undefined, 'latin1'), parts = {};
  for (let i = 0, at = b.readUInt32LE(end + 16); i < b.readUInt16LE(end + 10); i++) {
    const size = b.readUInt32LE(at + 20), n = b.readUInt16LE(at + 28), local = b.readUInt32LE(at + 42);
    const from = local + 30 + b.readUInt16LE(local + 26) + b.readUInt16LE(local + 28), raw = b.subarray(from, from + size);
    parts[b.toString('utf8', at + 46, at + 46 + n)] = (b.readUInt16LE(at + 10) ? zlib.inflateRawSync(raw) : raw).toString('utf8');
    at += 46 + n + b.readUInt16LE(at + 30) + b.readUInt16LE(at + 32);
  }
  return parts;
}
const entity = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const letters = (s) => s.replace(/&(#x?)?(\w+);/g, (all, number, name) => (number ? String.fromCodePoint(number === '#x' ? parseInt(name, 16) : +name) : entity[name] ?? all));
/** Rows of the first sheet: texts as they are; numbers with their format, so that they can be compared with what CSV says. */
function sheet(parts) {
  const styles = parts['xl/styles.xml'], formats = Object.fromEntries([...styles.matchAll(/<numFmt numFmtId="(\d+)" formatCode="([^"]*)"/g)].map((m) => [m[1], letters(m[2])]));
  const cells = [.../<cellXfs[^>]*>([^]*?)<\/cellXfs>/.exec(styles)[1].matchAll(/<xf numFmtId="(\d+)"/g)].map((m) => formats[m[1]] ?? m[1]);
  const shared = [...(parts['xl/sharedStrings.xml'] ?? '').matchAll(/<si>([^]*?)<\/si>/g)].map((m) => letters([...m[1].matchAll(/<t[^>]*>([^]*?)<\/t>/g)].map((t) => t[1]).join('')));
  return [...parts['xl/worksheets/sheet1.xml'].matchAll(/<row [^>]*?(?:\/>|>([^]*?)<\/row>)/g)].map(([, inner = '']) => {
    const row = [];
    for (const [, ref, rest, body = ''] of inner.matchAll(/<c r="([A-Z]+)\d+"([^>]*?)(?:\/>|>([^]*?)<\/c>)/g)) {
      const column = [...ref].reduce((n, ch) => n * 26 + ch.charCodeAt(0) - 64, 0) - 1, style = +(/ s="(\d+)"/.exec(rest)?.[1] ?? 0), v = /<v>([^]*?)<\/v>/.exec(body)?.[1];
      const type = / t="(\w+)"/.exec(rest)?.[1];
      row[column] = type === 'inlineStr' ? letters([...body.matchAll(/<t[^>]*>([^]*?)<\/t>/g)].map((t) => t[1]).join('')) : type === 's' ? shared[+v]
        : v === undefined ? '' : shown(+v, cells[style]);
    }
    return Array.from(row, (x) => x ?? '');
  });
}
const shown = (v, format) => (/y/.test(format) ? new Date(Math.round((v - 25569) * 86400000)).toISOString().slice(0, 10) : v.toFixed(/\.(0+)/.exec(format)?.[1].length ?? 0));
/** A leading ' is how CSV says "this is text"; ends of lines are the same everywhere. */
const plain = (rows) => rows.map((r) => r.map((s) => s.replace(/^'(?=[=+\-@\t\r])/, '').replace(/\r\n?/g, '\n')));
/** The first cell that differs, or nothing. Trailing empty cells do not count. */
function differ(a, b) {
  if (a.length !== b.length) return `${a.length} rows and ${b.length} rows`;
  for (const [i, row] of a.entries()) for (let k = 0; k < Math.max(row.length, b[i].length); k++)
    if ((row[k] ?? '') !== (b[i][k] ?? '')) return `row ${i + 1}, column ${k + 1}: ${JSON.stringify(row[k])} and ${JSON.stringify(b[i][k])}`;
}

async function http(client, path) {
  const r = await fetch(client.url + '/api/v1' + path, { headers: { cookie: client.cookie } });
  return { status: r.status, type: r.headers.get('content-type'), name: r.headers.get('content-disposition'), bytes: Buffer.from(await r.arrayBuffer()) };
}
async function program(args) {                     // bytes, not text
  const child = spawn(BIN, args, { stdio: ['ignore', 'pipe', 'pipe'] }), out = [], err = [];
  child.stdout.on('data', (d) => out.push(d));
  child.stderr.on('data', (d) => err.push(d));
  const [code] = await once(child, 'close');
  return { code, bytes: Buffer.concat(out), err: String(err) };
}
const read = (bytes) => plain(csv(bytes.toString('utf8').replace(/^﻿/, '')));
const REASON = 'reason=' + encodeURIComponent('季度检查'), ROLES = ['province', 'auditor', 'finance', 'county', 'org_manager'];
const texts = ['=HYPERLINK("http://example.invalid","点这里")', "+cmd|' /C calc'!A0", '-2+3', '@SUM(1+1)', '他说"好,可以"，\n第二行', '=1+1'];
const toOpen = [];                                 // files for the foreign program: [label, path, rows of the CSV]

function check(label, one, two) {
  const rows = read(one.bytes), parts = unzip(two.bytes), why = differ(rows, plain(sheet(parts)));
  ok(`${label}: ${rows.length - 1} rows, the same in CSV and XLSX`, rows.length > 0 && !why, why);
  const formulas = Object.entries(parts).filter(([n, x]) => n.includes('worksheets/') && /<f[ >/]/.test(x));
  if (formulas.length) ok(`${label}: no formula in the XLSX`, false, formulas[0][0]);
  const path = `${OUT}/xlsx/${label.replace(/\W+/g, '_')}.xlsx`;
  fs.writeFileSync(path, two.bytes);
  toOpen.push([label, path, rows]);
  return rows;
}

async function every(kind, db) {
  const server = await serve(db), people = {}, who = {};
  for (const r of ROLES) {
    people[r] = await Client.login(server.url, r);
    for (const room of (await people[r].must('GET', '/meta')).rooms) who[room.url] = who[room.url] ?? (room.can.export ? r : undefined);
  }
  const community = await Client.login(server.url, 'community'), ids = [];
  for (const detail of texts) {
    ids.push((await community.must('POST', '/needs', needBody({ detail }))).id);
    await community.must('POST', `/needs/${ids.at(-1)}/submit`);
  }

  const rooms = Object.keys(who).filter((r) => who[r]);
  ok(`${kind} most rooms have somebody who may export`, rooms.length > 15, rooms.join());
  for (const room of rooms) {
    const c = people[who[room]], one = await http(c, `/${room}.csv?${REASON}`), two = await http(c, `/${room}.xlsx?${REASON}`);
    if (!ok(`${kind} ${who[room]} gets ${room} as files of the right kind`, one.status === 200 && two.status === 200 && /^text\/csv/.test(one.type) && /spreadsheetml/.test(two.type) &&
      /attachment/.test(one.name) && /attachment/.test(two.name), `${one.status} ${one.type} ${one.name} ${two.status} ${two.type} ${two.name} ${one.bytes.subarray(0, 300)}`)) continue;
    const rows = check(`${kind} HTTP ${room}`, one, two), listed = (await c.must('GET', `/${room}?limit=1&total=1`)).total;
    ok(`${kind} HTTP ${room}: as many rows as the list has, every head once`, rows.length - 1 === listed && new Set(rows[0]).size === rows[0].length, `${rows.length - 1} ${listed} ${rows[0]}`);
  }
  const needs = read((await http(people.province, `/needs.csv?${REASON}`)).bytes), detail = needs[0].indexOf('需求描述'), told = ids.map((id) => needs.find((r) => r[0] === id)?.[detail]);
  ok(`${kind} texts that begin like a formula arrive as they were written`, detail > 0 && String(told) === String(texts), JSON.stringify([needs[0], told]));
  const raw = (await http(people.province, `/needs.csv?${REASON}`)).bytes.toString('utf8');
  ok(`${kind} and no cell of the CSV begins like one`, csv(raw.replace(/^﻿/, '')).every((r) => r.every((s) => !/^[=+\-@\t\r]/.test(s) || /^-\d+(\.\d+)?$/.test(s))) && raw.includes("'=HYPERLINK"), '');
  const filtered = read((await http(people.province, `/needs.csv?state=confirmed&region=210921&${REASON}`)).bytes), want = (await people.province.must('GET', '/needs?state=confirmed&region=210921&limit=1&total=1')).total;
  ok(`${kind} a filter holds for the file too`, filtered.length - 1 === want && want > 0 && filtered.slice(1).every((r) => r[2].startsWith('210921')), `${filtered.length - 1} ${want}`);
  const none = await people.province.get('/needs.csv'), not = await (await Client.login(server.url, 'resident')).get('/workers.csv');
  ok(`${kind} many personal rows need a reason, and a role that may not gets nothing`, none.status === 400 && none.body.errors[0].code === 'reason_needed' && [403, 404].includes(not.status), `${none.status} ${none.text} ${not.status}`);
  await memory(kind, server, people.province);
  ok(`${kind} server stops cleanly`, (await server.stop()) === 0);
  return Object.keys(who);
}

async function memory(kind, server, c) {
  const peak = () => +/VmHWM:\s+(\d+)/.exec(fs.readFileSync(`/proc/${server.pid}/status`, 'utf8'))[1] / 1024;
  const before = peak();
  for (let i = 0; i < 8; i++) for (const f of ['service-records.csv', 'service-records.xlsx', 'needs.xlsx'])
    if ((await http(c, `/${f}?${REASON}`)).status !== 200) return ok(`${kind} export in a loop`, false, f);
  const grown = peak() - before;
  ok(`${kind} 24 large exports more: the server grew by less than 64 MB`, grown < 64, `${grown} MB more than ${before}`);
}

async function commandLine(kind, db, rooms) {
  for (const room of rooms) {
    const [one, two] = [await program(['export', room, '--db', db]), await program(['export', room, '--format', 'xlsx', '--db', db])];
    if (ok(`${kind} the command line exports ${room}`, one.code === 0 && two.code === 0, one.err + two.err)) check(`${kind} CLI ${room}`, one, two);
  }
  const some = await program(['export', 'needs', '--filter', 'state=confirmed&region=2109', '--db', db]), all = await program(['export', 'needs', '--db', db]);
  const closed = read(all.bytes).filter((r) => r[2].startsWith('2109') && read(some.bytes)[1]?.[1] === r[1]);
  ok(`${kind} --filter of the command line`, some.code === 0 && read(some.bytes).length - 1 === closed.length && closed.length > 0, `${some.err} ${closed.length}`);
  for (const [args, what] of [[['no-such-room'], 'a room that is none'], [['needs', '--format', 'pdf'], 'another format'], [['needs', '--filter', 'nonsense=1'], 'an unknown filter']]) {
    const r = await program(['export', ...args, '--db', db]);
    ok(`${kind} export of ${what} is refused, with nothing on standard output`, r.code !== 0 && r.bytes.length === 0 && r.err.length > 0, `${r.code} ${r.err}`);
  }
}

/** LibreOffice opens every XLSX and says as CSV what it shows. */
async function foreign() {
  const dir = `${OUT}/opened`, profile = fs.mkdtempSync('/tmp/sanshe-office-');
  fs.rmSync(dir, { recursive: true, force: true });
  const r = await run('soffice', ['--headless', '--norestore', `-env:UserInstallation=file://${profile}`, '--convert-to', 'csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true', '--outdir', dir, ...toOpen.map((f) => f[1])]).catch((e) => ({ code: -1, out: '', err: String(e) }));
  fs.rmSync(profile, { recursive: true, force: true });
  if (!ok('LibreOffice is here and opens every file (package libreoffice-calc-nogui)', r.code === 0, r.err.slice(-600))) return;
  for (const [label, path, rows] of toOpen) {
    const as = `${dir}/${path.split('/').pop().replace('.xlsx', '.csv')}`, got = fs.existsSync(as) ? csv(fs.readFileSync(as, 'utf8').replace(/^﻿/, '')) : [], why = differ(rows, got);
    ok(`${label}: LibreOffice shows the same cells`, !why, why);
  }
}

fs.mkdirSync(`${OUT}/xlsx`, { recursive: true });
for (const { kind } of stores()) {
  const db = await fresh(kind, 'export_' + kind), rooms = await every(kind, db);
  await commandLine(kind, db, rooms);
}
await foreign();
same('every exported workbook was looked at', toOpen.length > 30, true);
finish();
