// actors.ts -- the actors of the platform: each with a colour and a one-character badge, found from a role or from a person's label.
export interface Actor { tone: string; sign: string; name: string }
const make = (tone: string, sign: string, name: string): Actor => ({ tone, sign, name });
const COMMUNITY = make('community', '社', '社区'), ORG = make('org', '组', '社会组织'), SOCIAL = make('social', '工', '社会工作'), GOV = make('gov', '政', '政府'),
  RESIDENT = make('resident', '民', '居民'), FINANCE = make('finance', '财', '财政'), VOLUNTEER = make('social', '志', '志愿者'), OTHER = make('', '系', '系统');
export const LEGEND = [RESIDENT, COMMUNITY, GOV, ORG, SOCIAL, FINANCE];

const BY_ROLE: Record<string, Actor> = {
  resident: RESIDENT, public: RESIDENT, volunteer: VOLUNTEER, community: COMMUNITY, street: GOV, county: GOV, city: GOV, province: GOV, finance: FINANCE,
  org_manager: ORG, org: ORG, social_worker: SOCIAL, worker: SOCIAL, supervisor: SOCIAL, evaluator: GOV, mediator: COMMUNITY, auditor: FINANCE,
  gov: GOV, social: SOCIAL,
};
const WORDS: [RegExp, Actor][] = [[/居民/, RESIDENT], [/志愿/, VOLUNTEER], [/财政|财务|审计|出纳|会计/, FINANCE], [/社工|社会工作者|督导/, SOCIAL],
  [/组织|机构|中心|服务社|负责人|协会/, ORG], [/社区|村/, COMMUNITY], [/街道|民政|局|厅|区|市|省|县|评/, GOV]];

export function actorOf(text: string | null | undefined): Actor {
  if (!text || text === '系统') return OTHER;
  return BY_ROLE[text] ?? WORDS.find(([re]) => re.test(text))?.[1] ?? make('', text.slice(0, 1), text);
}
export const actorColour = (a: Actor) => (a.tone ? `var(--actor-${a.tone})` : '#66727F');
export const actorPale = (a: Actor) => (a.tone ? `var(--actor-${a.tone}-bg)` : 'var(--bg-soft)');
