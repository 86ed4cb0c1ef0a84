// scenario.mjs -- runs tests/scenarios/*.txt: small plays over HTTP, one behaviour each, on every store.
//   # sentence                       comment; the first line of a play says what it shows
//   use NAME                         the lines of tests/scenarios/parts/NAME.txt stand here
//   as ROLE                          who speaks now (anonymous: somebody new without a session; signed in once for all plays)
//   as ROLE alone                    the same in a session of its own
//   sanshe WORD…                     the program itself, on the database of the play (the password goes to its standard input)
//   header NAME: VALUE               for the next request (empty: without the header the client would send)
//   METHOD /path [{json}]            request; the lines after it that begin with "| " are its body, or more of it
//   times N METHOD /path [{json}]    the same N times; the last answer counts
//   await PATH=VALUE[|VALUE]         asks the last GET again until the member has the value
//   insist STATUS                    sends the last request again until it is answered so
//   => STATUS [word …]               expected status (of a program: exit code), and of the answer:
//        a.b.0.c=value  a!=value  a>number  a<number  members (a.length counts)   @header=value  a header (@header alone: there is one)
//        ~text  !text  what must occur, must not occur ("…" or '…' when with blanks)   like=NAME  the same answer as kept, but for numbers of 4 digits and more
//   set NAME = VALUE                 keeps a value, for a part that asks for it
//   let NAME = PATH [/regex/]        keeps a member of the last answer ("." all of it, "@header" a header, "text" the words), or its first group
//   $name $name.field                what was kept; $run: new in every play; $today $today+30 $now+30s $password; $x5: a 5-digit number of this play; $uscc: a credit code of its own
import fs from 'node:fs';
import { Client, PASSWORD, fresh, run, serve, sleep, stores, ok, finish } from './harness.mjs';

const dir = 'tests/scenarios/', only = process.argv.slice(2);
const files = fs.readdirSync(dir).filter((f) => f.endsWith('.txt') && (!only.length || only.some((o) => f.includes(o)))).sort();
const pick = (v, path) => path === '.' ? v : path.split('.').reduce((x, k) => x?.[k], v);
const plain = (v) => v === undefined ? '(absent)' : typeof v === 'object' && v !== null ? JSON.stringify(v) : String(v);
const faceless = (a) => a.status + a.text.replace(/\d{4,}/g, '#');
const PATIENCE = 30000;

/** A credit code with a right check character (GB 32100). */
function uscc(digits) {
  const letters = '0123456789ABCDEFGHJKLMNPQRTUWXY', weights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
  const body = '52210102T' + digits.slice(-8), sum = weights.reduce((n, w, i) => n + w * letters.indexOf(body[i]), 0);
  return body + letters[(31 - sum % 31) % 31];
}

/** The lines of a play with its parts in place: [[where, text]]. */
function lines(file) {
  return fs.readFileSync(dir + file, 'utf8').split('\n').flatMap((raw, i) => {
    const text = raw.trim(), part = /^use (\w+)$/.exec(text);
    return part ? lines(`parts/${part[1]}.txt`).map(([at, t]) => [`${i + 1} (${part[1]}:${at})`, t]) : [[i + 1, text]];
  });
}

class Play {
  constructor(file, world) {
    Object.assign(this, { file, world, who: new Client(world.url), last: null, again: null, headers: {}, marks: {} });
    const n = BigInt(world.serial++) * 1000000n + BigInt(Date.now() % 1000000);
    this.kept = { run: n.toString(36), password: PASSWORD };
    this.digits = String(n).padStart(9, '0');
    this.kept.uscc = uscc(this.digits);
  }
  fill(s) {
    const day = (n) => new Date(Date.now() + this.world.shift + 8 * 3600000 + n * 86400000).toISOString().slice(0, 10);
    const moment = (n) => new Date(Date.now() + this.world.shift + n).toISOString();
    return s.replace(/\$today(?:([+-]\d+))?/g, (m, n) => day(+(n || 0)))
      .replace(/\$now([+-]\d+)(ms|s|h|d)/g, (m, n, u) => moment(+n * { ms: 1, s: 1000, h: 3600000, d: 86400000 }[u]))
      .replace(/\$x(\d)/g, (m, n) => this.digits.slice(-n))
      .replace(/\$([a-z_]\w*)((?:\.\w+)*)/gi, (m, k, p) => k in this.kept ? plain(p ? pick(this.kept[k], p.slice(1)) : this.kept[k]) : m);
  }
  member(path) {
    return path === 'text' ? this.last.text : path[0] === '@' ? this.last.headers.get(path.slice(1)) ?? undefined : pick(this.last.body, path);
  }
  async speaker(name, alone) {
    const { url, people } = this.world;
    if (name === 'anonymous') return new Client(url);
    if (alone) return Client.login(url, name);
    return people[name] ??= await Client.login(url, name);
  }
  async send() {
    const { method, path, body, headers, who } = this.again;
    this.last = await who.request(method, path, body, headers);
    if (path === '/session' && this.last.body?.csrf) who.csrf = this.last.body.csrf;
  }
  async request(method, path, body, times) {
    const headers = { ...this.headers };
    this.headers = {};
    if (body !== undefined) headers['content-type'] ??= 'application/json';
    for (const k of Object.keys(headers)) if (headers[k] === '') headers[k] = null;
    this.again = { method, path: this.fill(path), body: body === undefined ? undefined : this.fill(body), headers, who: this.who };
    for (let i = 0; i < times; i++) await this.send();
  }
  async program(words) {
    const args = words.match(/"[^"]*"|\S+/g).map((w) => this.fill(w.replace(/^"|"$/g, '')));
    const r = await run(process.env.SANSHE_BIN || 'build/sanshe', [...args, '--db', this.world.db], { input: PASSWORD });
    let body = null;
    try { body = JSON.parse(r.out); } catch { /* words */ }
    this.last = { status: r.code, body, text: r.out + r.err, headers: new Headers() };
  }
  /** Again and again, without a fixed pause as proof, until `good`; a reason when it never is. */
  async until(good, what) {
    for (const end = Date.now() + PATIENCE; !good(); await sleep(40)) {
      if (Date.now() > end) return `never ${what}: ${this.last.status} ${this.last.text.slice(0, 600)}`;
      await this.send();
    }
  }
  /** What is wrong with the last answer, or nothing. */
  wrong(status, words) {
    const a = this.last, seen = a.text.slice(0, 900), [, code] = /^(\d+)$/.exec(status) ?? [];
    if (a.status !== +code) return `status ${a.status}, expected ${code}: ${seen}`;
    for (const w of words.match(/[~!]"[^"]*"|[~!]'[^']*'|[~!]\S+|@[\w-]+(?:="[^"]*"|=\S+)?|[\w.-]+(?:!=|=|>|<)(?:"[^"]*"|\S*)/g) ?? []) {
      const value = (s) => this.fill(s).replace(/^(["'])(.*)\1$/, '$2');
      if (w[0] === '~' || w[0] === '!') {
        const t = value(w.slice(1));
        if (a.text.includes(t) !== (w[0] === '~')) return `${w[0] === '~' ? 'lacks' : 'contains'} ${t}: ${seen}`;
        continue;
      }
      const [, path, op, want] = /^(@?[\w.-]+)(!=|=|>|<)?(.*)$/.exec(w), got = plain(this.member(path)), to = value(want);
      if (path === 'like') { if (faceless(a) !== this.marks[to]) return `differs from ${to}\n${faceless(a)}\n${this.marks[to]}`; continue; }
      const good = !op ? got !== '(absent)' : op === '=' ? got === to : op === '!=' ? got !== to : op === '>' ? +got > +to : +got < +to;
      if (!good) return `${path} is ${got}, expected ${op ?? 'to be there'} ${to}: ${seen}`;
    }
  }
  keep(name, path, regex) {
    let v = this.member(path);
    if (regex && v !== undefined) v = new RegExp(regex).exec(plain(v))?.[1];
    if (v === undefined) return `nothing at ${path} in ${this.last.text.slice(0, 600)}`;
    this.kept[name] = v;
    if (path === '.') this.marks[name] = faceless(this.last);
  }
  /** One line; a reason when the play must stop. */
  async line(text, body) {
    let m;
    if ((m = /^as ([\w$]+)( alone)?$/.exec(text))) this.who = await this.speaker(this.fill(m[1]), m[2]);
    else if ((m = /^header ([\w-]+):\s*(.*)$/.exec(text))) this.headers[m[1].toLowerCase()] = this.fill(m[2]);
    else if ((m = /^(?:times (\d+) )?(GET|POST|PATCH|DELETE|PUT) (\S+)(?:\s+(.*))?$/.exec(text)))
      await this.request(m[2], m[3], m[4] ?? body, +(m[1] ?? 1));
    else if ((m = /^sanshe (.*)$/.exec(text))) await this.program(m[1]);
    else if ((m = /^await ([\w.]+)=(\S+)$/.exec(text))) return this.until(() => m[2].split('|').includes(plain(this.member(m[1]))), text);
    else if ((m = /^insist (\d+)$/.exec(text))) return this.until(() => this.last.status === +m[1], text);
    else if ((m = /^set (\w+) = (.*)$/.exec(text))) this.kept[m[1]] = this.fill(m[2]);
    else if ((m = /^let (\w+) = (\S+)(?:\s+\/(.*)\/)?$/.exec(text))) return this.keep(m[1], m[2], m[3]);
    else if ((m = /^=> (\d+)(.*)$/.exec(text))) return this.wrong(m[1], m[2]);
    else return `not understood: ${text}`;
  }
  async go() {
    const all = lines(this.file).filter(([, t]) => t && !t.startsWith('#'));
    for (let i = 0; i < all.length; i++) {
      const [at, text] = all[i], body = [];
      while (all[i + 1]?.[1].startsWith('|')) body.push(all[++i][1].replace(/^\| ?/, ''));
      const why = await this.line(text, body.length ? body.join('\n') : undefined);
      if (why) return `line ${at}: ${why}`;
    }
  }
}

for (const { kind } of stores()) {
  const db = await fresh(kind, 'scenario_' + kind), server = await serve(db), county = await Client.login(server.url, 'county');
  const world = { url: server.url, db, people: { county }, serial: 100, shift: new Date((await county.must('GET', '/meta')).business_now) - Date.now() };
  for (const f of files) {
    let why;
    try { why = await new Play(f, world).go(); } catch (e) { why = e.stack; }
    ok(`${kind} ${f}`, !why, why);
  }
  ok(`${kind} server stops cleanly`, (await server.stop()) === 0);
  const sound = await run(process.env.SANSHE_BIN || 'build/sanshe', ['verify', '--db', db]);
  ok(`${kind} sound after all plays`, sound.code === 0, sound.out + sound.err);
}
finish();
