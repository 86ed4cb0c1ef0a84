/* test_table_xlsx.c -- workbooks made by hand, good and hostile: values, dates, sheets, bombs, cuts; and tables written by
 * us read back. Run in the project's folder. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "table_help.h"
#include <sys/resource.h>
#include <zip.h>

#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
#define SHEET(rows) HEAD "<x:worksheet xmlns:x=\"m\"><sheetData>" rows "</sheetData><mergeCells/></x:worksheet>"
#define TITLES "<row r=\"3\"><c r=\"A3\" t=\"inlineStr\"><is><t>姓名</t></is></c><c t=\"s\"><v>0</v></c></row>"
static const char package[] = HEAD "<Relationships><Relationship Id=\"rId1\" Type=\"http://x/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>";
static const char relations[] = HEAD "<Relationships><Relationship Id=\"rId1\" Type=\"http://x/worksheet\" Target=\"worksheets/sheet1.xml\"/>"
	"<Relationship Id=\"rId2\" Type=\"http://x/worksheet\" Target=\"/xl/worksheets/sheet2.xml\"/><Relationship Id=\"s\" Type=\"x/styles\" Target=\"styles.xml\"/>"
	"<Relationship Id=\"t\" Type=\"x/sharedStrings\" Target=\"sharedStrings.xml\"/></Relationships>";
static const char book[] = HEAD "<workbook xmlns:r=\"r\"><workbookPr date1904=\"%s\"/><sheets><sheet name=\"a\" sheetId=\"1\" state=\"hidden\" r:id=\"rId1\"/>"
	"<sheet name=\"b\" sheetId=\"2\" r:id=\"rId2\"/></sheets></workbook>";
static const char styles[] = HEAD "<styleSheet><numFmts><numFmt numFmtId=\"170\" formatCode=\"yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;;@\"/>"
	"<numFmt numFmtId=\"171\" formatCode=\"[Red]#,##0.00&quot;day&quot;\"/></numFmts><cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs>"
	"<cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"170\"/><xf numFmtId=\"171\"/><xf numFmtId=\"20\"/></cellXfs></styleSheet>";
static const char strings[] = HEAD "<sst><si><t>电话</t></si><si><r><rPr><b/></rPr><t>加</t></r><r><t xml:space=\"preserve\"> 粗_x000D_\n</t></r>"
	"<rPh><t>jiā</t></rPh></si><si><t/></si></sst>";

/* ---- building ---- */

struct made { zip_t *zip; zip_source_t *source; };

static struct made begin(void)
{
	struct made m = { .source = zip_source_buffer_create(NULL, 0, 0, NULL) };
	m.zip = zip_open_from_source(m.source, ZIP_TRUNCATE, NULL);
	assert_non_null(m.zip);
	zip_source_keep(m.source);
	return m;
}

static zip_int64_t add(struct made *m, const char *name, const char *text)
{
	zip_source_t *s = zip_source_buffer(m->zip, text, strlen(text), 0);
	zip_int64_t i = zip_file_add(m->zip, name, s, ZIP_FL_OVERWRITE);
	assert_true(i >= 0);
	return i;
}

static void add_book(struct made *m, const char *sheet, bool since1904)
{
	add(m, "_rels/.rels", package);
	add(m, "xl/_rels/workbook.xml.rels", relations);
	add(m, "xl/workbook.xml", arena_printf(arena, book, since1904 ? "1" : "false"));
	add(m, "xl/styles.xml", styles);
	add(m, "xl/sharedStrings.xml", strings);
	add(m, "xl/worksheets/sheet1.xml", SHEET(TITLES "<row r=\"4\"><c t=\"inlineStr\"><is><t>hidden</t></is></c></row>"));
	add(m, "xl/worksheets/sheet2.xml", sheet);
}

static char *end(struct made *m, size_t *n)
{
	zip_stat_t s;
	assert_int_equal(zip_close(m->zip), 0);
	zip_source_open(m->source);
	zip_source_stat(m->source, &s);
	char *p = arena_alloc(arena, s.size);
	assert_int_equal(zip_source_read(m->source, p, s.size), s.size);
	zip_source_close(m->source);
	zip_source_free(m->source);
	*n = s.size;
	return p;
}

static struct table_file *open_sheet(const char *sheet, bool since1904)
{
	size_t n;
	struct made m = begin();
	add_book(&m, sheet, since1904);
	char *p = end(&m, &n);
	return open_bytes(p, n, "姓名");
}

static void is(const struct row *r, unsigned i, const char *text)
{
	assert_true(i < r->n);
	assert_string_equal(r->cells[i].s, text);
	assert_int_equal(r->cells[i].n, strlen(text));
}

/* ---- reading ---- */

static void values(void **state)
{
	(void)state;
	struct table_file *t = open_sheet(SHEET("<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>标题</t></is></c></row>" TITLES
		"<row r=\"5\" spans=\"1:9\"><c r=\"A5\" t=\"s\"><v>1</v></c><c r=\"C5\"><f>A1+1</f><v>200</v></c><c><v>0.30000000000000004</v></c>"
		"<c r=\"E5\"><v>2.19901198804049E+017</v></c><c r=\"F5\" t=\"b\"><v>1</v></c><c r=\"G5\" s=\"3\"><v>-12.5</v></c>"
		"<c t=\"e\"><v>#N/A</v></c><c t=\"str\"><f>B1</f><v>字</v></c><c><v>219901198804049424</v></c><c><v>1.5E-5</v></c><c r=\"N5\"><v>1e309</v></c></row>"
		"<row><c s=\"1\"/><c s=\"4\"/></row>"
		"<row r=\"8\"><c s=\"1\"><v>44155</v></c><c s=\"2\"><v>1</v></c><c s=\"1\"><v>59</v></c><c s=\"1\"><v>60</v></c><c s=\"1\"><v>61.75</v></c>"
		"<c s=\"4\"><v>0.375</v></c><c s=\"1\"><v>-1</v></c><c t=\"d\"><v>2020-11-20T00:00:00</v></c></row><row r=\"1048576\"><c s=\"1\"/></row>"), false);
	assert_non_null(t);
	is(table_header(t), 1, "电话");
	const struct row *r = next(t);
	assert_true(r->blank && r->line == 4 && r->record == 1);
	r = next(t);
	assert_int_equal(r->record, 2);
	is(r, 0, "加 粗\n"), is(r, 1, ""), is(r, 2, "200"), is(r, 3, "0.3"), is(r, 4, "2.19901198804049E+17"), is(r, 5, "TRUE");
	is(r, 6, "-12.5"), is(r, 7, "#N/A"), is(r, 8, "字"), is(r, 9, "219901198804049424"), is(r, 10, "0.000015"), is(r, 13, "1e309");
	assert_true(r->n == 14 && r->cells[2].number && !r->cells[0].number && !r->cells[2].date && !r->cells[13].number);
	assert_true(next(t)->blank && next(t)->blank);
	r = next(t);
	is(r, 0, "2020-11-20"), is(r, 1, "1900-01-01"), is(r, 2, "1900-02-28"), is(r, 3, "1900-02-29"), is(r, 4, "1900-03-01");
	is(r, 5, "09:00"), is(r, 6, "-1"), is(r, 7, "2020-11-20");
	assert_true(r->cells[0].date && !r->cells[5].date && !r->cells[6].date && r->cells[7].date);
	assert_null(next(t));
	assert_null(why_not);
	done(t);
	t = open_sheet(SHEET(TITLES "<row><c s=\"1\"><v>42693</v></c></row>"), true);
	is(next(t), 0, "2020-11-20");
	done(t);
}

static void scientific_ids_show(void **state)
{
	(void)state;
	struct table_file *t = open_file("data/xlsx/social_workers_naive_open.xlsx", "工号");
	const struct row *r = next(t);
	is(r, 4, "2.19901198804049E+17");
	is(r, 5, "1988-04-04");
	assert_true(r->cells[4].number && r->cells[5].date);
	done(t);
	t = open_file("data/xlsx/social_workers.xlsx", "工号");
	r = next(t);
	is(r, 4, "219901198804049424");
	is(r, 13, "200");
	assert_true(!r->cells[4].number && r->cells[13].number);
	done(t);
}

/* ---- refusing ---- */

static void refused(struct table_file *t, const char *word)
{
	while (t && next(t))
		;
	assert_non_null(why_not);
	if (!strstr(why_not, word))
		fail_msg("%s", why_not);
	done(t);
}

/* `each` with its # replaced by a number, many times. */
static char *many(const char *before, const char *each, int times, const char *after)
{
	struct buf b;
	buf_init(&b, arena);
	buf_str(&b, before);
	for (int i = 0; i < times; i++)
		for (const char *p = each; *p; p++)
			*p == '#' ? buf_int(&b, i) : buf_add(&b, p, 1);
	buf_str(&b, after);
	return b.p;
}

static void hostile_xml(void **state)
{
	(void)state;
	refused(open_sheet("<!DOCTYPE a [<!ENTITY b \"bbbbbbbbbb\"><!ENTITY c \"&b;&b;&b;&b;\">]>" SHEET(TITLES), false), "实体");
	refused(open_sheet("<!DOCTYPE a SYSTEM \"file:///etc/passwd\">" SHEET(TITLES), false), "实体");
	refused(open_sheet(many("<worksheet><sheetData>" TITLES, "<a>", 100, ""), false), "内部结构");
	refused(open_sheet(many("<worksheet><sheetData>" TITLES, "<n#/>", 5000, ""), false), "内部结构");
	refused(open_sheet(many("<worksheet><sheetData>" TITLES "<row q=\"", "aaaaaaaaaa#", 200000, "\"/>"), false), "内部结构");
	refused(open_sheet("<worksheet><sheetData>" TITLES "<row r=\"9\"><c><v>1</v></c></row><row r=\"8\"/>", false), "次序");
	refused(open_sheet(SHEET(TITLES "<row r=\"1048577\"/>"), false), "次序");
	refused(open_sheet(SHEET(TITLES "<row><c r=\"XFE4\"/></row>"), false), "次序");
	refused(open_sheet(SHEET(TITLES "<row><c t=\"s\"><v>9</v></c></row>"), false), "次序");
	refused(open_sheet("<worksheet><sheetData>" TITLES "<row><c>", false), "损坏");
	refused(open_sheet(SHEET("<row><c t=\"inlineStr\"><is><t>甲</t></is></c></row>"), false), "没有找到表头");
}

enum { BOMB = 1 << 30 };

/* A gigabyte of good XML that says nothing, made while it is packed. */
static zip_int64_t blanks(void *user, void *data, zip_uint64_t n, zip_source_cmd_t cmd)
{
	zip_uint64_t *left = user;
	switch (cmd) {
	case ZIP_SOURCE_READ:
		n = n < *left ? n : *left;
		memset(data, '\n', n);
		if (*left == BOMB)
			memcpy(data, "<sst>", 5);
		*left -= n;
		return (zip_int64_t)n;
	case ZIP_SOURCE_STAT:
		zip_stat_init(data);
		return sizeof(zip_stat_t);
	case ZIP_SOURCE_SUPPORTS:
		return zip_source_make_command_bitmap(ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE, -1);
	default:
		return 0;
	}
}

static long peak(void)
{
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss;
}

static void bombs(void **state)
{
	(void)state;
	for (int lie = 0; lie < 2; lie++) {
		size_t n;
		zip_uint64_t left = BOMB;
		struct made m = begin();
		add_book(&m, "", false);
		zip_file_add(m.zip, "xl/sharedStrings.xml", zip_source_function(m.zip, blanks, &left), ZIP_FL_OVERWRITE);
		unsigned char *p = (unsigned char *)end(&m, &n);
		assert_true(n < (4 << 20) && !left);
		static const unsigned char size[4] = { 0, 0, 0, 0x40 }, small[4] = { 0, 1, 0, 0 };
		for (size_t i = 0; lie && i + 46 < n; i++)
			if ((!memcmp(p + i, "PK\1\2", 4) && !memcmp(p + i + 24, size, 4)) || (!memcmp(p + i, "PK\3\4", 4) && !memcmp(p + i + 22, size, 4)))
				memcpy(p + i + (p[i + 2] == 1 ? 24 : 22), small, 4);
		long before = peak();
		assert_null(open_bytes(p, n, "姓名"));
		assert_true(peak() - before < 32 << 10);
		assert_true(lie ? strstr(why_not, "损坏") || strstr(why_not, "太大") : !!strstr(why_not, "太大"));
		forget();
	}
	size_t n;
	char *p = slurp("data/xlsx/needs.xlsx", &n);
	assert_null(open_limited(p, n, "需求编号", 300000));
	assert_non_null(strstr(why_not, "太大"));
	forget();
	struct made m = begin();
	add_book(&m, SHEET(TITLES), false);
	for (int i = 0; i < 1000; i++)
		add(&m, arena_printf(arena, "x%d", i), "");
	p = end(&m, &n);
	assert_null(open_bytes(p, n, "姓名"));
	assert_non_null(strstr(why_not, "内部结构"));
	forget();
}

static void other_archives(void **state)
{
	static const struct { const char *part, *word; } kinds[] = {
		{ "a.txt", "压缩包" }, { "content.xml", "ODS" }, { "xl/workbook.bin", "XLSB" }, { "word/document.xml", "文字处理" },
	};
	(void)state;
	for (int i = 0; i < 4; i++) {
		size_t n;
		struct made m = begin();
		add(&m, kinds[i].part, "<a/>");
		char *p = end(&m, &n);
		refused(open_bytes(p, n, "姓名"), kinds[i].word);
	}
	size_t n;
	struct made m = begin();
	add_book(&m, "", false);
	zip_file_set_encryption(m.zip, (zip_uint64_t)add(&m, "xl/worksheets/sheet2.xml", SHEET(TITLES)), ZIP_EM_AES_256, "pw");
	char *p = end(&m, &n);
	refused(open_bytes(p, n, "姓名"), "密码");
}

/* Cut or scratched anywhere: a table, a sentence, never a fault of ours. */
static void cuts_and_scratches(void **state)
{
	static const char *const files[] = { "data/xlsx/organizations.xlsx", "data/scenario/02_organizations.csv", "data/dirty/04_volunteers.gbk.dirty.csv" };
	(void)state;
	unsigned dice = 7;
	for (int f = 0; f < 3; f++)
		for (int i = 0; i < 1000; i++) {
			size_t n;
			char *p = slurp(files[f], &n);
			dice = dice * 1103515245 + 12345;
			size_t at = (dice >> 4) % n;
			if (i % 2)
				n = at;
			else
				p[at] ^= (char)(1 + (dice >> 8) % 255);
			struct table_file *t = open_bytes(p, n, f < 2 ? "统一社会信用代码" : "志愿者编号");
			for (int k = 0; t && k < 100 && next(t); k++)
				;
			done(t);
		}
}

/* ---- writing ---- */

struct sunk { struct buf b; int calls; };

static int sink(void *arg, const void *p, size_t n)
{
	struct sunk *s = arg;
	assert_true(n && n <= 64 << 10);
	s->calls++;
	buf_add(&s->b, p, n);
	return 0;
}

static int no_sink(void *arg, const void *p, size_t n)
{
	(void)arg, (void)p, (void)n;
	return -1;
}

static void write_all(struct table_out *o, int rows)
{
	table_out_cell(o, "姓名"), table_out_cell(o, "说明"), table_out_cell(o, "金额"), table_out_cell(o, "日期"), table_out_cell(o, "号");
	table_out_row(o);
	for (int i = 0; i < rows; i++) {
		table_out_cell(o, i % 2 ? "=1+1" : "@x"), table_out_cell(o, "他,说\"好\"\n二 𠮷<&>"), table_out_int(o, -5 - i, 2), table_out_day(o, 18586);
		table_out_int(o, INT64_MAX - 7, 0), table_out_cell(o, NULL), table_out_cell(o, " -末");
		table_out_row(o);
	}
}

static void round_trip(void **state)
{
	(void)state;
	for (int kind = OUT_CSV; kind <= OUT_XLSX; kind++) {
		struct sunk s = { 0 };
		buf_init(&s.b, arena);
		struct table_out *o = table_out_new((enum out_kind)kind, sink, &s);
		write_all(o, 20000);
		assert_int_equal(table_out_end(o), 0);
		assert_true(s.calls > 2);
		struct table_file *t = open_bytes(s.b.p, s.b.n, "姓名");
		assert_non_null(t);
		int n = 0;
		const struct row *r;
		struct mark m = arena_mark(arena);
		for (; (r = next(t)); arena_rewind(arena, m), n++) {
			const char *formula = n % 2 ? "'=1+1" : "'@x";
			is(r, 0, formula + (kind == OUT_XLSX)), is(r, 1, "他,说\"好\"\n二 𠮷<&>");
			is(r, 3, "2020-11-20"), is(r, 4, "9223372036854775800"), is(r, 5, ""), is(r, 6, " -末");
			assert_true(atof(r->cells[2].s) == (-5 - n) / 100.0);
			assert_int_equal(r->cells[3].date, kind == OUT_XLSX);
		}
		assert_null(why_not);
		assert_int_equal(n, 20000);
		done(t);
		o = table_out_new((enum out_kind)kind, no_sink, NULL);
		write_all(o, 3000);
		assert_int_equal(table_out_end(o), -1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values), cmocka_unit_test(scientific_ids_show), cmocka_unit_test(hostile_xml), cmocka_unit_test(bombs),
		cmocka_unit_test(other_archives), cmocka_unit_test(cuts_and_scratches), cmocka_unit_test(round_trip),
	};
	arena = arena_new(0);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(arena);
	return failed;
}
