// prefs.ts -- small habits of a person on this computer.
import { ref, watch } from 'vue';

export function usePref(name: string, fallback: string) {
  const key = 'sanshe:' + name;
  const value = ref(localStorage.getItem(key) ?? fallback);
  watch(value, (v) => localStorage.setItem(key, v));
  return value;
}
