// hands.mjs -- a person at a screen: one browser, one window per role, and the few things hands do with our forms.
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const CHROMIUM = process.env.CHROMIUM || ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((p) => existsSync(p));
const ARGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
export const launch = () => chromium.launch({ executablePath: CHROMIUM, args: ARGS });

/** A window. `faults` collects what a person would never see but must not be there. */
export async function window(browser, url, faults, size = { width: 1440, height: 900 }) {
  const page = await (await browser.newContext({ viewport: size, locale: 'zh-CN' })).newPage();
  page.setDefaultTimeout(15000);
  page.base = url;
  page.open = new Set();
  page.on('request', (r) => page.open.add(r));
  page.on('requestfinished', (r) => page.open.delete(r));
  page.on('requestfailed', (r) => page.open.delete(r));
  page.on('pageerror', (e) => faults.push(`${page.who}: ${e.message}`));
  page.on('console', (m) => { if (m.type() === 'error' && !/status of (400|409|401)/.test(m.text())) faults.push(`${page.who}: ${m.text()}`); });
  return page;
}
/** Waits until nothing has been under way for a moment: sooner than the browser's own idle. */
export async function settle(page) {
  for (let calm = 0, n = 0; calm < 4 && n < 600; n++) {
    await page.waitForTimeout(25);
    calm = page.open.size ? 0 : calm + 1;
  }
}
export const go = async (page, path) => { await page.goto(page.base + path); await settle(page); };

export async function login(page, who, password) {
  page.who = who;
  await go(page, '/login');
  await page.fill('#u', who);
  await page.fill('#p', password);
  await page.click('button[type=submit]');
  await page.waitForURL((u) => !u.pathname.startsWith('/login'));
}

/** Puts a value into the control of a field, whatever kind it is. */
export async function put(page, id, value) {
  const el = page.locator('#' + id);
  await el.waitFor();
  const kind = await el.evaluate((x) => (x.classList.contains('el-radio-group') ? 'radio' : x.closest('.el-select') ? 'select' : x.closest('.el-date-editor') ? 'date' : x.classList.contains('rp') ? 'place' : 'text'));
  if (kind === 'radio') await el.getByText(value, { exact: true }).click();
  else if (kind === 'select') {
    await el.click();
    await el.fill(value);
    const option = page.locator('.el-select-dropdown__item:visible', { hasText: value }).first();
    await option.click();
  } else if (kind === 'date') { await el.fill(value); await el.press('Enter'); }
  else if (kind === 'place') {
    await el.click();
    const box = page.getByRole('dialog', { name: '选择地区' });
    for (const name of value) await box.getByRole('button', { name: new RegExp(`^(打开|选择|就选)${name}$`) }).last().click();
    await box.waitFor({ state: 'hidden' });
  } else await el.fill(value);
}
export async function fill(page, prefix, values) { for (const [k, v] of Object.entries(values)) await put(page, prefix + k, v); }

/** A new record through its form page; returns its id. */
export async function create(page, room, values) {
  await go(page, `/r/${room}/new`);
  await fill(page, 'f-', values);
  await page.getByRole('button', { name: '保存', exact: true }).click();
  await page.waitForURL(new RegExp(`/r/${room}/\\d+$`));
  await settle(page);
  return page.url().split('/').pop();
}

/** A row below the record on the screen, through the panel of its room. */
export async function addRow(page, room, values) {
  const panel = page.locator(`[data-room="${room}"]`);
  await panel.getByRole('button', { name: /^添加/ }).click();
  await fill(page, 'c-', values);
  const box = page.getByRole('dialog', { name: /^添加/ });
  await box.getByRole('button', { name: '保存', exact: true }).click();
  await box.waitFor({ state: 'hidden' });
  await settle(page);
}

/** A step on the record on the screen, or in one row (`scope`): its button, its few fields or its question, and the answer. */
export async function step(page, name, values = {}, scope = page.locator('.ph')) {
  await settle(page);
  await page.evaluate(() => document.querySelectorAll('.el-message').forEach((m) => m.remove()));
  const button = scope.locator(`button[data-step="${name}"]`), more = scope.getByRole('button', { name: '更多' });
  await button.or(more).first().waitFor();
  if (await button.count()) await button.first().click();
  else {
    await more.click();
    await page.locator(`.el-dropdown-menu [data-step="${name}"]:visible`).click();
  }
  const form = page.locator('form.df:visible'), done = page.locator('.el-message--success').first();
  await form.or(done).first().waitFor();
  if (await form.count()) {
    await fill(page, 's-', values);
    await form.locator('button[type=submit]').click();
    await done.or(form.locator('.es')).first().waitFor();
    if (await form.locator('.es').count()) throw new Error(`${page.who} ${name}: ${await form.locator('.es').innerText()}`);
  }
  await settle(page);
}
export const stateOf = (page) => page.locator('.ph .st').first().innerText().then((s) => s.split('，')[0].trim());
export const tooWide = (page) => page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
