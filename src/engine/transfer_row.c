/* transfer_row.c -- one row of a file: its shape (blank, total, too short), its cells read into a record, and the words for what had to be
 * cleaned. Refuses nothing by itself beyond the shape: the faults of cells are problems of the context. */
#include "engine/inner_transfer.h"
#include <string.h>

static bool empty_cell(const struct cell *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->s[i] != ' ' && c->s[i] != '\t' && c->s[i] != '\r' && c->s[i] != '\n')
			return false;
	return true;
}

static const struct cell *first_filled(const struct row *row, unsigned *filled)
{
	const struct cell *first = NULL;

	*filled = 0;
	for (unsigned i = 0; i < row->n; i++)
		if (!empty_cell(&row->cells[i])) {
			if (!first)
				first = &row->cells[i];
			++*filled;
		}
	return first;
}

static bool begins(const struct cell *c, const char *const *words, unsigned n)
{
	const char *s = c->s;
	size_t left = c->n;

	while (left && (*s == ' ' || *s == '\t')) {
		s++;
		left--;
	}
	for (unsigned i = 0; i < n; i++)
		if (left >= strlen(words[i]) && !memcmp(s, words[i], strlen(words[i])))
			return true;
	return false;
}

/* The key's own cell is empty, or it is this very cell. */
static bool without_key(const struct import *t, const struct row *row, const struct cell *first)
{
	for (unsigned i = 0; i < t->n_keys; i++) {
		int at = map_column_of(&t->map, &t->sheet->fields[t->keys[i]]);

		if (at >= 0 && (unsigned)at < row->n && &row->cells[at] != first && !empty_cell(&row->cells[at]))
			return false;
	}
	return true;
}

static bool too_long(const struct import *t, const struct row *row)
{
	for (unsigned i = t->map.n_columns; i < row->n; i++)
		if (!empty_cell(&row->cells[i]))
			return true;
	return false;
}

enum outcome row_shape(struct import *t, const struct row *row)
{
	static const char *const totals[] = { "合计", "小计", "总计", "共计" };
	static const char *const notes[] = { "填表", "制表", "审核人", "填报", "负责人", "单位负责人", "日期：", "日期:", "备注：", "备注:",
		"注：", "注:", "说明：", "说明:" };
	unsigned filled;
	const struct cell *first = first_filled(row, &filled);

	if (row->blank || !first) {
		import_note(t, "", "blank_line", OUT_IGNORE, "空行，已忽略");
		return OUT_IGNORE;
	}
	if (begins(first, totals, COUNT(totals)) && without_key(t, row, first)) {
		import_note(t, "", "subtotal_row", OUT_REJECT, "这是合计行，不是一条记录：请删去，合计由系统自己算");
		return OUT_REJECT;
	}
	if (filled <= 3 && begins(first, notes, COUNT(notes)) && without_key(t, row, first)) {
		import_note(t, "", "signature_line", OUT_IGNORE, "表尾的填表说明，已忽略");
		return OUT_IGNORE;
	}
	if (row->n < t->map.n_columns && !t->padded) {
		import_note(t, "", "short_row", OUT_REJECT, arena_printf(t->keep, "本行只有 %u 格，表头有 %u 格：请补齐或检查分隔符", row->n, t->map.n_columns));
		return OUT_REJECT;
	}
	if (too_long(t, row)) {
		import_note(t, "", "long_row", OUT_REJECT, arena_printf(t->keep, "本行有 %u 格，表头只有 %u 格：请检查是否多了逗号", row->n, t->map.n_columns));
		return OUT_REJECT;
	}
	return OUT_ACCEPT;
}

static void cell_fault(struct import *t, const struct field *f, const struct cell *cell)
{
	struct ctx *c = t->c;

	switch (cell->fault) {
	case CELL_NUL:
		ctx_problem(c, RC_REJECTED, f->name, "nul_byte", "“%s”里有空字符（NUL），请重新输入这一格", f->label);
		break;
	case CELL_TOO_LONG:
		ctx_problem(c, RC_REJECTED, f->name, "text_too_long", "“%s”太长，一格最多 20000 字", f->label);
		break;
	default:
		ctx_problem(c, RC_REJECTED, f->name, cell->foreign ? "mixed_encoding" : "invalid_utf8", cell->foreign ?
			"“%s”与文件其余部分编码不同，请把整个文件另存为 UTF-8" : "“%s”含有无法识别的字节，请重新输入这一格", f->label);
	}
}

/* A file that has a column for the key must fill it: a number given by us would make the row a new record at every import. */
static void key_given(struct import *t, struct record *r)
{
	const struct field *f = t->plain_key ? &t->sheet->fields[t->keys[0]] : NULL;
	const struct value *v = f ? record_value(t->c, r, t->keys[0]) : NULL;

	if (!f || (v->type != V_NULL && (v->type != V_TEXT || v->n)))
		return;
	for (unsigned i = 0; i < t->c->n_problems; i++)
		if (t->c->problems[i].field && !strcmp(t->c->problems[i].field, f->name))
			return;
	ctx_problem(t->c, RC_REJECTED, f->name, "required_empty", "请填写%s：没有它就认不出这一行", f->label);
}

void row_read(struct import *t, const struct row *row, struct record *r)
{
	static const struct cell nothing = { .s = "" };

	t->n_cleaned = 0;
	for (unsigned i = 0; i < t->map.n_columns; i++) {
		const struct cell *cell = i < row->n ? &row->cells[i] : &nothing;
		unsigned before = t->c->n_problems;
		const struct field *f;
		bool cleaned = false;

		if (t->map.field_of[i] < 0)
			continue;
		f = &t->sheet->fields[t->map.field_of[i]];
		if (cell->fault) {
			cell_fault(t, f, cell);
			continue;
		}
		if (!record_take_text(t->c, r, (unsigned)t->map.field_of[i], cell->s, cell->n, &cleaned) && cleaned && t->c->n_problems == before
			&& t->n_cleaned < COUNT(t->cleaned)) {
			t->cleaned[t->n_cleaned] = clean_kind(f, cell->s, cell->n);
			t->cleaned_at[t->n_cleaned++] = i;
		}
	}
	key_given(t, r);
}
