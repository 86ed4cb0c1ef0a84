// demo.test.mjs -- the demonstration's one password: the one that was asked for last, also on a second start.
import { Client, fresh, serve, ok, finish, run } from '../node/harness.mjs';

const BIN = process.env.SANSHE_BIN || 'build/sanshe', db = await fresh('sqlite', 'demo_password');
for (const password of ['first-Passw0rd-1', 'second-Passw0rd-2', 'second-Passw0rd-2']) {
  const r = await run(BIN, ['demo', '--db', db, '--data', 'data/scenario'], { env: { SANSHE_DEMO_PASSWORD: password } });
  const server = await serve(db);
  ok(`${password}: printed, and every role signs in with it`, r.code === 0 && r.out.includes(password) && (await Client.login(server.url, 'county', password)).user.name === 'county'
    && (await Client.login(server.url, 'auditadmin', password)).user.name === 'auditadmin', r.out + r.err);
  await server.stop();
}
const weak = await run(BIN, ['demo', '--db', db, '--data', 'data/scenario'], { env: { SANSHE_DEMO_PASSWORD: '123' } });
ok('a weak one is refused with a sentence', weak.code === 1 && /[一-鿿]{4}/.test(weak.err), weak.err);
finish();
