// openapi.test.mjs -- the OpenAPI document is valid 3.1, says exactly the methods the server takes on every path, and what the server
// answers is what the document says: lists, records, histories, traces, jobs and problems of every room, seen by several roles.
import { Client, fresh, serve, stores, ok, same, finish, run, key } from '../node/harness.mjs';
import { needBody } from '../node/story.mjs';

const need = async (name) => import(new URL(`../node/node_modules/${name}`, import.meta.url)).catch((e) => { ok(`tests/node/install was run (${name})`, false, e.message); finish(); });
const { Validator } = await need('@seriousme/openapi-schema-validator/index.js');
const { default: Ajv } = await need('ajv/dist/2020.js'), { default: formats } = await need('ajv-formats/dist/index.js');

const printed = await run(process.env.SANSHE_BIN || 'build/sanshe', ['openapi']), doc = JSON.parse(printed.out);
const validator = new Validator(), valid = await validator.validate(structuredClone(doc));
ok('the document is valid OpenAPI 3.1', valid.valid && validator.version === '3.1' && doc.openapi.startsWith('3.1'), JSON.stringify(valid.errors)?.slice(0, 1500));
const operations = Object.entries(doc.paths).flatMap(([path, item]) => ['get', 'post', 'patch', 'put', 'delete'].filter((m) => item[m]).map((m) => ({ path, method: m, ...item[m] })));
same('every operation has a name of its own', new Set(operations.map((o) => o.operationId)).size, operations.length);
const holes = operations.filter((o) => { const all = [...(doc.paths[o.path].parameters ?? []), ...(o.parameters ?? [])].map((p) => (p.$ref ? p.$ref.split('/').reduce((d, k) => (k === '#' ? doc : d[k]), doc) : p)); return [...o.path.matchAll(/\{(\w+)\}/g)].some((m) => !all.some((p) => p.in === 'path' && p.name === m[1])); });
same('every {name} in a path is a declared parameter', holes.map((o) => o.path), []);

const ajv = new Ajv({ strict: false, allErrors: true });
formats(ajv);
ajv.addSchema({ $id: 'api', components: doc.components });
const whole = (schema) => JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"api#/components/'));
const bad = [];
for (const name of Object.keys(doc.components.schemas)) try { ajv.compile({ $ref: `api#/components/schemas/${name}` }); } catch (e) { bad.push(`${name}: ${e.message}`); }
same('every schema of the document compiles', bad, []);

const compiled = new Map();
/** What is wrong with an answer by the words of the document, or nothing. */
function wrong(method, path, answer) {
  const op = doc.paths[path]?.[method];
  if (!op) return `${method} ${path} is not in the document`;
  let said = op.responses[answer.status] ?? op.responses[`${String(answer.status)[0]}XX`];
  if (said?.$ref) said = doc.components.responses[said.$ref.split('/').pop()];
  if (!said) return `${method} ${path} may not answer ${answer.status}: ${answer.text.slice(0, 200)}`;
  if (!said.content) return answer.text ? `${method} ${path} should be empty: ${answer.text.slice(0, 100)}` : undefined;
  const type = (answer.headers.get('content-type') ?? '').split(';')[0], content = said.content[type];
  if (!content) return `${method} ${path}: ${type} is not among ${Object.keys(said.content)}`;
  if (!type.endsWith('json')) return;
  const at = JSON.stringify(content.schema);
  if (!compiled.has(at)) compiled.set(at, ajv.compile(whole(content.schema)));
  const check = compiled.get(at);
  if (!check(answer.body)) return `${method} ${path}: ${ajv.errorsText(check.errors).slice(0, 300)} in ${answer.text.slice(0, 300)}`;
  const record = /schemas\/(\w+?)(Page)?"/.exec(at), known = record && doc.components.schemas[record[1]]?.properties;
  if (known?.version) for (const r of answer.body.items ?? [answer.body]) for (const k of Object.keys(r)) if (!known[k]) return `${method} ${path}: “${k}” is not declared`;
}

for (const { kind } of stores()) {
  const server = await serve(await fresh(kind, 'openapi_' + kind)), url = server.url;
  const names = ['province', 'county', 'community', 'finance', 'org_manager', 'evaluator', 'auditor', 'resident', 'sysadmin', 'auditadmin'];
  const people = Object.fromEntries(await Promise.all(names.map(async (n) => [n, await Client.login(url, n)])));
  same(`${kind} the server serves the document the program prints`, (await people.province.get('/openapi.json')).body, doc);

  const differ = [], { rooms } = await people.province.must('GET', '/meta');
  for (const [path, item] of Object.entries(doc.paths)) {
    const r = await people.province.request('PUT', path.replaceAll(/\{\w+\}/g, '1'), '{}', { 'content-type': 'application/json' });
    const may = (r.headers.get('allow') ?? '').split(', ').filter((m) => m && m !== 'HEAD').map((m) => m.toLowerCase()), said = ['get', 'post', 'patch', 'delete'].filter((m) => item[m]);
    const extra = may.filter((m) => !said.includes(m)), room = rooms.find((x) => path === `/${x.url}/{id}`);     // append-only: the method is known, and always refused
    if (r.status !== 405 || said.some((m) => !may.includes(m)) || (extra.length && !(String(extra) === 'patch' && room?.append_only))) differ.push(`${path}: ${r.status}, takes ${may}, the document says ${said}`);
  }
  same(`${kind} each of ${Object.keys(doc.paths).length} paths takes the methods it declares and no other`, differ, []);

  const faults = [], seen = {};
  let asked = 0;
  const ask = async (c, method, path, target, body, headers) => {
    const r = await c.request(method.toUpperCase(), target, body, headers), why = wrong(method, path, r);
    asked++;
    if (why && faults.length < 30) faults.push(`${c.user?.name}: ${why}`);
    return r;
  };
  for (const c of Object.values(people)) {
    for (const path of ['/session', '/meta', '/notices', '/audit', '/outbox', '/totals']) await ask(c, 'get', path, path);
    await ask(c, 'get', '/divisions/tree', '/divisions/tree?under=2101');
    for (const room of (await c.must('GET', '/meta')).rooms) {
      const list = await ask(c, 'get', `/${room.url}`, `/${room.url}?limit=4&total=1`);
      await ask(c, 'get', `/${room.url}`, `/${room.url}?no_such=1`);
      await ask(c, 'get', `/${room.url}/totals`, `/${room.url}/totals?by=state`);
      for (const r of (list.body?.items ?? []).slice(0, 2)) {
        seen[room.url] = r.id;
        for (const more of ['', '/history', '/trace', '/attachments']) {
          const got = await ask(c, 'get', `/${room.url}/{id}${more}`, `/${room.url}/${r.id}${more}`);
          if (got.status !== 200) faults.push(`${c.user.name} ${room.url} ${r.id}${more}: ${got.status} of a record that is in the list`);
        }
      }
    }
  }
  ok(`${kind} ${asked} answers of GET are as the document says`, faults.length === 0 && asked > 500 && Object.keys(seen).length > 12, faults.join('\n') + Object.keys(seen));

  faults.length = 0;
  const { province, community } = people, made = await ask(community, 'post', '/needs', '/needs', needBody(), { 'idempotency-key': key() }), n = made.body;
  await ask(community, 'post', '/needs', '/needs', { community: 1, nonsense: true });
  await ask(community, 'post', '/needs/twins', '/needs/twins', needBody());
  await ask(community, 'patch', '/needs/{id}', `/needs/${n.id}`, { detail: '改过的内容' }, { 'if-match': `"${n.version}"` });
  await ask(community, 'patch', '/needs/{id}', `/needs/${n.id}`, { detail: '旧版本' }, { 'if-match': `"${n.version}"` });
  await ask(community, 'post', '/needs/{id}/submit', `/needs/${n.id}/submit`, {});
  await ask(community, 'post', '/needs/{id}/submit', `/needs/${n.id}/submit`, {});
  await ask(community, 'post', '/needs/{id}/reveal', `/needs/${n.id}/reveal`, { fields: ['phone'], purpose: '联系居民' });
  await ask(community, 'post', '/needs/{id}/attachments', `/needs/${n.id}/attachments?field=evidence&name=a.txt`, '说明文字', { 'content-type': 'text/plain' });
  const papers = await ask(community, 'get', '/needs/{id}/attachments', `/needs/${n.id}/attachments`), paper = await community.get(`/needs/${n.id}/attachments/${papers.body?.items?.[0]?.id}`);
  ok(`${kind} an attachment comes back as it went`, paper.status === 200 && paper.text === '说明文字' && doc.paths['/needs/{id}/attachments/{file}'], `${papers.text} ${paper.status} ${paper.text}`);
  await ask(community, 'get', '/needs/{id}', '/needs/1');
  const job = await ask(province, 'post', '/needs/import', '/needs/import?dry_run=1&name=a.csv', '没有表头', { 'content-type': 'application/octet-stream' });
  await ask(province, 'get', '/imports/{id}', `/imports/${job.body?.id}`);
  await ask(province, 'get', '/imports/{id}/errors.csv', `/imports/${job.body?.id}/errors.csv`);
  await ask(province, 'get', '/needs.csv', '/needs.csv?reason=x');
  await ask(province, 'get', '/needs.xlsx', '/needs.xlsx?reason=x');
  await ask(new Client(url), 'get', '/session', '/session');
  await ask(new Client(url), 'post', '/session', '/session', { username: 'province', password: 'wrong' });
  const leaving = await Client.login(url, 'county');
  await ask(leaving, 'delete', '/session', '/session');
  same(`${kind} answers of writing, files and refusals are as the document says`, faults, []);
  ok(`${kind} server stops cleanly`, (await server.stop()) === 0);
}
finish();
