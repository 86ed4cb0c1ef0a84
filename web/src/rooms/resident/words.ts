// words.ts -- everyday words for residents: how far a need is, and what kind of help.
export const STAGES: { t: string; states: string[] }[] = [
  { t: '您提交了', states: ['draft', 'submitted'] }, { t: '社区核实', states: ['verifying'] }, { t: '已经受理', states: ['accepted', 'reopened'] },
  { t: '安排服务', states: ['planned'] }, { t: '正在服务', states: ['in_service'] }, { t: '请您评价', states: ['resolved', 'unreachable'] }, { t: '办完了', states: ['confirmed', 'closed'] },
];
export const stageOf = (state: string) => STAGES.findIndex((s) => s.states.includes(state));
export const OVER: Record<string, string> = { rejected: '没有受理', merged: '并到另一件一起办', transferred: '转给别的部门办', withdrawn: '您撤回了' };
