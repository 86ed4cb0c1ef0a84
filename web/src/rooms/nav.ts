// nav.ts -- where rooms stand in the menu, with which sign and whose colour. A room that is not named here stands under 其他.
import type { Room } from '@/api/types';

interface Place { url: string; icon: string; actor: string }
interface GroupPlan { label: string; rooms: Place[] }
const at = (url: string, icon: string, actor: string): Place => ({ url, icon, actor });
const PLAN: GroupPlan[] = [
  { label: '需求', rooms: [at('needs', 'need', 'resident'), at('need-confirmations', 'tick', 'resident'), at('rectifications', 'mend', 'community')] },
  { label: '项目与购买', rooms: [at('projects', 'folder', 'community'), at('project-items', 'list', 'community'), at('procurements', 'cart', 'gov'), at('bids', 'bid', 'org'),
    at('contracts', 'paper', 'gov'), at('supplements', 'paper', 'gov'), at('milestones', 'flag', 'org')] },
  { label: '资金', rooms: [at('funds', 'money', 'finance'), at('budgets', 'wallet', 'finance'), at('budget-lines', 'list', 'finance'), at('payments', 'pay', 'finance'),
    at('accounts', 'wallet', 'finance'), at('transfers', 'pay', 'finance'), at('contract-funds', 'wallet', 'finance'), at('earmarks', 'rule', 'finance')] },
  { label: '组织与人才', rooms: [at('social-orgs', 'office', 'org'), at('workers', 'medal', 'social_worker'), at('volunteers', 'people', 'volunteer')] },
  { label: '服务与评价', rooms: [at('service-records', 'edit', 'social_worker'), at('ratings', 'star', 'resident'), at('evaluations', 'done', 'gov')] },
  { label: '基础数据', rooms: [at('communities', 'home', 'community'), at('divisions', 'place', 'gov'), at('region-classes', 'place', 'gov'), at('rule-params', 'rule', 'gov'), at('holidays', 'calendar', 'gov')] },
];

const known = new Map(PLAN.flatMap((g) => g.rooms).map((p) => [p.url, p]));
export const iconOf = (url: string) => known.get(url)?.icon ?? 'list';
export const actorOfRoom = (url: string) => known.get(url.replace(/_/g, '-'))?.actor ?? null;
export const groupLabel = (url: string) => PLAN.find((g) => g.rooms.some((p) => p.url === url))?.label ?? '其他';

/** Rooms that are found below their owner and need no place of their own in the menu. */
const below = (r: Room) => !!r.owner && !['milestones', 'payments', 'bids', 'service-records', 'evaluations', 'rectifications'].includes(r.url);

export interface NavGroup { label: string; rooms: Room[] }
export function menu(rooms: Room[]): NavGroup[] {
  const open = rooms.filter((r) => !r.hidden && !below(r));
  const groups = PLAN.map((g) => ({ label: g.label, rooms: g.rooms.map((p) => open.find((r) => r.url === p.url)).filter((r): r is Room => !!r) }));
  const rest = open.filter((r) => !known.has(r.url));
  return [...groups, { label: '其他', rooms: rest }].filter((g) => g.rooms.length);
}
