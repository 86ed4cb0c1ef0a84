// kill.test.mjs -- kill -9 at random moments under load, on both stores: every acknowledged write is there, a retry with the same key
// makes nothing twice, and `sanshe verify` is clean. SANSHE_KILLS sets how many (20).
import { Client, fresh, serve, stores, ok, finish, key, run, sleep } from '../node/harness.mjs';
import { needBody } from '../node/story.mjs';

const KILLS = +(process.env.SANSHE_KILLS || 20), WRITERS = 12;

async function round(db, kills) {
  const sent = new Map();                        // key -> {body, id?}
  let acknowledged = 0, retried = 0, twice = 0, lost = 0;
  for (let k = 0; k < kills; k++) {
    const server = await serve(db);
    const c = await Client.login(server.url, 'community');
    // retries first: whatever was sent before the kill, answered or not
    for (const [id, s] of sent) {
      if (s.done) continue;
      const r = await c.post('/needs', s.body, { 'idempotency-key': id });
      if (r.status !== 201) { lost++; continue; }
      if (s.id && s.id !== r.body.id) twice++;
      s.id = r.body.id; s.done = true; retried++;
    }
    let on = true;
    const writers = Array.from({ length: WRITERS }, async () => {
      while (on) {
        const id = key(), s = { body: needBody({ detail: '强杀测试 ' + id }) };
        sent.set(id, s);
        try {
          const r = await c.post('/needs', s.body, { 'idempotency-key': id });
          if (r.status === 201) { s.id = r.body.id; s.ack = true; acknowledged++; }
        } catch { return; }
      }
    });
    await sleep(60 + Math.random() * 240);
    await server.kill();
    on = false;
    await Promise.all(writers);
  }
  const server = await serve(db);
  const c = await Client.login(server.url, 'community');
  for (const [id, s] of sent) {
    const r = await c.post('/needs', s.body, { 'idempotency-key': id });
    if (r.status !== 201 || (s.id && r.body.id !== s.id)) twice++;
    else s.id = r.body.id;
  }
  let missing = 0;
  for (const s of sent.values()) if (s.ack && (await c.get('/needs/' + s.id)).status !== 200) missing++;
  const ids = new Set([...sent.values()].map((s) => s.id));
  const found = await c.get(`/needs?q=${encodeURIComponent('强杀测试')}&limit=1&total=1`);
  await server.stop();
  return { acknowledged, retried, twice, lost, missing, sent: sent.size, distinct: ids.size, total: found.body?.total };
}

for (const { kind } of stores()) {
  const db = await fresh(kind, 'kill_' + kind);
  const r = await round(db, KILLS);
  console.log('#', kind, JSON.stringify(r));
  ok(`${kind}: ${KILLS} kills, some writes were acknowledged`, r.acknowledged > KILLS);
  ok(`${kind}: every acknowledged write is there`, r.missing === 0 && r.lost === 0, JSON.stringify(r));
  ok(`${kind}: nothing twice after a retry with the same key`, r.twice === 0 && r.distinct === r.sent && r.total === r.sent, JSON.stringify(r));
  const v = await run(process.env.SANSHE_BIN || 'build/sanshe', ['verify', '--db', db]);
  ok(`${kind}: verify is clean`, v.code === 0, v.out + v.err);
}
finish();
