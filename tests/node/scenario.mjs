// scenario.mjs -- runs tests/scenarios/*.txt: small plays over HTTP, one behaviour each.
//   # sentence                       comment
//   as ROLE                          who speaks now (anonymous: nobody)
//   METHOD /path [{json}]            request ($name and $name.field are replaced); further lines that begin with { continue nothing
//   => STATUS [field=value …] [~text …]   expected status, members of the answer (a.b.0.c), texts that must occur, !text that must not
//   let NAME = PATH                  keeps a member of the last answer ("." is the whole answer)
//   header NAME: VALUE               for the next request
import fs from 'node:fs';
import { Client, fresh, serve, stores, ok, finish } from './harness.mjs';

const only = process.argv.slice(2);
const files = fs.readdirSync('tests/scenarios').filter((f) => f.endsWith('.txt') && (!only.length || only.some((o) => f.includes(o)))).sort();
const pick = (v, path) => path === '.' ? v : path.split('.').reduce((x, k) => x?.[k], v);
const plain = (v) => v === undefined ? '(absent)' : typeof v === 'object' && v !== null ? JSON.stringify(v) : String(v);

async function play(file, url, kind) {
  const people = {}, kept = { run: Date.now().toString(36) + Math.floor(Math.random() * 1e6).toString(36) };
  let who = new Client(url), last = null, headers = {}, n = 0;
  const fill = (s) => s.replace(/\$([a-z_]\w*)((?:\.\w+)*)/gi, (m, k, p) => k in kept ? plain(p ? pick(kept[k], p.slice(1)) : kept[k]) : m);
  const fail = (why) => { ok(`${kind} ${file}`, false, `line ${n}: ${why}`); };
  for (const raw of fs.readFileSync('tests/scenarios/' + file, 'utf8').split('\n')) {
    n++;
    const line = raw.trim();
    if (!line || line.startsWith('#')) continue;
    let m;
    if ((m = /^as (\w+)$/.exec(line))) {
      who = m[1] === 'anonymous' ? new Client(url) : people[m[1]] ??= await Client.login(url, m[1]);
    } else if ((m = /^header ([\w-]+): (.*)$/.exec(line))) headers[m[1].toLowerCase()] = fill(m[2]);
    else if ((m = /^(GET|POST|PATCH|DELETE|PUT) (\S+)(?:\s+(.*))?$/.exec(line))) {
      const body = m[3] ? fill(m[3]) : undefined;
      if (body) headers['content-type'] ??= 'application/json';
      last = await who.request(m[1], fill(m[2]), body, headers);
      headers = {};
    } else if ((m = /^let (\w+) = (\S+)$/.exec(line))) {
      kept[m[1]] = pick(last.body, m[2]);
      if (kept[m[1]] === undefined) return fail(`nothing at ${m[2]} in ${last.text.slice(0, 300)}`);
    } else if ((m = /^=> (\d{3})(.*)$/.exec(line))) {
      if (last.status !== +m[1]) return fail(`status ${last.status}, expected ${m[1]}: ${last.text.slice(0, 600)}`);
      for (const e of fill(m[2]).match(/[~!]"[^"]*"|[~!]\S+|[\w.-]+=(?:"[^"]*"|\S+)/g) ?? []) {
        if (e[0] === '~' || e[0] === '!') {
          const t = e.slice(1).replace(/^"|"$/g, '');
          if (last.text.includes(t) !== (e[0] === '~')) return fail(`${e[0] === '~' ? 'lacks' : 'contains'} ${t}: ${last.text.slice(0, 600)}`);
        } else {
          const [k, v] = [e.slice(0, e.indexOf('=')), e.slice(e.indexOf('=') + 1).replace(/^"|"$/g, '')];
          if (plain(pick(last.body, k)) !== v) return fail(`${k} is ${plain(pick(last.body, k))}, expected ${v}`);
        }
      }
    } else return fail(`not understood: ${line}`);
  }
  ok(`${kind} ${file}`, true);
}

for (const { kind } of stores()) {
  const server = await serve(await fresh(kind, 'scenario_' + kind));
  for (const f of files) {
    try { await play(f, server.url, kind); } catch (e) { ok(`${kind} ${f}`, false, e.stack); }
  }
  ok(`${kind} server stops cleanly`, (await server.stop()) === 0);
}
finish();
