/* test_transfer.c -- a file of rows into two little rooms: every kind of row once, twice the same file, and out again. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "engine/transfer.h"
#include "engine/more.h"
#include "store/sql.h"
#include <stdlib.h>
#include <string.h>

/* -- a plain room with one key, and a sheet whose rows become records of a child room */
extern const struct entity test_flats, test_rents;
static const struct code kinds[] = { { "big", "大", "大套" }, { "small", "小" }, { 0 } };
static const struct field flat_fields[] = {
	{ "code", "房号", T_TEXT, REQUIRED | LIST | LOOKUP, .max = 20 }, { "name", "名称", T_TEXT, REQUIRED | SEARCH | LIST, .max = 20 },
	{ "area", "社区编码", T_DIVISION, REQUIRED | SCOPE }, { "kind", "类别", T_CODE, LIST, .codes = kinds },
	{ "phone", "电话", T_PHONE, LOOKUP, S3 }, { "since", "日期", T_DATE, LIST }, { "price_fen", "租金（元）", T_FEN, LIST, .heads = "月租|租金" },
	{ "count", "人数", T_INT, 0, .max = 99 },
};
static enum rc flat_check(struct ctx *c, struct record *r)
{
	if (rec_int(r, "count") == 13)
		rule_warn(c, "count", "odd_number", "人数少见，请核对");
	return rec_int(r, "count") == 14 ? rule_reject(c, "count", "bad_number", "人数不对") : RC_OK;
}
static const struct state flat_states[] = { { "open", "开放" } };
static const struct grant flat_grants[] = { { COMMUNITY, READ | IMPORT, REGION, S2 }, { CITY, READ | EXPORT, REGION, S2 } };
const struct entity test_flats = { "test_flats", "房屋", "-", 0, FIELDS(flat_fields), STATES(flat_states), GRANTS(flat_grants),
	.key = "code", .title = "name", .check = flat_check };

static const struct field rent_fields[] = { { "flat", "房屋", T_REF, REQUIRED | OWNER | LIST, .ref = &test_flats },
	{ "month", "月份", T_INT, REQUIRED | LIST, .max = 99 }, { "fen", "金额", T_FEN, LIST } };
static const struct field sheet_fields[] = { { "flat", "房号", T_REF, REQUIRED | SCOPE, .ref = &test_flats },
	{ "month", "月份", T_INT, REQUIRED, .min = 1, .max = 12 }, { "fen", "金额（元）", T_FEN, REQUIRED } };
static enum rc sheet_made(struct ctx *c, struct record *r)
{
	enum rc rc = rule_create(c, &test_rents, WITH({ "flat", rec_int(r, "flat") }, { "month", rec_int(r, "month") }, { "fen", rec_int(r, "fen") }), NULL);

	return rc ? rc : rec_int(r, "month") == 12 ? rule_reject(c, "month", "too_late", "十二月已封账") : RC_OK;    /* after having written */
}
static const struct entity sheet = { "test_sheet", "租金表", "-", SHEET, FIELDS(sheet_fields), .key = "flat month", .made = sheet_made };
const struct entity test_rents = { "test_rents", "租金", "-", 0, FIELDS(rent_fields), GRANTS(flat_grants), .sheet = &sheet };

static const char divisions_csv[] = "code,name,level,parent_code,kind,liaoxibei\n"
	"210000000000,辽宁省,1,,province,0\n210100000000,沈阳市,2,210000000000,city,0\n210102000000,和平区,3,210100000000,district,0\n"
	"210102021000,南湖街道,4,210102000000,subdistrict,0\n210102021003,文安路社区,5,210102021000,residents,0\n"
	"210102021004,振兴社区,5,210102021000,residents,0\n";
static const struct caller clerk = { .account = 1, .person = 7, .role = COMMUNITY, .region = INT64_C(210102021003), .name = "clerk", .source = "test" };
static const struct caller city = { .account = 2, .person = 8, .role = CITY, .region = INT64_C(210100000000), .name = "city", .source = "test" };
static struct store *store;
static struct arena *arena;
static struct import_report report;

struct play { const struct caller *who; const struct entity *e; const char *file; struct import_options options; struct buf *out; const char *reason; enum rc rc; };
static enum rc begin(struct ctx *c, struct tx *tx, const struct caller *who)
{
	ctx_init(c, arena, store, who);
	c->tx = tx;
	return RC_OK;
}
static enum rc build(struct tx *tx, void *arg)
{
	const struct entity *own[] = { &test_flats, &test_rents };
	enum rc rc = tx_script(tx, sql_system(arena, STORE_SQLITE));
	struct ctx c;

	(void)arg;
	begin(&c, tx, &caller_system);
	for (unsigned i = 0; i < n_rooms + 2 && !rc; i++) {
		const struct entity *e = i < n_rooms ? rooms[i] : own[i - n_rooms];
		if (!(rc = tx_script(tx, sql_tables(arena, e, STORE_SQLITE))))
			rc = tx_script(tx, sql_indexes(arena, e, STORE_SQLITE));
	}
	return rc ? rc : (rc = rules_seed(&c, divisions_csv, sizeof divisions_csv - 1)) ? rc : rules_load(&c);
}
static enum rc import(struct tx *tx, void *arg)
{
	struct play *p = arg;
	struct ctx c;

	begin(&c, tx, p->who);
	p->rc = transfer_import(&c, p->e, p->file, strlen(p->file), &p->options, &report);
	return p->rc ? p->rc : p->options.dry_run ? RC_STATE : RC_OK;
}
static enum rc take(const struct caller *who, const struct entity *e, const char *file, bool partial, bool dry_run)
{
	struct play p = { .who = who, .e = e, .file = file, .options = { .partial = partial, .dry_run = dry_run } };

	store_write_alone(store, import, &p);
	return p.rc;
}
static enum rc count(struct tx *tx, void *arg)
{
	const struct value *cols;
	struct rows *rows;
	enum rc rc = tx_query(tx, ((const char **)arg)[0], NULL, 0, &rows);

	assert_int_equal(rc, RC_OK);
	assert_true(rows_next(rows, &cols));
	((const char **)arg)[1] = arena_printf(arena, "%lld", (long long)cols[0].i);
	return rows_end(rows);
}
static long stored(const char *sql)
{
	const char *pair[] = { sql, "-1" };

	assert_int_equal(store_read(store, count, pair), RC_OK);
	return strtol(pair[1], NULL, 10);
}
static bool noted(int64_t record, const char *kind, enum outcome outcome, const char *column)
{
	for (unsigned i = 0; i < report.n_errors; i++) {
		const struct import_error *e = &report.errors[i];
		if (e->record == record && !strcmp(e->kind, kind) && e->outcome == outcome && !strcmp(e->column, column))
			return true;
	}
	for (unsigned i = 0; i < report.n_errors; i++)
		print_message("%lld %s [%s] %d\n", (long long)report.errors[i].record, report.errors[i].kind, report.errors[i].column, report.errors[i].outcome);
	return false;
}

static int setup(void **state)
{
	const char *why = NULL;

	(void)state;
	arena = arena_new(0);
	store = store_open(arena, "sqlite::memory:", true, 2, &why);
	assert_non_null(store);
	assert_int_equal(keys_load(arena, "sqlite::memory:", true, &why), RC_OK);
	return store_write(store, build, NULL) ? -1 : 0;
}
static int teardown(void **state)
{
	(void)state;
	store_close(store);
	arena_free(arena);
	return 0;
}

#define HEAD "房号,名称,社区编码,类别,电话,日期,月租,人数,备注\r\n"
static const char good[] = "房屋一览表,,,,,,,,\r\n" HEAD
	"A1,一号房,210102021003,大套,13800138000,2020-01-02,1200.50,2,x\r\nA2,二号房,210102021003,小,,2020-01-03,80,,\r\n";

static void taken_once(void **state)
{
	(void)state;
	assert_int_equal(take(&caller_system, &test_flats, good, false, true), RC_OK);       /* dry run leaves nothing */
	assert_int_equal(report.accepted, 2);
	assert_int_equal(stored("SELECT count(*) FROM test_flats"), 0);
	assert_int_equal(take(&caller_system, &test_flats, good, false, false), RC_OK);
	assert_int_equal(report.accepted, 2);
	assert_int_equal(stored("SELECT count(*) FROM test_flats WHERE imported = 1 AND price_fen IN (120050, 8000) AND region = 210102021003"), 2);
	assert_null(report.fields[8]);                                                        /* 备注 is nobody's */
	assert_string_equal(report.fields[6], "price_fen");
	assert_int_equal(take(&caller_system, &test_flats, good, false, false), RC_OK);       /* again: nothing */
	assert_int_equal(report.unchanged, 2);
	assert_int_equal(report.accepted, 0);
	assert_int_equal(stored("SELECT count(*) FROM test_flats"), 2);
	assert_int_equal(stored("SELECT count(*) FROM audit WHERE action = 'import' AND record > 0"), 2);
}

static const char dirty[] = HEAD
	"A1,一号房改,210102021003,大,,,,,\r\n"                     /* 1 another content under a stored key */
	"B1,三号房,210102021003,大,,,,,\r\n"                       /* 2 good */
	"B1,三号房,210102021003,大,,,,,\r\n"                       /* 3 the same again */
	"B1,四号房,210102021003,大,,,,,\r\n"                       /* 4 same key, other content */
	"\r\n"                                                      /* 5 */
	"合计,,,,,,,,\r\n"                                          /* 6 */
	"B2,五号房,210102021003\r\n"                                /* 7 short */
	"B3,六号房,210102021003,大,,,,,,多,余\r\n"                  /* 8 long */
	"B4, 七号房,210102021003.0,大,138-0013 8000,2020.1.2,\"1,200.00\",,\r\n"      /* 9 cleaned */
	"B5,八号房,210102021003,中,,,,,\r\n"                        /* 10 unknown code */
	"B6,九号房,210102021003,大,,,,13,\r\n"                      /* 11 warned by the room */
	"B7,十号房,210102021003,大,,,,14,\r\n"                      /* 12 refused by the room */
	",无号房,210102021003,大,,,,,\r\n"                          /* 13 */
	"B8,\xd6\xd0\xb9\xfa,210102021003,大,,,,,\r\n"            /* 14 GBK bytes */
	"B9,坏\xff\xff,210102021003,大,,,,,\r\n"                    /* 15 nobody's bytes */
	"填表人：某甲,,,,,,,,\r\n";                                  /* 16 */

static void every_kind(void **state)
{
	(void)state;
	assert_int_equal(take(&caller_system, &test_flats, dirty, false, false), RC_REJECTED);
	assert_int_equal(stored("SELECT count(*) FROM test_flats"), 2);                       /* all or nothing */
	assert_int_equal(take(&caller_system, &test_flats, dirty, true, false), RC_OK);
	assert_true(noted(1, "duplicate_key", OUT_REJECT, "房号"));
	assert_true(noted(3, "duplicate_row", OUT_SKIP, ""));
	assert_true(noted(4, "duplicate_key", OUT_REJECT, "房号"));
	assert_true(noted(5, "blank_line", OUT_IGNORE, ""));
	assert_true(noted(6, "subtotal_row", OUT_REJECT, ""));
	assert_true(noted(7, "short_row", OUT_REJECT, ""));
	assert_true(noted(8, "long_row", OUT_REJECT, ""));
	assert_true(noted(9, "trailing_spaces", OUT_NORMALISE, "名称"));
	assert_true(noted(9, "division_as_float", OUT_NORMALISE, "社区编码"));
	assert_true(noted(9, "phone_with_separators", OUT_NORMALISE, "电话"));
	assert_true(noted(9, "date_dotted", OUT_NORMALISE, "日期"));
	assert_true(noted(9, "amount_thousands_separator", OUT_NORMALISE, "月租"));
	assert_true(noted(10, "enum_unknown", OUT_REJECT, "类别"));
	assert_true(noted(11, "odd_number", OUT_WARN, "人数"));
	assert_true(noted(12, "bad_number", OUT_REJECT, "人数"));
	assert_true(noted(13, "required_empty", OUT_REJECT, "房号"));
	assert_true(noted(14, "mixed_encoding", OUT_REJECT, "名称"));
	assert_true(noted(15, "invalid_utf8", OUT_REJECT, "名称"));
	assert_true(noted(16, "signature_line", OUT_IGNORE, ""));
	assert_int_equal(report.rows, 16);
	assert_int_equal(report.accepted + report.normalised + report.warned, 3);
	assert_int_equal(report.rejected, 10);
	assert_int_equal(report.ignored, 3);
	assert_int_equal(stored("SELECT count(*) FROM test_flats"), 5);
}

static void a_sheet(void **state)
{
	static const char file[] = "房号,月份,金额（元）\r\nA1,1,100\r\nA1,1,100\r\nA1,2,100\r\nA1,12,5\r\nA9,1,5\r\n";

	(void)state;
	assert_int_equal(take(&caller_system, &test_rents, file, true, false), RC_OK);
	assert_true(noted(2, "duplicate_row", OUT_WARN, ""));
	assert_true(noted(4, "too_late", OUT_REJECT, "月份"));                                 /* what it had written is undone */
	assert_true(noted(5, "reference_missing", OUT_REJECT, "房号"));
	assert_int_equal(stored("SELECT count(*) FROM test_rents"), 2);
	assert_int_equal(stored("SELECT sum(fen) FROM test_rents"), 20000);
	assert_int_equal(take(&caller_system, &test_rents, file, true, false), RC_OK);
	assert_int_equal(report.unchanged, 2);
	assert_int_equal(stored("SELECT count(*) FROM test_rents"), 2);
}

static void refused_files(void **state)
{
	(void)state;
	assert_int_equal(take(&caller_system, &test_flats, "房号,名称,类别,电话\r\nA,b,大,\r\n", true, false), RC_REJECTED);
	assert_non_null(report.refused);
	assert_int_equal(report.n_missing, 1);
	assert_string_equal(report.missing[0], "社区编码");
	assert_int_equal(take(&caller_system, &test_flats, "<!DOCTYPE html><html></html>", true, false), RC_REJECTED);
	assert_non_null(report.refused);
	assert_int_equal(take(&city, &test_flats, good, true, false), RC_DENIED);             /* no grant to import */
	assert_int_equal(take(&clerk, &test_flats, HEAD "C1,自己的,210102021003,大,,,,,\r\nC2,别人的,210102021004,大,,,,,\r\n", true, false), RC_OK);
	assert_int_equal(report.accepted, 1);
	assert_true(noted(2, "region_denied", OUT_REJECT, ""));
}

static int into(void *arg, const void *p, size_t n)
{
	buf_add(arg, p, n);
	return 0;
}
static enum rc export(struct tx *tx, void *arg)
{
	static const struct param filter[] = { { "state", "open" } };
	struct play *p = arg;
	struct ctx c;

	begin(&c, tx, p->who);
	c.reason = p->reason;
	return p->rc = transfer_export(&c, p->e, OUT_CSV, filter, 1, into, p->out);
}
static void out_again(void **state)
{
	struct buf b;
	struct play p = { .who = &city, .e = &test_flats, .out = &b };

	(void)state;
	buf_init(&b, arena);
	assert_int_equal(store_read(store, export, &p), RC_OK);
	assert_non_null(strstr(b.p, "租金（元）"));
	assert_non_null(strstr(b.p, "1200.50"));
	assert_non_null(strstr(b.p, "138****8000"));
	assert_null(strstr(b.p, "13800138000"));
	assert_int_equal(stored("SELECT count(*) FROM audit WHERE action = 'export'"), 1);
	p.who = &clerk;
	assert_int_equal(store_read(store, export, &p), RC_DENIED);
	assert_int_equal(stored("SELECT count(*) FROM audit WHERE action = 'export'"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(taken_once), cmocka_unit_test(every_kind), cmocka_unit_test(a_sheet),
		cmocka_unit_test(refused_files), cmocka_unit_test(out_again) };

	return cmocka_run_group_tests(tests, setup, teardown);
}
