// index.ts -- one place that chooses between the Chinese and the English word of metadata. Screens' own words are Chinese for now.
import { ref } from 'vue';

export const english = ref(false);
export const word = (x?: { label?: string | null; en?: string | null } | null) => (english.value && x?.en) || x?.label || '';
