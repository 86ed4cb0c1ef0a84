// look.ts -- how a record of any room is shown: its name, its columns, its groups of fields. Chosen from metadata alone.
import type { Field, Rec, Room } from '@/api/types';
import { rooms } from './session';
import { percent, yuan } from './format';

const NUMBER = 'no';                      // the server's word for the human number of rooms that have one
const plain = (v: unknown) => (v === null || v === undefined ? '' : String(v));

export const numberOf = (room: Room | undefined, rec: Rec | null): string => plain(room?.fields.some((f) => f.name === NUMBER) ? rec?.[NUMBER] : '');

/** The field a record is called by: its title, else the first text of the list that is not a mere number. */
export function nameField(room: Room | undefined): Field | undefined {
  if (!room) return undefined;
  const t = room.fields.find((f) => f.name === room.title);
  if (t && t.name !== NUMBER) return t;
  return room.fields.find((f) => f.list && f.type === 'longtext') ?? room.fields.find((f) => f.list && f.type === 'text' && f.name !== NUMBER)
    ?? room.fields.find((f) => f.list && f.type === 'ref' && !f.owner) ?? t;
}
export function nameOf(room: Room | undefined, rec: Rec | null): string {
  if (!rec) return '';
  const f = nameField(room);
  return (f && shown(f, rec)) || numberOf(room, rec) || room?.label || rec.id;
}

/** One value as text: for titles, cells, comparisons. */
export function shown(f: Field, rec: Rec): string {
  const v = rec[f.name];
  if (v === null || v === undefined || v === '') return '';
  if (rec.masked?.includes(f.name)) return String(v);
  switch (f.type) {
    case 'fen': return yuan(v);
    case 'bp': return percent(v);
    case 'bool': return v ? '是' : '否';
    case 'code': return f.codes?.find((c) => c.code === v)?.label ?? String(v);
    case 'ref': return plain(rec[f.name + '_title']) || String(v);
    case 'division': return v === rec.region && rec.region_name ? rec.region_name : String(v);
    case 'json': return JSON.stringify(v);
    default: return String(v);
  }
}

/** The room that may name its parties: what `region` already says needs no second column. */
export function columnsOf(room: Room, hide: string[] = []): Field[] {
  const name = nameField(room);
  return room.fields.filter((f) => f.list && f.name !== NUMBER && f.name !== name?.name && !hide.includes(f.name) && f.type !== 'longtext');
}
export const hasNumber = (room: Room) => room.fields.some((f) => f.name === NUMBER);

export interface Set { title: string; fields: Field[] }
/** Fields of a record page in groups; empty ones fall away in the page. */
export function groupsOf(room: Room): Set[] {
  const is = (f: Field) => f.class === 'S3' || f.class === 'S4';
  const mine = room.fields.filter((f) => f.name !== NUMBER);
  return [
    { title: '基本信息', fields: mine.filter((f) => !is(f) && !f.step && !f.derived && f.type !== 'longtext') },
    { title: '个人信息', fields: mine.filter((f) => is(f) && !f.step && !f.derived) },
    { title: '说明', fields: mine.filter((f) => !is(f) && !f.step && !f.derived && f.type === 'longtext') },
    { title: '办理情况', fields: mine.filter((f) => f.step || f.derived) },
  ].filter((g) => g.fields.length);
}

/** Rooms whose records hang below a record of this one, in the order of the server's list. */
export const childrenOf = (room: Room): Room[] => rooms.value.filter((r) => r.owner?.room === room.url && !r.hidden);
export const isMoney = (f: Field) => f.type === 'fen';
export const isRight = (f: Field) => ['fen', 'bp', 'int'].includes(f.type);
