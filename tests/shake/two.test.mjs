// two.test.mjs -- two servers on one PostgreSQL database, writing at once; one is killed: nothing lost, nothing twice, every audit chain
// whole. And two that make the same empty database at once.
import { Client, fresh, serve, stores, ok, same, finish, key, run } from '../node/harness.mjs';
import { needBody } from '../node/story.mjs';

const BIN = process.env.SANSHE_BIN || 'build/sanshe', WRITERS = 10, FIRST = 120, THEN = 120;

/** Writers on a server until it is gone or enough is written; every request is kept in `sent`. */
function writing(c, sent, enough) {
  let n = 0, over = false;
  const done = Promise.all(Array.from({ length: WRITERS }, async () => {
    while (!over) {
      const s = { key: key(), body: needBody({ detail: '双机测试' }) };
      sent.push(s);
      try {
        const r = await c.post('/needs', s.body, { 'idempotency-key': s.key });
        if (r.status === 201) { s.id = r.body.id; s.ack = true; if (++n === enough.n) enough.reached(); }
        else s.refused = r.status;
      } catch { return; }
    }
  }));
  return { stop: () => { over = true; return done; }, count: () => n };
}
const until = (n) => { const e = { n }; e.done = new Promise((r) => { e.reached = r; }); return e; };

async function killed(db) {
  const a = await serve(db), b = await serve(db);
  const ca = await Client.login(a.url, 'community'), cb = await Client.login(b.url, 'community');
  const sent = [], first = until(FIRST), other = until(FIRST);
  const wa = writing(ca, sent, first), wb = writing(cb, sent, other);
  await Promise.all([first.done, other.done]);
  await a.kill();
  await wa.stop();
  const more = until(THEN), wc = writing(cb, sent, more);
  await more.done;
  await Promise.all([wb.stop(), wc.stop()]);
  ok('both wrote, and the other goes on after one is killed', wa.count() >= FIRST && wb.count() >= FIRST && wc.count() >= THEN, `${wa.count()} ${wb.count()} ${wc.count()}`);
  ok('nobody was refused', sent.every((s) => !s.refused), JSON.stringify(sent.filter((s) => s.refused).map((s) => s.refused)));
  let twice = 0, missing = 0;
  for (const s of sent) {                              // whatever was sent, answered or not, again through the one that lives
    const r = await cb.post('/needs', s.body, { 'idempotency-key': s.key });
    if (r.status !== 201 || (s.ack && r.body.id !== s.id)) twice++;
    s.id = r.body?.id;
  }
  for (const s of sent) if ((await cb.get('/needs/' + s.id)).status !== 200) missing++;
  const found = await cb.get(`/needs?q=${encodeURIComponent('双机测试')}&limit=1&total=1`);
  same('every write is there once', { twice, missing, total: found.body.total }, { twice: 0, missing: 0, total: sent.length });
  same('the other stops cleanly', await b.stop(), 0);
}

for (const { kind } of stores()) {
  if (kind !== 'postgresql') continue;
  const db = await fresh(kind, 'two');
  await killed(db);
  const audit = await run(BIN, ['audit', 'verify', '--db', db]), v = await run(BIN, ['verify', '--db', db]);
  ok('audit chains are whole', audit.code === 0, audit.out + audit.err);
  ok('verify is clean', v.code === 0, v.out + v.err);

  const empty = await fresh(kind, 'two_new', { empty: true });
  const made = await Promise.all([1, 2, 3].map(() => run(BIN, ['init', '--db', empty])));
  ok('three that make the same empty database at once all succeed', made.every((m) => m.code === 0), made.map((m) => m.code + ' ' + m.err).join('\n'));
  const clean = await run(BIN, ['verify', '--db', empty]);
  ok('and it is clean', clean.code === 0, clean.out + clean.err);
}
finish();
