// lib.mjs -- what the tests of importing share: the ten rooms in order, reading CSV, importing by the command line, copies of a database,
// and the two oracles: the list of errors of a dirty file, and the totals of a scenario.
import fs from 'node:fs';
import { Client, serve, ok, run, PASSWORD } from '../node/harness.mjs';

export const BIN = process.env.SANSHE_BIN || 'build/sanshe', OUT = process.env.SANSHE_TEST_OUT || 'out/test', DATA = process.env.SANSHE_TEST_DATA || 'data';
export const ROOMS = ['communities', 'social-orgs', 'workers', 'volunteers', 'needs', 'projects', 'budget-lines', 'payments', 'evaluations', 'service-records'];
/** Path of the i-th of the ten files in a folder. */
export const file = (dir, i) => `${dir}/${fs.readdirSync(dir).find((f) => f.startsWith(String(i + 1).padStart(2, '0') + '_'))}`;

export function csv(text) {                       // RFC 4180, enough for our own files
  const rows = [];
  let row = [], cell = '', quoted = false;
  for (let i = 0; i < text.length; i++) {
    const ch = text[i];
    if (quoted) { if (ch === '"') { if (text[i + 1] === '"') { cell += '"'; i++; } else quoted = false; } else cell += ch; }
    else if (ch === '"') quoted = true;
    else if (ch === ',') { row.push(cell); cell = ''; }
    else if (ch === '\n') { row.push(cell.replace(/\r$/, '')); rows.push(row); row = []; cell = ''; }
    else cell += ch;
  }
  if (cell || row.length) { row.push(cell); rows.push(row); }
  return rows;
}
export const text = (path) => new TextDecoder(path.includes('.gbk.') ? 'gbk' : 'utf-8').decode(fs.readFileSync(path));   // drops a BOM
export const table = (path) => { const [head, ...rows] = csv(text(path)); return rows.map((r) => Object.fromEntries(head.map((h, i) => [h, r[i]]))); };

export async function imports(db, room, path, ...more) {
  const r = await run(BIN, ['import', room, path, '--db', db, '--json', ...more]);
  try { r.report = JSON.parse(r.out); } catch { r.report = { file: 'unreadable', reason: r.out + r.err }; }
  return r;
}
export async function empty(kind, db) {
  const init = await run(BIN, ['init', '--db', db]);
  return ok(`${kind}: init makes an empty database`, init.code === 0, init.err);
}
export async function copy(kind, db, name) {
  if (kind === 'sqlite') {
    const from = db.slice(7), to = `${OUT}/${name}.db`;
    await run('sqlite3', [from, 'PRAGMA wal_checkpoint(TRUNCATE)']);
    for (const s of ['-wal', '-shm']) fs.rmSync(to + s, { force: true });
    fs.copyFileSync(from, to);
    return 'sqlite:' + to;
  }
  const base = process.env.SANSHE_TEST_PG, from = /\/([^/?]+)\?/.exec(db)[1];
  for (const q of [`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`, `CREATE DATABASE "${name}" TEMPLATE "${from}"`]) {
    const r = await run('psql', ['-XAtq', '-d', base.replace('%s', 'postgres'), '-c', q]);
    if (r.code) throw new Error(r.err);
  }
  return base.replace('%s', name);
}
/** A count of every table: what must be the same before and after a file that is refused. Sessions and the trail of an import do not count. */
export async function counts(kind, db) {
  const tables = kind === 'sqlite' ? `SELECT name FROM sqlite_master WHERE type='table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '%_find%'`
    : `SELECT table_name FROM information_schema.tables WHERE table_schema='public'`;
  const ask = async (q) => {
    const r = kind === 'sqlite' ? await run('sqlite3', [db.slice(7), q]) : await run('psql', ['-XAtq', '-d', db, '-c', q]);
    if (r.code) throw new Error(r.err);
    return r.out.trim();
  };
  const names = (await ask(tables)).split('\n').filter((t) => !['audit', 'session', 'writer_lease', 'import_job', 'attempt', 'counter', 'schema_info'].includes(t)).sort();
  return ask(names.map((t) => `SELECT '${t}', count(*) FROM "${t}"`).join(' UNION ALL ') + ' ORDER BY 1');
}

/** Every error of the list `expected` for this dirty file is answered as listed, and clean rows are left alone. */
export function compare(label, expected, dirtyFile, r, errorsPath) {
  const got = new Map();
  for (const e of table(errorsPath)) { if (!got.has(e.record)) got.set(e.record, []); got.get(e.record).push(e); }
  const wrong = [], words = { reject_row: ['reject_row'], normalise: ['normalise'], warn: ['warn'], ignore: ['ignore'], accept: [], skip_or_reject: ['skip', 'ignore', 'reject_row', 'skip_or_reject'] };
  let kinds = 0;
  const listed = expected.filter((e) => e.file === dirtyFile);
  for (const e of listed) {
    const mine = got.get(e.record) ?? [];
    got.delete(e.record);
    const worst = ['reject_row', 'skip', 'skip_or_reject', 'ignore', 'warn', 'normalise'].find((o) => mine.some((m) => m.outcome === o));
    if (!(worst ? words[e.expect].includes(worst) : e.expect === 'accept')) { wrong.push(`record ${e.record} ${e.column} ${e.kind}: expected ${e.expect}, got ${worst ?? 'accept'} ${mine.map((m) => m.kind + ' ' + m.message).join('; ').slice(0, 160)}`); continue; }
    if (worst && !mine.some((m) => m.kind === e.kind && m.line === e.line)) { kinds++; wrong.push(`record ${e.record} line ${e.line} ${e.column}: kind ${e.kind} expected, got ${mine.map((m) => `${m.kind}@${m.line}`).join()}`); }
  }
  for (const [rec, mine] of got) wrong.push(`record ${rec} is clean but: ${mine.map((m) => `${m.outcome} ${m.kind} ${m.message}`).join('; ').slice(0, 200)}`);
  ok(`${label} ${dirtyFile}: all ${listed.length} listed errors answered as listed, clean rows untouched`, wrong.length === 0, `${wrong.length} differ (${kinds} only in kind)\n` + wrong.slice(0, 25).join('\n') + '\n' + JSON.stringify(r.report));
  const rejected = listed.filter((e) => e.expect === 'reject_row').length, skipped = listed.filter((e) => e.expect === 'skip_or_reject').length;
  ok(`${label} ${dirtyFile}: exit code and counts`, r.code === (rejected ? 1 : 0) && r.report.file === 'ok' && r.report.rejected >= rejected && r.report.rejected <= rejected + skipped, `${r.code} ${JSON.stringify(r.report)} want ${rejected}`);
}

/** One dirty file into a copy of the database as it is before its clean one: with --partial, and without. */
export async function dirty(label, kind, db, i, dir, expected) {
  const at = await copy(kind, db, `dirty_${kind}_${i}`), path = file(dir, i), name = path.split('/').pop(), errors = `${OUT}/errors_${kind}_${i}.csv`;
  const d = await imports(at, ROOMS[i], path, '--partial', '--errors', errors);
  if (d.report.file === 'ok') compare(label, expected, name, d, errors);
  else ok(`${label} ${name}: is read`, false, JSON.stringify(d.report) + d.err);
  const whole = await imports(at, ROOMS[i], path, '--dry-run');
  ok(`${label} ${name}: without --partial it is exit 1`, whole.code === 1, `${whole.code} ${JSON.stringify(whole.report)}`);
}
/** The i-th clean file: every row is taken, and the same file again changes nothing. */
export async function clean(label, db, i, dir) {
  const r = await imports(db, ROOMS[i], file(dir, i));
  ok(`${label} ${ROOMS[i]}: every clean row is taken`, r.code === 0 && r.report.accepted === r.report.rows && r.report.rejected === 0, JSON.stringify(r.report) + r.err);
  const again = await imports(db, ROOMS[i], file(dir, i));
  ok(`${label} ${ROOMS[i]}: the same file again changes nothing`, again.code === 0 && again.report.rejected === 0 && again.report.unchanged === r.report.rows, JSON.stringify(again.report) + again.err);
}

/** The totals of dir/expected_totals.json, by API as the province sees them and by `sanshe verify`. */
export async function totals(label, db, dir) {
  await run(BIN, ['user', 'add', 'province', '--role', 'province', '--region', '21', '--password-stdin', '--db', db], { input: PASSWORD });
  const want = JSON.parse(fs.readFileSync(`${dir}/expected_totals.json`, 'utf8'));
  const server = await serve(db);
  const c = await Client.login(server.url, 'province').catch(() => null);
  for (const county of Object.keys(want).filter((k) => k !== 'rows')) {
    const got = c ? (await c.get('/totals?region=' + county)).body?.totals ?? {} : {};
    const wrong = Object.entries(want[county]).filter(([k, v]) => typeof v === 'object'
      ? Object.entries(v).some(([l, n]) => (got[k]?.[l] ?? 0) !== n) || Object.values(got[k] ?? {}).reduce((a, b) => a + b, 0) !== Object.values(v).reduce((a, b) => a + b, 0)
      : got[k] !== v);
    ok(`${label}: all ${Object.keys(want[county]).length} totals of ${county} by API`, wrong.length === 0, wrong.map(([k, v]) => `${k}: want ${JSON.stringify(v)} got ${JSON.stringify(got[k])}`).join('\n'));
  }
  for (const [i, room] of ROOMS.entries()) {
    const n = (await c?.get(`/${room}?limit=1&total=1`))?.body?.total, rows = Object.values(want.rows)[i];
    ok(`${label}: ${rows} ${room} in the list`, n === rows, n);
  }
  await server.stop();
  const v = await run(BIN, ['verify', '--db', db, '--expect', `${dir}/expected_totals.json`]);
  ok(`${label}: verify finds the same totals and no fault`, v.code === 0, v.out.slice(-1500) + v.err.slice(-500));
}
