/* docs.c -- every room as Markdown, straight from its tables: fields, state diagram, steps, rules, who may do what. Nobody keeps this by
 * hand; a change of policy shows up as a change of this text. */
#include "engine/more.h"
#include "engine/types.h"
#include <string.h>

/* A cell of a Markdown table: bars and line breaks would end it. */
static const char *cell(struct arena *a, const char *s)
{
	char *copy = arena_strdup(a, s ? s : "");

	for (char *p = copy; *p; p++)
		if (*p == '|' || *p == '\n')
			*p = '/';
	return copy;
}

static const char *roles(struct arena *a, unsigned who)
{
	struct buf b;

	buf_init(&b, a);
	for (unsigned i = 0; i < N_ROLES; i++)
		if (who & (1u << i))
			buf_printf(&b, "%s%s", b.n ? "、" : "", role_label(1u << i, false));
	return b.n ? b.p : "—";
}

static const char *state_list(struct arena *a, const struct entity *e, uint64_t set)
{
	struct buf b;

	buf_init(&b, a);
	for (unsigned i = 0; i < e->n_states; i++)
		if (set & BIT(i))
			buf_printf(&b, "%s%s", b.n ? "、" : "", e->states[i].label);
	return b.n ? b.p : "—";
}

static const char *flags(struct arena *a, const struct field *f)
{
	static const struct { unsigned flag; const char *word; } table[] = {
		{ REQUIRED, "必填" }, { LIST, "列表" }, { SEARCH, "可搜索" }, { LOOKUP, "精确查" }, { SCOPE, "定属地" }, { MINE, "本人" }, { ORG, "当事组织" },
		{ OWNER, "所属" }, { STEP, "办理时填" }, { DERIVED, "系统算" }, { FIXED, "不可改" }, { CLAIM, "全国唯一" }, { SOFT, "可跨市" }, { SEALED, "密封" },
	};
	struct buf b;

	buf_init(&b, a);
	for (unsigned i = 0; i < COUNT(table); i++)
		if (f->flags & table[i].flag)
			buf_printf(&b, "%s%s", b.n ? "、" : "", table[i].word);
	return b.n ? b.p : "";
}

static const char *range(struct arena *a, const struct field *f)
{
	struct buf b;

	buf_init(&b, a);
	if (f->type == T_REF && f->ref)
		buf_printf(&b, "→ %s", f->ref->label);
	else if (f->type == T_CODE && f->codes)
		for (const struct code *k = f->codes; k->code && b.n < 400; k++)
			buf_printf(&b, "%s%s", b.n ? "、" : "", k->label);
	else if (f->type == T_TEXT || f->type == T_LONGTEXT)
		buf_printf(&b, "最多 %lld 字", (long long)f->max);
	else if (f->max)
		buf_printf(&b, "%lld–%lld", (long long)f->min, (long long)f->max);
	return b.n ? b.p : "";
}

static void field_table(struct arena *a, const struct entity *e, struct buf *b)
{
	static const char *const classes[] = { "S1 公开", "S2 内部", "S3 个人", "S4 秘密" };

	buf_str(b, "| 字段 | 名称 | 类型 | 密级 | 性质 | 取值 |\n|---|---|---|---|---|---|\n");
	for (unsigned i = 0; i < e->n_fields; i++) {
		const struct field *f = &e->fields[i];

		buf_printf(b, "| `%s` | %s | %s | %s | %s | %s |\n", f->name, cell(a, f->label), types[f->type].name, classes[f->cls], flags(a, f),
			cell(a, range(a, f)));
	}
	buf_str(b, "\n");
}

static void diagram(const struct entity *e, struct buf *b)
{
	if (!e->n_states)
		return;
	buf_str(b, "```mermaid\nstateDiagram-v2\n");
	for (unsigned i = 0; i < e->n_states; i++)
		buf_printf(b, "    state \"%s\" as %s\n", e->states[i].label, e->states[i].code);
	buf_printf(b, "    [*] --> %s\n", e->states[0].code);
	for (unsigned t = 0; t < e->n_transitions; t++)
		for (unsigned s = 0; s < e->n_states; s++) {
			const struct transition *x = &e->transitions[t];

			if (!(x->from & BIT(s)))
				continue;
			if (x->to == BACK)      /* where it came from: drawn as a way out of the state */
				buf_printf(b, "    %s --> [*] : %s（回到原状态）\n", e->states[s].code, x->label);
			else
				buf_printf(b, "    %s --> %s : %s\n", e->states[s].code, e->states[x->to].code, x->label);
		}
	buf_str(b, "```\n\n");
}

static void term_words(struct arena *a, const struct term *t, struct buf *b)
{
	static const char *const units[] = { "天", "个工作日", "小时" };

	(void)a;
	buf_printf(b, "%s（%s，默认 %lld %s%s%s）", t->rule->label, t->rule->code, (long long)t->rule->seed, units[t->unit],
		t->lapse ? "，到期自动办理 " : "", t->lapse ? t->lapse : "");
}

static void terms(struct arena *a, const struct entity *e, struct buf *b)
{
	bool any = false;

	for (unsigned i = 0; i < e->n_states; i++) {
		if (!e->states[i].due)
			continue;
		if (!any)
			buf_str(b, "期限：\n\n");
		any = true;
		buf_printf(b, "- %s：", e->states[i].label);
		term_words(a, e->states[i].due, b);
		buf_str(b, "\n");
	}
	if (any)
		buf_str(b, "\n");
}

static void step_table(struct arena *a, const struct entity *e, struct buf *b)
{
	if (!e->n_transitions)
		return;
	buf_str(b, "| 步骤 | 名称 | 从 | 到 | 谁 | 填写 | 条件 | 须不同人 | 依据 |\n|---|---|---|---|---|---|---|---|---|\n");
	for (unsigned i = 0; i < e->n_transitions; i++) {
		const struct transition *t = &e->transitions[i];

		buf_printf(b, "| `%s` | %s | %s | %s | %s | %s | %s%s | %s | %s |\n", t->name, t->label, state_list(a, e, t->from),
			t->to == BACK ? "原状态" : e->states[t->to].label, roles(a, t->who), t->takes ? cell(a, t->takes) : "", t->guard ? "有" : "无",
			t->wait ? "，须等候" : "", t->not_by ? t->not_by : "", cell(a, t->clause));
	}
	buf_str(b, "\n");
	terms(a, e, b);
}

static void rule_table(struct arena *a, const struct entity *e, struct buf *b)
{
	if (!e->n_rules)
		return;
	buf_str(b, "| 规则参数 | 含义 | 默认值 | 来源 |\n|---|---|---|---|\n");
	for (unsigned i = 0; i < e->n_rules; i++)
		buf_printf(b, "| `%s` | %s | %lld | %s |\n", e->rules[i].code, cell(a, e->rules[i].label), (long long)e->rules[i].seed, cell(a, e->rules[i].source));
	buf_str(b, "\n");
}

static const char *counted(struct arena *a, const struct counter *k)
{
	return k ? arena_printf(a, "`%s`", k->name) : "1";
}

static void indicator_table(struct arena *a, const struct entity *e, struct buf *b)
{
	if (!e->n_indicators)
		return;
	buf_str(b, "| 指标 | 名称 | 依据 | 算法 |\n|---|---|---|---|\n");
	for (unsigned i = 0; i < e->n_indicators; i++) {
		const struct indicator *k = &e->indicators[i];

		buf_printf(b, "| `%s` | %s | %s | ", k->code, cell(a, k->label), cell(a, k->clause));
		if (k->scale > 1)
			buf_printf(b, "%lld × ", (long long)k->scale);
		buf_printf(b, "%s ÷ %s |\n", counted(a, k->num), counted(a, k->den));
	}
	buf_str(b, "\n");
}

static const char *actions(struct arena *a, unsigned may)
{
	static const struct { unsigned bit; const char *word; } table[] = {
		{ READ, "查看" }, { CREATE, "登记" }, { EDIT, "修改" }, { DO, "办理" }, { REVEAL, "查看个人信息" }, { EXPORT, "导出" }, { GLASS, "紧急查阅" },
		{ IMPORT, "导入" }, { ERASE, "删除" },
	};
	struct buf b;

	buf_init(&b, a);
	for (unsigned i = 0; i < COUNT(table); i++)
		if (may & table[i].bit)
			buf_printf(&b, "%s%s", b.n ? "、" : "", table[i].word);
	return b.n ? b.p : "—";
}

static void grant_list(struct arena *a, const struct entity *e, struct buf *b)
{
	static const char *const relations[] = { "任何记录", "本辖区的记录", "上级区划的记录", "本人的记录", "本组织的记录", "分派给本人的记录", "凭一次性码打开的记录",
		"随所属记录" };
	static const char *const classes[] = { "公开字段", "内部字段", "个人信息", "秘密字段" };

	buf_str(b, "权限：\n\n");
	for (unsigned i = 0; i < e->n_grants; i++) {
		const struct grant *g = &e->grants[i];

		buf_printf(b, "- %s可%s%s", roles(a, g->who), actions(a, g->may), relations[g->rel]);
		if (g->in)
			buf_printf(b, "（状态：%s）", state_list(a, e, g->in));
		buf_printf(b, "，看到%s为止\n", classes[g->upto]);
	}
	buf_str(b, "\n");
}

static void hold_list(const struct entity *e, struct buf *b)
{
	if (!e->n_holds)
		return;
	buf_str(b, "数据库自身保证：\n\n");
	for (unsigned i = 0; i < e->n_holds; i++)
		buf_printf(b, "- `%s`：%s\n", e->holds[i].name, e->holds[i].message ? e->holds[i].message : e->holds[i].what);
	buf_str(b, "\n");
}

void docs_rooms(struct arena *a, struct buf *b)
{
	buf_str(b, "# 业务数据字典\n\n由程序中的表生成，请勿手工修改。\n\n");
	for (unsigned i = 0; i < n_rooms; i++) {
		const struct entity *e = rooms[i];

		buf_printf(b, "## %s `%s`\n\n", e->label, room_url(a, e));
		if (e->clause && *e->clause)
			buf_printf(b, "依据：%s\n\n", e->clause);
		if (e->key)
			buf_printf(b, "唯一键：`%s`\n\n", e->key);
		field_table(a, e, b);
		diagram(e, b);
		step_table(a, e, b);
		rule_table(a, e, b);
		indicator_table(a, e, b);
		hold_list(e, b);
		grant_list(a, e, b);
	}
}
