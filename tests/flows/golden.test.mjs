// golden.test.mjs -- what the program says of its rooms, its permissions and its interface is what the repository holds. A wanted change is
// taken over with tools/golden, and read in the commit.
import fs from 'node:fs';
import { ok, finish, run } from '../node/harness.mjs';

const kept = 'tests/golden', now = `${process.env.SANSHE_TEST_OUT || 'out/test'}/golden`;
fs.rmSync(now, { recursive: true, force: true });
const made = await run('tools/golden', [now]);
ok('the program says what it is', made.code === 0, made.err);
for (const name of ['rooms.md', 'access.md', 'openapi.json']) {
  const d = await run('diff', ['-u', `${kept}/${name}`, `${now}/${name}`]);
  const lines = (d.out + d.err).split('\n').slice(2).filter((l) => /^[-+@d]/.test(l)).map((l) => l.slice(0, 200));
  ok(`${kept}/${name} is up to date`, d.code === 0, `${lines.slice(0, 12).join('\n')}\n${lines.length > 12 ? `… and ${lines.length - 12} lines more\n` : ''}wanted? then: tools/golden`);
}
const openapi = JSON.parse(fs.readFileSync(`${now}/openapi.json`, 'utf8')), raw = JSON.parse((await run(process.env.SANSHE_BIN || 'build/sanshe', ['openapi'])).out);
ok('the golden interface is the whole interface', JSON.stringify(openapi) === JSON.stringify(raw));
finish();
