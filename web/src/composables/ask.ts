// ask.ts -- one short question in a dialog (a purpose, a reason, a yes): ask() resolves to the text, '' when turned away.
import { reactive } from 'vue';

export interface Question { title: string; label?: string; hint?: string; ok?: string; text?: string; danger?: boolean }
interface Asking { q: Question | null; done: (answer: string) => void }
export const asking = reactive<Asking>({ q: null, done: () => {} });

export function ask(q: Question): Promise<string> {
  return new Promise((resolve) => {
    asking.q = q;
    asking.done = (a) => { asking.q = null; resolve(a); };
  });
}
/** A yes or no; true when confirmed. */
export const confirm = async (q: Question) => (await ask({ ...q, label: undefined })) !== '';
