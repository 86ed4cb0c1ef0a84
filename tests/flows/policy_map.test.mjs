// policy_map.test.mjs -- docs/policy-map.md is what the program's tables say; every test it names is there.
import fs from 'node:fs';
import { ok, finish, run } from '../node/harness.mjs';

const made = await run('tools/policy-map', []), kept = fs.readFileSync('docs/policy-map.md', 'utf8').split('\n'), now = made.out.split('\n');
ok('tools/policy-map finds a title for every clause and a file for every test', made.code === 0, made.err);
const gone = kept.filter((l) => !now.includes(l)), come = now.filter((l) => !kept.includes(l));
ok('docs/policy-map.md is up to date', made.out === kept.join('\n'), `${[...gone.map((l) => '- ' + l), ...come.map((l) => '+ ' + l)].map((l) => l.slice(0, 250)).slice(0, 10).join('\n')}\nwanted? then: tools/policy-map >docs/policy-map.md`);
finish();
