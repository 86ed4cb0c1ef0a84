// index.ts -- which rooms have a screen of their own beside the generic ones, and where each role begins.
import { defineAsyncComponent, type Component } from 'vue';
import type { User } from '@/api/types';

/** A part shown on a record's page between its road and its fields; it gets room, rec, trace, history and may ask for a reload. */
const PARTS: Record<string, Component> = {
  needs: defineAsyncComponent(() => import('./needs/Part.vue')),
  projects: defineAsyncComponent(() => import('./projects/Part.vue')),
  contracts: defineAsyncComponent(() => import('./contracts/Part.vue')),
  payments: defineAsyncComponent(() => import('./payments/Part.vue')),
  procurements: defineAsyncComponent(() => import('./procurements/Part.vue')),
};
export const partOf = (url: string): Component | undefined => PARTS[url];

/** Amounts of offers are not added up. */
export const addsUp = (url: string) => url !== 'bids';

/** Rows below a record that its own part shows already. */
export function toldByPart(url: string, state: string): string[] {
  if (url === 'needs') return ['need-confirmations', 'ratings'];
  if (url === 'procurements' && ['awarded', 'contracted', 'filed'].includes(state)) return ['bids'];
  return url === 'contracts' && state !== 'draft' ? ['milestones'] : [];
}

export const homeOf = (u: User) => (u.holder ? `/me/${u.holder.record}/word` : u.role === 'resident' || u.role === 'public' ? '/me' : '/');
