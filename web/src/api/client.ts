// client.ts -- the only file that talks to the server: cookie session with CSRF, problems as one error type, repeats by idempotency key.
import { english } from '../i18n';
import type { FieldError, Session, Value } from './types';

const BASE = '/api/v1';
let csrf = '';
let onSignedOut: () => void = () => {};

/** A refusal of the server, with its sentence and the fields it blames. */
export class Problem extends Error {
  constructor(readonly status: number, readonly title: string, readonly detail: string, readonly errors: FieldError[], readonly code: string) {
    super(detail || title);
  }
  /** Sentences for people, each once. */
  get sentences(): string[] {
    const all = this.errors.map((e) => e.message).filter(Boolean);
    return all.length ? [...new Set(all)] : [this.detail || this.title];
  }
}

export type Query = Record<string, string | number | boolean | null | undefined>;
export const setCsrf = (s: Session | null) => { csrf = s?.csrf ?? ''; };
export const whenSignedOut = (fn: () => void) => { onSignedOut = fn; };

/** Random key; crypto.randomUUID is missing on plain-HTTP hosts of a local network. */
export function newKey(): string {
  const b = crypto.getRandomValues(new Uint8Array(16));
  return [...b].map((x) => x.toString(16).padStart(2, '0')).join('');
}

export function withQuery(path: string, query?: Query): string {
  const q = new URLSearchParams();
  for (const [k, v] of Object.entries(query ?? {})) if (v !== undefined && v !== null && v !== '') q.set(k, v === true ? '1' : String(v));
  const s = q.toString();
  return BASE + path + (s ? (path.includes('?') ? '&' : '?') + s : '');
}

async function problemOf(r: Response): Promise<Problem> {
  let body: any = null;
  try { body = await r.json(); } catch { /* not JSON: the proxy speaks, not the server */ }
  const title = body?.title ?? `服务器没有正常回答（${r.status}）`;
  const detail = body?.detail ?? (r.status >= 500 ? '不是您操作的问题，已填内容都在，请稍后再试一次' : title);
  return new Problem(r.status, title, detail, Array.isArray(body?.errors) ? body.errors : [], String(body?.type ?? '').split(':').pop() ?? '');
}

/** The language of the screen, not of the browser. */
const language = () => (english.value ? 'en' : 'zh-CN');

const offline = () => new Problem(0, '网络断了', '连不上服务器，已填内容都在，请检查网络后再试一次', [], 'offline');

export interface Options { query?: Query; key?: string; version?: number; raw?: Blob; type?: string; quiet?: boolean }

export async function request<T>(method: string, path: string, body?: object, o: Options = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json', 'Accept-Language': language() };
  if (method !== 'GET' && csrf) headers['X-CSRF-Token'] = csrf;
  if (o.key) headers['Idempotency-Key'] = o.key;
  if (o.version !== undefined) headers['If-Match'] = `"${o.version}"`;
  if (o.raw) headers['Content-Type'] = o.type || o.raw.type || 'application/octet-stream';
  else if (body) headers['Content-Type'] = 'application/json';
  let r: Response;
  try {
    r = await fetch(withQuery(path, o.query), { method, headers, body: o.raw ?? (body ? JSON.stringify(body) : undefined), credentials: 'same-origin' });
  } catch {
    throw offline();
  }
  if (!r.ok) {
    if (r.status === 401 && !o.quiet) onSignedOut();
    throw await problemOf(r);
  }
  if (r.status === 204) return undefined as T;
  const text = await r.text().catch(() => { throw offline(); });
  return (text ? JSON.parse(text) : undefined) as T;
}

export const get = <T>(path: string, query?: Query, quiet = false) => request<T>('GET', path, undefined, { query, quiet });
export const post = <T>(path: string, body: Record<string, Value> = {}, o: Options = {}) => request<T>('POST', path, body, o);
export const patch = <T>(path: string, body: Record<string, Value>, version: number, o: Options = {}) => request<T>('PATCH', path, body, { ...o, version });
export const del = (path: string) => request<void>('DELETE', path);
export const upload = <T>(path: string, file: Blob, query?: Query) => request<T>('POST', path, undefined, { raw: file, query });

/** Asks the server for a file; a refusal comes as Problem before anything is saved. */
export async function download(path: string, query: Query, name: string): Promise<void> {
  const r = await fetch(withQuery(path, query), { headers: { 'Accept-Language': language() }, credentials: 'same-origin' });
  if (!r.ok) throw await problemOf(r);
  const url = URL.createObjectURL(await r.blob());
  const a = document.createElement('a');
  a.href = url;
  a.download = name;
  a.click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}
