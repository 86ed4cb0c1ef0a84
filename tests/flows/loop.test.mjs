// loop.test.mjs -- ten needs through the whole chain as ten roles, on both stores; in every state every role tries every step, and
// only the expected ones are open. The business day moves by restarting the server.
import { Client, fresh, serve, stores, ok, same, finish, run, key, PASSWORD } from '../node/harness.mjs';
import * as story from '../node/story.mjs';
import { expected } from './expected_steps.mjs';

const ROLES = ['resident', 'volunteer', 'community', 'street', 'county', 'city', 'province', 'finance', 'org_manager', 'social_worker', 'supervisor', 'evaluator', 'mediator', 'auditor', 'sysadmin', 'secadmin', 'auditadmin'];
const STRANGERS = ['community2', 'org_manager2', 'social_worker2'];

async function play(kind) {
  const db = await fresh(kind, 'loop_' + kind);
  let server = await serve(db);
  const everybody = Object.fromEntries(await Promise.all([...ROLES, ...STRANGERS].map(async (r) => [r, await Client.login(server.url, r)])));
  const p = { ...everybody, again: null };
  for (const b of await story.bidders(db, server.url)) p[b] = await Client.login(server.url, b);
  const meta = (await everybody.county.must('GET', '/meta')).rooms;
  const steps = Object.fromEntries(Object.keys(expected).map((r) => [r, meta.find((m) => m.name === r).steps.map((s) => s.name)]));
  const advance = async (day) => {
    await server.stop();
    server = await serve(db, { now: day });
    for (const c of Object.values(p)) if (c instanceof Client) c.url = server.url;
  };
  const seen = {};
  let tries = 0;
  /** In this state: the actions offered are the expected ones, for every role; every other step is refused and changes nothing. */
  async function everyRole(room, id) {
    const before = await p.auditor.get(`/${room}/${id}`), owner = before.status === 200 ? before : await p.county.get(`/${room}/${id}`);
    const state = owner.body.state, want = expected[room][state];
    if (!want || seen[room + '/' + state]) return;
    seen[room + '/' + state] = true;
    const wrong = [], open = room === 'procurements' ? ['challenge', 'complain'] : [];      // any supplier may see these two; guards look closer
    for (const role of [...ROLES, ...STRANGERS]) {
      const c = everybody[role], got = await c.get(`/${room}/${id}`);
      const may = STRANGERS.includes(role) ? [] : Object.keys(want).filter((s) => want[s].includes(role));
      const offered = (got.body?.actions ?? []).map((a) => a.name).filter((a) => role !== 'org_manager2' || !open.includes(a)).sort();
      const seesIt = got.status === 200;
      if (seesIt && JSON.stringify(offered) !== JSON.stringify(may.filter((s) => offered.includes(s)).sort())) wrong.push(`${role} is offered ${offered}, expected at most ${may}`);
      if (seesIt && ['community', 'street', 'county', 'finance', 'org_manager', 'evaluator'].includes(role) && JSON.stringify(offered) !== JSON.stringify([...may].sort())) wrong.push(`${role} is offered ${offered}, expected ${may}`);
      for (const s of steps[room]) {
        if (may.includes(s)) continue;
        tries++;
        const r = await c.post(`/${room}/${id}/${s}`, {}, { 'idempotency-key': key() });
        if (r.status < 400 || r.status >= 500) wrong.push(`${role} ${s} in ${state}: ${r.status} ${r.text.slice(0, 200)}`);
        if (!seesIt && r.status !== 404) wrong.push(`${role} ${s}: not his and not there must look the same, got ${r.status}`);
      }
    }
    const after = await p.county.get(`/${room}/${id}`);
    if (after.status === 200 && owner.body.version !== after.body.version) wrong.push('a refused try changed the record');
    ok(`${kind} ${room} ${state}: only the expected roles and steps`, wrong.length === 0, wrong.slice(0, 12).join('\n'));
  }
  const act = (c, room, id, step, body = {}) => c.must('POST', `/${room}/${id}/${step}`, body, { 'idempotency-key': key() });

  // ten needs: from the resident himself, on behalf, by visit, hotline and meeting
  const needs = [];
  for (let i = 0; i < 10; i++) {
    const mine = i === 0, body = story.needBody(mine ? { witness: undefined } : { channel: ['behalf', 'visit', 'hotline', 'meeting', 'grid'][i % 5], detail: `需求 ${i}` });
    const who = mine ? p.resident : p.community;
    if (mine) { const phone = (await p.county.get('/meta')) && process.env.SANSHE_RESIDENT_PHONE; if (phone) body.phone = phone; }
    const n = await (mine ? p.community : who).must('POST', '/needs', mine ? { ...body, witness: '测试乙丑' } : body, { 'idempotency-key': key() });
    await everyRole('needs', n.id);
    await act(p.community, 'needs', n.id, 'submit');
    await everyRole('needs', n.id);
    if (i % 2) { await act(p.community, 'needs', n.id, 'verify'); await everyRole('needs', n.id); }
    await act(p.community, 'needs', n.id, 'accept');
    await everyRole('needs', n.id);
    needs.push(n);
  }
  for (const [step, body] of [['reject', { reason: '不属于受理范围' }], ['transfer', { moved_to: '区民政局', reason: '需部门办理' }], ['withdraw', {}], ['merge', { merged_into: needs[0].id }]]) {
    const n = await p.community.must('POST', '/needs', story.needBody());
    await act(p.community, 'needs', n.id, 'submit');
    await act(p.community, 'needs', n.id, step, body);
    await everyRole('needs', n.id);
  }

  // project, reviews, money
  const project = await p.community.must('POST', '/projects', { title: '社区照顾全流程测试项目', place: story.COMMUNITY, domain: 'SD01', purchaser: '和平区民政局' });
  await everyRole('projects', project.id);
  ok(`${kind} a project without needs is refused`, (await p.community.post(`/projects/${project.id}/submit`)).status === 400);
  await p.community.must('POST', '/project-items', { project: project.id, item: '每周探访', unit: '人次', qty: 100, unit_price_fen: 10000 });
  for (const [k, fen] of [['activity', 600000], ['volunteer', 100000], ['staff', 200000], ['evaluation', 100000]]) await p.community.must('POST', '/budget-lines', { project: project.id, kind: k, amount_fen: fen });
  for (const n of needs) { await act(p.community, 'needs', n.id, 'plan', { project: project.id }); await everyRole('needs', n.id); }
  await act(p.community, 'projects', project.id, 'submit'); await everyRole('projects', project.id);
  await act(p.street, 'projects', project.id, 'street_review', { opinion: '同意' }); await everyRole('projects', project.id);
  await act(p.county, 'projects', project.id, 'approve', { opinion: '同意' }); await everyRole('projects', project.id);
  ok(`${kind} money before its sources are named is refused`, (await p.finance.post(`/projects/${project.id}/budget`)).status === 400);
  for (const [source, fen] of [['FS01', 700000], ['FS02', 300000]]) {
    const fund = await p.county.must('POST', '/funds', { name: '测试资金' + source, source, place: story.COUNTY, year: 2020, appropriated_fen: fen });
    ok(`${kind} who made a fund does not approve it, and only finance does`, (await p.county.post(`/funds/${fund.id}/approve`)).status === 403);
    await act(p.finance, 'funds', fund.id, 'approve');
    const over = await p.finance.post('/budgets', { project: project.id, fund: fund.id, fen: fen + 1 });
    ok(`${kind} more than the fund holds is refused`, over.status === 400 && /可用余额/.test(over.text), over.text);
    await p.finance.must('POST', '/budgets', { project: project.id, fund: fund.id, fen });
  }
  await act(p.finance, 'projects', project.id, 'budget'); await everyRole('projects', project.id);

  // purchase with three bidders
  const now = await story.businessNow(p.county), soon = (d) => new Date(Date.parse(now) + d * 864e5).toISOString(), day = (d) => soon(d).slice(0, 10);
  const buy = await p.county.must('POST', '/procurements', { project: project.id, title: '社区照顾采购', method: 'PM04', ground: 'complex', demand: '每周探访 100 人次' });
  await everyRole('procurements', buy.id); await everyRole('projects', project.id);
  await act(p.county, 'procurements', buy.id, 'consult', { consultation: '居民议事会 12 人，同意' }); await everyRole('procurements', buy.id);
  const early = await p.county.post(`/procurements/${buy.id}/publish`, { document: '文件', deadline: soon(5) });
  ok(`${kind} a deadline before the legal day is refused, naming the day`, early.status === 400 && early.text.includes(day(10)), early.text);
  await act(p.county, 'procurements', buy.id, 'publish', { document: '文件', deadline: soon(11) }); await everyRole('procurements', buy.id);
  const bids = [];
  for (const [i, c] of [p.org_manager, p.bidder_a, p.bidder_b].entries()) {
    const b = await c.must('POST', '/bids', { procurement: buy.id, price_fen: [950000, 960000, 980000][i], content: '方案', statement: true });
    bids.push(await act(c, 'bids', b.id, 'seal'));
  }
  const peek = await p.county.get(`/bids/${bids[0].id}`), rival = await p.bidder_a.get(`/bids/${bids[0].id}`), list = await p.evaluator.get(`/bids?procurement=${buy.id}`);
  ok(`${kind} nobody sees a sealed price`, !JSON.stringify([peek.body, rival.body, list.body]).includes('950000') && rival.status === 404, peek.text);
  ok(`${kind} opening before the deadline is refused`, (await p.county.post(`/procurements/${buy.id}/open`)).status === 400);
  ok(`${kind} a second bid of one organisation is refused`, (await p.org_manager.post('/bids', { procurement: buy.id, price_fen: 1, content: 'x', statement: true })).status === 409);
  await advance(day(12));
  await act(p.county, 'procurements', buy.id, 'open'); await everyRole('procurements', buy.id);
  for (const [i, b] of bids.entries()) await act(p.evaluator, 'bids', b.id, 'score', { score_bp: [9200, 9000, 8800][i], no_tie: true });
  await act(p.evaluator, 'procurements', buy.id, 'evaluate', { report: '评审报告' }); await everyRole('procurements', buy.id);
  await act(p.county, 'procurements', buy.id, 'announce', { award_why: '得分最高' });
  ok(`${kind} who did not bid cannot challenge the result`, (await p.org_manager2.post(`/procurements/${buy.id}/challenge`, { challenge: '不服' })).status === 400); await everyRole('procurements', buy.id);
  ok(`${kind} award within the objection period is refused`, (await p.county.post(`/procurements/${buy.id}/award`)).status === 400);
  await advance(day(26));
  await act(p.county, 'procurements', buy.id, 'award'); await everyRole('procurements', buy.id);

  // contract
  let k = (await p.county.must('GET', '/contracts?project=' + project.id)).items[0];
  await everyRole('contracts', k.id); await everyRole('projects', project.id);
  same(`${kind} the draft contract carries winner and price`, [k.provider, k.price_fen], [p.org_manager.user.org, 950000]);
  ok(`${kind} signing without milestones is refused`, (await p.county.post(`/contracts/${k.id}/sign`, { signed_on: day(26) })).status === 400);
  await p.county.must('PATCH', '/contracts/' + k.id, { starts_on: day(26), ends_on: '2021-11-30', acceptance: '按里程碑' }, { 'if-match': `"${k.version}"` });
  const milestones = [];
  for (const [i, share] of [5000, 3000, 2000].entries()) milestones.push(await p.county.must('POST', '/milestones', { contract: k.id, seq: i + 1, title: `第${i + 1}期`, due_on: `2021-0${i + 1}-15`, share_bp: share, last: i === 2 }));
  ok(`${kind} milestones above 100 % are refused`, (await p.county.post('/milestones', { contract: k.id, seq: 4, title: '多', due_on: '2021-05-01', share_bp: 1, last: false })).status === 400);
  await act(p.county, 'contracts', k.id, 'sign', { signed_on: day(26) }); await everyRole('contracts', k.id); await everyRole('procurements', buy.id); await everyRole('projects', project.id);
  await act(p.county, 'contracts', k.id, 'announce'); await everyRole('contracts', k.id);
  await act(p.finance, 'contracts', k.id, 'file', { receipt: 'BA1' }); await everyRole('contracts', k.id); await everyRole('procurements', buy.id);
  const payments = [];
  for (const m of milestones) payments.push((await p.finance.must('GET', '/payments?milestone=' + m.id)).items[0]);
  await everyRole('payments', payments[0].id); await everyRole('milestones', milestones[0].id);
  await act(p.org_manager, 'contracts', k.id, 'start'); await everyRole('contracts', k.id); await everyRole('projects', project.id);
  for (const n of needs) same(`${kind} need in service`, (await p.community.must('GET', '/needs/' + n.id)).state, 'in_service');
  await everyRole('needs', needs[0].id);

  // service, the residents' word
  const records = [];
  for (const [i, n] of needs.entries()) records.push(await story.serviceRecord(p, project, n, i));
  const r0 = records[0], clash = await p.org_manager.post('/service-records', { project: project.id, community: r0.community, worker: r0.worker, method: 'WM01', day: r0.day, starts: '08:10', ends: '08:50', person_times: 1, content: '同时' });
  ok(`${kind} nobody is in two places at once`, clash.status === 400 && /同一时段/.test(clash.text), clash.text);
  for (const n of needs) await story.resolveNeed(p, n);
  await everyRole('needs', needs[0].id);
  for (const role of ['community', 'org_manager', 'county']) ok(`${kind} ${role} cannot close a need`, (await p[role].post(`/needs/${needs[0].id}/close`)).status >= 400);
  const silent = await p.community.post('/need-confirmations', { need: needs[0].id, score: 5, solved: 'yes' });
  ok(`${kind} a word on behalf without way and witness is refused`, silent.status === 400 && /见证人/.test(silent.text), silent.text);
  const box = (await new Client(server.url).get('/outbox')).body.items, code = box.map((m) => /[A-HJ-NP-Z2-9]{8}/.exec(m.text)?.[0]).filter(Boolean);
  ok(`${kind} a one-time code went to each resident's phone`, code.length >= 10, JSON.stringify(box).slice(0, 400));
  const holder = new Client(server.url), opened = await holder.post('/session', { code: code[0] });
  holder.csrf = opened.body?.csrf;
  const hers = needs.length && (await Promise.all(needs.map(async (n) => [n, (await holder.get('/needs/' + n.id)).status]))).filter(([, s]) => s === 200);
  ok(`${kind} a code opens its own need only`, opened.status < 300 && hers.length === 1, opened.text);
  const word = await holder.post('/need-confirmations', { need: hers[0][0].id, score: 5, solved: 'yes', words: '满意' });
  ok(`${kind} and carries its owner's word`, word.status === 201, word.text);
  const left = needs.filter((n) => n.id !== hers[0][0].id), sad = left.shift();
  for (const n of left) await story.confirmNeed(p, n, 5);
  await story.confirmNeed(p, sad, 2, 'no');
  same(`${kind} content: met and closed`, (await p.community.must('GET', '/needs/' + left[0].id)).state, 'closed');
  same(`${kind} not content: open again`, (await p.community.must('GET', '/needs/' + sad.id)).state, 'reopened');
  await everyRole('needs', left[0].id); await everyRole('needs', sad.id);
  const task = (await p.community.must('GET', '/rectifications?need=' + sad.id)).items[0];
  ok(`${kind} somebody owes a remedy`, task?.state === 'open', JSON.stringify(task));
  await act(p.org_manager, 'rectifications', task.id, 'answer', { answer: '已更换社工并补做服务' });
  await act(p.community, 'rectifications', task.id, 'check', { finding: '已整改' });
  await act(p.community, 'needs', sad.id, 'serve'); await story.resolveNeed(p, sad); await story.confirmNeed(p, sad, 4);
  same(`${kind} in the end it is met`, (await p.community.must('GET', '/needs/' + sad.id)).state, 'closed');
  for (const n of needs) await story.rateService(p, n, 4);

  // money against accepted work; the last part waits for the grade
  for (const [i, m] of milestones.entries()) {
    await act(p.org_manager, 'milestones', m.id, 'submit', { evidence: '成果' }); await everyRole('milestones', m.id);
    const soonPay = await p.org_manager.post(`/payments/${payments[i].id}/request`, { invoice_no: 'EARLY' + i, bank_account: '6222000000000000001' });
    ok(`${kind} payment ${i + 1} before acceptance is refused`, soonPay.status === 400 && /验收/.test(soonPay.text), soonPay.text);
    await act(p.county, 'milestones', m.id, 'accept', { met: '达到', opinions: '居民满意' }); await everyRole('milestones', m.id);
    const ask = { invoice_no: 'FP' + i + kind, bank_account: '6222000000000000001', bank_name: '测试银行' };
    if (i === 2) {
      const wait = await p.org_manager.post(`/payments/${payments[i].id}/request`, ask);
      ok(`${kind} the last payment waits for the grade`, wait.status === 400 && /三方评价/.test(wait.text), wait.text);
      const first = await p.street.must('POST', '/evaluations', { project: project.id, party: 'EP01', score_bp: 9000, opinion: '好', no_tie: true });
      await everyRole('evaluations', first.id);
      await act(p.street, 'evaluations', first.id, 'hand_in'); await everyRole('evaluations', first.id);
      ok(`${kind} a score is sealed until all three are in`, !('score_bp' in ((await p.evaluator.get('/evaluations/' + first.id)).body ?? {})));
      ok(`${kind} a party scores for itself only`, (await p.evaluator.post('/evaluations', { project: project.id, party: 'EP02', score_bp: 1, no_tie: true })).status === 400);
      for (const [c, party] of [[p.community, 'EP02'], [p.evaluator, 'EP03']]) { const e = await c.must('POST', '/evaluations', { project: project.id, party, score_bp: 8000, opinion: '好', no_tie: true }); await act(c, 'evaluations', e.id, 'hand_in'); }
      await everyRole('evaluations', first.id);
      same(`${kind} the weighted grade: 0.4 x 90 + 0.3 x 80 (ten ratings of 4/5) + 0.3 x 80`, (await p.county.must('GET', '/projects/' + project.id)).grade_bp, 8400);
    }
    await act(p.org_manager, 'payments', payments[i].id, 'request', ask); await everyRole('payments', payments[i].id);
    await act(p.street, 'payments', payments[i].id, 'dept_approve'); await everyRole('payments', payments[i].id);
    ok(`${kind} one person does not approve twice`, (await p.street.post(`/payments/${payments[i].id}/finance_approve`)).status >= 400);
    await act(p.finance, 'payments', payments[i].id, 'finance_approve'); await everyRole('payments', payments[i].id);
    const same4 = await p.finance.post(`/payments/${payments[i].id}/pay`, { voucher: 'PZ', paid_on: day(26) });
    ok(`${kind} who approved does not pay`, same4.status === 403, same4.text);
    await act(p.county, 'payments', payments[i].id, 'pay', { voucher: 'PZ' + i, paid_on: day(26) }); await everyRole('payments', payments[i].id);
  }
  await act(p.finance, 'payments', payments[0].id, 'reconcile'); await everyRole('payments', payments[0].id);
  await act(p.county, 'contracts', k.id, 'accept', { opinion: '合格' }); await everyRole('contracts', k.id);
  await act(p.finance, 'contracts', k.id, 'settle'); await everyRole('contracts', k.id);
  await act(p.county, 'contracts', k.id, 'close'); await everyRole('contracts', k.id);
  await act(p.org_manager, 'projects', project.id, 'finish', { report: '结项报告' }); await everyRole('projects', project.id);
  await act(p.county, 'projects', project.id, 'accept', { acceptance: '通过' }); await everyRole('projects', project.id);
  await act(p.finance, 'projects', project.id, 'settle'); await everyRole('projects', project.id);
  await act(p.county, 'projects', project.id, 'archive'); await everyRole('projects', project.id);
  console.log(`# ${kind}: ${tries} forbidden tries, all refused unless said above; states seen: ${Object.keys(seen).length}`);
  const missing = Object.entries(expected).flatMap(([r, s]) => Object.keys(s).map((x) => r + '/' + x)).filter((x) => !seen[x] && !['needs/confirmed', 'needs/unreachable', 'evaluations/published'].includes(x));
  same(`${kind} every expected state was visited`, missing, []);

  // the trace, both ways, and only what the caller may see
  const trace = await p.county.must('GET', `/needs/${needs[0].id}/trace`);
  const items = Object.fromEntries(trace.links.map((l) => [l.key, l]));
  same(`${kind} the chain has its links`, ['need', 'project', 'purchase', 'contract', 'organisation', 'service', 'rating', 'evaluation', 'payment'].filter((x) => !(items[x]?.items.length || items[x]?.hidden)), []);
  same(`${kind} three payments of the contract's price`, [items.payment.items.length, items.payment.items.reduce((a, x) => a + x.money_fen, 0)], [3, 950000]);
  const back = await p.county.must('GET', `/contracts/${k.id}/trace`);
  same(`${kind} the contract leads back to its ten needs`, back.links.find((l) => l.key === 'need').items.length + back.links.find((l) => l.key === 'need').hidden, 10);
  const orgs = await p.org_manager2.get(`/needs/${needs[0].id}/trace`);
  ok(`${kind} a stranger has no trace`, orgs.status === 404, orgs.text);
  const history = await p.county.must('GET', `/needs/${sad.id}/history`);
  ok(`${kind} every version is kept`, JSON.stringify(history).includes('reopened'), JSON.stringify(history).slice(0, 300));
  ok(`${kind} the server stops cleanly`, (await server.stop()) === 0);
  const v = await run(process.env.SANSHE_BIN || 'build/sanshe', ['verify', '--db', db]);
  ok(`${kind} verify is clean after the whole story`, v.code === 0, v.out.slice(-1500) + v.err.slice(-500));
}
for (const { kind } of stores()) { try { await play(kind); } catch (e) { ok(`${kind} the loop runs through`, false, e.stack); } }
finish();
