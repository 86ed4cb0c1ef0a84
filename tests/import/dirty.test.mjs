// dirty.test.mjs -- the ten files in order, their sums against expected_totals.json, a second import that changes nothing, and every
// one of the listed errors of data/dirty answered as listed. Runs the command line on both stores.
import { fresh, stores, finish } from '../node/harness.mjs';
import { DATA, ROOMS, clean, dirty, empty, table, totals } from './lib.mjs';

const expected = table(`${DATA}/dirty/expected_errors.csv`);
for (const { kind } of stores()) {
  const db = await fresh(kind, 'import_' + kind, { empty: true });
  await empty(kind, db);
  for (const i of ROOMS.keys()) {
    await dirty(kind, kind, db, i, `${DATA}/dirty`, expected);
    await clean(kind, db, i, `${DATA}/scenario`);
  }
  await totals(`${kind} scenario`, db, `${DATA}/scenario`);
}
finish();
