// otp.test.mjs -- the second factor: switched on for an account it is asked for and works once; an installation may ask it of everybody.
import crypto from 'node:crypto';
import { Client, fresh, serve, stores, ok, finish, run, PASSWORD } from '../node/harness.mjs';

const BIN = process.env.SANSHE_BIN || 'build/sanshe';
function totp(secret, at = Date.now()) {
  const bits = [...secret.replace(/=+$/, '')].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2))), counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30000)));
  const h = crypto.createHmac('sha1', key).update(counter).digest(), o = h[19] & 15;
  return String((h.readUInt32BE(o) & 0x7fffffff) % 1000000).padStart(6, '0');
}
for (const { kind } of stores()) {
  const db = await fresh(kind, 'otp_' + kind), out = await run(BIN, ['user', 'totp', 'auditor', '--db', db]);
  const secret = /[A-Z2-7]{16,}/.exec(out.out)?.[0];
  ok(`${kind} a secret is shown once`, out.code === 0 && secret, out.out + out.err);
  let server = await serve(db);
  const sign = (body) => new Client(server.url).post('/session', { username: 'auditor', password: PASSWORD, ...body });
  const without = await sign({});
  ok(`${kind} the password alone is not enough`, without.status === 401 && /动态口令/.test(without.text), without.text);
  ok(`${kind} a wrong one-time password is refused`, (await sign({ otp: '000000' === totp(secret) ? '000001' : '000000' })).status === 401);
  const code = totp(secret), good = await sign({ otp: code });
  ok(`${kind} the right one opens a session`, good.status === 200 || good.status === 201, good.text);
  ok(`${kind} but not twice`, (await sign({ otp: code })).status === 401);
  ok(`${kind} others need none here`, (await Client.login(server.url, 'county')).user.name === 'county');
  await server.stop();
  server = await serve(db, { env: { SANSHE_REQUIRE_OTP: '1' } });
  const none = await new Client(server.url).post('/session', { username: 'county', password: PASSWORD });
  ok(`${kind} where everybody must have one, an account without is told what to do`, none.status === 401 && /尚未开通/.test(none.text), none.text);
  await server.stop();
}
finish();
