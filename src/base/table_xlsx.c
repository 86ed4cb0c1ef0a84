/* table_xlsx.c -- the archive of an XLSX file and its parts as XML, read in small pieces. Owns the archive and every limit:
 * entries, bytes really expanded, depth, names, size of one token. Refuses DTDs, passwords, foreign compression; it never
 * believes a size that the file states about itself, except to refuse sooner. */
#include "base/table_inner.h"
#include <stdlib.h>
#include <string.h>

enum { PIECE = 64 << 10, MOST_ENTRIES = 1000, MOST_DEPTH = 64, MOST_NAMES = 1000, NAME_SLOTS = 2048, MOST_TOKEN = 1 << 20 };

static const char broken[] = "XLSX 文件不完整或已损坏。请重新导出或重新上传，仍不行时另存为 CSV。";
static const char locked[] = "XLSX 文件设了打开密码，无法读取。请取消密码另存后再上传。";
static const char too_big[] = "XLSX 文件展开后太大。请拆成几个文件，或另存为 CSV 后再上传。";
static const char too_odd[] = "XLSX 文件的内部结构不正常，已拒绝读取。请在表格软件里打开后另存为 XLSX 或 CSV，再上传。";

void xlsx_refuse(struct xlsx *x, const char *why)
{
	if (!x->why)
		x->why = why ? why : too_odd;
}

/* libzip reads the whole directory before we could count it, so every end record in sight is looked at first. */
static bool few_entries(const unsigned char *p, size_t n)
{
	size_t from = n > 66000 ? n - 66000 : 0;
	for (size_t i = from; i + 22 <= n; i++)
		if (!memcmp(p + i, "PK\5\6", 4) && (p[i + 10] | p[i + 11] << 8) > MOST_ENTRIES)
			return false;
		else if (!memcmp(p + i, "PK\6\6", 4))
			return false;
	return true;
}

static const char *not_a_workbook(struct xlsx *x)
{
	static const struct { const char *part, *why; } kinds[] = {
		{ "xl/workbook.bin", "这是 XLSB 文件。请在表格软件里另存为 XLSX 或 CSV 后再上传。" },
		{ "word/document.xml", "这是文字处理文档，不是表格。请把表格另存为 XLSX 或 CSV 后再上传。" },
		{ "ppt/presentation.xml", "这是演示文稿，不是表格。请把表格另存为 XLSX 或 CSV 后再上传。" },
		{ "content.xml", "这是 ODS 等开放文档。请在表格软件里另存为 XLSX 或 CSV 后再上传。" },
	};
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (part_exists(x, kinds[i].part))
			return kinds[i].why;
	if (part_exists(x, "xl/workbook.xml"))
		return "工作簿里没有可见的工作表。请取消隐藏，或把表格另存为新的 XLSX 后再上传。";
	return "这是压缩包，里面没有工作表。请解压后上传其中的 XLSX 或 CSV 文件。";
}

struct xlsx *xlsx_open(struct arena *a, const void *bytes, size_t n, size_t max_expanded, const char **why)
{
	struct xlsx *x = arena_alloc(a, sizeof *x);
	zip_source_t *source = NULL;
	*x = (struct xlsx){ .arena = a, .left = max_expanded < (size_t)1 << 30 ? max_expanded : (size_t)1 << 30 };
	if (!few_entries(bytes, n))
		xlsx_refuse(x, too_odd);
	else if (!(source = zip_source_buffer_create(bytes, n, 0, NULL)) || !(x->zip = zip_open_from_source(source, ZIP_RDONLY, NULL)))
		xlsx_refuse(x, broken);
	if (source && !x->zip)
		zip_source_free(source);
	if (!x->why && zip_get_num_entries(x->zip, 0) > MOST_ENTRIES)
		xlsx_refuse(x, too_odd);
	if (!x->why && !part_exists(x, "_rels/.rels") && !part_exists(x, "xl/workbook.xml"))
		xlsx_refuse(x, not_a_workbook(x));
	if (!x->why && part_exists(x, "xl/workbook.bin"))
		xlsx_refuse(x, not_a_workbook(x));
	if (!x->why && book_read(x) && !x->n_sheets)
		xlsx_refuse(x, not_a_workbook(x));
	if (!x->why)
		return x;
	*why = x->why;
	xlsx_close(x);
	return NULL;
}

void xlsx_close(struct xlsx *x)
{
	if (!x)
		return;
	sheet_close(x);
	free(x->text);
	free(x->shared);
	free(x->dates);
	if (x->zip)
		zip_discard(x->zip);
}

bool part_exists(struct xlsx *x, const char *path)
{
	return zip_name_locate(x->zip, path, ZIP_FL_NOCASE) >= 0;
}

/* Each new name costs the parser memory for good; real workbooks have some dozens. False: too many. */
static bool name_known(struct part *p, const char *name)
{
	uint32_t h = 2166136261u;
	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 16777619u;
	h += !h;
	unsigned i = h % NAME_SLOTS;
	for (; p->names[i]; i = (i + 1) % NAME_SLOTS)
		if (p->names[i] == h)
			return true;
	p->names[i] = h;
	return ++p->n_names <= MOST_NAMES;
}

static const char *local(const char *name)
{
	const char *colon = strchr(name, ':');
	return colon ? colon + 1 : name;
}

static void stop(struct part *p)
{
	XML_StopParser(p->parser, XML_FALSE);
}

static void on_start(void *arg, const char *name, const char **attributes)
{
	struct part *p = arg;
	p->quiet = 0;
	if (p->x->why || p->ended)
		return;
	bool known = ++p->depth <= MOST_DEPTH && name_known(p, name);
	for (size_t i = 0; known && attributes[i]; i += 2)
		known = name_known(p, attributes[i]);
	if (!known) {
		xlsx_refuse(p->x, too_odd);
		stop(p);
		return;
	}
	p->start(p->arg, local(name), attributes);
	if (p->x->why)
		stop(p);
}

static void on_end(void *arg, const char *name)
{
	struct part *p = arg;
	p->quiet = 0;
	if (p->x->why || p->ended)
		return;
	p->depth--;
	p->end(p->arg, local(name));
	if (p->x->why)
		stop(p);
}

static void on_chars(void *arg, const char *s, int n)
{
	struct part *p = arg;
	p->quiet = 0;
	if (!p->x->why && !p->ended && p->chars)
		p->chars(p->arg, s, (size_t)n);
}

static void on_other(void *arg, const char *s, int n)
{
	(void)s, (void)n;
	((struct part *)arg)->quiet = 0;
}

/* A document type is where entities are declared; no spreadsheet writes one. */
static void on_doctype(void *arg, const char *name, const char *system_id, const char *public_id, int inner)
{
	struct part *p = arg;
	(void)name, (void)system_id, (void)public_id, (void)inner;
	xlsx_refuse(p->x, "XLSX 文件里带有文档类型或实体声明，可能有害，已拒绝读取。请在表格软件里另存为 XLSX 后再上传。");
	stop(p);
}

static zip_file_t *entry_open(struct xlsx *x, const char *path)
{
	zip_stat_t s;
	zip_int64_t at = zip_name_locate(x->zip, path, ZIP_FL_NOCASE);
	if (at < 0 || zip_stat_index(x->zip, (zip_uint64_t)at, 0, &s)) {
		xlsx_refuse(x, broken);
		return NULL;
	}
	if ((s.valid & ZIP_STAT_ENCRYPTION_METHOD) && s.encryption_method != ZIP_EM_NONE)
		xlsx_refuse(x, locked);
	else if ((s.valid & ZIP_STAT_COMP_METHOD) && s.comp_method != ZIP_CM_STORE && s.comp_method != ZIP_CM_DEFLATE)
		xlsx_refuse(x, too_odd);
	else if ((s.valid & ZIP_STAT_SIZE) && s.size > x->left)
		xlsx_refuse(x, too_big);
	zip_file_t *f = x->why ? NULL : zip_fopen_index(x->zip, (zip_uint64_t)at, 0);
	if (!f)
		xlsx_refuse(x, broken);
	return f;
}

bool part_open(struct part *p, struct xlsx *x, const char *path)
{
	p->x = x;
	p->file = entry_open(x, path);
	if (!p->file)
		return false;
	p->parser = XML_ParserCreate(NULL);
	p->names = calloc(NAME_SLOTS, sizeof *p->names);
	if (!p->parser || !p->names)
		abort();
	XML_SetUserData(p->parser, p);
	XML_SetElementHandler(p->parser, on_start, on_end);
	XML_SetCharacterDataHandler(p->parser, on_chars);
	XML_SetDefaultHandler(p->parser, on_other);
	XML_SetStartDoctypeDeclHandler(p->parser, on_doctype);
	return true;
}

/* The next piece of the part goes to the parser. A token that never ends would be scanned again with each piece. */
static enum XML_Status feed(struct part *p)
{
	struct xlsx *x = p->x;
	void *space = XML_GetBuffer(p->parser, PIECE);
	if (!space) {
		xlsx_refuse(x, too_odd);
		return XML_STATUS_ERROR;
	}
	zip_int64_t got = zip_fread(p->file, space, PIECE);
	if (got < 0)
		xlsx_refuse(x, broken);
	else if ((size_t)got > x->left)
		xlsx_refuse(x, too_big);
	else if ((p->quiet += (size_t)got) > MOST_TOKEN)
		xlsx_refuse(x, too_odd);
	if (x->why)
		return XML_STATUS_ERROR;
	x->left -= (size_t)got;
	return XML_ParseBuffer(p->parser, (int)got, got == 0);
}

int part_run(struct part *p)
{
	struct xlsx *x = p->x;
	while (!x->why && !p->ended) {
		bool resumed = p->paused;
		p->paused = false;
		enum XML_Status s = resumed ? XML_ResumeParser(p->parser) : feed(p);
		if (s == XML_STATUS_SUSPENDED)
			return p->paused = true, 1;
		if (s == XML_STATUS_ERROR && !p->ended)
			xlsx_refuse(x, broken);
		XML_ParsingStatus now;
		XML_GetParsingStatus(p->parser, &now);
		if (now.parsing == XML_FINISHED)
			p->ended = true;
	}
	return x->why ? -1 : 0;
}

void part_pause(struct part *p)
{
	XML_StopParser(p->parser, XML_TRUE);
}

void part_finish(struct part *p)
{
	p->ended = true;
	stop(p);
}

void part_close(struct part *p)
{
	if (p->parser)
		XML_ParserFree(p->parser);
	if (p->file)
		zip_fclose(p->file);
	free(p->names);
	*p = (struct part){ 0 };
}

const char *part_attribute(const char **attributes, const char *name)
{
	for (; *attributes; attributes += 2)
		if (!strcmp(local(attributes[0]), name))
			return attributes[1];
	return NULL;
}
