// say.ts -- feedback of an action: success passes, a refusal stays until it is closed.
import { ElMessage } from 'element-plus';
import { Problem } from '@/api/client';

export const say = {
  done: (text: string) => { ElMessage({ type: 'success', message: text, duration: 4000, grouping: true }); },
  fault: (text: string) => { ElMessage({ type: 'error', message: text, duration: 0, showClose: true, grouping: true }); },
  problem: (e: unknown) => {
    if (e instanceof Problem && e.status === 401) return;
    ElMessage({ type: 'error', message: e instanceof Problem ? e.sentences.join('；') : '页面出错了，请刷新后再试', duration: 0, showClose: true, grouping: true });
    if (!(e instanceof Problem)) console.error(e);
  },
};
