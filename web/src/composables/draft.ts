// draft.ts -- keeps a form's words in this browser tab until they are sent. Personal fields never go there.
import { ref } from 'vue';

export function useDraft<T extends object>(key: string) {
  const saved = ref('');
  let timer: ReturnType<typeof setTimeout> | undefined;
  const name = 'draft:' + key;
  function keep(value: T) {
    clearTimeout(timer);
    timer = setTimeout(() => {
      try {
        sessionStorage.setItem(name, JSON.stringify(value));
        saved.value = new Date().toTimeString().slice(0, 5);
      } catch { saved.value = ''; }
    }, 800);
  }
  function read(): T | null {
    try { return JSON.parse(sessionStorage.getItem(name) ?? 'null') as T | null; } catch { return null; }
  }
  function drop() { clearTimeout(timer); sessionStorage.removeItem(name); saved.value = ''; }
  return { keep, read, drop, saved };
}
