// crowd.test.mjs -- a thousand logins at once, two thousand silent connections, and a stop in the middle of 32 writers: others are served
// meanwhile, guessers are stopped after twenty guesses, and every acknowledged write is there. On both stores.
import net from 'node:net';
import fs from 'node:fs';
import { Client, fresh, serve, stores, ok, same, finish, key, run, PASSWORD } from '../node/harness.mjs';
import { needBody } from '../node/story.mjs';

const BIN = process.env.SANSHE_BIN || 'build/sanshe', LOGINS = 1000, WRONG = 60, IDLE = 2000, WRITERS = 32, ENOUGH = 40;
const rss = (pid) => +/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1];
const tally = (list) => list.reduce((t, s) => ({ ...t, [s]: (t[s] ?? 0) + 1 }), {});

/** Reads one after the other until told to stop, at least `least`; the 99th percentile in ms and what went wrong. */
function reader(c, least) {
  const ms = [], bad = [];
  let on = true;
  const done = (async () => {
    while (on || ms.length < least) {
      const t = performance.now(), r = await c.get('/needs?limit=5');
      ms.push(performance.now() - t);
      if (r.status !== 200) bad.push(r.status);
    }
    ms.sort((a, b) => a - b);
    return { p99: Math.round(ms[Math.floor(ms.length * 0.99)] ?? 0), n: ms.length, bad };
  })();
  return () => { on = false; return done; };
}

async function logins(kind, server) {
  const c = await Client.login(server.url, 'community'), stop = reader(c, 200);
  const names = ['street', 'county', 'finance', 'auditor', 'resident'];
  const answers = await Promise.all(Array.from({ length: LOGINS }, async (_, i) => {
    const wrong = i % Math.floor(LOGINS / WRONG) === 0;
    const r = await new Client(server.url).post('/session', wrong ? { username: 'mediator', password: 'guess-' + i } : { username: names[i % names.length], password: PASSWORD });
    return { wrong, status: r.status, said: !!r.body?.detail || r.status < 400 };
  }));
  const r = await stop();
  const right = tally(answers.filter((a) => !a.wrong).map((a) => a.status)), wrong = tally(answers.filter((a) => a.wrong).map((a) => a.status));
  console.log('#', kind, 'right', JSON.stringify(right), 'wrong', JSON.stringify(wrong), JSON.stringify(r));
  ok(`${kind}: ${LOGINS} logins at once are let in, or told to wait`, Object.keys(right).every((s) => ['200', '429', '503'].includes(s)) && right[200] > 50 && answers.every((a) => a.said), JSON.stringify(right));
  ok(`${kind}: others' p99 stays under a second meanwhile`, r.p99 < 1000 && r.bad.length === 0, JSON.stringify(r));
  ok(`${kind}: at most 20 guesses are looked at`, (wrong[401] ?? 0) <= 20 && !wrong[200], JSON.stringify(wrong));
  let tries = wrong[401] ?? 0, last = 0;
  for (let i = 0; i < 30 && last !== 429; i++) { last = (await new Client(server.url).post('/session', { username: 'mediator', password: 'again-' + i })).status; tries += last === 401; }
  ok(`${kind}: then the account rests, also for the right password`, tries === 20 && last === 429 && (await new Client(server.url).post('/session', { username: 'mediator', password: PASSWORD })).status === 429, `${tries} guesses, then ${last}`);
  await c.request('DELETE', '/session');
}

async function silent(kind, server) {
  const { hostname, port } = new URL(server.url), c = await Client.login(server.url, 'community'), before = rss(server.pid);
  const sockets = await Promise.all(Array.from({ length: IDLE }, (_, i) => new Promise((resolve, reject) => {
    const s = net.connect(+port, hostname);
    s.on('error', reject);
    s.on('connect', () => {
      if (i % 4) return resolve(s);
      s.once('data', () => resolve(s));                 // a quarter has asked something and stays
      s.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    });
  })));
  for (const s of sockets) s.on('error', () => {});
  const r = await reader(c, 300)();
  const w = await Promise.all(Array.from({ length: 50 }, () => c.post('/needs', needBody(), { 'idempotency-key': key() })));
  ok(`${kind}: ${IDLE} silent connections: others read with p99 under a second`, r.p99 < 1000 && r.bad.length === 0, JSON.stringify(r));
  ok(`${kind}: and write`, w.every((x) => x.status === 201), JSON.stringify(tally(w.map((x) => x.status))));
  const grown = rss(server.pid) - before;
  ok(`${kind}: they cost less than 64 MiB`, grown < 64 * 1024, `${grown} kB`);
  return () => sockets.forEach((s) => s.destroy());
}

/** 32 writers, a stop while they write; the connections that say nothing are still open. */
async function stopped(kind, server) {
  const c = await Client.login(server.url, 'community'), acknowledged = [], other = [];
  let enough, over = false;
  const busy = new Promise((resolve) => { enough = resolve; });
  const writers = Array.from({ length: WRITERS }, async () => {
    while (!over) {
      const s = { key: key(), body: needBody({ detail: '停机测试' }) };
      try {
        const r = await c.post('/needs', s.body, { 'idempotency-key': s.key });
        if (r.status === 201) { acknowledged.push({ ...s, id: r.body.id }); if (acknowledged.length === ENOUGH) enough(); }
        else other.push(r.status);
      } catch { return; }                              // refused or closed: the server has gone
    }
  });
  await busy;
  const t = Date.now(), code = await server.stop();
  over = true;
  await Promise.all(writers);
  console.log('#', kind, acknowledged.length, 'acknowledged,', JSON.stringify(tally(other)), Date.now() - t, 'ms to stop');
  same(`${kind}: SIGTERM in the middle of ${WRITERS} writers ends with 0`, code, 0);
  ok(`${kind}: within the time to end requests`, Date.now() - t < 15000, `${Date.now() - t} ms`);
  ok(`${kind}: whoever was turned away was told so`, other.every((s) => s === 503), JSON.stringify(tally(other)));
  return acknowledged;
}

for (const { kind } of stores()) {
  const db = await fresh(kind, 'crowd_' + kind);
  let server = await serve(db);
  await logins(kind, server);
  const close = await silent(kind, server), acknowledged = await stopped(kind, server);
  close();
  server = await serve(db);
  const c = await Client.login(server.url, 'community');
  const found = await Promise.all(acknowledged.map((a) => c.get('/needs/' + a.id)));
  ok(`${kind}: every acknowledged write is there after it`, found.every((r) => r.status === 200), JSON.stringify(tally(found.map((r) => r.status))));
  await server.stop();
  const v = await run(BIN, ['verify', '--db', db]);
  ok(`${kind}: verify is clean`, v.code === 0, v.out + v.err);
}
finish();
