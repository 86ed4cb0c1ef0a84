/* test_record.c -- records through their whole life in two small rooms of the test's own: made, refused, changed, found, shown. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "engine/record.h"
#include "engine/more.h"
#include "engine/audit.h"
#include "base/ident.h"
#include "base/text.h"
#include "store/migrate.h"
#include "store/sql.h"
#include <stdlib.h>
#include <string.h>

/* -- the rooms */
extern const struct entity test_shops, test_goods;
enum { OPEN, SHUT };
static const struct rule shop_rules[] = { { "test.days", "查重天数", 30, "test" }, { "test.score", "查重分数", 50, "test" } };
static const struct code kinds[] = { { "food", "食品" }, { "tool", "工具" }, { 0 } };
static const struct field shop_fields[] = {
	{ "no", "编号", T_TEXT, FIXED | LIST, .max = 40 }, { "name", "店名", T_TEXT, REQUIRED | SEARCH | LIST, .max = 20 },
	{ "area", "所在社区", T_DIVISION, REQUIRED | SCOPE }, { "kind", "类别", T_CODE, REQUIRED, .codes = kinds },
	{ "owner", "店主", T_TEXT, LOOKUP, S3, .max = 20 }, { "phone", "电话", T_PHONE, LOOKUP, S3 }, { "born", "出生日期", T_DATE, 0, S3 },
	{ "secret", "密档", T_TEXT, 0, S4, .max = 20 }, { "code", "信用代码", T_USCC, CLAIM | LOOKUP }, { "since", "开业", T_DATE }, { "until", "停业", T_DATE },
	{ "stock", "库存", T_INT, DERIVED }, { "why", "原因", T_TEXT, STEP, .max = 20 }, { "mark", "记号", T_TEXT, DERIVED, .max = 20 },
};
static enum rc shop_check(struct ctx *c, struct record *r)
{
	if (rec_has(r, "since") && rec_has(r, "until") && rec_int(r, "until") < rec_int(r, "since"))
		return rule_reject(c, "until", "end_before_start", "停业不能早于开业");
	return RC_OK;
}
static enum rc shop_made(struct ctx *c, struct record *r)
{
	rec_set_text(r, "mark", "made");
	return rule_add(c, &test_shops, rec_id(r), "stock", 5);   /* must survive the writing of `mark` */
}
static int alike(const struct record *a, const struct record *b) { return rec_is(a, "phone", rec_text(b, "phone")) ? 90 : 10; }
static const struct twin shop_twin = { "kind", &shop_rules[0], &shop_rules[1], alike };
static const struct hold shop_holds[] = { { "stock", CHECK, "stock IS NULL OR stock >= 0", "库存不够", NULL, "stock", "out_of_stock" } };
static const struct state shop_states[] = { { "open", "营业" }, { "shut", "停业" } };
static const struct transition shop_steps[] = { { "shut", "停业", BIT(OPEN), SHUT, COMMUNITY | SYSTEM, .takes = "why!" } };
static const struct grant shop_grants[] = { { COMMUNITY, READ | CREATE | EDIT | DO | REVEAL, REGION, S2 }, { COUNTY, READ, REGION, S3 } };
const struct entity test_shops = { "test_shops", "店铺", "-", 0, FIELDS(shop_fields), STATES(shop_states), TRANSITIONS(shop_steps),
	GRANTS(shop_grants), HOLDS(shop_holds), RULES(shop_rules), .twin = &shop_twin, .number = "DP", .title = "name", .check = shop_check,
	.made = shop_made };

static const struct field goods_fields[] = {
	{ "shop", "店铺", T_REF, REQUIRED | OWNER, .ref = &test_shops }, { "label", "品名", T_TEXT, REQUIRED, .max = 20 },
	{ "amount", "数量", T_INT, .min = 0, .max = 100 }, { "price_fen", "单价", T_FEN },
};
static const struct grant goods_grants[] = { { COMMUNITY, READ | CREATE | EDIT, VIA, S2 } };
const struct entity test_goods = { "test_goods", "货品", "-", 0, FIELDS(goods_fields), GRANTS(goods_grants), .open_in = BIT(OPEN), .key = "label" };

/* -- the world: a database in memory, three divisions, one community's clerk */
static const char divisions_csv[] = "code,name,level,parent_code,kind,liaoxibei\n"
	"210000000000,辽宁省,1,,province,0\n210100000000,沈阳市,2,210000000000,city,0\n210102000000,和平区,3,210100000000,district,0\n"
	"210102021000,南湖街道,4,210102000000,subdistrict,0\n210102021003,文安路社区,5,210102021000,residents,0\n"
	"210900000000,阜新市,2,210000000000,city,1\n210921000000,阜新县,3,210900000000,county,1\n";
static const struct caller clerk = { .account = 1, .person = 7, .role = COMMUNITY, .region = INT64_C(210102021003), .name = "clerk", .source = "test" };
static const struct caller county = { .account = 2, .person = 8, .role = COUNTY, .region = INT64_C(210102000000), .name = "county", .source = "test" };
static struct store *store;
static struct arena *arena;

struct play { enum rc (*fn)(struct ctx *, void *); void *arg; const struct caller *who; struct ctx c; };
static enum rc act(struct tx *tx, void *arg)
{
	struct play *p = arg;
	ctx_init(&p->c, arena, store, p->who);
	p->c.tx = tx;
	return p->fn(&p->c, p->arg);
}
static struct ctx last;                                   /* of the newest play, for its problems */
static enum rc play_as(const struct caller *who, enum rc (*fn)(struct ctx *, void *), void *arg)
{
	struct play p = { fn, arg, who, { 0 } };
	enum rc rc = store_write(store, act, &p);
	last = p.c;
	return rc;
}
static bool said(const char *field, const char *code)
{
	for (unsigned i = 0; i < last.n_problems; i++)
		if (!strcmp(last.problems[i].code, code) && (!field || (last.problems[i].field && !strcmp(last.problems[i].field, field))))
			return true;
	return false;
}

static enum rc empty(struct ctx *c, void *arg) { (void)arg; return tx_script(c->tx, "DROP SCHEMA IF EXISTS test_record CASCADE; CREATE SCHEMA test_record;"); }

static enum rc build(struct ctx *c, void *arg)
{
	enum rc rc = rules_seed(c, divisions_csv, sizeof divisions_csv - 1);

	(void)arg;
	if (!rc)
		rc = rules_load(c);
	/* the seeds of a room that is not in rooms[] */
	for (unsigned i = 0; i < 2 && !rc; i++)
		rc = rule_create(c, c->house->rules, WITH({ "code", .text = shop_rules[i].code }, { "region_code", INT64_C(210000000000) },
			{ "valid_from", 17000 }, { "value", shop_rules[i].seed }, { "source", .text = "test" }), NULL);
	return rc ? rc : rules_load(c);
}

/* On SQLite, or in a schema of its own of the PostgreSQL database that $SANSHE_TEST_PG names. */
static int setup(void **state)
{
	const struct entity *all[200];
	const char *why = NULL, *pg = getenv("SANSHE_TEST_PG");
	unsigned n = 0;

	(void)state;
	setenv("PGOPTIONS", "-c search_path=test_record", 1);
	arena = arena_new(0);
	store = store_open(arena, pg ? pg : "sqlite::memory:", true, 2, &why);
	assert_non_null(store);
	if (pg)
		assert_int_equal(play_as(&caller_system, empty, NULL), RC_OK);
	while (n < n_rooms)
		all[n] = rooms[n], n++;
	all[n++] = &test_shops, all[n++] = &test_goods;
	if (migrate_run(store, all, n, &why))
		fail_msg("%s", why);
	assert_int_equal(keys_load(arena, "sqlite::memory:", true, &why), RC_OK);
	if (play_as(&caller_system, build, NULL)) {
		for (unsigned i = 0; i < last.n_problems; i++)
			print_message("%s %s\n", last.problems[i].code, last.problems[i].message);
		return -1;
	}
	return 0;
}
static int teardown(void **state)
{
	(void)state;
	store_close(store);
	arena_free(arena);
	return 0;
}

static const struct jval *json(const char *text)
{
	const char *why = NULL;
	const struct jval *v = json_read(arena, text, strlen(text), 32, &why);
	if (!v)
		fail_msg("%s: %s", text, why);
	return v;
}

/* -- small verbs */
struct change { const struct entity *e; const char *body; int64_t id, version; struct record *out; const char *shown; };
static const char *show(struct ctx *c, struct record *r)
{
	struct buf b;
	struct jout o;
	buf_init(&b, arena);
	jout_init(&o, &b);
	record_json(c, r, &o);
	return b.p;
}
static enum rc do_create(struct ctx *c, void *arg)
{
	struct change *ch = arg;
	enum rc rc = record_create(c, ch->e, json(ch->body), &ch->out);
	if (!rc)
		ch->shown = show(c, ch->out);
	return rc;
}
static enum rc do_edit(struct ctx *c, void *arg)
{
	struct change *ch = arg;
	enum rc rc = record_edit(c, ch->e, ch->id, ch->version, json(ch->body), &ch->out);
	if (!rc)
		ch->shown = show(c, ch->out);
	return rc;
}
static struct change made(const struct entity *e, const char *body)
{
	struct change ch = { e, body, 0, 0, NULL, NULL };
	enum rc rc = play_as(&clerk, do_create, &ch);
	if (rc)
		fail_msg("%s: %d %s", body, rc, last.n_problems ? last.problems[0].message : "");
	ch.id = ch.out->id;
	return ch;
}
static enum rc edited(struct change *ch, int64_t version, const char *body)
{
	ch->version = version, ch->body = body;
	return play_as(&clerk, do_edit, ch);
}
#define SHOP(extra) "{\"name\":\"文安小店\",\"area\":\"210102021003\",\"kind\":\"food\"" extra "}"

static void test_create(void **state)
{
	struct change ch = made(&test_shops, SHOP(",\"owner\":\"张甲子\",\"phone\":\"15401234567\",\"born\":\"1988-04-04\""));
	const char *no = rec_text(ch.out, "no");

	(void)state;
	assert_int_equal(ID_CITY(ch.id), 2101);
	assert_int_equal(rec_region(ch.out), INT64_C(210102021003));
	assert_int_equal(strlen(no), 2 + 6 + 6 + 6 + 1);
	assert_memory_equal(no, "DP210102", 8);
	assert_int_equal(no[20], ident_check31(arena_strndup(arena, no, 20)));
	assert_string_equal(rec_text(ch.out, "mark"), "made");
	assert_int_equal(rec_int(ch.out, "stock"), 5);
	assert_non_null(strstr(ch.shown, "\"owner\":\"张*"));
	assert_non_null(strstr(ch.shown, "\"phone\":\"154****4567\""));
	assert_non_null(strstr(ch.shown, "\"masked\":[\"owner\",\"phone\",\"born\"]"));
	assert_null(strstr(ch.shown, "secret"));
	assert_non_null(strstr(ch.shown, "\"state\":\"open\",\"state_label\":\"营业\",\"region\":\"210102021003\""));
	assert_non_null(strstr(ch.shown, "\"name\":\"shut\""));
}

static enum rc raw_phone(struct ctx *c, void *arg)
{
	struct rows *rows;
	const struct value *cols, id = VINT(*(int64_t *)arg);
	assert_int_equal(tx_query(c->tx, "SELECT phone, phone_hash, born FROM test_shops WHERE id = ?1", &id, 1, &rows), RC_OK);
	assert_true(rows_next(rows, &cols));
	assert_int_equal(cols[0].type, V_BLOB);
	assert_null(memmem(cols[0].s, cols[0].n, "1540", 4));
	assert_int_equal(cols[1].n, 32);
	assert_int_equal(cols[2].type, V_BLOB);
	return rows_end(rows);
}

static void test_personal_fields_are_sealed(void **state)
{
	struct change ch = made(&test_shops, SHOP(",\"phone\":\"15401234567\",\"born\":\"1988-04-04\""));

	(void)state;
	assert_int_equal(play_as(&clerk, raw_phone, &ch.id), RC_OK);
	assert_int_equal(rec_int(ch.out, "born"), 6668);
	assert_int_equal(edited(&ch, 1, "{\"name\":\"新店名\"}"), RC_OK);         /* untouched blobs still open */
	assert_string_equal(rec_text(ch.out, "phone"), "15401234567");
}

static void test_all_problems(void **state)
{
	struct change ch = { &test_shops, "{\"name\":7,\"kind\":\"x\",\"nope\":1,\"version\":2,\"stock\":1,\"why\":\"x\",\"since\":\"2020-02-01\","
		"\"until\":\"2020-01-01\",\"secret\":\"s\"}", 0, 0, NULL, NULL };

	(void)state;
	assert_int_equal(play_as(&clerk, do_create, &ch), RC_REJECTED);
	assert_true(said("name", "wrong_type") && said("kind", "enum_unknown") && said("nope", "unknown_field") && said("version", "read_only"));
	assert_true(said("stock", "read_only") && said("why", "step_only") && said("area", "required_empty") && said("secret", "not_yours"));
	ch.body = SHOP(",\"since\":\"2020-02-01\",\"until\":\"2020-01-01\",\"phone\":\"12345\"");
	assert_int_equal(play_as(&clerk, do_create, &ch), RC_REJECTED);
	assert_true(said("until", "end_before_start") && said("phone", "phone_bad"));
	ch.body = "{\"name\":\"别处\",\"area\":\"210921000000\",\"kind\":\"food\"}";
	assert_int_equal(play_as(&clerk, do_create, &ch), RC_DENIED);
}

static void test_edit(void **state)
{
	struct change ch = made(&test_shops, SHOP(""));

	(void)state;
	assert_int_equal(edited(&ch, 0, "{\"name\":\"二店\"}"), RC_NO_VERSION);
	assert_int_equal(edited(&ch, 1, "{\"name\":\"二店\"}"), RC_OK);
	assert_int_equal(ch.out->version, 2);
	assert_int_equal(edited(&ch, 1, "{\"name\":\"三店\"}"), RC_STALE);
	assert_int_equal(edited(&ch, 2, "{\"no\":\"X\"}"), RC_REJECTED);
	assert_true(said("no", "fixed"));
	assert_int_equal(edited(&ch, 2, "{\"name\":\"二店\"}"), RC_OK);          /* nothing new: no new version */
	assert_int_equal(ch.out->version, 2);
	assert_int_equal(edited(&ch, 2, "{\"name\":null}"), RC_REJECTED);
	assert_true(said("name", "required_empty"));
	assert_int_equal(edited(&ch, 2, "{\"area\":\"210921000000\"}"), RC_REJECTED);
	assert_true(said("area", "other_city"));
	ch.version = 2, ch.body = "{\"name\":\"四店\"}";
	assert_int_equal(play_as(&county, do_edit, &ch), RC_DENIED);
	assert_int_equal(play_as(&caller_public, do_edit, &ch), RC_MISSING);
}

static enum rc do_history(struct ctx *c, void *arg)
{
	struct change *ch = arg;
	struct buf b;
	struct jout o;
	buf_init(&b, arena);
	jout_init(&o, &b);
	enum rc rc = record_history(c, ch->e, ch->id, &o);
	ch->shown = b.p;
	return rc;
}

static void test_history(void **state)
{
	struct change ch = made(&test_shops, SHOP(",\"phone\":\"15401234567\""));

	(void)state;
	assert_int_equal(edited(&ch, 1, "{\"name\":\"二店\"}"), RC_OK);
	assert_int_equal(play_as(&clerk, do_history, &ch), RC_OK);
	json(ch.shown);
	assert_non_null(strstr(ch.shown, "{\"field\":\"name\",\"label\":\"店名\",\"from\":\"文安小店\",\"to\":\"二店\"}"));
	assert_non_null(strstr(ch.shown, "\"from\":null,\"to\":\"154****4567\""));
	assert_int_equal(play_as(&caller_public, do_history, &ch), RC_MISSING);
}

static void test_claims(void **state)
{
	struct change a = made(&test_shops, SHOP(",\"code\":\"52210102FAKE00064K\"")), b = { &test_shops, a.body, 0, 0, NULL, NULL };

	(void)state;
	assert_int_equal(play_as(&clerk, do_create, &b), RC_CONFLICT);
	assert_true(said("code", "duplicate_key"));
	assert_int_equal(edited(&a, 1, "{\"code\":null}"), RC_OK);               /* given up: free again */
	assert_int_equal(play_as(&clerk, do_create, &b), RC_OK);
}

static enum rc shut(struct ctx *c, void *arg)
{
	return rule_act_with(c, &test_shops, *(int64_t *)arg, "shut", WITH({ "why", .text = "搬走" }));
}

static void test_children(void **state)
{
	struct change shop = made(&test_shops, SHOP("")), bad = { &test_goods, "{\"shop\":\"12345\",\"label\":\"面\",\"amount\":101}", 0, 0, NULL, NULL };
	struct change good = made(&test_goods, arena_printf(arena, "{\"shop\":\"%lld\",\"label\":\"面\",\"amount\":3,\"price_fen\":250}", (long long)shop.id));

	(void)state;
	assert_int_equal(good.out->region, INT64_C(210102021003));
	assert_non_null(strstr(good.shown, "\"shop_title\":\"文安小店\""));
	assert_int_equal(play_as(&clerk, do_create, &bad), RC_REJECTED);
	assert_true(said("shop", "reference_missing") && said("amount", "out_of_range"));
	assert_int_equal(edited(&good, 1, "{\"price_fen\":2.5}"), RC_REJECTED);
	assert_int_equal(edited(&good, 1, "{\"price_fen\":\"2.5\"}"), RC_REJECTED);
	assert_int_equal(play_as(&clerk, shut, &shop.id), RC_OK);
	assert_int_equal(edited(&good, 1, "{\"amount\":4}"), RC_STATE);
	assert_true(said("shop", "owner_closed"));
}

static enum rc questions(struct ctx *c, void *arg)
{
	int64_t id = *(int64_t *)arg, good = 0;
	struct record *r = rule_find(c, &test_shops, WITH({ "phone", .text = "15409998888" }), BIT(OPEN));

	assert_non_null(r);
	assert_int_equal(rec_id(r), id);
	assert_null(rule_find(c, &test_shops, WITH({ "phone", .text = "15409998888" }), BIT(SHUT)));
	for (int i = 1; i <= 3; i++)
		assert_int_equal(rule_create(c, &test_goods, WITH({ "shop", id }, { "label", .text = arena_printf(arena, "货%d", i) }, { "amount", i }), &good), RC_OK);
	assert_int_equal(rule_count(c, &test_goods, WITH({ "shop", id }), 0), 3);
	assert_int_equal(rule_sum(c, &test_goods, "amount", WITH({ "shop", id }, { "amount", 1, .op = '>' }), 0), 5);
	assert_int_equal(rule_count(c, &test_goods, WITH({ "shop", id }, { "price_fen", .op = '!' }), 0), 3);
	assert_int_equal(rule_change(c, &test_goods, good, WITH({ "amount", 9 })), RC_OK);
	assert_int_equal(rec_int(rule_get(c, &test_goods, good, false), "amount"), 9);
	assert_int_equal(rule_get(c, &test_goods, good, false)->version, 2);
	assert_int_equal(rule_add(c, &test_shops, id, "stock", -5), RC_OK);
	assert_int_equal(rule_create(c, &test_goods, WITH({ "shop", id }, { "amount", 1 }), NULL), RC_REJECTED);
	return rule_add(c, &test_shops, id, "stock", -1);         /* below zero: the hold speaks */
}

static void test_rules(void **state)
{
	struct change ch = made(&test_shops, SHOP(",\"phone\":\"15409998888\""));

	(void)state;
	assert_int_equal(play_as(&clerk, questions, &ch.id), RC_CONFLICT);
	assert_true(said("stock", "out_of_stock") && said("label", "required_empty"));
}

static enum rc search(struct ctx *c, void *arg)
{
	struct value arg1;
	struct rows *rows;
	const struct value *cols;
	const char *where = sql_find_match(arena, &test_shops, store_kind(store), 1, arena_printf(arena, "%s r210102", text_bigrams(arena, "独一店")), &arg1);
	assert_int_equal(tx_query(c->tx, arena_printf(arena, "SELECT x.id FROM test_shops x WHERE %s", where), &arg1, 1, &rows), RC_OK);
	*(int64_t *)arg = rows_next(rows, &cols) ? cols[0].i : 0;
	return rows_end(rows);
}

static void test_search(void **state)
{
	struct change ch = made(&test_shops, "{\"name\":\"独一店铺\",\"area\":\"210102021003\",\"kind\":\"tool\"}");
	int64_t found = 0;

	(void)state;
	assert_int_equal(play_as(&clerk, search, &found), RC_OK);
	assert_int_equal(found, ch.id);
	assert_int_equal(edited(&ch, 1, "{\"name\":\"改名了\"}"), RC_OK);
	assert_int_equal(play_as(&clerk, search, &found), RC_OK);
	assert_int_equal(found, 0);
}

static enum rc do_twins(struct ctx *c, void *arg)
{
	struct change *ch = arg;
	struct buf b;
	struct jout o;
	buf_init(&b, arena);
	jout_init(&o, &b);
	enum rc rc = record_twins(c, &test_shops, json(ch->body), &o);
	ch->shown = b.p;
	return rc;
}

static void test_twins(void **state)
{
	struct change ch = made(&test_shops, "{\"name\":\"双胞店\",\"area\":\"210102021003\",\"kind\":\"tool\",\"phone\":\"15407777777\"}");

	(void)state;
	made(&test_shops, "{\"name\":\"无关店\",\"area\":\"210102021003\",\"kind\":\"tool\",\"phone\":\"15406666666\"}");
	ch.body = "{\"kind\":\"tool\",\"phone\":\"15407777777\",\"area\":\"210102021003\"}";
	assert_int_equal(play_as(&clerk, do_twins, &ch), RC_OK);
	assert_int_equal(last.n_problems, 0);
	assert_non_null(strstr(ch.shown, "\"title\":\"双胞店\",\"score\":90"));
	assert_null(strstr(ch.shown, "无关店"));
}

static enum rc do_reveal(struct ctx *c, void *arg)
{
	struct change *ch = arg;
	struct buf b;
	struct jout o;
	buf_init(&b, arena);
	jout_init(&o, &b);
	enum rc rc = record_reveal(c, ch->e, ch->id, json(ch->body), &o);
	ch->shown = b.p;
	return rc;
}

static void test_reveal(void **state)
{
	struct change ch = made(&test_shops, SHOP(",\"phone\":\"15401112222\",\"owner\":\"张甲子\""));

	(void)state;
	ch.body = "{\"fields\":[\"phone\"]}";
	assert_int_equal(play_as(&clerk, do_reveal, &ch), RC_REJECTED);
	assert_true(said("purpose", "required_empty"));
	ch.body = "{\"fields\":[\"secret\"],\"purpose\":\"回访\"}";
	assert_int_equal(play_as(&clerk, do_reveal, &ch), RC_REJECTED);
	ch.body = "{\"fields\":[\"phone\"],\"purpose\":\"回访\"}";
	assert_int_equal(play_as(&county, do_reveal, &ch), RC_DENIED);
	assert_int_equal(play_as(&clerk, do_reveal, &ch), RC_OK);
	assert_non_null(strstr(ch.shown, "\"values\":{\"phone\":\"15401112222\"}"));
}

static enum rc cells(struct ctx *c, void *arg)
{
	struct record *r = record_new(c, &test_goods);
	const char *no = arg;
	bool cleaned;

	c->importing = true;
	assert_int_equal(record_take_text(c, r, 0, no, strlen(no), &cleaned), RC_OK);
	assert_int_equal(record_take_text(c, r, 1, " 米 ", 5, &cleaned), RC_OK);
	assert_true(cleaned);
	assert_int_equal(record_take_text(c, r, 3, "12.50", 5, &cleaned), RC_OK);
	assert_int_equal(record_check(c, r), RC_OK);
	assert_int_equal(record_insert(c, r), RC_OK);
	assert_true(rec_imported(r));
	assert_int_equal(rec_int(r, "price_fen"), 1250);
	return record_take_text(c, record_new(c, &test_goods), 0, "XX000", 5, &cleaned);
}

static void test_cells(void **state)
{
	struct change ch = made(&test_shops, SHOP(""));
	char *no = arena_strdup(arena, rec_text(ch.out, "no"));

	(void)state;
	assert_int_equal(play_as(&caller_system, cells, no), RC_REJECTED);
	assert_true(said("shop", "reference_missing"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_create), cmocka_unit_test(test_personal_fields_are_sealed), cmocka_unit_test(test_all_problems),
		cmocka_unit_test(test_edit), cmocka_unit_test(test_history), cmocka_unit_test(test_claims), cmocka_unit_test(test_children),
		cmocka_unit_test(test_rules), cmocka_unit_test(test_search), cmocka_unit_test(test_twins), cmocka_unit_test(test_reveal),
		cmocka_unit_test(test_cells),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
