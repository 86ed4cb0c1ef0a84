// cli.test.mjs -- the command line as an operator uses it: an empty installation, exit codes, the way out of every refusal, texts handed to a gateway.
import fs from 'node:fs';
import { Client, fresh, serve, stores, ok, finish, run, PASSWORD } from '../node/harness.mjs';
import { needBody } from '../node/story.mjs';

const BIN = process.env.SANSHE_BIN || 'build/sanshe';
for (const { kind } of stores()) {
  const db = await fresh(kind, 'cli_' + kind, { empty: true }), sanshe = (args, input) => run(BIN, [...args, '--db', db], { input });
  const none = await sanshe(['verify']);
  ok(`${kind} a database that is not there or empty is refused with a sentence`, none.code !== 0 && /[一-鿿]{4}/.test(none.err + none.out), none.err);
  ok(`${kind} init`, (await sanshe(['init'])).code === 0);
  ok(`${kind} init again changes nothing`, (await sanshe(['init'])).code === 0);
  const list = await sanshe(['user', 'list']);
  ok(`${kind} init makes no account`, list.code === 0 && !/admin|county|demo/.test(list.out), list.out);
  const added = await sanshe(['user', 'add', 'anna', '--role', 'community', '--region', '210102021003', '--password-stdin'], PASSWORD);
  ok(`${kind} an account`, added.code === 0, added.err);
  ok(`${kind} the same name twice is refused`, (await sanshe(['user', 'add', 'anna', '--role', 'community', '--region', '210102021003', '--password-stdin'], PASSWORD)).code === 1);
  for (const [what, args] of [['role', ['user', 'add', 'b', '--role', 'king', '--region', '21']], ['division', ['user', 'add', 'bb', '--role', 'county', '--region', '999999']], ['weak password', ['user', 'add', 'bbb', '--role', 'county', '--region', '210102', '--password-stdin']]]) {
    const r = await sanshe(args, '12345678');
    ok(`${kind} an unknown or bad ${what} is refused with a sentence`, r.code !== 0 && /[一-鿿]{4}/.test(r.err), r.err + r.out);
  }
  for (const args of [['nonsense'], ['serve', '--nonsense'], ['import', 'needs'], ['verify', 'x'], ['serve', '--now', '2020-11-20']])
    ok(`${kind} ${args.join(' ')}: exit 2`, (await sanshe(args)).code === 2);
  const open = await run(BIN, ['serve', '--demo', '--listen', '0.0.0.0:18999', '--db', db]);
  ok(`${kind} a demonstration listens on loopback only`, open.code === 2 && /本机/.test(open.err), open.err);
  const server = await serve(db, { demo: false }), c = await Client.login(server.url, 'anna');
  ok(`${kind} outside a demonstration the outbox is not shown`, (await c.get('/outbox')).status >= 403);
  const n = await c.must('POST', '/needs', needBody({ phone: '15401239876' }));
  for (const s of ['submit', 'accept', 'serve']) await c.must('POST', `/needs/${n.id}/${s}`, {});
  await c.must('POST', `/needs/${n.id}/resolve`, { result: '已上门' });
  const text = await sanshe(['outbox', 'take']), lines = text.out.trim().split('\n').filter(Boolean).map((l) => JSON.parse(l));
  ok(`${kind} a gateway is handed the text with its phone`, text.code === 0 && lines.length === 1 && lines[0].phone === '15401239876' && /[A-Z2-9]{8}/.test(lines[0].text), text.out + text.err);
  ok(`${kind} and only once`, (await sanshe(['outbox', 'take'])).out === '');
  ok(`${kind} SIGTERM ends it well`, (await server.stop()) === 0);
  ok(`${kind} verify is clean`, (await sanshe(['verify'])).code === 0);
  if (kind === 'sqlite') ok('the key lies beside the database, for its owner only', !process.env.SANSHE_KEY ? (fs.statSync(db.slice(7) + '.key').mode & 0o077) === 0 : true);
}
finish();
