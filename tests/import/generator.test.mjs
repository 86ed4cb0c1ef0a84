// generator.test.mjs -- the generator with another seed, and with two other counties: nothing in the program may know the one scenario
// that was made first. All ten files are taken, the totals are the generator's own, and the errors it plants are found.
import fs from 'node:fs';
import { fresh, stores, finish, ok, run } from '../node/harness.mjs';
import { DATA, OUT, ROOMS, clean, dirty, empty, table, totals } from './lib.mjs';

const cases = [
  { name: 'seed 7', dir: `${OUT}/generated_7`, args: ['--seed', '7'], planted: true },
  { name: 'other counties', dir: `${OUT}/generated_counties`, args: ['--seed', '11'], counties: ['210202', '211324'] },
];
const generator = fs.readFileSync(`${DATA}/generate/gen.py`, 'utf8'), divisions = `${DATA}/liaoning-divisions.csv`;

for (const c of cases) {
  const gen = `${c.dir}.py`;
  const source = c.counties ? generator.replace(/^COUNTIES = .*$/m, `COUNTIES = (${c.counties.map((x) => `'${x}'`).join(', ')})`) : generator;
  if (c.counties) {
    const known = table(divisions).map((d) => d.code);
    ok(`${c.name}: the generator and the divisions know ${c.counties.join(' and ')}`, source !== generator && c.counties.every((x) => known.includes(x + '000000')));
  }
  fs.writeFileSync(gen, source);
  fs.rmSync(c.dir, { recursive: true, force: true });
  const made = await run('python3', [gen, 'scenario', '--divisions', divisions, '--out', c.dir, ...c.args]);
  ok(`${c.name}: the generator makes ten files`, made.code === 0 && fs.readdirSync(c.dir).length === 11, made.err);
  if (c.planted) {
    const spoilt = await run('python3', [gen, 'dirty', '--scenario', c.dir, '--out', `${c.dir}/dirty`, ...c.args]);
    ok(`${c.name}: and the same files with planted errors`, spoilt.code === 0, spoilt.err);
    c.expected = table(`${c.dir}/dirty/expected_errors.csv`);
  }
}
for (const { kind } of stores()) for (const c of cases) {
  const label = `${kind} ${c.name}`, db = await fresh(kind, 'generator_' + kind, { empty: true });
  await empty(label, db);
  for (const i of ROOMS.keys()) {
    if (c.planted) await dirty(label, kind, db, i, `${c.dir}/dirty`, c.expected);
    await clean(label, db, i, c.dir);
  }
  await totals(label, db, c.dir);
}
finish();
