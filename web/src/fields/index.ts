// index.ts -- for every type of field how it is shown and how it is filled in. An unknown type is said aloud, never guessed.
import { defineAsyncComponent, type Component, type InjectionKey } from 'vue';
import type { Field } from '@/api/types';
import Unknown from './Unknown.vue';
import TextShow from './text/Show.vue';

export interface EditProps { field: Field; modelValue: any; id: string; invalid?: boolean; title?: string | null }
/** Address of the record a form belongs to: files are attached to it. Empty while it does not exist. */
export const RECORD_PATH: InjectionKey<() => string> = Symbol('record path');
const shows = import.meta.glob<{ default: Component }>('./*/Show.vue', { eager: true });
const made = new Map<string, Component>();

export function editOf(type: string): Component {
  let c = made.get(type);
  if (!c) made.set(type, c = defineAsyncComponent(() => import('./edits').then((m) => m.EDITS[type] ?? Unknown)));
  return c;
}
export const showOf = (type: string): Component => shows[`./${type}/Show.vue`]?.default ?? (type === 'text' ? TextShow : Unknown);
