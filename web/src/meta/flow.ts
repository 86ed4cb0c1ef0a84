// flow.ts -- what a state machine looks like from outside: the main road, side roads, and which states wait for the caller.
import type { History, Rec, Room, Step } from '@/api/types';
import { dateText, dayOf } from './format';

/** Words for states that leave the main road; shared by all rooms. */
const OFF_ROAD = new Set(['rejected', 'merged', 'transferred', 'withdrawn', 'reopened', 'unreachable', 'suspended', 'terminated', 'cancelled', 'challenged',
  'complaint', 'failed', 'barred', 'lost', 'returned', 'withheld', 'refunded', 'amending']);
const FINISHED = new Set(['confirmed', 'closed', 'settled', 'archived', 'paid', 'reconciled', 'filed', 'published', 'checked', 'won']);
const WAITING = new Set(['draft', 'planned', 'submitted', 'open', 'sealed', 'requested', 'resolved', 'returned']);

export const offRoad = (code: string) => OFF_ROAD.has(code);
export const mainRoad = (room: Room) => room.states.filter((s) => !offRoad(s.code));

export type Tone = 'primary' | 'success' | 'warning' | 'danger' | 'info' | 'resident';
export type Shape = 'ring' | 'half' | 'play' | 'tick' | 'x' | 'bang';
/** Colour and shape of a state: from its place on the road, never from the room. */
export function looks(room: Room | undefined, code: string): [Tone, Shape] {
  if (code === 'returned' || code === 'withheld') return ['danger', 'x'];
  if (code === 'reopened' || code === 'challenged' || code === 'complaint' || code === 'suspended') return ['warning', 'half'];
  if (offRoad(code)) return ['info', 'x'];
  if (code === 'active') return ['info', 'tick'];
  if (!room) return ['info', 'ring'];
  const road = mainRoad(room), at = road.findIndex((s) => s.code === code);
  if (FINISHED.has(code) || (code === 'accepted' && at * 2 >= road.length)) return ['success', 'tick'];
  if (at === 0 && code === 'draft') return ['info', 'ring'];
  if (at === 0 || WAITING.has(code)) return code === 'resolved' ? ['resident', 'ring'] : ['warning', 'ring'];
  if (at === road.length - 1 || !room.steps.some((s) => s.from.includes(code) && !offRoad(s.to) && s.to !== code)) return ['success', 'tick'];
  return ['primary', at * 2 < road.length ? 'half' : 'play'];
}

export function isSide(room: Room, step: Step): boolean {
  const place = (c: string) => room.states.findIndex((s) => s.code === c);
  return step.to === 'back' || offRoad(step.to) || step.from.every((f) => place(f) >= place(step.to));
}
/** States in which the next ordinary step is the caller's. */
export function waitsForMe(room: Room): string[] {
  const codes = new Set<string>();
  for (const s of room.steps) if (s.mine && !isSide(room, s)) s.from.forEach((c) => codes.add(c));
  return room.states.map((s) => s.code).filter((c) => codes.has(c) && c !== 'suspended');
}

export interface Stop { t: string; d?: string; who?: string; s: 'done' | 'now' | 'late' | 'todo' | 'skip' }
/** The road of one record: what is behind it with date and person, where it stands, what is ahead. */
export function stops(room: Room, rec: Rec, history: History | null): Stop[] {
  const road = mainRoad(room);
  const seen = new Map<string, { at: string; by: string | null }>();
  for (const s of [...(history?.steps ?? [])].sort((a, b) => a.at.localeCompare(b.at))) seen.set(s.to, { at: s.at, by: s.by });
  const first = history?.items[history.items.length - 1];
  if (first && !seen.has(first.state_label)) seen.set(first.state_label, { at: first.at, by: first.by });
  let at = road.findIndex((s) => s.code === rec.state);
  const aside = at < 0;
  if (aside) at = road.reduce((far, s, i) => (seen.has(s.label) ? i : far), 0);
  const list: Stop[] = road.map((s, i) => {
    const was = seen.get(s.label);
    const done = i < at || (aside && i === at);
    const here = i === at && !aside;
    const over = here && i === road.length - 1;
    return { t: s.label, d: was && !rec.imported && (done || here) ? dateText(dayOf(was.at)) : '', who: (done || here) ? was?.by ?? undefined : undefined,
      s: done ? (was || (i === 0 && !rec.imported) ? 'done' : 'skip') : over ? 'done' : here ? (rec.overdue ? 'late' : 'now') : 'todo' };
  });
  if (!aside) return list.filter((x, i) => x.s !== 'skip' || i > at);
  return [...list.slice(0, at + 1).filter((x) => x.s !== 'skip'), { t: rec.state_label, s: rec.overdue ? 'late' : 'now', d: dateText(dayOf(seen.get(rec.state_label)?.at ?? rec.updated)) }];
}
