// loop.mjs -- a need travels the whole chain by mouse, as twelve people at twelve screens: said, verified, planned, reviewed, budgeted,
// purchased from three bidders, contracted, served, accepted, rated, evaluated, paid, and closed by the resident's own word.
// By the program and not by mouse: the accounts of two more bidders (an administrator's work at the command line), the telephone number the
// resident knows by heart, and the business days that pass (the demonstration's clock is set when its server starts, so it owns its server).
import { Client, fresh, run, serve, ok, same, finish, PASSWORD } from '../node/harness.mjs';
import { bidders } from '../node/story.mjs';
import { addRow, create, fill, go, launch, login, put, stateOf, step, tooWide, window } from './hands.mjs';

const PHONE = { width: 375, height: 812 }, DAY = 86400000;
const faults = [], people = {};
let server, browser, residentPhone;
const db = await fresh('sqlite', 'browser');
const later = (from, n) => new Date(Date.parse(from) + n * DAY).toISOString().slice(0, 10);

async function as(who, size) {
  if (!people[who]) {
    people[who] = await window(browser, server.url, faults, size);
    await login(people[who], who, PASSWORD);
  }
  return people[who];
}
/** The next business day begins: another server, and everybody signs in anew when he is needed. */
async function advance(to) {
  for (const [who, p] of Object.entries(people)) { await p.context().close(); delete people[who]; }
  await server.stop();
  server = await serve(db, { now: to });
}
const at = async (who, path) => { const p = await as(who); await go(p, path); return p; };
async function told(name, page, want) { const got = await stateOf(page); ok(name, got === want, `${got}, not ${want}, at ${page.url()}`); }

async function needs() {
  const me = await as('resident', PHONE), api = await Client.login(server.url, 'resident');
  residentPhone = (await api.must('GET', '/needs?limit=1')).items[0].phone;
  await me.getByText('说说我的需要').click();
  await me.getByRole('button', { name: '社区照顾', exact: true }).click();
  await me.getByRole('button', { name: '老年人', exact: true }).click();
  await fill(me, 'm-', { detail: '一个人住，洗澡怕滑倒，想有人每周来看看', name: '测试甲子', phone: residentPhone });
  ok('the resident\'s page fits a telephone', !(await tooWide(me)));
  await me.getByRole('button', { name: '提交给社区' }).click();
  await me.waitForURL(/\/me\/\d+$/);
  const first = me.url().split('/').pop();

  const c = await as('community');
  await go(c, '/r/needs/new');
  await c.getByRole('button', { name: '保存', exact: true }).click();
  ok('an empty form says what is missing and takes the focus', await c.locator('.es').evaluate((e) => e === document.activeElement && e.querySelectorAll('a').length >= 3));
  const second = await create(c, 'needs', { owner_name: '测试乙丑', phone: '15401234567', grp: '老年人', domain: '社区照顾', detail: '独居，需要定期上门探访', witness: '测试丙寅' });
  await step(c, 'submit');
  for (const id of [first, second]) {
    await go(c, '/r/needs/' + id);
    await step(c, 'verify');
    await step(c, 'accept');
    await told('a need is verified and accepted', c, '已受理');
  }
  return [first, second];
}

async function project() {
  const c = await as('community');
  const id = await create(c, 'projects', { title: '高龄老人每周探访', domain: '社区照顾', grp: '老年人', purchaser: '和平区民政局' });
  const here = '/r/projects/' + id;
  await addRow(c, 'project-items', { item: '每周探访', unit: '人次', qty: '100', unit_price_fen: '100' });
  await addRow(c, 'budget-lines', { kind: '专业活动费', amount_fen: '8000' });
  await addRow(c, 'budget-lines', { kind: '人员费用', amount_fen: '2000' });
  for (let i = 0; i < 2; i++) {
    await c.getByRole('button', { name: '并入本项目' }).first().click();
    await c.locator('.el-message--success').first().waitFor();
    await go(c, here);
  }
  await step(c, 'submit');
  await step(await at('street', here), 'street_review', { opinion: '符合社区需要' });
  await step(await at('county', here), 'approve', { opinion: '同意' });
  const k = await as('county');
  const fund = await create(k, 'funds', { name: '社区照顾专项', source: '财政资金', place: ['和平区'], year: '2020', appropriated_fen: '10000' });
  const f = await at('finance', '/r/funds/' + fund);
  await step(f, 'approve');
  await go(f, here);
  await addRow(f, 'budgets', { fund: '社区照顾专项', fen: '10000' });
  await step(f, 'budget');
  await told('the project is reviewed by three offices and its money reserved', f, '预算已落实');
  return id;
}

async function purchase(project) {
  const k = await as('county');
  const id = await create(k, 'procurements', { project: '高龄老人每周探访', title: '高龄老人每周探访服务', method: '竞争性磋商', ground: '技术复杂', demand: '每周入户探访 100 人次，记录完整' });
  const here = '/r/procurements/' + id, today = '2020-11-20';
  await step(k, 'consult', { consultation: '11 月 18 日居民议事会，12 人参加，同意' });
  await step(k, 'publish', { document: '磋商文件要点', deadline: later(today, 11) + ' 09:30' });
  await told('the purchase is published', k, '投标中');
  for (const [i, who] of ['org_manager', 'bidder_a', 'bidder_b'].entries()) {
    const b = await at(who, here);
    await addRow(b, 'bids', { price_fen: String(9500 + i * 100), content: `第 ${i + 1} 家的服务方案`, statement: '是' });
    await step(b, 'seal', {}, b.locator('[data-room="bids"] tbody tr').first());
  }
  await go(k, here);
  await k.locator('[data-room="bids"] tbody tr').nth(2).waitFor();
  ok('before the opening the office sees three offers and no price', (await k.locator('[data-room="bids"] tbody tr').count()) === 3 && !(await k.locator('main').innerText()).includes('9,500.00'));
  await advance(later(today, 12));
  await step(await at('county', here), 'open');
  const e = await at('evaluator', here);
  for (let i = 0; i < 3; i++) {
    await step(e, 'score', { score_bp: String(92 - i * 2), no_tie: '是', score_why: '方案完整' }, e.locator('[data-room="bids"] tbody tr').filter({ has: e.locator('[data-step="score"]') }).first());
    await go(e, here);
  }
  await step(e, 'evaluate', { report: '三家合格，按综合得分排名' });
  await step(await at('county', here), 'announce', { award_why: '综合得分最高' });
  await advance(later(today, 26));
  const c = await at('county', here);
  await step(c, 'award');
  await told('three bidders, one award', c, '已成交');
  await go(c, '/r/contracts?project=' + project);
  await c.locator('tbody tr .nm a').first().click();
  await c.waitForURL(/\/r\/contracts\/\d+$/);
  return c.url().split('/').pop();
}

async function contract(id) {
  const here = '/r/contracts/' + id, today = later('2020-11-20', 26), k = await at('county', here + '/edit');
  await fill(k, 'f-', { starts_on: today, ends_on: '2021-11-30', acceptance: '按里程碑逐条验收' });
  await k.getByRole('button', { name: '保存修改' }).click();
  await k.waitForURL(new RegExp(here + '$'));
  await addRow(k, 'milestones', { seq: '1', title: '启动与建档', due_on: '2021-01-10', share_bp: '60', last: '否' });
  await addRow(k, 'milestones', { seq: '2', title: '终期', due_on: '2021-06-30', share_bp: '40', last: '是' });
  await step(k, 'sign', { signed_on: today });
  await step(k, 'announce');
  await step(await at('finance', here), 'file', { receipt: 'BA-2020-1' });
  const o = await at('org_manager', here);
  await step(o, 'start');
  await told('the contract is signed, published, filed and running', o, '履行中');
  ok('the page says why the next payment waits', (await o.locator('.bl').innerText()).includes('暂不可付'));
}

async function service(need) {
  const o = await as('org_manager'), api = await Client.login(server.url, 'org_manager');
  const [w] = (await api.must('GET', '/workers?limit=1&org=' + api.user.org)).items, { no } = await api.must('GET', '/needs/' + need);
  await create(o, 'service-records', { project: '高龄老人每周探访', community: ['长白街道', '格林生活坊社区'], worker: w.name, method: '个案工作', day: later('2020-11-20', 26),
    starts: '8:00', ends: '0840', person_times: '1', need: no, content: '入户探访，量血压，检查浴室扶手' });
  await told('the service is recorded', o, '已记录');
}

async function deliver(contract, seq) {
  const api = await Client.login(server.url, 'county');
  const m = (await api.must('GET', `/milestones?contract=${contract}`)).items.find((x) => x.seq === seq);
  const here = '/r/milestones/' + m.id;
  await step(await at('org_manager', here), 'submit', { evidence: '服务记录与签到表' });
  const k = await at('county', here);
  await step(k, 'accept', { met: '逐条达到', opinions: '居民 3 人参加验收，满意' });
  await told(`milestone ${seq} is accepted with the residents' opinion`, k, '已验收');
  return m.id;
}

async function words(first, second) {
  const o = await as('org_manager');
  for (const id of [first, second]) {
    await go(o, '/r/needs/' + id);
    await step(o, 'resolve', { result: '每周探访已经开始，浴室装了扶手' });
  }
  const c = await at('community', '/r/needs/' + second);
  await c.getByRole('button', { name: '登记服务评价' }).click();
  await fill(c, 'w-', { attitude: '5', skill: '5', timely: '5', effect: '4', again: '是', anonymous: '是' });
  await c.getByRole('dialog').getByRole('button', { name: '保存', exact: true }).click();
  await c.getByRole('dialog', { name: '登记服务评价' }).waitFor({ state: 'hidden' });
  await c.getByRole('button', { name: '登记居民确认' }).click();
  await fill(c, 'w-', { score: '5', solved: '已解决', how: '电话回访', witness: '测试丙寅', words: '来得准时' });
  await c.getByRole('dialog').getByRole('button', { name: '保存', exact: true }).click();
  await c.getByRole('dialog', { name: '登记居民确认' }).waitFor({ state: 'hidden' });
  await go(c, '/r/needs/' + second);
  await told('a need is closed by the resident\'s word, written down before a witness', c, '已满足');
  const { items } = await (await fetch(server.url + '/api/v1/outbox')).json();
  const code = /办理码 (\w+)/.exec(items.find((x) => x.to === residentPhone && x.text.includes('办理码'))?.text ?? '')?.[1] ?? '';
  const phone = await window(browser, server.url, faults, PHONE);
  phone.who = 'holder';
  await go(phone, '/login?door=code');
  await phone.fill('#t', code);
  await phone.getByRole('button', { name: '去评价' }).click();
  await phone.getByRole('button', { name: '很满意', exact: true }).click();
  await phone.getByRole('button', { name: '已解决', exact: true }).click();
  ok('the rating page fits a telephone', !(await tooWide(phone)));
  await phone.getByRole('button', { name: '提交评价' }).click();
  await phone.getByText('谢谢您的评价').waitFor();
  await go(c, '/r/needs/' + first);
  await told('a need is closed by the resident himself with his one-time code', c, '已满足');
}

async function evaluations(project) {
  const here = '/r/projects/' + project;
  for (const [who, party, score] of [['street', '党委政府考核', '90'], ['community', '群众评价', '92'], ['evaluator', '社会评议', '88']]) {
    const p = await at(who, here);
    await addRow(p, 'evaluations', { party, score_bp: score, opinion: '达到预期', no_tie: '是' });
    await step(p, 'hand_in', {}, p.locator('[data-room="evaluations"] tbody tr').filter({ has: p.locator('[data-step="hand_in"]') }).first());
  }
  const p = await at('county', here);
  const grade = p.getByText(/^综合/);
  await grade.waitFor();
  ok('three parties give one grade', /综合 *\d+/.test(await grade.innerText()), await grade.innerText());
}

async function payments(contract) {
  const api = await Client.login(server.url, 'finance');
  for (const pay of (await api.must('GET', `/payments?contract=${contract}`)).items.sort((a, b) => a.seq - b.seq)) {
    const here = '/r/payments/' + pay.id;
    await step(await at('org_manager', here), 'request', { invoice_no: 'FP2020' + pay.seq, bank_account: '6222000000000000001', bank_name: '测试银行' });
    await step(await at('street', here), 'dept_approve', { opinion: '同意' });
    await step(await at('finance', here), 'finance_approve', {});
    const k = await at('county', here);
    await step(k, 'pay', { voucher: 'PZ' + pay.seq, paid_on: later('2020-11-20', 26) });
    await told(`payment ${pay.seq} is made by the fourth person`, k, '已支付');
  }
}

try {
  server = await serve(db);
  browser = await launch();
  await bidders(db, server.url);
  const [first, second] = await needs();
  const p = await project();
  const k = await purchase(p);
  await contract(k);
  await service(first);
  await deliver(k, 1);
  await deliver(k, 2);
  await words(first, second);
  await evaluations(p);
  await payments(k);
  const c = await at('county', `/r/needs/${first}/trace`);
  await c.locator('.tc li').nth(8).waitFor();
  const empty = await c.locator('.tc .none').allInnerTexts();
  ok('the chain of the need is whole, from need to payment', !empty.length, empty.join(' '));
  for (const path of ['/r/needs', '/r/projects/' + p, '/r/contracts/' + k, '/r/needs/new', '/']) {
    const q = await window(browser, server.url, faults, PHONE);
    await login(q, 'community', PASSWORD);
    await go(q, path);
    ok(`${path.replace(/\d{6,}/, 'ID')} fits a telephone`, !(await tooWide(q)));
    await q.context().close();
  }
  same('no page reported an error', faults, []);
} catch (e) {
  ok('the loop by mouse goes through', false, e.stack);
  for (const [who, p] of Object.entries(people)) await p.screenshot({ path: `${process.env.SANSHE_TEST_OUT || 'out/test'}/browser-${who}.png` }).catch(() => {});
} finally {
  await browser?.close();
  await server?.stop();
}
const v = await run(process.env.SANSHE_BIN || 'build/sanshe', ['verify', '--db', db]);
ok('the database behind it verifies', v.code === 0, v.out + v.err);
finish();
