// start.test.mjs -- the first start killed at twenty random moments and started again: the database is whole. An older program refuses the
// database of a newer one and changes nothing. On both stores.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Client, fresh, serve, stores, ok, same, finish, run, sleep, PASSWORD } from '../node/harness.mjs';

const BIN = process.env.SANSHE_BIN || 'build/sanshe', KILLS = 20;
const count = async (kind, db, sql) => {
  const r = await (kind === 'sqlite' ? run('sqlite3', [db.slice(7), sql]) : run('psql', ['-XAtq', '-d', db, '-c', sql]));
  return r.code ? r.err : r.out.trim();
};
const ROWS = "SELECT (SELECT count(*) FROM divisions) || ' ' || (SELECT count(*) FROM rule_params) || ' ' || (SELECT count(*) FROM region_classes)";
const tables = async (kind, db) => count(kind, db, kind === 'sqlite' ? "SELECT group_concat(name) FROM (SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite%' ORDER BY name)"
  : "SELECT string_agg(table_name, ',' ORDER BY table_name) FROM information_schema.tables WHERE table_schema = 'public'");

/** `init` from nothing; how long it takes here, and what a whole database holds. */
async function measured(kind) {
  const db = await fresh(kind, 'start_' + kind, { empty: true }), t = Date.now(), r = await run(BIN, ['init', '--db', db]);
  ok(`${kind}: a first start`, r.code === 0, r.err);
  return { ms: Date.now() - t, rows: await count(kind, db, ROWS), tables: await tables(kind, db) };
}

/** One start, killed after `at` ms, and the next: what is wrong with the database then. */
async function round(kind, whole, name, at) {
  const db = await fresh(kind, name, { empty: true });
  const child = spawn(BIN, ['init', '--db', db], { stdio: 'ignore', env: process.env }), gone = once(child, 'exit');
  await Promise.race([sleep(at), gone]);
  child.kill('SIGKILL');
  const [code] = await gone;
  const again = await run(BIN, ['init', '--db', db]), v = await run(BIN, ['verify', '--db', db]);
  const rows = await count(kind, db, ROWS), names = await tables(kind, db);
  const good = !again.code && !v.code && rows === whole.rows && names === whole.tables;
  return { inside: code === null, bad: good ? '' : `${Math.round(at)} ms: ${again.code} ${again.err} ${v.code} ${v.out} rows ${rows}, expected ${whole.rows}${names === whole.tables ? '' : ' tables ' + names}` };
}
async function killed(kind, whole) {
  const rounds = [];
  await Promise.all([0, 1, 2, 3].map(async (side) => {  // four at a time: a start mostly waits for the disk
    for (let i = side; i < KILLS; i += 4) rounds.push(await round(kind, whole, `start_${kind}_${side}`, whole.ms * (i + Math.random()) / KILLS));
  }));
  ok(`${kind}: ${KILLS} kills, most of them in the middle`, rounds.filter((r) => r.inside).length >= KILLS / 2);
  ok(`${kind}: the next start finishes what was begun`, rounds.every((r) => !r.bad), rounds.map((r) => r.bad).filter(Boolean).join('\n'));
}

async function served(kind) {
  const db = await fresh(kind, 'start_' + kind, { empty: true });
  const child = spawn(BIN, ['init', '--db', db], { stdio: 'ignore', env: process.env }), gone = once(child, 'exit');
  await sleep(150);
  child.kill('SIGKILL');
  await gone;
  await run(BIN, ['init', '--db', db]);
  const added = await run(BIN, ['user', 'add', 'first', '--role', 'county', '--region', '210102', '--password-stdin', '--db', db], { input: PASSWORD });
  ok(`${kind}: an account can be made`, added.code === 0, added.out + added.err);
  const server = await serve(db, { demo: false }), c = await Client.login(server.url, 'first');
  const r = await c.get('/divisions/tree?under=2101');
  ok(`${kind}: and work begins`, r.status === 200 && r.body.items.length > 5, r.text);
  await server.stop();
}

async function newer(kind) {
  const db = await fresh(kind, 'newer_' + kind);
  await count(kind, db, "UPDATE schema_info SET value = '2' WHERE key = 'version'");
  const before = await count(kind, db, "SELECT count(*) || ' ' || (SELECT value FROM schema_info WHERE key = 'version') FROM audit");
  for (const words of [['serve', '--listen', '127.0.0.1:0'], ['migrate'], ['init'], ['verify'], ['user', 'list']]) {
    const r = await run('timeout', ['20', BIN, ...words, '--db', db]);
    ok(`${kind}: ${words[0]} refuses the database of a newer program`, r.code !== 0 && r.code !== 124 && /新/.test(r.err), `${r.code} ${r.out} ${r.err}`);
  }
  same(`${kind}: nothing was changed`, await count(kind, db, "SELECT count(*) || ' ' || (SELECT value FROM schema_info WHERE key = 'version') FROM audit"), before);
}

for (const { kind } of stores()) {
  await killed(kind, await measured(kind));
  await served(kind);
  await newer(kind);
}
finish();
