/* table_read.c -- opens a table whatever it is, finds its header, hands out its rows. Owns what the readers below hold.
 * Refuses, with one sentence and a way out, whatever is no table. */
#include "base/table_inner.h"
#include <string.h>

struct table_file {
	struct arena *arena;
	bool open_csv, ended;
	struct csv csv;
	struct xlsx *xlsx;
	struct row header;
	int64_t record;
	const char *why;
	char format[40];
};

static const char no_header[] = "没有找到表头：前 30 行里没有一行是认识的列名。请下载导入模板，照模板写好列名后再上传。";

/* What begins like this is no table. Offset 0 but for the odd ones. */
static const struct magic { const char *bytes; size_t n; const char *what; } magics[] = {
	{ "%PDF-", 5, "PDF 文件" }, { "{\\rtf", 5, "RTF 文档" }, { "\x89PNG", 4, "图片" }, { "\xFF\xD8\xFF", 3, "图片" },
	{ "GIF8", 4, "图片" }, { "RIFF", 4, "图片或音视频" }, { "II*\0", 4, "图片" }, { "MM\0*", 4, "图片" },
	{ "\x7F" "ELF", 4, "程序文件" }, { "MZ\x90\0", 4, "程序文件" }, { "\x1F\x8B\x08", 3, "压缩包" }, { "7z\xBC\xAF", 4, "压缩包" },
	{ "Rar!\x1A", 5, "压缩包" }, { "SQLite format 3", 15, "数据库文件" }, { "<?xml", 5, "XML 文件" },
	{ "MIME-Version:", 13, "改了扩展名的网页" }, { "<!doctype", 9, "改了扩展名的网页" }, { "<html", 5, "改了扩展名的网页" },
	{ "<table", 6, "改了扩展名的网页" }, { "<head", 5, "改了扩展名的网页" }, { "<body", 5, "改了扩展名的网页" },
	{ "<meta", 5, "改了扩展名的网页" }, { "<style", 6, "改了扩展名的网页" }, { "<script", 7, "改了扩展名的网页" }, { "<!--", 4, "改了扩展名的网页" },
	{ "<div", 4, "改了扩展名的网页" },
};

/* Same bytes, letters of either case; a byte of 0 counts as itself. */
static bool same(const unsigned char *p, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char b = (unsigned char)bytes[i], a = p[i];
		bool letter = (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z');
		if (a != b && !(letter && (a ^ b) == 0x20))
			return false;
	}
	return true;
}

static const char *other_kind(struct arena *a, const unsigned char *p, size_t n)
{
	size_t i = n >= 3 && !memcmp(p, "\xEF\xBB\xBF", 3) ? 3 : 0;
	while (i < n && (p[i] == ' ' || p[i] == '\t' || p[i] == '\r' || p[i] == '\n'))
		i++;
	if (i == n)
		return n ? "文件里没有内容。请选择填好内容的 XLSX 或 CSV 文件。" : "文件是空的。请选择填好内容的 XLSX 或 CSV 文件。";
	for (size_t k = 0; k < sizeof magics / sizeof *magics; k++)
		if (n - i >= magics[k].n && same(p + i, magics[k].bytes, magics[k].n))
			return arena_printf(a, "这是%s，不是表格。请在表格软件里另存为 XLSX 或 CSV 后再上传。", magics[k].what);
	return NULL;
}

/* Old binary Excel and encrypted XLSX are the same kind of container; only the latter names an encrypted package. */
static const char *compound(const unsigned char *p, size_t n)
{
	static const char name[] = "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e";
	if (memmem(p, n, name, sizeof name))
		return "XLSX 文件设了打开密码，无法读取。请取消密码另存后再上传。";
	return "这是旧版 Excel（.xls）文件。请在表格软件里另存为 .xlsx 或 CSV 后再上传。";
}

typedef bool is_header_fn(void *arg, const struct row *);

static int read_row(struct table_file *t, struct arena *rows, struct row *row, const char **why)
{
	if (!t->xlsx)
		return csv_row(&t->csv, rows, row, why);
	int state = sheet_row(t->xlsx, rows, row);
	if (state < 0)
		*why = t->xlsx->why;
	return state;
}

/* 1 found, 0 not here, -1 refused. Rows that are not the header are forgotten. */
static int find_header(struct table_file *t, is_header_fn *is_header, void *arg, const char **why)
{
	for (int i = 0; i < HEADER_ROWS; i++) {
		struct mark m = arena_mark(t->arena);
		int state = read_row(t, t->arena, &t->header, why);
		if (state <= 0)
			return state;
		if (!t->header.blank && is_header(arg, &t->header))
			return 1;
		arena_rewind(t->arena, m);
	}
	return 0;
}

/* Everything is looked over once before the first row is handed out: a quote that never closes refuses the whole file. */
static const char *look_over(struct csv *c)
{
	struct csv before = *c;
	struct row row;
	const char *why = NULL;
	while (csv_row(c, NULL, &row, &why) > 0)
		;
	c->at = before.at;
	c->line = before.line;
	return why;
}

static const char *open_csv(struct table_file *t, const void *bytes, size_t n, is_header_fn *is_header, void *arg)
{
	static const char *const encodings[] = { "utf-8", "utf-16le", "utf-16be", "gb18030" };
	struct csv *c = &t->csv;
	const char *why = csv_open(c, t->arena, bytes, n), *first = NULL;
	unsigned char by_count[3];
	int found = 0;
	t->open_csv = true;
	if (why || (why = other_kind(t->arena, c->letters.p, c->letters.n)))
		return why;
	csv_separators(c, by_count);
	for (int i = 0; i < 3 && found <= 0; i++) {
		csv_restart(c, by_count[i]);
		found = find_header(t, is_header, arg, &why);
		if (found < 0 && !first)
			first = why;
	}
	if (found <= 0)
		return first ? first : no_header;
	snprintf(t->format, sizeof t->format, "CSV %s %s", encodings[c->letters.encoding],
		c->separator == ',' ? "comma" : c->separator == ';' ? "semicolon" : "tab");
	return look_over(c);
}

static const char *open_xlsx(struct table_file *t, const void *bytes, size_t n, size_t most, is_header_fn *is_header, void *arg)
{
	const char *why = NULL;
	t->xlsx = xlsx_open(t->arena, bytes, n, most, &why);
	if (!t->xlsx)
		return why;
	snprintf(t->format, sizeof t->format, "XLSX");
	for (unsigned i = 0; i < t->xlsx->n_sheets; i++) {
		if (!sheet_open(t->xlsx, i))
			return t->xlsx->why;
		int found = find_header(t, is_header, arg, &why);
		if (found)
			return why;
	}
	return no_header;
}

struct table_file *table_open(struct arena *a, const void *bytes, size_t n, size_t max_expanded,
	is_header_fn *is_header, void *arg, const char **why)
{
	struct table_file *t = arena_alloc(a, sizeof *t);
	t->arena = a;
	if (n >= 4 && (!memcmp(bytes, "PK\3\4", 4) || !memcmp(bytes, "PK\5\6", 4)))
		*why = open_xlsx(t, bytes, n, max_expanded, is_header, arg);
	else if (n >= 8 && !memcmp(bytes, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8))
		*why = compound(bytes, n);
	else if (!(*why = other_kind(a, bytes, n)))
		*why = open_csv(t, bytes, n, is_header, arg);
	if (!*why)
		return t;
	table_close(t);
	return NULL;
}

const struct row *table_header(const struct table_file *t)
{
	return &t->header;
}

const struct row *table_next(struct table_file *t, struct arena *rows, const char **why)
{
	struct row *row = arena_alloc(rows, sizeof *row);
	*why = t->why;
	if (t->ended || read_row(t, rows, row, &t->why) <= 0) {
		t->ended = true;
		*why = t->why;
		return NULL;
	}
	row->record = ++t->record;
	return row;
}

const char *table_format(const struct table_file *t)
{
	return t->format;
}

void table_close(struct table_file *t)
{
	if (!t)
		return;
	if (t->open_csv)
		csv_close(&t->csv);
	xlsx_close(t->xlsx);
	t->open_csv = false;
	t->xlsx = NULL;
}
