// places.ts -- the tree of divisions, fetched a level at a time and kept.
import { get } from '@/api/client';
import type { Division } from '@/api/types';

const kept = new Map<string, Promise<Division[]>>();
const DIGITS = [0, 2, 4, 6, 9, 12];

/** The meaningful digits of a 12-digit code: 210102000000 -> 210102. */
export function prefixOf(code: string): string {
  if (!code) return '';
  for (const n of [2, 4, 6, 9]) if (/^0*$/.test(code.slice(n))) return code.slice(0, n);
  return code.slice(0, 12);
}
export const levelOf = (code: string) => DIGITS.indexOf(prefixOf(code).length);
export const fullCode = (prefix: string) => prefix.padEnd(12, '0');

export function below(code: string): Promise<Division[]> {
  const under = prefixOf(code);
  let p = kept.get(under);
  if (!p) {
    p = get<{ items: Division[] }>('/divisions/tree', under ? { under } : {}).then((r) => r.items.map((d) => ({ ...d, code: fullCode(String(d.code)) })));
    p.catch(() => kept.delete(under));
    kept.set(under, p);
  }
  return p;
}

/** The divisions from the province down to this one. */
export async function pathTo(code: string): Promise<Division[]> {
  const p = prefixOf(code), path: Division[] = [];
  for (let level = 1; level < DIGITS.length && DIGITS[level] <= p.length; level++) {
    const at = fullCode(p.slice(0, DIGITS[level]));
    const found = (await below(level === 1 ? '' : p.slice(0, DIGITS[level - 1]))).find((d) => d.code === at);
    if (found) path.push(found);
  }
  return path;
}
export const pathText = async (code: string) => (await pathTo(code)).map((d) => d.name).join(' / ');
