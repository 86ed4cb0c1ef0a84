// format.ts -- values as people read them: exact money, dates of Shanghai, deadlines as remaining time. No floating point near money.
import { businessNow } from './session';

const SHANGHAI = 8 * 3600 * 1000;
const two = (n: number) => String(n).padStart(2, '0');

/** 2020-11-20 of a moment, in Asia/Shanghai. */
export function dayOf(at: Date | string): string {
  const d = new Date((typeof at === 'string' ? Date.parse(at) : at.getTime()) + SHANGHAI);
  return `${d.getUTCFullYear()}-${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())}`;
}
export const today = () => dayOf(businessNow());

export function timeText(at: string | null | undefined, full = false): string {
  if (!at) return '';
  const d = new Date(Date.parse(at) + SHANGHAI);
  const day = dayOf(at);
  const hm = `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`;
  return (!full && day.slice(0, 4) === today().slice(0, 4) ? day.slice(5) : day) + ' ' + hm;
}
export const dateText = (day: string | null | undefined) => (!day ? '' : day.slice(0, 4) === today().slice(0, 4) ? day.slice(5, 10) : day.slice(0, 10));

const dayNumber = (day: string) => Math.floor(Date.parse(day.slice(0, 10) + 'T00:00:00Z') / 86400000);
export interface Deadline { text: string; tone: '' | 'warn' | 'danger'; days: number }
export function deadline(due: string | undefined | null, overdue?: boolean): Deadline | null {
  if (!due) return null;
  const days = dayNumber(due) - dayNumber(today());
  if (overdue || days < 0) return { text: `超期 ${Math.max(1, -days)} 天`, tone: 'danger', days };
  if (days === 0) return { text: '今天到期', tone: 'warn', days };
  return { text: `剩 ${days} 天`, tone: days <= 2 ? 'warn' : '', days };
}

/** Fen to yuan, exact: "12,345.60". */
export function yuan(fen: number | string | null | undefined, group = true): string {
  if (fen === null || fen === undefined || fen === '') return '';
  const n = BigInt(fen);
  const abs = n < 0n ? -n : n;
  const whole = (abs / 100n).toString();
  return (n < 0n ? '-' : '') + (group ? whole.replace(/\B(?=(\d{3})+$)/g, ',') : whole) + '.' + (abs % 100n).toString().padStart(2, '0');
}
/** Fen in units of ten thousand yuan with two decimals, rounded half up, for headings. */
export function wan(fen: number): string {
  const n = (BigInt(fen) + 5000n) / 10000n;
  return `${n / 100n}.${(n % 100n).toString().padStart(2, '0')}`;
}
/** What a person typed as yuan into fen; null when it is no amount with at most two decimals. */
export function fenOf(text: string): number | null {
  const m = /^(-?)(\d{1,13})(?:\.(\d{1,2}))?$/.exec(text.replace(/[,，\s￥¥元]/g, ''));
  if (!m) return null;
  const n = BigInt(m[2]) * 100n + BigInt((m[3] ?? '').padEnd(2, '0'));
  return Number(m[1] ? -n : n);
}
export const percent = (bp: number | null | undefined) => (bp === null || bp === undefined ? '' : yuan(bp, false).replace(/\.?0+$/, '') + '%');
/** Percent with at most two decimals into ten-thousandths. */
export const bpOf = (text: string): number | null => fenOf(text.replace(/[%％]/g, ''));

export const sizeText = (n: number) => (n < 1024 ? `${n} B` : n < 1048576 ? `${Math.round(n / 1024)} KB` : `${(n / 1048576).toFixed(1)} MB`);
