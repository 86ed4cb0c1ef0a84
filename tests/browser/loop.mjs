// loop.mjs -- a need travels the whole chain by mouse, as ten people at ten screens: said, verified, planned, reviewed, budgeted, purchased from
// three bidders, contracted, served, accepted, rated, evaluated, paid, and closed by the resident's own word.
// By the program and not by mouse: the accounts of two more bidders (an administrator's work at the command line), the telephone number the
// resident knows by heart, and the business days that pass (the demonstration's clock is set when its server starts).
import { Client, fresh, run, serve, ok, finish, PASSWORD } from '../node/harness.mjs';
import { bidders } from '../node/story.mjs';
import { addRow, create, fill, go, launch, login, put, stateOf, step, tooWide, window } from './hands.mjs';

const faults = [], people = {};
const PHONE = { width: 375, height: 812 };
let server, db, browser;
const given = process.env.SANSHE_URL;                     // a server of somebody else's: then only what needs no other day
const day = (from, n) => new Date(Date.parse(from) + n * 86400000).toISOString().slice(0, 10);
async function as(who, size) {
  if (!people[who]) { people[who] = await window(browser, server.url, faults, size); await login(people[who], who, PASSWORD); }
  return people[who];
}
async function advance(to) {
  await server.stop();
  server = await serve(db, { now: to });
  for (const p of Object.values(people)) {             // another port is another place: everybody signs in again
    const who = p.who, size = p.viewportSize();
    await p.context().close();
    delete people[who];
    await as(who, size);
  }
}
const at = async (who, path) => { const p = await as(who); await go(p, path); return p; };
const told = async (name, page, want) => ok(name, (await stateOf(page)) === want, `${await stateOf(page)}, not ${want}; ${page.url()}`);

async function needs() {
  const me = await as('resident', PHONE), api = await Client.login(server.url, 'resident');
  const phone = (await api.must('GET', '/needs?limit=1')).items[0].phone;
  await me.getByText('说说我的需要').click();
  await me.getByRole('button', { name: '社区照顾', exact: true }).click();
  await me.getByRole('button', { name: '老年人', exact: true }).click();
  await fill(me, 'm-', { detail: '一个人住，洗澡怕滑倒，想有人每周来看看', name: '测试甲子', phone });
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
    await c.locator('[data-step="accept"]').first().waitFor();
    await step(c, 'accept', {}).catch(async () => { await c.locator('form.df:visible button[type=submit]').click(); await c.locator('.el-message--success').first().waitFor(); });
    await go(c, '/r/needs/' + id);
    await told('need accepted', c, '已受理');
  }
  return [first, second];
}

async function project() {
  const c = await as('community');
  const id = await create(c, 'projects', { title: '高龄老人每周探访', domain: '社区照顾', grp: '老年人', purchaser: '和平区民政局' });
  await addRow(c, 'project-items', { item: '每周探访', unit: '人次', qty: '100', unit_price_fen: '100' });
  await addRow(c, 'budget-lines', { kind: '专业活动费', amount_fen: '8000' });
  await addRow(c, 'budget-lines', { kind: '人员费用', amount_fen: '2000' });
  for (let i = 0; i < 2; i++) { await c.getByRole('button', { name: '并入本项目' }).first().click(); await c.locator('.el-message--success').first().waitFor(); await go(c, '/r/projects/' + id); }
  await step(c, 'submit');
  const s = await at('street', '/r/projects/' + id);
  await step(s, 'street_review', { opinion: '同意' });
  const k = await at('county', '/r/projects/' + id);
  await step(k, 'approve', { opinion: '同意' });
  const fund = await (async () => { await go(k, '/r/funds/new'); await put(k, 'f-place', []).catch(() => {}); return ''; })();
  void fund;
  await k.keyboard.press('Escape');
  return id;
}
