// keys.ts -- single-key commands: off while typing and while a dialog is open.
import { onMounted, onUnmounted } from 'vue';

export type Keys = Record<string, (e: KeyboardEvent) => void>;
export function useKeys(keys: Keys) {
  const on = (e: KeyboardEvent) => {
    const at = e.target as HTMLElement;
    if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName) || at.isContentEditable) return;
    if (document.querySelector('.el-overlay-dialog, [role=dialog]:not([aria-hidden=true])')?.checkVisibility?.()) return;
    if (e.key === 'Enter' && /^(A|BUTTON|SUMMARY)$/.test(at.tagName)) return;
    const fn = keys[e.key] ?? keys[e.key.toLowerCase()];
    if (fn) { e.preventDefault(); fn(e); }
  };
  onMounted(() => document.addEventListener('keydown', on));
  onUnmounted(() => document.removeEventListener('keydown', on));
}
