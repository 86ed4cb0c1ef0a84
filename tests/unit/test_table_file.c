/* test_table_file.c -- tables as people send them: every file of data/, other encodings, refusals, faults by cell, and that
 * what we write reads back. XLSX made by hand is in test_table_xlsx.c. Run in the project's folder. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "table_help.h"

static void files_read_whole(void **state)
{
	static const struct { const char *path, *first; int rows; unsigned columns; const char *format; } files[] = {
		{ "data/scenario/01_communities.csv", "社区编码", 515, 20, "CSV utf-8 comma" },
		{ "data/scenario/02_organizations.csv", "统一社会信用代码", 30, 12, "CSV utf-8 comma" },
		{ "data/scenario/03_social_workers.csv", "工号", 200, 16, "CSV utf-8 comma" },
		{ "data/scenario/04_volunteers.gbk.csv", "志愿者编号", 1000, 11, "CSV gb18030 comma" },
		{ "data/scenario/05_needs.csv", "需求编号", 2000, 14, "CSV utf-8 comma" },
		{ "data/scenario/06_projects.csv", "项目编号", 60, 17, "CSV utf-8 comma" },
		{ "data/scenario/07_budget_lines.csv", "项目编号", 360, 4, "CSV utf-8 comma" },
		{ "data/scenario/08_payments.csv", "项目编号", 180, 7, "CSV utf-8 comma" },
		{ "data/scenario/09_evaluations.csv", "项目编号", 138, 5, "CSV utf-8 comma" },
		{ "data/scenario/10_service_records.csv", "记录编号", 5000, 14, "CSV utf-8 comma" },
		{ "data/xlsx/needs.xlsx", "需求编号", 2000, 14, "XLSX" },
		{ "data/xlsx/organizations.xlsx", "统一社会信用代码", 30, 12, "XLSX" },
		{ "data/xlsx/projects.xlsx", "项目编号", 60, 17, "XLSX" },
		{ "data/xlsx/social_workers.xlsx", "工号", 200, 16, "XLSX" },
		{ "data/xlsx/social_workers_naive_open.xlsx", "工号", 200, 16, "XLSX" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct table_file *t = open_file(files[i].path, files[i].first);
		assert_non_null(t);
		assert_string_equal(table_format(t), files[i].format);
		assert_int_equal(table_header(t)->n, files[i].columns);
		assert_int_equal(count_rows(t, files[i].columns), files[i].rows);
		done(t);
	}
}

/* The list of dirty cells knows record, line and kind; the reader must find each where it says, and no other fault. */
struct listed { const char *file, *column, *kind; int64_t record, line; };
static struct listed listed[1000];
static int n_listed;

static void load_list(void)
{
	const char *why;
	const struct row *r;
	struct table_file *t = open_file("data/dirty/expected_errors.csv", "file");
	assert_non_null(t);
	while ((r = table_next(t, arena, &why)))
		listed[n_listed++] = (struct listed){ r->cells[0].s, r->cells[3].s, r->cells[4].s, atol(r->cells[1].s), atol(r->cells[2].s) };
	assert_int_equal(n_listed, 692);
	table_close(t);
}

static void check_listed(const struct row *r, const struct row *header, const struct listed *e)
{
	const struct cell *c = NULL;
	assert_int_equal(r->line, e->line);
	for (unsigned i = 0; i < header->n && i < r->n; i++)
		if (!strcmp(header->cells[i].s, e->column))
			c = &r->cells[i];
	enum cell_fault want = !strcmp(e->kind, "mixed_encoding") || !strcmp(e->kind, "invalid_utf8") ? CELL_ENCODING :
		!strcmp(e->kind, "nul_byte") ? CELL_NUL : CELL_OK;
	for (unsigned i = 0; i < r->n; i++)
		assert_int_equal(r->cells[i].fault, &r->cells[i] == c ? want : CELL_OK);
	assert_int_equal(r->blank, !strcmp(e->kind, "blank_line"));
	if (!strcmp(e->kind, "text_too_long"))
		assert_int_equal(text_chars(c->s), 10001);
	if (!strcmp(e->kind, "newline_in_quotes"))
		assert_non_null(strchr(c->s, '\n'));
	if (!strcmp(e->kind, "long_row"))
		assert_true(r->n > header->n);
	else if (!strcmp(e->kind, "short_row"))
		assert_true(r->n < header->n);
	else if (!r->blank)
		assert_int_equal(r->n, header->n);
}

static void dirty_file(const char *name, const char *first, int rows)
{
	const char *why;
	const struct row *r;
	struct table_file *t = open_file(arena_printf(arena, "data/dirty/%s", name), first);
	assert_non_null(t);
	int n = 0;
	while ((r = table_next(t, arena, &why))) {
		bool found = false;
		assert_int_equal(r->record, ++n);
		for (int i = 0; i < n_listed; i++)
			if (!strcmp(listed[i].file, name) && listed[i].record == n) {
				check_listed(r, table_header(t), &listed[i]);
				found = true;
			}
		for (unsigned i = 0; !found && i < r->n; i++)
			assert_int_equal(r->cells[i].fault, CELL_OK);
		if (!found)
			assert_int_equal(r->n, table_header(t)->n);
	}
	assert_null(why);
	assert_int_equal(n, rows);
	table_close(t);
}

static void dirty_cells_fault_alone(void **state)
{
	(void)state;
	load_list();
	dirty_file("01_communities.dirty.csv", "社区编码", 519);
	dirty_file("02_organizations.dirty.csv", "统一社会信用代码", 34);
	dirty_file("03_social_workers.dirty.csv", "工号", 204);
	dirty_file("04_volunteers.gbk.dirty.csv", "志愿者编号", 1004);
	dirty_file("05_needs.dirty.csv", "需求编号", 1206);
	dirty_file("06_projects.dirty.csv", "项目编号", 66);
	dirty_file("07_budget_lines.dirty.csv", "项目编号", 363);
	dirty_file("08_payments.dirty.csv", "项目编号", 183);
	dirty_file("09_evaluations.dirty.csv", "项目编号", 142);
	dirty_file("10_service_records.dirty.csv", "记录编号", 1207);
	n_listed = 0;
	forget();
}

/* One content, many ways to write it; all say the same. */
static void other_writings(void **state)
{
	static const char text[] = "某县需求汇总表,,\n\n姓名,电话,说明\n\"张,三\",1540,\"他说\"\"好\"\"\n第二行\"\n李𠮷,,\n\n合计,2,";
	static const char *const encodings[] = { "UTF-8", "UTF-16LE", "UTF-16BE", "GB18030" };
	static const char *const marks[] = { "\xEF\xBB\xBF", "\xFF\xFE", "\xFE\xFF", "" };
	static const size_t mark_bytes[] = { 3, 2, 2, 0 };
	static const char separators[] = ",\t;";
	static const char *const ends[] = { "\n", "\r\n", "\r" };
	(void)state;
	for (int e = 0; e < 4; e++)
		for (int s = 0; s < 3; s++)
			for (int l = 0; l < 3; l++)
				for (int marked = 0; marked < 2; marked++) {
					struct buf b;
					buf_init(&b, arena);
					for (const char *p = text; *p; p++)
						if (*p == '\n')
							buf_str(&b, ends[l]);
						else
							buf_add(&b, *p == ',' && !(p > text + 1 && !memcmp(p - 3, "张", 3)) ? &separators[s] : p, 1);
					size_t n;
					char *bytes = recode(b.p, b.n, encodings[e], marks[e], marked ? mark_bytes[e] : 0, &n);
					struct table_file *t = open_bytes(bytes, n, "姓名");
					assert_non_null(t);
					assert_int_equal(table_header(t)->n, 3);
					assert_int_equal(table_header(t)->line, 3);
					const struct row *r = next(t);
					assert_string_equal(r->cells[0].s, "张,三");
					assert_string_equal(r->cells[2].s, "他说\"好\"\n第二行");
					r = next(t);
					assert_string_equal(r->cells[0].s, "李𠮷");
					assert_int_equal(r->line, 6);
					assert_int_equal(r->n, 3);
					assert_true(next(t)->blank);
					r = next(t);
					assert_string_equal(r->cells[0].s, "合计");
					assert_int_equal(r->record, 4);
					assert_null(next(t));
					done(t);
				}
}

static void faults_stay_in_their_cell(void **state)
{
	(void)state;
	struct table_file *t = open_text("姓名,电话,说明\r\n张\0三,1,好\r\n\xC0\x80\xED\xA0\x80\xFF,2,中文说明中文说明\r\n", "姓名");
	const struct row *r = next(t);
	assert_int_equal(r->cells[0].fault, CELL_NUL);
	assert_int_equal(r->cells[0].n, 7);
	assert_int_equal(r->cells[1].fault, CELL_OK);
	r = next(t);
	assert_int_equal(r->cells[0].fault, CELL_ENCODING);
	assert_true(text_valid(r->cells[0].s, r->cells[0].n));
	assert_string_equal(r->cells[1].s, "2");
	done(t);
	t = open_text("姓名,电话\n\xC0\x80\xED\xA0\x80\xFF,1\n\xBD\xAA\xB9\xEF\xCE\xB4,2\n", "姓名");    /* few letters, but a clear header */
	assert_non_null(t);
	assert_int_equal(next(t)->cells[0].fault, CELL_ENCODING);
	assert_int_equal(next(t)->cells[0].fault, CELL_ENCODING);
	done(t);
	t = open_text("\xD0\xD5\xC3\xFB,1\n\xFF\xFF,2\n", "姓名");
	assert_non_null(t);
	assert_int_equal(next(t)->cells[0].fault, CELL_ENCODING);
	done(t);
	char gbk[] = "\xD0\xD5\xC3\xFB,\xB5\xE7\xBB\xB0,\xCB\xB5\xC3\xF7\n\xD5\xC5\xC8,1540,\xBA\xC3\xBA\xC3\xBA\xC3\xBA\xC3\n";
	t = open_bytes(gbk, sizeof gbk - 1, "姓名");
	r = next(t);
	assert_int_equal(r->n, 3);
	assert_int_equal(r->cells[0].fault, CELL_ENCODING);
	assert_string_equal(r->cells[1].s, "1540");
	assert_string_equal(r->cells[2].s, "好好好好");
	done(t);
	struct buf b;
	buf_init(&b, arena);
	buf_str(&b, "姓名,电话\n");
	for (int i = 0; i < 30000; i++)
		buf_str(&b, "长");
	buf_str(&b, ",1\n");
	t = open_bytes(b.p, b.n, "姓名");
	r = next(t);
	assert_int_equal(r->cells[0].fault, CELL_TOO_LONG);
	assert_int_equal(text_chars(r->cells[0].s), 20000);
	assert_int_equal(r->cells[1].fault, CELL_OK);
	done(t);
}

static void refused_with_a_sentence(void **state)
{
	static const struct { const char *bytes; size_t n; const char *word; } files[] = {
#define FILE_(s, word) { s, sizeof s - 1, word }
		FILE_("", "空的"), FILE_(" \r\n", "没有内容"), FILE_("\xEF\xBB\xBF", "没有内容"), FILE_("  <!DOCTYPE html><table>", "网页"),
		FILE_("<TABLE><tr>", "网页"), FILE_("%PDF-1.4\n", "PDF"), FILE_("\x89PNG\r\n\x1A\n", "图片"), FILE_("\x7F" "ELF\2\1", "程序"),
		FILE_("PK\3\4 cut", "不完整"), FILE_("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 Workbook", ".xlsx"),
		FILE_("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0", "密码"),
		FILE_("姓名,电话\n张三,\"1\n李四,2\n", "第 2 行"), FILE_("甲,乙\n1,2\n", "没有找到表头"), FILE_("姓名,电话\n张三,李\xE5\x9B", "断了"),
		FILE_("\xD0\xD5\xC3\xFB,\xB5\xE7\xBB\xB0\n\xD5\xC5\xC8", "断了"), FILE_("\xFF\xFE\xD3\x59\x0D\x54,", "断了"),
		FILE_("\x80\xFF\x80\xFF\x80\xFF\xFF\xFF\x80\xFF,1\n", "编码"), FILE_("\1\2\3\4\5\6\7\1\2\3\4\5\6\7\1\2\3\4\5\6\7\1\2\3\4\5\6\7", "二进制"),
	};
	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		assert_null(open_bytes(files[i].bytes, files[i].n, "姓名"));
		if (!strstr(why_not, files[i].word) || strlen(why_not) < 30)
			fail_msg("%zu: %s", i, why_not);
		forget();
	}
	assert_null(open_file("data/xlsx/organizations.xls", "统一社会信用代码"));
	assert_non_null(strstr(why_not, "另存为 .xlsx"));
	forget();
	struct table_file *t = open_text("姓名,电话", "姓名");
	assert_non_null(t);
	assert_null(next(t));
	done(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_read_whole), cmocka_unit_test(dirty_cells_fault_alone), cmocka_unit_test(other_writings),
		cmocka_unit_test(faults_stay_in_their_cell), cmocka_unit_test(refused_with_a_sentence),
	};
	arena = arena_new(0);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(arena);
	return failed;
}
