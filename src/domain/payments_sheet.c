/* payments_sheet.c -- 付款台账: how finance sends planned and made payments as a file. Owns the layout; a row becomes a milestone and
 * its payment, and what was paid passes through the ledger. Refuses dues above the contract and payments above the due. */
#include "domain/states.h"

extern const struct entity payments_sheet;

static const struct field fields[] = {
	{ "project", "项目编号", T_REF, REQUIRED | SCOPE, .ref = &projects, .en = "Project" },
	{ "seq", "期次", T_INT, REQUIRED, .min = 1, .max = 99, .en = "Number" },
	{ "due_on", "应付日期", T_DATE, REQUIRED, .en = "Due on" },
	{ "due_fen", "应付金额（元）", T_FEN, REQUIRED, .min = 1, .max = FEN_MAX, .heads = "应付金额", .en = "Due" },
	{ "paid_on", "实付日期", T_DATE, 0, .en = "Paid on" },
	{ "paid_fen", "实付金额（元）", T_FEN, 0, .min = 0, .max = FEN_MAX, .heads = "实付金额", .en = "Paid" },
	{ "voucher", "凭证号", T_TEXT, 0, .max = 30, .en = "Voucher" },
};

static enum rc check(struct ctx *c, struct record *r)
{
	const struct record *k = rule_find(c, &contracts, WITH({ "project", rec_int(r, "project") }), ~BIT(K_TERMINATED));
	int64_t planned;
	enum rc rc = RC_OK;

	if (!k)
		return rule_reject(c, "project", "reference_missing", "该项目没有合同，请先导入项目");
	planned = rule_sum(c, &milestones, "due_fen", WITH({ "contract", rec_id(k) }), 0);
	if (planned + rec_int(r, "due_fen") > rec_int(k, "price_fen"))
		rc = rule_reject(c, "due_fen", "dues_over_contract", "各期应付合计%s元，超过合同金额%s元", rule_yuan(c, planned + rec_int(r, "due_fen")),
			rule_yuan(c, rec_int(k, "price_fen")));
	if (rec_int(r, "paid_fen") > rec_int(r, "due_fen"))
		rc = rule_reject(c, "paid_fen", "paid_over_due", "实付金额大于应付金额");
	if (rec_int(r, "paid_fen") && !rec_has(r, "paid_on"))
		rc = rule_reject(c, "paid_on", "required_empty", "有实付金额时请填写实付日期");
	if (rec_has(r, "paid_on") && !rec_int(r, "paid_fen"))
		rc = rule_reject(c, "paid_fen", "required_empty", "有实付日期时请填写实付金额");
	return rc;
}

static enum rc made(struct ctx *c, struct record *r)
{
	const struct record *k = rule_find(c, &contracts, WITH({ "project", rec_int(r, "project") }), ~BIT(K_TERMINATED));
	int64_t contract = rec_id(k), project = rec_int(r, "project"), org = rec_int(k, "provider"), price = rec_int(k, "price_fen");
	int64_t due = rec_int(r, "due_fen"), fen = rec_int(r, "paid_fen"), planned, milestone, payment;
	bool done = fen > 0, last;
	enum rc rc;

	planned = rule_sum(c, &milestones, "due_fen", WITH({ "contract", contract }), 0);
	last = planned + due == price;                  /* the row that completes the price is the last payment */
	rc = rule_history(c, &milestones, WITH({ "contract", contract }, { "seq", rec_int(r, "seq") }, { "title", 0, "历史付款计划" },
		{ "due_on", rec_int(r, "due_on") }, { "share_bp", due * 10000 / price }, { "due_fen", due }, { "last", last }),
		done ? M_ACCEPTED : M_PLANNED, rec_int(r, "due_on"), &milestone);
	if (rc)
		return rc;
	rc = rule_history(c, &payments, WITH({ "milestone", milestone }, { "contract", contract }, { "project", project }, { "org", org },
		{ "seq", rec_int(r, "seq") }, { "last", last }, { "due_on", rec_int(r, "due_on") }, { "pay_fen", done ? fen : due },
		{ done ? "paid_on" : NULL, rec_int(r, "paid_on") }, { rec_has(r, "voucher") ? "voucher" : NULL, 0, rec_text(r, "voucher") }),
		done ? Y_PAID : Y_PLANNED, done ? rec_int(r, "paid_on") : rec_int(r, "due_on"), &payment);
	if (rc || !done || (rc = ledger_accept(c, contract, due, milestone)))
		return rc;
	return ledger_pay(c, contract, fen, payment);
}

const struct entity payments_sheet = { "payments_sheet", "付款台账", "四(三)", SHEET, FIELDS(fields), .key = "project seq", .check = check, .made = made,
	.en = "Payments file" };
