// story.mjs -- the whole 三社联动 loop as small steps over HTTP, each by the role that owns it. Used by the flows, the faults and the browser test.
import { Client, run, key, PASSWORD } from './harness.mjs';

export const COMMUNITY = '210102021003', STREET = '210102021000', COUNTY = '210102000000';
let serial = 0;
export const needBody = (more = {}) => ({
  community: COMMUNITY, owner_name: '测试甲子', phone: '1540' + String(1000000 + ++serial).slice(-7), grp: 'TG01', domain: 'SD01',
  detail: '独居，需定期上门探访 ' + serial, witness: '测试乙丑', ...more,
});

/** Accounts beyond the demonstration's: two more organisations that bid, so that there are three. */
export async function bidders(db, url, bin = process.env.SANSHE_BIN || 'build/sanshe') {
  const c = await Client.login(url, 'county');
  const mine = (await Client.login(url, 'org_manager')).user.org;
  const orgs = (await c.must('GET', '/social-orgs?region=210102&limit=20&eligible=true')).items.filter((o) => o.id !== mine).slice(0, 2);
  const names = [];
  for (const [i, o] of orgs.entries()) {
    const name = 'bidder_' + 'ab'[i];
    const r = await run(bin, ['user', 'add', name, '--role', 'org_manager', '--region', '210102', '--org', o.uscc, '--password-stdin', '--db', db], { input: PASSWORD });
    if (r.code) throw new Error(r.err + r.out);
    names.push(name);
  }
  return names;
}

/** All roles logged in on one server; `again(url)` points them to a restarted one. */
export async function cast(url, more = []) {
  const names = ['resident', 'community', 'street', 'county', 'city', 'province', 'finance', 'org_manager', 'social_worker', 'supervisor', 'evaluator', 'auditor', ...more];
  const people = Object.fromEntries(await Promise.all(names.map(async (n) => [n, await Client.login(url, n)])));
  people.again = (to) => { for (const p of Object.values(people)) if (p instanceof Client) p.url = to; };
  return people;
}
const act = (c, room, id, step, body = {}) => c.must('POST', `/${room}/${id}/${step}`, body, { 'idempotency-key': key() });

/** n needs, handed in on behalf of residents and accepted by the community. */
export async function acceptedNeeds(p, n, more = {}) {
  const needs = [];
  for (let i = 0; i < n; i++) {
    const need = await p.community.must('POST', '/needs', needBody(more), { 'idempotency-key': key() });
    await act(p.community, 'needs', need.id, 'submit');
    needs.push(await act(p.community, 'needs', need.id, 'accept'));
  }
  return needs;
}

/** A project of these needs, reviewed, approved and with its money reserved. total in fen. */
export async function budgetedProject(p, needs, { total = 1000000, lottery = 300000, title = '社区照顾测试项目' } = {}) {
  const project = await p.community.must('POST', '/projects', { title, place: COMMUNITY, domain: 'SD01', grp: 'TG01', purchaser: '和平区民政局', goals: '测试' });
  await p.community.must('POST', '/project-items', { project: project.id, item: '每周探访', unit: '人次', qty: 100, unit_price_fen: total / 100 });
  for (const [kind, share] of [['activity', 60], ['volunteer', 10], ['staff', 20], ['evaluation', 10]])
    await p.community.must('POST', '/budget-lines', { project: project.id, kind, amount_fen: total * share / 100 });
  for (const n of needs) await act(p.community, 'needs', n.id, 'plan', { project: project.id });
  await act(p.community, 'projects', project.id, 'submit');
  await act(p.street, 'projects', project.id, 'street_review', { opinion: '同意' });
  await act(p.county, 'projects', project.id, 'approve', { opinion: '同意' });
  for (const [source, fen] of [['FS01', total - lottery], ['FS02', lottery]]) {
    if (!fen) continue;
    const fund = await p.county.must('POST', '/funds', { name: `测试资金 ${source}`, source, place: COUNTY, year: 2020, appropriated_fen: fen });
    await act(p.finance, 'funds', fund.id, 'approve');
    await p.finance.must('POST', '/budgets', { project: project.id, fund: fund.id, fen });
  }
  return act(p.finance, 'projects', project.id, 'budget');
}

const soon = (now, ms) => new Date(new Date(now).getTime() + ms).toISOString();
export const businessNow = async (c) => (await c.must('GET', '/meta')).business_now;

/** A purchase by consultation with three bidders; advance(day) restarts the server on a later business day. */
export async function awardedContract(p, project, { advance, method = 'PM04', prices = [950000, 960000, 980000], scores = [9200, 9000, 8800] } = {}) {
  const now = await businessNow(p.county), day = (n) => soon(now, n * 86400000).slice(0, 10);
  const purchase = await p.county.must('POST', '/procurements', { project: project.id, title: '社区照顾服务采购', method, ground: method === 'PM01' ? undefined : 'complex', demand: '每周探访 100 人次，质量达标' });
  await act(p.county, 'procurements', purchase.id, 'consult', { consultation: '11 月 18 日召开居民议事会，12 人参加，同意' });
  await act(p.county, 'procurements', purchase.id, 'publish', { document: '磋商文件', deadline: soon(now, 11 * 86400000) });
  const who = [p.org_manager, p.bidder_a, p.bidder_b], bids = [];
  for (const [i, c] of who.entries()) {
    const b = await c.must('POST', '/bids', { procurement: purchase.id, price_fen: prices[i], content: '响应方案 ' + i, statement: true });
    bids.push(await act(c, 'bids', b.id, 'seal'));
  }
  await advance(day(12));
  await act(p.county, 'procurements', purchase.id, 'open');
  for (const [i, b] of bids.entries()) await act(p.evaluator, 'bids', b.id, 'score', { score_bp: scores[i], no_tie: true, score_why: '综合评分' });
  await act(p.evaluator, 'procurements', purchase.id, 'evaluate', { report: '评审报告' });
  await act(p.county, 'procurements', purchase.id, 'announce', { award_why: '综合得分最高' });
  await advance(day(26));
  await act(p.county, 'procurements', purchase.id, 'award');
  const contract = (await p.county.must('GET', `/contracts?project=${project.id}`)).items[0];
  return { purchase, bids, contract };
}

/** Terms, milestones (shares in 1/10000, the last one is the final payment), signature, publication, filing, start. */
export async function runningContract(p, contract, { shares = [5000, 3000, 2000] } = {}) {
  const now = (await businessNow(p.county)).slice(0, 10), year = +now.slice(0, 4) + 1;
  const c = await p.county.must('GET', '/contracts/' + contract.id);
  await p.county.must('PATCH', '/contracts/' + contract.id, { starts_on: now, ends_on: `${year}-11-30`, acceptance: '按里程碑验收' }, { 'if-match': `"${c.version}"` });
  const milestones = [];
  for (const [i, share] of shares.entries())
    milestones.push(await p.county.must('POST', '/milestones', { contract: contract.id, seq: i + 1, title: `第 ${i + 1} 期`, due_on: `${year}-0${2 + i}-01`, share_bp: share, last: i === shares.length - 1 }));
  await act(p.county, 'contracts', contract.id, 'sign', { signed_on: now });
  await act(p.county, 'contracts', contract.id, 'announce');
  await act(p.finance, 'contracts', contract.id, 'file', { receipt: 'BA-1' });
  await act(p.org_manager, 'contracts', contract.id, 'start');
  return milestones;
}

export async function serviceRecord(p, project, need, i = 0) {
  const now = (await businessNow(p.county)).slice(0, 10);
  const worker = (await p.org_manager.must('GET', '/workers?limit=1&org=' + p.org_manager.user.org)).items[0];
  const h = String(8 + i % 10).padStart(2, '0');
  return p.org_manager.must('POST', '/service-records', { project: project.id, community: COMMUNITY, worker: worker.id, method: 'WM01', day: now, starts: `${h}:00`, ends: `${h}:40`, person_times: 1, need: need.id, content: '入户探访' });
}
export const resolveNeed = (p, need) => act(p.org_manager, 'needs', need.id, 'resolve', { result: '已按计划探访' });
/** The resident's word, given at the door and written down by the community before a witness. */
export const confirmNeed = (p, need, score = 5, solved = 'yes') =>
  p.community.must('POST', '/need-confirmations', { need: need.id, score, solved, how: 'visit', witness: '测试乙丑', words: '很好' });
export const rateService = (p, need, stars = 5) =>
  p.community.must('POST', '/ratings', { need: need.id, attitude: stars, skill: stars, timely: stars, effect: stars, again: true, anonymous: true });

export async function evaluateProject(p, project, score = 9000) {
  const done = [];
  for (const [c, party] of [[p.street, 'EP01'], [p.community, 'EP02'], [p.evaluator, 'EP03']]) {
    const e = await c.must('POST', '/evaluations', { project: project.id, party, score_bp: score, opinion: '达到预期', no_tie: true });
    done.push(await act(c, 'evaluations', e.id, 'hand_in'));
  }
  return done;
}
export async function payMilestone(p, m, i = 0) {
  await act(p.org_manager, 'milestones', m.id, 'submit', { evidence: '成果材料' });
  await act(p.county, 'milestones', m.id, 'accept', { met: '逐条达到', opinions: '居民 3 人参加验收，满意' });
  const pay = (await p.finance.must('GET', '/payments?milestone=' + m.id)).items[0];
  await act(p.org_manager, 'payments', pay.id, 'request', { invoice_no: 'FP' + key().slice(0, 8) + i, bank_account: '6222000000000000001', bank_name: '测试银行' });
  await act(p.street, 'payments', pay.id, 'dept_approve', { opinion: '同意' });
  await act(p.finance, 'payments', pay.id, 'finance_approve');
  const now = (await businessNow(p.county)).slice(0, 10);
  return act(p.county, 'payments', pay.id, 'pay', { voucher: 'PZ' + i, paid_on: now });
}
