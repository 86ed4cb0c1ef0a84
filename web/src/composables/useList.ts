// useList.ts -- one list of one room: the whole question stands in the address; pages come by cursor.
import { computed, onScopeDispose, ref, watch } from 'vue';
import { useRoute, useRouter } from 'vue-router';
import { get, type Query } from '@/api/client';
import type { Field, Page, Rec, Room, Totals } from '@/api/types';

export interface Chip { key: string; label: string; text: string }
const OWN = new Set(['state', 'region', 'q', 'sort', 'due', 'mine']);

export function useList(room: Room, fixed: Query = {}) {
  const route = useRoute(), router = useRouter();
  const rows = ref<Rec[]>([]), next = ref<string | null>(null), total = ref<number | null>(null), totals = ref<Totals | null>(null);
  const error = ref<unknown>(null), loading = ref(true), slow = ref(false), more = ref(false);
  let turn = 0, timer: ReturnType<typeof setTimeout> | undefined;
  onScopeDispose(() => { turn++; clearTimeout(timer); });

  const asked = computed<Query>(() => {
    const q: Query = { ...fixed };
    for (const [k, v] of Object.entries(route.query)) if (typeof v === 'string' && v && (OWN.has(k) || room.fields.some((f) => f.name === k && f.filter))) q[k] = v;
    return q;
  });
  const filtered = computed(() => Object.keys(asked.value).some((k) => k !== 'sort'));

  async function load() {
    const mine = ++turn;
    loading.value = true;
    error.value = null;
    clearTimeout(timer);
    timer = setTimeout(() => { slow.value = loading.value; }, 300);
    try {
      const p = await get<Page>('/' + room.url, { ...asked.value, limit: 20, total: 1 });
      if (mine !== turn) return;
      rows.value = p.items;
      next.value = p.next;
      total.value = p.total ?? null;
    } catch (e) { if (mine === turn) error.value = e; }
    if (mine === turn) { loading.value = false; slow.value = false; clearTimeout(timer); }
    if (!room.stateless) countStates(mine);
  }
  async function countStates(mine: number) {
    const { state: _state, sort: _sort, ...rest } = asked.value;
    const t = await get<Totals>(`/${room.url}/totals`, { ...rest, by: 'state' }).catch(() => null);
    if (mine === turn) totals.value = t;
  }
  async function loadMore() {
    if (!next.value || more.value) return;
    const mine = turn;
    more.value = true;
    try {
      const p = await get<Page>('/' + room.url, { ...asked.value, limit: 20, cursor: next.value });
      if (mine === turn) { rows.value.push(...p.items); next.value = p.next; }
    } catch (e) { error.value = e; }
    more.value = false;
  }
  /** Changes the question; undefined or '' takes a condition away. */
  function ask(change: Record<string, string | undefined>) {
    const q: Record<string, string> = {};
    for (const [k, v] of Object.entries({ ...route.query, ...change })) if (typeof v === 'string' && v) q[k] = v;
    router.replace({ query: q });
  }
  const clear = () => router.replace({ query: route.query.sort ? { sort: String(route.query.sort) } : {} });
  const fieldFilters = computed<Field[]>(() => room.fields.filter((f) => f.filter && ['code', 'bool', 'date', 'int', 'fen', 'bp', 'ref', 'text', 'uscc', 'phone', 'idno', 'division'].includes(f.type)));
  watch(asked, (now, was) => { if (JSON.stringify(now) !== JSON.stringify(was)) load(); }, { immediate: true });
  return { rows, next, total, totals, error, loading, slow, more, asked, filtered, load, loadMore, ask, clear, fieldFilters };
}
