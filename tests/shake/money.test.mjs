// money.test.mjs -- 64 clients of finance, bureau, street and organisation at once on one fund, one signature and one payment: money is
// booked, committed and paid once, never more than there is, and every fen is somewhere. On both stores, over several connections.
import { Client, fresh, serve, stores, ok, same, finish, key, run } from '../node/harness.mjs';
import * as story from '../node/story.mjs';

const CLIENTS = 64, BIN = process.env.SANSHE_BIN || 'build/sanshe', TOTAL = 100000, HOLDS = 8, PROJECTS = 12;
const fen = (v) => Number(v ?? 0);
const tally = (answers) => answers.reduce((t, a) => ({ ...t, [a.status]: (t[a.status] ?? 0) + 1 }), {});
const won = (answers) => answers.filter((a) => a.status === 200 || a.status === 201);
/** Nothing but success and refusal with a sentence: no 500, no empty answer. */
const civil = (answers) => answers.every((a) => a.status < 500 || a.status === 503) && answers.every((a) => a.body && (a.status < 400 || a.body.detail));
const wave = (n, fn) => Promise.all(Array.from({ length: n }, (_, i) => fn(i)));
async function once(name, n, fn) {
  const answers = await wave(n, fn);
  ok(`${name}: ${n} at once, one succeeds, the others are told why`, won(answers).length === 1 && civil(answers), JSON.stringify(tally(answers)) + (answers.find((a) => a.status >= 500)?.text ?? ''));
  return won(answers)[0]?.body;
}

const all = async (c, path) => {
  const items = [];
  for (let next = ''; next !== null;) {
    const page = await c.must('GET', `${path}&limit=200${next && '&cursor=' + encodeURIComponent(next)}`);
    items.push(...page.items);
    next = page.next ?? null;
  }
  return items;
};
const stageSum = (accounts, stage) => accounts.filter((a) => a.stage === stage).reduce((s, a) => s + fen(a.balance_fen), 0);

/** A project of one need, approved, its money not yet found. */
async function approved(p, i) {
  const [need] = await story.acceptedNeeds(p, 1);
  const project = await p.community.must('POST', '/projects', { title: '争抢测试项目 ' + i, place: story.COMMUNITY, domain: 'SD01', grp: 'TG01', purchaser: '和平区民政局', goals: '测试' });
  await p.community.must('POST', '/project-items', { project: project.id, item: '探访', unit: '人次', qty: 100, unit_price_fen: TOTAL / 100 });
  await p.community.must('POST', '/budget-lines', { project: project.id, kind: 'activity', amount_fen: TOTAL });
  await p.community.must('POST', `/needs/${need.id}/plan`, { project: project.id });
  await p.community.must('POST', `/projects/${project.id}/submit`, {});
  await p.street.must('POST', `/projects/${project.id}/street_review`, { opinion: '同意' });
  return p.county.must('POST', `/projects/${project.id}/approve`, { opinion: '同意' });
}
async function bookings(kind, p) {
  const fund = await p.county.must('POST', '/funds', { name: '争抢资金', source: 'FS01', place: story.COUNTY, year: 2020, appropriated_fen: TOTAL * HOLDS });
  await once(`${kind}: approving a fund`, CLIENTS, () => p.finance.post(`/funds/${fund.id}/approve`, {}));
  const projects = [];
  for (let i = 0; i < PROJECTS; i++) projects.push(await approved(p, i));
  const booked = await wave(CLIENTS, (i) => p.finance.post('/budgets', { project: projects[i % PROJECTS].id, fund: fund.id, fen: TOTAL }, i % 2 ? { 'idempotency-key': key() } : {}));
  ok(`${kind}: each project books the fund once`, won(booked).length === PROJECTS && civil(booked), JSON.stringify(tally(booked)));
  const reserved = await wave(CLIENTS, (i) => p.finance.post(`/projects/${projects[i % PROJECTS].id}/budget`, {}));
  ok(`${kind}: ${PROJECTS} projects race for the money of ${HOLDS}: ${HOLDS} get it`, won(reserved).length === HOLDS && civil(reserved), JSON.stringify(tally(reserved)) + (reserved.find((a) => a.status >= 500)?.text ?? ''));
  const left = async () => {
    const own = await all(p.finance, `/accounts?fund=${fund.id}`), budgets = (await all(p.finance, `/budgets?fund=${fund.id}`)).map((b) => b.id);
    const held = (await Promise.all(budgets.map((b) => all(p.finance, `/accounts?budget=${b}`)))).flat();
    return { free: stageSum(own, 'available'), held: stageSum(held, 'reserved'), low: Math.min(0, ...[...own, ...held].map((a) => fen(a.balance_fen))) };
  };
  same(`${kind}: nothing is left and nothing is lacking`, await left(), { free: 0, held: TOTAL * HOLDS, low: 0 });
  // three that have money give it back while the others ask for it
  const has = new Set(won(reserved).map((a) => a.body.id)), without = projects.filter((x) => !has.has(x.id)), gives = [...has].slice(0, 3);
  const mixed = await wave(CLIENTS, (i) => i % 2 ? p.community.post(`/projects/${gives[i % gives.length]}/cancel`, { reason: '争抢测试' })
    : p.finance.post(`/projects/${without[i / 2 % without.length].id}/budget`, {}));
  ok(`${kind}: returning and booking at once: refusals have a sentence`, civil(mixed), JSON.stringify(tally(mixed)));
  const states = (await Promise.all(projects.map((x) => p.county.must('GET', '/projects/' + x.id)))).map((x) => x.state);
  const n = states.filter((s) => s === 'budgeted').length, end = await left();
  same(`${kind}: three give back once each`, states.filter((s) => s === 'cancelled').length, 3);
  same(`${kind}: free and reserved money together are the fund`, end, { free: TOTAL * (HOLDS - n), held: TOTAL * n, low: 0 });
}

/** A contract with milestones, ready to be signed. */
async function draft(p, advance) {
  const project = await story.budgetedProject(p, await story.acceptedNeeds(p, 1));
  const { contract } = await story.awardedContract(p, project, { advance });
  const now = (await story.businessNow(p.county)).slice(0, 10), year = +now.slice(0, 4) + 1;
  const c = await p.county.must('GET', '/contracts/' + contract.id);
  await p.county.must('PATCH', '/contracts/' + contract.id, { starts_on: now, ends_on: `${year}-11-30`, acceptance: '按里程碑验收' }, { 'if-match': `"${c.version}"` });
  const milestones = [];
  for (const [i, share] of [4000, 3000, 2000, 1000].entries())
    milestones.push(await p.county.must('POST', '/milestones', { contract: contract.id, seq: i + 1, title: `第 ${i + 1} 期`, due_on: `${year}-0${2 + i}-01`, share_bp: share, last: i === 3 }));
  return { project, contract: c, milestones, now };
}
/** Up to the last signature before paying, every step raced. */
async function readyToPay(name, p, m, invoice) {
  const n = 16;
  await once(`${name}: hand in`, n, () => p.org_manager.post(`/milestones/${m.id}/submit`, { evidence: '成果材料' }));
  await once(`${name}: accept`, CLIENTS, (i) => p.county.post(`/milestones/${m.id}/accept`, { met: '达到', opinions: '居民 3 人参加验收，满意' }, i % 2 ? { 'idempotency-key': key() } : {}));
  const pay = (await p.finance.must('GET', '/payments?milestone=' + m.id)).items[0];
  await once(`${name}: request`, n, () => p.org_manager.post(`/payments/${pay.id}/request`, { invoice_no: invoice, bank_account: '6222000000000000001', bank_name: '测试银行' }));
  await once(`${name}: department`, n, () => p.street.post(`/payments/${pay.id}/dept_approve`, { opinion: '同意' }));
  await once(`${name}: finance`, n, () => p.finance.post(`/payments/${pay.id}/finance_approve`, {}));
  return p.finance.must('GET', '/payments/' + pay.id);
}
const moved = async (p, cause, verb) => (await all(p.finance, `/transfers?cause=${cause}`)).filter((t) => t.verb === verb).reduce((s, t) => s + fen(t.fen), 0);

async function payments(kind, p, advance) {
  const { contract, milestones, now, project } = await draft(p, advance);
  await once(`${kind}: signing`, CLIENTS, (i) => p.county.post(`/contracts/${contract.id}/sign`, { signed_on: now }, i % 2 ? { 'idempotency-key': key() } : {}));
  same(`${kind}: the price is committed once`, await moved(p, contract.id, 'commit'), fen(contract.price_fen));
  for (const [c, step, body] of [[p.county, 'announce', {}], [p.finance, 'file', { receipt: 'BA-1' }], [p.org_manager, 'start', {}]])
    await c.must('POST', `/contracts/${contract.id}/${step}`, body);
  const body = { voucher: 'PZ-1', paid_on: now };
  {
    const pay = await readyToPay(`${kind} milestone 1`, p, milestones[0], 'FP-1-' + kind), one = key();
    const answers = await wave(CLIENTS, (i) => p.county.post(`/payments/${pay.id}/pay`, body, i % 4 === 0 ? { 'idempotency-key': one } : i % 4 === 1 ? { 'idempotency-key': key() } : {}));
    const good = won(answers), keyed = answers.filter((_, i) => i % 4 === 0);
    ok(`${kind}: paying with and without a key at once: one effect`, civil(answers) && (good.length === 1 || good.every((a) => keyed.includes(a))), JSON.stringify(tally(answers)));
    same(`${kind}: paid once`, await moved(p, pay.id, 'pay'), fen(pay.pay_fen));
  }
  {
    const pay = await readyToPay(`${kind} milestone 2`, p, milestones[1], 'FP-2-' + kind), one = key();
    const answers = await wave(CLIENTS, () => p.county.post(`/payments/${pay.id}/pay`, body, { 'idempotency-key': one }));
    const good = won(answers);
    ok(`${kind}: paying ${CLIENTS} times with one key: one answer for all`, civil(answers) && good.length > 0 && new Set(good.map((a) => a.text)).size === 1 && answers.every((a) => a.status === 200 || a.status === 503), JSON.stringify(tally(answers)));
    same(`${kind}: paid once, with one key`, await moved(p, pay.id, 'pay'), fen(pay.pay_fen));
  }
  {
    const pay = await readyToPay(`${kind} milestone 3`, p, milestones[2], 'FP-3-' + kind);
    const answers = await wave(CLIENTS, (i) => [() => p.county.post(`/payments/${pay.id}/pay`, body), () => p.finance.post(`/payments/${pay.id}/return`, { why: '发票有误' }), () => p.street.post(`/payments/${pay.id}/withhold`, { why: '待查' })][i % 3]());
    const state = (await p.finance.must('GET', '/payments/' + pay.id)).state;
    ok(`${kind}: paid, returned or withheld: one of them`, civil(answers) && won(answers).length === 1 && ['paid', 'returned', 'withheld'].includes(state), JSON.stringify(tally(answers)) + state);
    same(`${kind}: money moved only if it was paid`, await moved(p, pay.id, 'pay'), state === 'paid' ? fen(pay.pay_fen) : 0);
  }
  const held = await all(p.finance, `/accounts?contract=${contract.id}`);
  same(`${kind}: committed, payable and paid together are the price`, ['committed', 'payable', 'paid'].reduce((s, x) => s + stageSum(held, x), 0), fen(contract.price_fen));
  ok(`${kind}: no account below zero`, held.every((a) => fen(a.balance_fen) >= 0), JSON.stringify(held));
  return project;
}

for (const { kind } of stores()) {
  const db = await fresh(kind, 'money_' + kind);
  let server = await serve(db);
  const bidders = await story.bidders(db, server.url), p = await story.cast(server.url, bidders);
  await bookings(kind, p);
  await payments(kind, p, async (day) => { await server.stop(); server = await serve(db, { now: day }); p.again(server.url); });
  same(`${kind}: the server stops cleanly`, await server.stop(), 0);
  const v = await run(BIN, ['verify', '--db', db]);
  ok(`${kind}: verify is clean`, v.code === 0, v.out + v.err);
}
finish();
