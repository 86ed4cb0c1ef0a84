// backup.test.mjs -- a backup taken under load, brought back into an empty place: verify is clean and everything acknowledged before it is
// there. A backup with one flipped bit, without its seal, or onto a database that holds something is refused. On both stores.
import fs from 'node:fs';
import { Client, fresh, serve, stores, ok, finish, key, run } from '../node/harness.mjs';
import { needBody } from '../node/story.mjs';

const BIN = process.env.SANSHE_BIN || 'build/sanshe', OUT = process.env.SANSHE_TEST_OUT || 'out/test', WRITERS = 8;

/** Takes a backup while writers write; what was acknowledged before it began. */
async function taken(kind, db, file) {
  const server = await serve(db), c = await Client.login(server.url, 'community'), ids = [];
  let over = false, warm, wrong = 0;
  const busy = new Promise((r) => { warm = r; });
  const writers = Array.from({ length: WRITERS }, async () => {
    while (!over) {
      const r = await c.post('/needs', needBody({ detail: '备份测试' }), { 'idempotency-key': key() });
      if (r.status !== 201) { wrong++; continue; }
      ids.push(r.body.id);
      if (ids.length === 40) warm();
    }
  });
  await busy;
  const before = [...ids], r = await run(BIN, ['backup', file, '--db', db]);
  over = true;
  await Promise.all(writers);
  await server.stop();
  ok(`${kind}: a backup while ${WRITERS} write`, r.code === 0 && wrong === 0, `${r.code} ${r.out}${r.err} ${wrong} refused`);
  ok(`${kind}: writing went on meanwhile`, ids.length > before.length, `${before.length} then ${ids.length}`);
  return before;
}

async function restored(kind, file, before) {
  const place = await fresh(kind, 'restored_' + kind, { empty: true });
  const r = await run(BIN, ['restore', file, '--db', place]), v = await run(BIN, ['verify', '--db', place]);
  ok(`${kind}: brought back into an empty place`, r.code === 0, r.out + r.err);
  ok(`${kind}: verify is clean there`, v.code === 0, v.out + v.err);
  const server = await serve(place), c = await Client.login(server.url, 'community');
  const found = await Promise.all(before.map((id) => c.get('/needs/' + id)));
  ok(`${kind}: what was acknowledged before is there`, found.length >= 40 && found.every((x) => x.status === 200), found.filter((x) => x.status !== 200).length);
  const more = await c.post('/needs', needBody(), { 'idempotency-key': key() });
  ok(`${kind}: and work goes on`, more.status === 201, more.text);
  await server.stop();
  const again = await run(BIN, ['verify', '--db', place]), over = await run(BIN, ['restore', file, '--db', place]);
  ok(`${kind}: still clean`, again.code === 0, again.out);
  ok(`${kind}: a place that holds something is not overwritten`, over.code !== 0 && /已有/.test(over.err), `${over.code} ${over.err}`);
}

async function broken(kind, file) {
  const bytes = fs.readFileSync(file), bad = file + '.bad';
  for (const at of [0, 40, Math.floor(bytes.length / 2), bytes.length - 1]) {
    const copy = Buffer.from(bytes);
    copy[at] ^= 1 << at % 8;
    fs.writeFileSync(bad, copy);
    fs.copyFileSync(file + '.sm3', bad + '.sm3');
    const place = await fresh(kind, 'bad_' + kind, { empty: true }), r = await run(BIN, ['restore', bad, '--db', place]);
    ok(`${kind}: one bit flipped at byte ${at}: refused`, r.code !== 0 && /损坏|不符/.test(r.err), `${r.code} ${r.err}`);
    const v = await run(BIN, ['verify', '--db', place]);
    ok(`${kind}: and nothing was put there`, v.code !== 0, v.out);
  }
  fs.rmSync(bad + '.sm3');
  const r = await run(BIN, ['restore', bad, '--db', await fresh(kind, 'bad_' + kind, { empty: true })]);
  ok(`${kind}: without its seal: refused`, r.code !== 0 && /[一-鿿]{4}/.test(r.err), `${r.code} ${r.err}`);
  fs.rmSync(bad);
}

for (const { kind } of stores()) {
  const file = `${OUT}/shake_${kind}.backup`;
  for (const f of [file, file + '.sm3']) fs.rmSync(f, { force: true });
  const before = await taken(kind, await fresh(kind, 'backup_' + kind), file);
  await restored(kind, file, before);
  await broken(kind, file);
}
finish();
