// harness.mjs -- what every test over HTTP needs: a server of its own on a free port, a client per role, and lines that count.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import fs from 'node:fs';
import crypto from 'node:crypto';

export const PASSWORD = process.env.SANSHE_DEMO_PASSWORD || 'test-Passw0rd-79';
let passed = 0, failed = 0;
const children = new Set();
process.on('exit', () => { for (const c of children) c.kill('SIGKILL'); });
export function ok(name, condition, detail) {
  if (condition) { passed++; console.log('ok ' + name); }
  else { failed++; console.log('not ok ' + name + (detail === undefined ? '' : '\n#   ' + String(detail).slice(0, 1500).replaceAll('\n', '\n#   '))); }
  return !!condition;
}
export const same = (name, got, want) => ok(name, JSON.stringify(got) === JSON.stringify(want), `got ${JSON.stringify(got)}\nwant ${JSON.stringify(want)}`);
export function finish() {
  console.log(`# ${passed} passed, ${failed} failed`);
  process.exit(failed ? 1 : 0);
}

export async function freePort() {
  const s = net.createServer().listen(0, '127.0.0.1');
  await once(s, 'listening');
  const { port } = s.address();
  s.close();
  await once(s, 'close');
  return port;
}

/** Starts `sanshe serve` on a database; returns {url, stop, kill, pid}. */
export async function serve(db, { binary = process.env.SANSHE_BIN || 'build/sanshe', demo = true, now = '2020-11-20', env = {}, args = [] } = {}) {
  const port = await freePort();
  const all = ['serve', '--db', db, '--listen', `127.0.0.1:${port}`, ...(demo ? ['--demo', '--now', now] : []), ...args];
  const child = spawn(binary, all, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, SANSHE_DEMO_PASSWORD: PASSWORD, ...env } });
  let log = '';
  child.stderr.on('data', (d) => { log = (log + d).slice(-200000); });
  const url = `http://127.0.0.1:${port}`;
  const gone = once(child, 'exit');
  children.add(child);
  child.on('exit', () => children.delete(child));
  for (let i = 0; ; i++) {
    try { if ((await fetch(url + '/healthz')).ok) break; } catch { /* not yet */ }
    if (child.exitCode !== null || i > 600) throw new Error('server did not start: ' + log);
    await new Promise((r) => setTimeout(r, 50));
  }
  return {
    url, pid: child.pid, log: () => log,
    stop: async () => { child.kill('SIGTERM'); const [code] = await gone; return code; },
    kill: async () => { child.kill('SIGKILL'); await gone; },
  };
}

/** A caller: cookie, CSRF and idempotency handled. request(method, path, body?, headers?) -> {status, body, headers, text}. */
export class Client {
  constructor(url) { this.url = url; this.cookie = ''; this.csrf = ''; }
  static async login(url, username, password = PASSWORD) {
    const c = new Client(url);
    const r = await c.post('/session', { username, password });
    if (r.status !== 200 && r.status !== 201) throw new Error(`login ${username}: ${r.status} ${r.text}`);
    c.csrf = r.body.csrf;
    c.user = r.body.user;
    return c;
  }
  async request(method, path, body, headers = {}) {
    const h = { ...headers };
    if (this.cookie) h.cookie = this.cookie;
    if (this.csrf && method !== 'GET' && h['x-csrf-token'] === undefined) h['x-csrf-token'] = this.csrf;
    for (const k of Object.keys(h)) if (h[k] === null) delete h[k]; // asked for without it
    let payload;
    if (body !== undefined) {
      if (body instanceof Uint8Array || typeof body === 'string') payload = body;
      else { payload = JSON.stringify(body); h['content-type'] ??= 'application/json'; }
    } else if (method === 'POST') { payload = '{}'; h['content-type'] ??= 'application/json'; }
    const r = await fetch(this.url + (path.startsWith('/api') || path === '/healthz' || path === '/metrics' ? '' : '/api/v1') + path, { method, headers: h, body: payload, redirect: 'manual' });
    const set = r.headers.getSetCookie?.() ?? [];
    for (const s of set) this.cookie = s.split(';')[0];
    const text = await r.text();
    let parsed = null;
    if ((r.headers.get('content-type') || '').includes('json')) { try { parsed = JSON.parse(text); } catch { parsed = null; } }
    return { status: r.status, body: parsed, text, headers: r.headers };
  }
  get(path, headers) { return this.request('GET', path, undefined, headers); }
  post(path, body, headers) { return this.request('POST', path, body, headers); }
  patch(path, body, version, headers = {}) { return this.request('PATCH', path, body, version === undefined ? headers : { 'if-match': `"${version}"`, ...headers }); }
  async must(method, path, body, headers) {
    const r = await this.request(method, path, body, headers);
    if (r.status >= 400) throw new Error(`${this.user?.name} ${method} ${path} -> ${r.status} ${r.text}\nsent ${JSON.stringify(body)}`);
    return r.body;
  }
}
export const key = () => crypto.randomUUID();
export const sleep = (ms) => new Promise((r) => setTimeout(r, ms));
export const read = (p) => fs.readFileSync(p);

/** Runs a command; {code, out, err}. */
export async function run(cmd, args, { env = {}, input } = {}) {
  const child = spawn(cmd, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, SANSHE_DEMO_PASSWORD: PASSWORD, ...env } });
  const out = [], err = [];
  child.stdout.on('data', (d) => out.push(d));
  child.stderr.on('data', (d) => err.push(d));
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  return { code, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() };
}

/** Databases of this run: a template with the demonstration data for each store, and quick copies of it. */
export function stores() {
  const list = [{ kind: 'sqlite' }];
  if (process.env.SANSHE_TEST_PG) list.push({ kind: 'postgresql' });
  const only = process.env.SANSHE_TEST_STORE;
  return only ? list.filter((s) => s.kind === only) : list;
}
export async function fresh(kind, name, { empty = false } = {}) {
  if (kind === 'sqlite') {
    const dir = process.env.SANSHE_TEST_OUT || 'out/test';
    const to = `${dir}/${name}.db`;
    for (const s of ['', '-wal', '-shm']) fs.rmSync(to + s, { force: true });
    if (!empty) fs.copyFileSync(`${dir}/template.db`, to);
    return `sqlite:${to}`;
  }
  const base = process.env.SANSHE_TEST_PG;
  const sql = async (q) => { const r = await run('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', base.replace('%s', 'postgres'), '-c', q]); if (r.code) throw new Error(r.err); };
  await sql(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
  await sql(`CREATE DATABASE "${name}"${empty ? '' : ' TEMPLATE template_demo'}`);
  return base.replace('%s', name);
}
