/* access_docs.c -- the permission matrix as Markdown, read from the same grants that decide. Decides nothing itself. */
#include "engine/access.h"
#include <string.h>

static const struct { unsigned bit; const char *word; } actions[] = {
	{ READ, "查看" }, { CREATE, "新建" }, { EDIT, "修改" }, { DO, "办理" }, { REVEAL, "揭示个人信息" }, { EXPORT, "导出" },
	{ GLASS, "紧急启封" }, { IMPORT, "导入" }, { ERASE, "删除" } };
static const char *const relations[] = { [ANY] = "全部", [REGION] = "本区划内", [ABOVE] = "上级区划的", [OWN] = "本人的",
	[OWN_ORG] = "本单位的", [ASSIGNED] = "指派给本人的", [HOLDER] = "持办理码的那一条", [VIA] = "随所属记录" };
static const char *const classes[] = { [S1] = "S1 公开", [S2] = "S2 内部", [S3] = "S3 个人（明文）", [S4] = "S4 机密" };

static void words(struct buf *b, const char *word)
{
	if (b->n && b->p[b->n - 1] != ' ')
		buf_str(b, "、");
	buf_str(b, word);
}

static void roles(struct buf *b, unsigned who)
{
	for (unsigned i = 0; i < N_ROLES; i++)
		if (who & (1u << i))
			words(b, role_label(1u << i, false));
}

static void grant_row(struct buf *b, const struct entity *e, const struct grant *g)
{
	buf_str(b, "| ");
	roles(b, g->who);
	buf_str(b, " | ");
	for (unsigned i = 0; i < COUNT(actions); i++)
		if (g->may & actions[i].bit)
			words(b, actions[i].word);
	buf_printf(b, " | %s | %s | ", relations[g->rel], classes[g->upto]);
	if (!g->in)
		buf_str(b, "任何状态");
	for (unsigned i = 0; i < e->n_states; i++)
		if (g->in & BIT(i))
			words(b, e->states[i].label);
	buf_str(b, " |\n");
}

static void step_rows(struct buf *b, const struct entity *e)
{
	if (!e->n_transitions)
		return;
	buf_str(b, "\n| 步骤 | 办理岗位 | 不得与谁同为一人 |\n|---|---|---|\n");
	for (const struct transition *t = e->transitions; t < e->transitions + e->n_transitions; t++) {
		buf_printf(b, "| %s | ", t->label);
		roles(b, t->who);
		buf_printf(b, " | %s |\n", t->not_by ? t->not_by : "");
	}
}

void access_docs(struct buf *b)
{
	buf_str(b, "# 谁可以做什么\n\n由各表的授权行生成；除此之外一律不许。等级以上的个人信息（S3）以掩码显示，其余不显示。\n");
	for (unsigned i = 0; i < n_rooms; i++) {
		const struct entity *e = rooms[i];

		if (e->flags & SHEET)
			continue;
		buf_printf(b, "\n## %s（%s）\n\n| 岗位 | 可以 | 范围 | 可见到 | 状态 |\n|---|---|---|---|---|\n", e->label, e->name);
		for (const struct grant *g = e->grants; g < e->grants + e->n_grants; g++)
			grant_row(b, e, g);
		step_rows(b, e);
	}
}
