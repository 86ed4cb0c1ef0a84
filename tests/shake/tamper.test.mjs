// tamper.test.mjs -- sixty random changes behind the program's back, each on its own copy of a small database: a column, a row removed, put
// in, swapped, the newest entries cut off; in the audit and in the ledger. Each is found and named by `sanshe verify`; a cut-off end, which
// leaves a whole chain, by `sanshe audit verify --heads` with the heads kept elsewhere. SANSHE_SEED repeats a run.
import fs from 'node:fs';
import { fresh, ok, same, finish, run, stores } from '../node/harness.mjs';

const BIN = process.env.SANSHE_BIN || 'build/sanshe', OUT = process.env.SANSHE_TEST_OUT || 'out/test', ROUNDS = 60, SIDES = 2;
let seed = +(process.env.SANSHE_SEED || Date.now() % 1e9) >>> 0;
console.log('# SANSHE_SEED=' + seed);
const random = () => {                            // mulberry32
  let t = (seed = (seed + 0x6d2b79f5) >>> 0);
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};
const below = (n) => Math.floor(random() * n), one = (list) => list[below(list.length)];
const query = async (file, sql) => {
  const r = await run('sqlite3', ['-bail', file], { input: `PRAGMA foreign_keys=OFF; PRAGMA ignore_check_constraints=ON;\n${sql}\n` });
  if (r.code) throw new Error(sql + '\n' + r.err);
  return r.out.trim().split('\n').filter(Boolean).map((l) => l.split('|'));
};

/** A few audit chains with some hundred entries, and a ledger: the scenario's first needs, all its projects and payments. */
const db = (await fresh('sqlite', 'tamper', { empty: true })).slice(7), heads = `${OUT}/tamper.heads`, DATA = process.env.SANSHE_TEST_DATA || 'data';
await run(BIN, ['init', '--db', 'sqlite:' + db]);
for (const [room, file, rows] of [['communities', '01_communities', 999], ['social-orgs', '02_organizations', 99], ['needs', '05_needs', 40], ['projects', '06_projects', 99], ['budget-lines', '07_budget_lines', 999], ['payments', '08_payments', 999]]) {
  const part = `${OUT}/tamper_${room}.csv`;
  fs.writeFileSync(part, fs.readFileSync(`${DATA}/scenario/${file}.csv`, 'utf8').split(/(?<=\n)/).slice(0, rows).join(''));
  const r = await run(BIN, ['import', room, part, '--db', 'sqlite:' + db]);
  if (r.code) throw new Error(`${room}: ${r.out}${r.err}`);
}
{
  const r = await run(BIN, ['verify', '--db', 'sqlite:' + db]);
  ok('the untouched database is clean', r.code === 0, r.out);
  const h = await run(BIN, ['audit', 'heads', '--db', 'sqlite:' + db]);
  fs.writeFileSync(heads, h.out);
  const v = await run(BIN, ['audit', 'verify', '--heads', heads, '--db', 'sqlite:' + db]);
  ok('its heads fit', h.code === 0 && v.code === 0, v.out + v.err);
  await run('sqlite3', [db, 'PRAGMA wal_checkpoint(TRUNCATE)']);
}
const chains = (await query(db, 'SELECT city, chain, max(seq) FROM audit GROUP BY city, chain')).map((r) => r.map(Number));
const accounts = (await query(db, 'SELECT id, balance_fen FROM accounts WHERE balance_fen > 0')).map(([id, fen]) => ({ id, fen: +fen }));
const transfers = (await query(db, "SELECT id, source, target, fen FROM transfers WHERE source IS NOT NULL")).map(([id, source, target, fen]) => ({ id, source, target, fen: +fen }));
const AUDIT = 'city, id, chain, seq, at, account, person, role, source, action, room, record, outcome, detail, prev, hash';
const entry = (n, around = 0) => new RegExp(`entry (${Array.from({ length: 2 * around + 1 }, (_, i) => n - around + i).join('|')})\\b`);
const place = (spare = 1) => { const [city, chain, max] = one(chains.filter((c) => c[2] > 5 + spare)); return { city, chain, max, seq: 2 + below(max - 1 - spare), where: `city = ${city} AND chain = ${chain}` }; };

const changes = {
  'a column of an entry': () => {
    const p = place(0), column = one(['at', 'account', 'person', 'record', 'role', 'source', 'action', 'room', 'outcome', 'detail', 'prev', 'hash', 'id']);
    const value = ['at', 'account', 'person', 'record', 'id'].includes(column) ? `coalesce(${column}, 0) + 256` : ['prev', 'hash'].includes(column) ? 'randomblob(32)' : `coalesce(${column}, '') || 'x'`;
    return { what: `${column} of entry ${p.seq}`, sql: `UPDATE audit SET ${column} = ${value} WHERE ${p.where} AND seq = ${p.seq};`, names: column === 'hash' || column === 'prev' ? entry(p.seq, 1) : entry(p.seq) };
  },
  'an entry removed': () => {
    const p = place();
    return { what: `entry ${p.seq} removed`, sql: `DELETE FROM audit WHERE ${p.where} AND seq = ${p.seq};`, names: entry(p.seq, 1) };
  },
  'an entry put in': () => {
    const p = place(), middle = random() < 0.5, at = middle ? p.seq : p.max + 1;
    const copy = `INSERT INTO audit (${AUDIT}) SELECT city, id + 1, chain, ${at}, at, account, person, role, source, 'delete', room, record, outcome, detail, prev, hash FROM audit WHERE ${p.where} AND seq = ${middle ? p.seq + 1 : p.max};`;
    const room = middle ? `UPDATE audit SET seq = -(seq + 1) WHERE ${p.where} AND seq >= ${p.seq}; UPDATE audit SET seq = -seq WHERE ${p.where} AND seq < 0;` : '';
    return { what: `entry ${at} put in`, sql: room + copy, names: entry(at, 1) };
  },
  'two entries swapped': () => {
    const p = place(), other = 2 + below(p.max - 2), b = other === p.seq ? p.seq + 1 : other;
    return { what: `entries ${p.seq} and ${b} swapped`, sql: `UPDATE audit SET seq = -${b} WHERE ${p.where} AND seq = ${p.seq}; UPDATE audit SET seq = ${p.seq} WHERE ${p.where} AND seq = ${b}; UPDATE audit SET seq = -seq WHERE ${p.where} AND seq < 0;`, names: entry(p.seq) };
  },
  'the end cut off': () => {
    const p = place(0);
    return { what: `entries from ${p.seq} on cut off`, sql: `DELETE FROM audit WHERE ${p.where} AND seq >= ${p.seq};`, names: /kept head \d+/, heads: true };
  },
  'a balance': () => {
    const a = one(accounts), by = one([1, -1, 100, a.fen, -a.fen]);
    return { what: `balance of account ${a.id} by ${by}`, sql: `UPDATE accounts SET balance_fen = balance_fen + ${by} WHERE id = ${a.id};`, names: new RegExp(a.id) };
  },
  'two balances swapped': () => {
    const a = one(accounts), b = one(accounts.filter((x) => x.fen !== a.fen));
    return { what: `balances of ${a.id} and ${b.id} swapped`, sql: `UPDATE accounts SET balance_fen = CASE id WHEN ${a.id} THEN ${b.fen} ELSE ${a.fen} END WHERE id IN (${a.id}, ${b.id});`, names: new RegExp(a.id) };
  },
  'an amount': () => {
    const t = one(transfers);
    return { what: `amount of transfer ${t.id}`, sql: `UPDATE transfers SET fen = fen + ${1 + below(1000)} WHERE id = ${t.id};`, names: new RegExp(t.target) };
  },
  'a transfer removed': () => {
    const t = one(transfers);
    return { what: `transfer ${t.id} removed`, sql: `DELETE FROM transfers WHERE id = ${t.id};`, names: new RegExp(`${t.target}[^]*${t.id}|${t.id}[^]*${t.target}`) };
  },
  'a transfer put in': () => {
    const t = one(transfers), id = (BigInt(t.id) + 1n).toString();
    return { what: `transfer ${id} put in`, sql: `CREATE TEMP TABLE x AS SELECT * FROM transfers WHERE id = ${t.id}; UPDATE x SET id = ${id}, reverses = NULL; INSERT INTO transfers SELECT * FROM x;`, names: new RegExp(id) };
  },
  'a transfer turned to another account': () => {
    const t = one(transfers), to = one(accounts.filter((a) => a.id !== t.target && a.id !== t.source)).id;
    return { what: `transfer ${t.id} turned to ${to}`, sql: `UPDATE transfers SET target = ${to} WHERE id = ${t.id};`, names: new RegExp(`${to}|${t.id}`) };
  },
  'an account removed': () => {
    const a = one(accounts);
    return { what: `account ${a.id} removed`, sql: `DELETE FROM accounts WHERE id = ${a.id};`, names: new RegExp(a.id) };
  },
};

const kinds = Object.keys(changes), list = Array.from({ length: ROUNDS }, (_, i) => ({ kind: kinds[i % kinds.length], ...changes[kinds[i % kinds.length]]() })), found = [];
async function attempt(t, copy) {
  fs.copyFileSync(db, copy);
  for (const s of ['-wal', '-shm']) fs.rmSync(copy + s, { force: true });
  await query(copy, t.sql);
  const v = await run(BIN, ['verify', '--db', 'sqlite:' + copy]);
  const h = t.heads ? await run(BIN, ['audit', 'verify', '--heads', heads, '--db', 'sqlite:' + copy]) : v;
  found.push({ ...t, code: h.code, named: t.names.test(h.out), out: h.out });
}
if (stores().some((s) => s.kind === 'sqlite')) {
  await Promise.all(Array.from({ length: SIDES }, async (_, side) => { for (let i = side; i < list.length; i += SIDES) await attempt(list[i], `${OUT}/tampered_${side}.db`); }));
  for (const kind of kinds) {
    const mine = found.filter((f) => f.kind === kind), bad = mine.filter((f) => !f.code || !f.named);
    ok(`${kind}: ${mine.length} times, each found and named`, bad.length === 0, bad.map((b) => `${b.what}: exit ${b.code}, named ${b.named}: ${b.out.slice(0, 300)}`).join('\n'));
  }
  same('all were tried', found.length, ROUNDS);
}
finish();
