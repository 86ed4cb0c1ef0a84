// session.ts -- who is signed in and what the server told him there is. Every screen reads its rooms here.
import { computed, reactive } from 'vue';
import { del, get, post, Problem, setCsrf } from '@/api/client';
import type { Field, Meta, Room, Session, User } from '@/api/types';
import { english } from '@/i18n';

interface Mind { user: User | null; meta: Meta | null; ready: boolean; loadedAt: number }
export const mind = reactive<Mind>({ user: null, meta: null, ready: false, loadedAt: 0 });

export const user = computed(() => mind.user);
export const rooms = computed(() => mind.meta?.rooms ?? []);
export const roomOf = (url: string): Room | undefined => rooms.value.find((r) => r.url === url || r.name === url);
export const fieldOf = (room: Room | undefined, name: string): Field | undefined => room?.fields.find((f) => f.name === name);
export const stateLabel = (room: Room | undefined, code: string) => room?.states.find((s) => s.code === code)?.label ?? (code === 'active' ? '有效' : code);

/** Business time moves on with the wall clock from what the server said. */
export function businessNow(): Date {
  const at = mind.meta ? Date.parse(mind.meta.business_now) : Date.now();
  return new Date(at + (mind.meta ? Date.now() - mind.loadedAt : 0));
}

export async function loadMeta(): Promise<void> {
  const meta = await get<Meta>('/meta', undefined, true);
  mind.meta = meta;
  mind.loadedAt = Date.now();
}

function enter(s: Session) {
  setCsrf(s);
  mind.user = { ...s.user, holder: s.holder ?? s.user.holder };
  english.value = s.user.english;
}

export async function wake(): Promise<void> {
  if (mind.ready) return;
  try {
    await loadMeta();                      // also tells who is asking, without an error when nobody is
    if (mind.meta?.user) enter(await get<Session>('/session', undefined, true));
  } catch (e) {
    if (!(e instanceof Problem)) throw e;
  }
  mind.ready = !!mind.meta;
}

export async function signIn(body: Record<string, string>): Promise<User> {
  const s = await post<Session>('/session', body, { quiet: true });
  enter(s);
  await loadMeta();
  return mind.user ?? s.user;
}

export function forget() {
  setCsrf(null);
  mind.user = null;
}

export async function signOut(): Promise<void> {
  try { await del('/session'); } finally { forget(); sessionStorage.clear(); }
}
