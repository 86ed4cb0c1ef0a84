// screens.mjs -- what the loop does not pass by: searching and going back, keys, export, revealing, drafts, two people changing one record,
// the import of a dirty file, and the places where there is nothing to see.
import { readFileSync } from 'node:fs';
import { fresh, serve, ok, same, finish, PASSWORD } from '../node/harness.mjs';
import { create, fill, go, launch, login, settle, window } from './hands.mjs';

const faults = [];
const db = await fresh('sqlite', 'screens');
const server = await serve(db), browser = await launch();
const as = async (who, size) => { const p = await window(browser, server.url, faults, size); await login(p, who, PASSWORD); return p; };

try {
  const c = await as('community');
  await go(c, '/r/needs');
  const all = Number(await c.locator('.sv .on em').innerText());
  await c.locator('.sv button', { hasText: '已评价' }).click();
  await c.waitForURL(/state=confirmed/);
  await settle(c);
  ok('a tab filters, and the address says so', (await c.locator('tbody tr').count()) < all);
  await go(c, '/r/needs?state=confirmed&q=' + encodeURIComponent('儿童象棋大赛'));
  ok('no result says which condition to drop', (await c.getByText('没有符合条件的居民需求').count()) === 1 && (await c.getByRole('button', { name: '清空条件' }).count()) === 1);
  await c.getByRole('button', { name: '清空条件' }).click();
  await c.locator('tbody tr').first().waitFor();
  await c.keyboard.press('j');
  await c.keyboard.press('j');
  const second = await c.locator('tbody tr').nth(1).locator('.nm a').getAttribute('href');
  await c.keyboard.press('Enter');
  await c.waitForURL('**' + second);
  ok('j j Enter opens the second row', true);
  await c.goBack();
  await c.locator('tbody tr').first().waitFor();
  await c.keyboard.press('/');
  ok('/ goes to the search box', await c.evaluate(() => document.activeElement.tagName === 'INPUT'));
  const [file] = await Promise.all([c.waitForEvent('download'), c.getByRole('button', { name: '导出 CSV' }).click()]);
  ok('a list is exported', file.suggestedFilename().endsWith('.csv'));

  const id = await create(c, 'needs', { owner_name: '测试甲子', phone: '15407654321', grp: '老年人', domain: '社区照顾', detail: '独居，夜里怕跌倒', witness: '测试乙丑' });
  await c.getByRole('button', { name: /^查看联系电话/ }).click();
  await c.getByRole('button', { name: '查看 60 秒' }).click();
  ok('revealing asks for a purpose', await c.getByText('请写明查看的用途').isVisible());
  await c.fill('#ask', '约定上门时间');
  await c.getByRole('button', { name: '查看 60 秒' }).click();
  await c.getByText('15407654321').waitFor();
  ok('with a purpose the number is shown for a minute', await c.getByText('秒后隐藏').isVisible());

  const other = await as('community');
  for (const p of [c, other]) await go(p, `/r/needs/${id}/edit`);
  await fill(other, 'f-', { detail: '独居，夜里怕跌倒，希望装扶手' });
  await other.getByRole('button', { name: '保存修改' }).click();
  await other.waitForURL(/needs\/\d+$/);
  await fill(c, 'f-', { detail: '独居，夜里怕跌倒，想要陪护' });
  await c.getByRole('button', { name: '保存修改' }).click();
  await c.locator('.note.warning').waitFor();
  const differs = await c.locator('.note.warning').innerText();
  ok('who comes second sees which field differs, and keeps his words', differs.includes('希望装扶手') && differs.includes('想要陪护') && (await c.inputValue('#f-detail')).includes('想要陪护'));
  await c.getByRole('button', { name: '保存修改' }).click();
  await c.waitForURL(/needs\/\d+$/);

  await go(c, '/r/needs/new');
  await fill(c, 'f-', { owner_name: '测试丁卯', detail: '写了一半的需求' });
  await c.getByText('草稿已自动保存').waitFor();
  await c.locator('.sidenav a', { hasText: '工作台' }).click();
  ok('leaving a half-filled form asks first', await c.getByText('离开这一页？').isVisible());
  await c.getByRole('button', { name: '离开', exact: true }).click();
  await go(c, '/r/needs/new');
  ok('the draft comes back without personal fields', (await c.inputValue('#f-detail')) === '写了一半的需求' && (await c.inputValue('#f-owner_name')) === '');

  const k = await as('county');
  await go(k, '/r/needs/import');
  await k.setInputFiles('input[type=file]', 'data/dirty/05_needs.dirty.csv');
  await k.getByRole('button', { name: '下一步：检查' }).click();
  await k.getByText('行有错，须修改或跳过').waitFor();
  const bad = Number(await k.locator('.nums .danger').innerText()), good = Number(await k.locator('.nums .ok').innerText());
  ok('the check of a dirty file counts good and bad rows and names each fault', bad > 0 && (await k.locator('tbody tr').count()) >= bad);
  const [list] = await Promise.all([k.waitForEvent('download'), k.getByRole('button', { name: '下载错误清单' }).click()]);
  ok('the faults can be taken away as a file', list.suggestedFilename().endsWith('.csv'));
  ok('nothing is offered for import when no row is good', good > 0 || await k.getByRole('button', { name: /^导入 0 行/ }).isDisabled());
  const lines = readFileSync('data/scenario/05_needs.csv', 'utf8').split(/\r?\n/);
  const fresh3 = lines.slice(1, 4).map((l, i) => l.replace(/XQ\d+/, `XQ99990${i}`).replace(/XM\d+/, ''));
  await go(k, '/r/needs/import');
  await k.setInputFiles('input[type=file]', { name: 'mixed.csv', mimeType: 'text/csv', buffer: Buffer.from([lines[0], ...fresh3, fresh3[0].replace('XQ999900', 'XQ999909').replace(/2101\d{8}/, '999999999999')].join('\r\n')) });
  await k.getByRole('button', { name: '下一步：检查' }).click();
  await k.getByRole('button', { name: /^导入 3 行，跳过 1 行/ }).click();
  await k.getByText('已导入 3 行').waitFor();
  ok('good rows are imported, the bad one is left out and named', (await k.locator('.note.success').innerText()).includes('跳过 1 行'));
  await go(k, '/r/accounts-of-nobody');
  ok('an unknown page says so', await k.getByText('没有这个页面').isVisible());
  await go(await as('volunteer'), '/r/needs/1234567890123');
  const out = await window(browser, server.url, faults);
  await go(out, '/r/needs');
  ok('who is not signed in comes to the login page', out.url().includes('/login?to='));
  await out.fill('#u', 'community');
  await out.fill('#p', 'wrong-password');
  await out.click('button[type=submit]');
  await out.locator('[role=alert]').waitFor();
  ok('a wrong password is told in words', (await out.locator('[role=alert]').innerText()).length > 5);
  const first = [];
  const fast = await window(browser, server.url, faults);
  fast.on('response', async (r) => { if (r.url().includes('/assets/')) first.push(Number(r.headers()['content-length'] ?? 0)); });
  await login(fast, 'community', PASSWORD);
  await go(fast, '/r/needs');
  ok('the first list needs at most 350 KB', first.reduce((a, b) => a + b, 0) <= 350 * 1024, String(first.reduce((a, b) => a + b, 0)));
  same('no page reported an error', faults.filter((f) => !/40[134]|412/.test(f)), []);
} catch (e) {
  ok('the screens go through', false, e.stack);
} finally {
  await browser.close();
  await server.stop();
}
finish();
