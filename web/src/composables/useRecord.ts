// useRecord.ts -- one record with its history and its chain.
import { computed, onScopeDispose, ref } from 'vue';
import { get } from '@/api/client';
import type { History, Rec, Room, Trace } from '@/api/types';

export function useRecord(room: Room, id: string) {
  const rec = ref<Rec | null>(null), history = ref<History | null>(null), trace = ref<Trace | null>(null), error = ref<unknown>(null), loading = ref(true);
  const turn = ref(0);
  let gone = false;
  onScopeDispose(() => { gone = true; });
  const path = `/${room.url}/${id}`;
  async function load() {
    loading.value = true;
    error.value = null;
    try { rec.value = await get<Rec>(path); } catch (e) { error.value = e; loading.value = false; return; }
    loading.value = false;
    if (gone) return;
    turn.value++;
    get<History>(path + '/history').then((h) => { history.value = h; }).catch(() => { history.value = null; });
    get<Trace>(path + '/trace').then((t) => { trace.value = t; }).catch(() => { trace.value = null; });
  }
  const linked = computed(() => !!trace.value && trace.value.links.filter((l) => l.items.length || l.hidden).length > 1);
  load();
  return { rec, history, trace, linked, error, loading, load, path, turn };
}
