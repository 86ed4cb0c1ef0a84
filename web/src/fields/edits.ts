// edits.ts -- all controls in one piece, fetched when the first form opens.
import type { Component } from 'vue';

const found = import.meta.glob<{ default: Component }>('./*/Edit.vue', { eager: true });
export const EDITS: Record<string, Component> = Object.fromEntries(Object.entries(found).map(([p, m]) => [p.split('/')[1], m.default]));
