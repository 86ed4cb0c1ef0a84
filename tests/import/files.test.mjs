// files.test.mjs -- whole files as people send them, through the command line and over HTTP: every encoding, separator and layout that says
// the same rows is read the same (the rows are known already, so "unchanged" means equal to the last letter); what is no table is refused
// with one sentence; a trial run writes nothing, a bad row keeps the whole file out, the same file twice changes nothing.
import fs from 'node:fs';
import { Client, fresh, serve, stores, ok, same, finish, run, sleep } from '../node/harness.mjs';
import { BIN, DATA, OUT, counts, csv, file, imports, table, text } from './lib.mjs';

const u8 = (s) => Buffer.from(s, 'utf8'), le = (s) => Buffer.from(s, 'utf16le'), be = (s) => le(s).swap16();
const cell = (s, sep) => (s.includes(sep) || /["\r\n]/.test(s) ? `"${s.replaceAll('"', '""')}"` : s);
const write = (rows, sep = ',', end = '\r\n') => rows.map((r) => r.map((s) => cell(s, sep)).join(sep) + end).join('');
async function gbk(s, to = 'GBK') {
  fs.writeFileSync(`${OUT}/letters.txt`, s);
  const done = await run('sh', ['-c', `iconv -f UTF-8 -t ${to} "${OUT}/letters.txt" >"${OUT}/letters.bin"`]);
  if (done.code) throw new Error(done.err);
  return fs.readFileSync(`${OUT}/letters.bin`);
}

const orgs = csv(text(file(`${DATA}/scenario`, 1))), N = orgs.length - 1, plain = write(orgs), wide = orgs[0].length;
const padded = (...cells) => [...cells, ...Array(wide - cells.length).fill('')];
const order = orgs[0].map((_, i) => i).reverse();
const spaced = [orgs[0].map((h) => ' ' + h.replace('（', ' (').replace('）', ')') + '　'), ...orgs.slice(1)];
/** Same rows, another dress: name, bytes, how many lines besides the rows are passed over. */
const dresses = [
  ['UTF-8 with BOM', u8('﻿' + plain)], ['UTF-8 without BOM', u8(plain)],
  ['UTF-16LE with BOM', le('﻿' + plain)], ['UTF-16BE with BOM', be('﻿' + plain)],
  ['GBK', await gbk(plain)], ['GB18030', await gbk(plain, 'GB18030')],
  ['tab separated', u8(write(orgs, '\t'))], ['tab separated UTF-16LE', le('﻿' + write(orgs, '\t'))],
  ['semicolon separated', u8(write(orgs, ';'))], ['semicolon separated GBK', await gbk(write(orgs, ';'))],
  ['lines that end in LF', u8(write(orgs, ',', '\n'))], ['lines that end in CR only', u8(write(orgs, ',', '\r'))],
  ['last line without an end', u8(plain.trimEnd())],
  ['every cell in quotes', u8(orgs.map((r) => r.map((s) => `"${s}"`).join(',') + '\r\n').join(''))],
  ['columns in another order', u8(write(orgs.map((r) => order.map((i) => r[i]))))],
  ['an unknown column more', u8(write(orgs.map((r, i) => [...r, i ? '备注' + i : '乡镇自加的列'])))],
  ['heads with blanks and half-width brackets', u8(write(spaced))],
  ['titles above the header', u8(write([padded('辽宁省社会组织基本情况表'), padded('填报单位：测试县民政局', '2020年12月'), padded(), ...orgs]))],
  ['a signature below', u8(write([...orgs, padded('填表人：测试甲子', '审核人：测试乙丑')])), 1],
  ['blank lines below', u8(plain + write([padded(), padded()])), 2],
].map(([name, bytes, passed = 0], i) => ({ name, bytes, passed, path: `${OUT}/dress_${i}.csv` }));
const books = [['social-orgs', 'organizations', N], ['workers', 'social_workers', 200], ['needs', 'needs', 2000], ['projects', 'projects', 60]];
/** Records of workers whose number became 2.19…E+017 when the CSV was opened and saved: all but those that end in X, which stay text. */
const spoilt = table(file(`${DATA}/scenario`, 2)).map((w, i) => (w['身份证号'].endsWith('X') ? 0 : i + 1)).filter(Boolean);

const xlsx = fs.readFileSync(`${DATA}/xlsx/organizations.xlsx`);
const inside = (bytes) => { let n = bytes.length - 40; while ((bytes[n] & 0xc0) !== 0x80) n--; return bytes.subarray(0, n); };
const page = '<!DOCTYPE html>\n<html><body><table><tr><td>组织名称</td></tr></table></body></html>\n';
/** What is no table: name, bytes, a word of the sentence. */
const others = [
  ['old binary Excel', fs.readFileSync(`${DATA}/xlsx/organizations.xls`), '旧版'],
  ['a renamed web page', u8(page), '网页'], ['a renamed web page, BOM first', u8('﻿\r\n' + page), '网页'],
  ['a picture', Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(3000, 7)]), '图片'],
  ['a PDF', u8('%PDF-1.7\n1 0 obj\n'), 'PDF'], ['an empty file', Buffer.alloc(0), '空'], ['nothing but blank lines', u8('\r\n \r\n\r\n'), '没有内容'],
  ['nothing but a BOM', u8('﻿'), '没有内容'],
  ['UTF-8 cut inside a character', inside(u8(plain)), '断'], ['UTF-16 cut inside a character', le('﻿' + plain).subarray(0, -1), '断'],
  ['a workbook cut in the middle', xlsx.subarray(0, xlsx.length >> 1), 'XLSX'], ['a workbook with a broken part', Buffer.concat([xlsx.subarray(0, 600), Buffer.alloc(400, 0x55), xlsx.subarray(1000)]), 'XLSX'],
  ['rows without a header', u8(write(orgs.slice(1))), '表头'], ['a required column missing', u8(write(orgs.map((r) => r.slice(1)))), '统一社会信用代码'],
  ['a quote that never ends', u8(plain + '"' + write(orgs.slice(1))), '引号'], ['random bytes', Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * i * 31 + i * 7) % 256)), '。'],
].map(([name, bytes, word], i) => ({ name, bytes, word, path: `${OUT}/other_${i}.csv` }));
for (const f of [...dresses, ...others]) fs.writeFileSync(f.path, f.bytes);

const needs = csv(text(file(`${DATA}/scenario`, 4))), [head, first] = needs, at = (name) => head.indexOf(name);
const need = (no, more = {}) => first.map((v, i) => (head[i] === '需求编号' ? no : more[head[i]] ?? v));
const good = write([head, need('XQ990001'), need('XQ990002')]), bad = write([head, need('XQ990003'), need('XQ990004', { 满意度: '9', 状态: '已评价' }), need('XQ990005')]);
fs.writeFileSync(`${OUT}/good.csv`, good);
fs.writeFileSync(`${OUT}/bad.csv`, bad);

const unchanged = (r, n, passed = 0) => r?.file === 'ok' && r.unchanged === n && r.accepted === 0 && r.rejected === 0 && r.ignored === passed;
const sentence = (s, word) => typeof s === 'string' && s.includes(word) && /[一-鿿]/.test(s) && s.length < 120 && /。$|列$/.test(s) && !/[\n\r]/.test(s);

async function commandLine(kind, db) {
  const before = await counts(kind, db);
  for (const d of dresses) {
    const r = await imports(db, 'social-orgs', d.path);
    ok(`${kind} ${d.name}: the same ${N} rows`, r.code === 0 && unchanged(r.report, N, d.passed), `${r.code} ${r.out} ${r.err}`);
  }
  for (const [room, name, n] of books) {
    const r = await imports(db, room, `${DATA}/xlsx/${name}.xlsx`);
    ok(`${kind} ${name}.xlsx: the same ${n} rows as the CSV`, r.code === 0 && unchanged(r.report, n), `${r.code} ${r.out} ${r.err}`);
  }
  const naive = await imports(db, 'workers', `${DATA}/xlsx/social_workers_naive_open.xlsx`, '--partial', '--errors', `${OUT}/naive_${kind}.csv`);
  const said = table(`${OUT}/naive_${kind}.csv`).filter((e) => e.kind === 'id_scientific_notation' && e.outcome === 'reject_row').map((e) => +e.record);
  ok(`${kind} a workbook whose ID numbers a double click has spoilt: each of these ${spoilt.length} rows is rejected, with the reason`,
    naive.code === 1 && naive.report.rejected === spoilt.length && naive.report.unchanged === 200 - spoilt.length && String(said) === String(spoilt), `${naive.out} ${said}`);
  fs.writeFileSync(`${OUT}/sum.csv`, write([...orgs, padded('合计', '', '', '', '', '', '900000.00')]));
  const sum = await imports(db, 'social-orgs', `${OUT}/sum.csv`, '--partial', '--errors', `${OUT}/sum_errors.csv`);
  ok(`${kind} a line of totals below is no row: it is rejected as such, the rows above are read`, sum.code === 1 && sum.report.unchanged === N && sum.report.rejected === 1 &&
    table(`${OUT}/sum_errors.csv`).some((e) => e.kind === 'subtotal_row' && +e.record === N + 1), sum.out);
  for (const f of others) {
    const r = await run(BIN, ['import', 'social-orgs', f.path, '--db', db, '--json']), report = (() => { try { return JSON.parse(r.out); } catch { return {}; } })();
    ok(`${kind} ${f.name}: exit 2 and one sentence`, r.code === 2 && report.file === 'refused' && sentence(report.reason, f.word), `${r.code} ${r.out} ${r.err}`);
    f.reason = report.reason;
  }
  same(`${kind} nothing of all that changed the database`, await counts(kind, db), before);

  const dry = await imports(db, 'needs', `${OUT}/good.csv`, '--dry-run');
  ok(`${kind} a trial run takes every row`, dry.code === 0 && dry.report.accepted === 2, dry.out + dry.err);
  same(`${kind} and writes nothing`, await counts(kind, db), before);
  const whole = await imports(db, 'needs', `${OUT}/bad.csv`);
  ok(`${kind} one bad row of three: exit 1`, whole.code === 1 && whole.report.rejected === 1, whole.out + whole.err);
  same(`${kind} and nothing of the file stays`, await counts(kind, db), before);
  const part = await imports(db, 'needs', `${OUT}/bad.csv`, '--partial');
  ok(`${kind} with --partial the two good ones stay`, part.code === 1 && part.report.accepted === 2 && part.report.rejected === 1, part.out + part.err);
  const mid = await counts(kind, db);
  ok(`${kind} and are there`, mid !== before);
  const again = await imports(db, 'needs', `${OUT}/bad.csv`, '--partial');
  ok(`${kind} the same file again: two unchanged, one rejected`, again.code === 1 && again.report.unchanged === 2 && again.report.rejected === 1, again.out + again.err);
  same(`${kind} and nothing is there twice`, await counts(kind, db), mid);
  for (const [args, what] of [[['import', 'no-such-room', `${OUT}/good.csv`], 'a room that is none'], [['import', 'needs', `${OUT}/no such file.csv`], 'a file that is not there'], [['import', 'needs'], 'no file named']]) {
    const r = await run(BIN, [...args, '--db', db]);
    ok(`${kind} ${what}: exit 2 and a reason`, r.code === 2 && /[一-鿿]/.test(r.err), `${r.code} ${r.err}`);
  }
}

async function overHttp(kind, db) {
  const server = await serve(db), province = await Client.login(server.url, 'province');
  const send = async (room, bytes, query = '') => {
    const begun = await province.post(`/${room}/import?name=${encodeURIComponent('测试.csv')}${query}`, new Uint8Array(bytes), { 'content-type': 'application/octet-stream' });
    if (begun.status !== 202) return begun;
    for (const end = Date.now() + 60000; ; await sleep(20)) {
      const job = await province.must('GET', '/imports/' + begun.body.id);
      if (job.state !== 'running' || Date.now() > end) return { status: 202, id: begun.body.id, ...job };
    }
  };
  const before = await counts(kind, db);
  for (const d of dresses) {
    const r = await send('social-orgs', d.bytes);
    ok(`${kind} HTTP ${d.name}: the same ${N} rows`, r.state === 'done' && unchanged(r.report, N, d.passed), JSON.stringify(r).slice(0, 900));
  }
  for (const [room, name, n] of books) {
    const r = await send(room, fs.readFileSync(`${DATA}/xlsx/${name}.xlsx`));
    ok(`${kind} HTTP ${name}.xlsx: the same ${n} rows as the CSV`, r.state === 'done' && unchanged(r.report, n), JSON.stringify(r).slice(0, 900));
  }
  const naive = await send('workers', fs.readFileSync(`${DATA}/xlsx/social_workers_naive_open.xlsx`), '&partial=1');
  const errors = naive.id ? csv((await province.get(`/imports/${naive.id}/errors.csv`)).text.replace(/^﻿/, '')) : [];
  ok(`${kind} HTTP spoilt ID numbers: each row is rejected and stands in the error file`, naive.report?.rejected === spoilt.length && String(errors.slice(1).map((e) => e[0])) === String(spoilt), JSON.stringify(naive).slice(0, 600) + errors.length);
  for (const f of others) {
    const r = await send('social-orgs', f.bytes);
    if (!f.bytes.length) ok(`${kind} HTTP ${f.name}: refused at once`, r.status === 400 && sentence(r.body.errors?.[0]?.message + '。', f.word), r.text);
    else ok(`${kind} HTTP ${f.name}: refused with the same sentence`, r.state === 'refused' && r.report?.file === 'refused' && r.report.reason === f.reason, JSON.stringify(r).slice(0, 600));
  }
  const more = write([head, need('XQ990006'), need('XQ990007', { 满意度: '9', 状态: '已评价' })]), fine = write([head, need('XQ990006')]);
  const dry = await send('needs', u8(fine), '&dry_run=1');
  ok(`${kind} HTTP a trial run takes the row`, dry.report?.accepted === 1, JSON.stringify(dry));
  const whole = await send('needs', u8(more));
  ok(`${kind} HTTP one bad row: the file is refused`, whole.state === 'refused' && whole.report?.rejected === 1, JSON.stringify(whole));
  same(`${kind} HTTP nothing of all that changed the database`, await counts(kind, db), before);
  const part = await send('needs', u8(more), '&partial=1');
  ok(`${kind} HTTP partial: the good one stays`, part.state === 'done' && part.report?.accepted === 1 && part.report.rejected === 1, JSON.stringify(part));
  const mid = await counts(kind, db), again = await send('needs', u8(fine));
  ok(`${kind} HTTP the same row again is unchanged`, unchanged(again.report, 1), JSON.stringify(again));
  same(`${kind} HTTP and nothing is there twice`, await counts(kind, db), mid);
  ok(`${kind} server stops cleanly`, (await server.stop()) === 0);
}

ok('the scenario still has what this test changes', at('满意度') > 0 && at('需求编号') === 0);
for (const { kind } of stores()) {
  const db = await fresh(kind, 'files_' + kind);
  await commandLine(kind, db);
  await overHttp(kind, db);
  const v = await run(BIN, ['verify', '--db', db]);
  ok(`${kind} verify finds no fault after all that`, v.code === 0, v.out.slice(-1500) + v.err);
}
finish();
