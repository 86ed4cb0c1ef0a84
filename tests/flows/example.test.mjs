// example.test.mjs -- the worked examples of docs/architecture.md are true: their code is taken out of the document, put into a copy of the
// sources and built from nothing; a database in use is migrated, and the new room and the new field work over HTTP.
import fs from 'node:fs';
import os from 'node:os';
import { Client, fresh, serve, stores, ok, same, finish, run, key } from '../node/harness.mjs';

const text = fs.readFileSync('docs/architecture.md', 'utf8');
const blocks = (heading) => [...(text.split(`## ${heading}\n`)[1] ?? '').split('\n## ')[0].matchAll(/```c\n([^]*?)```/g)].map((m) => m[1]);
const [row] = blocks('Add a field'), [room, line] = blocks('Add a room');
if (!ok('the document has a field, a room and a line', row && room && line)) finish();

const dir = fs.mkdtempSync(`${os.tmpdir()}/sanshe-example-`);
process.on('exit', () => fs.rmSync(dir, { recursive: true, force: true }));
for (const what of ['src', 'tools', 'data', 'meson.build', 'meson_options.txt']) fs.cpSync(what, `${dir}/${what}`, { recursive: true });
const change = (path, from, to) => {
  const before = fs.readFileSync(`${dir}/${path}`, 'utf8'), after = before.replace(from, to);
  ok(`${path} has a place for it`, after !== before);
  fs.writeFileSync(`${dir}/${path}`, after);
};
change('src/domain/volunteers.c', /^\t\{ "skills",.*\n/m, (skills) => skills + row);
fs.writeFileSync(`${dir}/src/domain/mutual_aid.c`, room);
change('src/domain/domain.h', 'extern const struct entity *const rooms[];', (rooms) => line + rooms);
change('src/domain/domain.c', /&communities,/, '&mutual_aid_groups, &communities,');

const set = await run('meson', ['setup', `${dir}/build`, dir, '--buildtype=release', '-Doptimization=0']);
const built = set.code ? set : await run('ninja', ['-C', `${dir}/build`, 'sanshe']);
if (!ok('it builds, with all warnings as errors', built.code === 0, (built.out + built.err).slice(-1400))) finish();
const binary = `${dir}/build/sanshe`, lint = await run(binary, ['lint']), docs = await run(binary, ['docs']);
ok('lint accepts it', lint.code === 0, lint.out);
ok('the data dictionary has it', docs.out.includes('居民互助小组 `mutual-aid-groups`') && docs.out.includes('`languages`'));

const path = '/mutual-aid-groups', body = { name: '和睦楼互助小组', community: '210102021003', theme: 'care', members: 3, leader: '测试甲子', phone: '15401234567' };
for (const { kind } of stores()) {
  const empty = await fresh(kind, 'example_new_' + kind, { empty: true }), init = await run(binary, ['init', '--db', empty]);
  ok(`${kind} a new database has it`, init.code === 0, init.err);
  const db = await fresh(kind, 'example_' + kind), migrated = await run(binary, ['migrate', '--db', db]);
  if (!ok(`${kind} a database in use is migrated`, migrated.code === 0, migrated.out + migrated.err)) continue;
  const server = await serve(db, { binary }), c = await Client.login(server.url, 'community'), street = await Client.login(server.url, 'street'), resident = await Client.login(server.url, 'resident');
  const act = (who, id, step, more = {}) => who.post(`${path}/${id}/${step}`, more, { 'idempotency-key': key() });
  const meta = await c.must('GET', '/meta'), seen = meta.rooms.find((r) => r.name === 'mutual_aid_groups');
  ok(`${kind} meta shows the room with its steps`, seen?.can.create && String(seen.steps.map((s) => s.name)) === 'found,disband' && seen.label === '居民互助小组', JSON.stringify(seen)?.slice(0, 500));
  ok(`${kind} meta shows the field`, meta.rooms.find((r) => r.name === 'volunteers').fields.some((f) => f.name === 'languages' && f.label === '会说的语言' && f.list));
  const paths = (await c.must('GET', '/openapi.json')).paths;
  ok(`${kind} the interface has its paths`, [path, path + '/{id}', path + '/{id}/found', path + '.xlsx'].every((p) => paths[p]));

  const made = await c.post(path, body, { 'idempotency-key': key() }), id = made.body?.id;
  ok(`${kind} create`, made.status === 201 && /^HZ/.test(made.body.no) && made.body.state === 'forming' && made.body.region === body.community, made.text);
  const bad = await c.post(path, { ...body, theme: 'nothing', members: 0 });
  same(`${kind} a bad one is refused, with every fault`, [bad.status, bad.body?.errors?.map((e) => e.field).sort()], [400, ['members', 'theme']]);
  const twice = await c.post(path, body);
  ok(`${kind} the same name in the same community is refused`, twice.status === 409 && twice.body.errors[0].field === 'name', twice.text);
  const early = await act(c, id, 'found');
  ok(`${kind} too few members: the step is refused and says how many`, early.status === 400 && early.body.errors[0].code === 'too_few_members' && early.body.errors[0].message.includes('5'), early.text);
  const edited = await c.patch(`${path}/${id}`, { members: 8 }, made.body?.version);
  ok(`${kind} edit`, edited.status === 200 && edited.body.members === 8 && edited.body.version > made.body.version, edited.text);
  const others = [await act(street, id, 'found'), await act(resident, id, 'found'), await resident.get(`${path}/${id}`)];
  same(`${kind} others may not found it; a resident does not see it yet`, others.map((r) => r.status), [403, 404, 404]);
  const founded = await act(c, id, 'found');
  ok(`${kind} step`, founded.status === 200 && founded.body.state === 'running' && founded.body.founded_on === '2020-11-20', founded.text);
  const again = await act(c, id, 'found');
  ok(`${kind} the same step again is refused`, again.status === 409, again.text);
  const list = await street.must('GET', `${path}?state=running&q=${encodeURIComponent('和睦楼')}&total=1`), one = list.items[0];
  ok(`${kind} list and search; the leader's telephone is masked`, list.total === 1 && one.id === id && (await street.must('GET', `${path}/${id}`)).masked.includes('phone'), JSON.stringify(list));
  const csv = await street.get(path + '.csv');
  ok(`${kind} export`, csv.status === 200 && csv.text.includes('小组名称') && csv.text.includes('和睦楼互助小组') && !csv.text.includes(body.phone), csv.text);
  ok(`${kind} history and the count of the region`, (await c.must('GET', `${path}/${id}/history`)).items.length >= 3 && (await street.must('GET', '/totals?region=210102021')).totals.mutual_aid_groups === 1);
  const ended = [await act(c, id, 'disband'), await act(c, id, 'disband', { reason: '成员搬迁' })];
  same(`${kind} disbanding asks for a reason`, ended.map((r) => r.status), [400, 200]);
  ok(`${kind} server stops cleanly`, (await server.stop()) === 0);
  const v = await run(binary, ['verify', '--db', db]);
  ok(`${kind} verify finds no fault`, v.code === 0, v.out.slice(-800) + v.err);
}
finish();
