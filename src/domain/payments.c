/* payments.c -- 付款: one row for each milestone, asked for, reviewed by the department, by finance, paid: four different persons
 * (四(三)). Owns the request; the money itself moves in ledger.c. Refuses a last payment before the three parties' grade. */
#include "domain/states.h"

extern const struct entity payments_sheet;               /* payments_sheet.c */

static const struct state states[] = {
	[Y_PLANNED] = { "planned", "计划", .en = "Planned" }, [Y_REQUESTED] = { "requested", "已申请", .en = "Requested" },
	[Y_DEPT] = { "dept_approved", "部门已审", .en = "Approved by the department" }, [Y_FINANCE] = { "finance_approved", "财政已审",
		.en = "Approved by finance" },
	[Y_PAID] = { "paid", "已支付", .en = "Paid" }, [Y_RECONCILED] = { "reconciled", "已对账", .en = "Reconciled" },
	[Y_RETURNED] = { "returned", "退回", .en = "Returned" }, [Y_WITHHELD] = { "withheld", "暂缓支付", .en = "Withheld" },
	[Y_REFUNDED] = { "refunded", "已退款", .en = "Refunded" },
};
static const struct field fields[] = {
	{ "milestone", "里程碑", T_REF, REQUIRED | OWNER | FIXED | LIST, .ref = &milestones, .en = "Milestone" },
	{ "contract", "合同", T_REF, DERIVED | LIST, .ref = &contracts, .en = "Contract" },
	{ "project", "项目", T_REF, DERIVED | LIST, .ref = &projects, .en = "Project" },
	{ "org", "收款组织", T_REF, DERIVED | ORG | SOFT | LIST, .ref = &social_orgs, .en = "Payee" },
	{ "seq", "期次", T_INT, DERIVED | LIST, .min = 1, .max = 99, .en = "Number" },
	{ "last", "尾款", T_BOOL, DERIVED, .en = "Last payment" },
	{ "due_on", "应付日期", T_DATE, DERIVED | LIST, .en = "Due on" },
	{ "pay_fen", "付款金额", T_FEN, DERIVED | LIST, .min = 0, .max = FEN_MAX, .en = "Amount" },
	{ "invoice_code", "发票代码", T_TEXT, STEP, S2, .max = 12, .en = "Invoice code" },
	{ "invoice_no", "发票号码", T_TEXT, STEP, S2, .max = 20, .en = "Invoice number" },
	{ "invoice", "发票", T_FILE, STEP, S2, .en = "Invoice (file)" },
	{ "bank_name", "开户行", T_TEXT, STEP, S2, .max = 60, .en = "Bank" },
	{ "bank_account", "收款账号", T_TEXT, STEP | LOOKUP, S3, .max = 30, .en = "Account number" },
	{ "opinion", "审核意见", T_TEXT, STEP, S2, .max = 500, .en = "Opinion" },
	{ "voucher", "凭证号", T_TEXT, STEP | LIST, .max = 30, .en = "Voucher" },
	{ "paid_on", "实付日期", T_DATE, STEP | LIST, .en = "Paid on" },
	{ "why", "原因", T_TEXT, STEP, S2, .max = 500, .en = "Reason" },
};

/* What may be paid: only what was accepted, the last part only with a passing grade. The contract row is locked by ledger_pay. */
static enum rc payable(struct ctx *c, struct record *r)
{
	const struct record *m = rule_get(c, &milestones, rec_int(r, "milestone"), false);
	const struct record *k = rule_get(c, &contracts, rec_int(r, "contract"), false);
	int64_t pass;

	if (!m || !k || !rec_in(m, BIT(M_ACCEPTED)))
		return rule_reject(c, NULL, "not_accepted", "该期里程碑尚未验收，验收后才能申请和支付");
	rec_set(r, "pay_fen", rec_int(m, "due_fen"));
	if (!rec_int(m, "last"))
		return RC_OK;
	pass = rule_value(c, &evaluation_rules[PASS_BP], r);
	if (!rec_has(k, "grade_bp"))
		return rule_reject(c, NULL, "not_graded", "尾款须待党委政府考核、群众评价、社会评议三方评价定级后支付（四(一)）");
	if (rec_int(k, "grade_bp") < pass)
		return rule_reject(c, NULL, "grade_low", "三方评价未达合格线，尾款暂缓支付");
	return RC_OK;
}

static enum rc paid(struct ctx *c, struct record *r)
{
	if (rec_int(r, "paid_on") > rule_today(c))
		return rule_reject(c, "paid_on", "date_far_future", "实付日期不能晚于今天");
	return payable(c, r);
}

#define ASKED (BIT(Y_REQUESTED) | BIT(Y_DEPT) | BIT(Y_FINANCE))
static const struct transition transitions[] = {
	{ "request", "申请付款", BIT(Y_PLANNED) | BIT(Y_RETURNED) | BIT(Y_REFUNDED), Y_REQUESTED, ORG_MANAGER,
		.takes = "invoice_no! bank_account! invoice_code bank_name invoice",
		.guard = payable, .en = "Request", .clause = "四(三)" },
	{ "dept_approve", "部门审核", BIT(Y_REQUESTED), Y_DEPT, OFFICE, .takes = "opinion", .not_by = "request", .guard = payable,
		.en = "Department approves", .clause = "四(三)" },
	{ "finance_approve", "财政审核", BIT(Y_DEPT), Y_FINANCE, FINANCE, .takes = "opinion", .not_by = "request dept_approve",
		.en = "Finance approves", .clause = "四(三)" },
	{ "pay", "支付", BIT(Y_FINANCE), Y_PAID, FINANCE | BUREAU, .takes = "voucher! paid_on!", .not_by = "request dept_approve finance_approve",
		.guard = paid, .after = loop_paid, .en = "Pay", .clause = "四(三)" },
	{ "reconcile", "对账", BIT(Y_PAID), Y_RECONCILED, FINANCE, .not_by = "pay", .en = "Reconcile" },
	{ "return", "退回", ASKED, Y_RETURNED, OFFICE | FINANCE, .takes = "why!", .en = "Return" },
	{ "withhold", "暂缓支付", ASKED, Y_WITHHELD, OFFICE | FINANCE, .takes = "why!", .en = "Withhold" },
	{ "release", "恢复办理", BIT(Y_WITHHELD), BACK, OFFICE | FINANCE, .en = "Release" },
	{ "refund", "退款", BIT(Y_PAID) | BIT(Y_RECONCILED), Y_REFUNDED, FINANCE, .takes = "why!", .not_by = "pay",
		.after = loop_refunded, .en = "Refund" },
};
static const struct grant grants[] = {
	{ OFFICE, READ | DO, VIA, S2 }, { BUREAU, EXPORT | IMPORT, VIA, S2 }, { ORG_MANAGER, READ | DO, OWN_ORG, S3 },
	{ FINANCE, READ | DO | REVEAL | EXPORT, VIA, S2 }, { AUDITOR, READ | EXPORT, VIA, S2 },
	{ WORKER | SUPERVISOR, READ, OWN_ORG, S1 }, { PUBLIC | RESIDENT | COMMUNITY | EVALUATOR, READ, VIA, S1, BIT(Y_PAID) | BIT(Y_RECONCILED) },
};
static const struct hold holds[] = {
	{ "one_payment", UNIQUE, "milestone", "该期里程碑已有付款" },
	{ "invoice_once", UNIQUE, "coalesce(invoice_code, ''), invoice_no", "该发票已申请过付款，请核对发票号码",
		"invoice_no IS NOT NULL AND state NOT IN ('returned','refunded')", "invoice_no", "duplicate_key" },
};
static const struct counter counters[] = {
	{ "paid_fen", BIT(Y_PAID) | BIT(Y_RECONCILED), "pay_fen", "paid_on" }, { "payments", 0, NULL, "due_on" } };
const struct entity payments = { "payments", "付款", "四(三)", 0, FIELDS(fields), STATES(states), TRANSITIONS(transitions), GRANTS(grants), HOLDS(holds),
	COUNTERS(counters), .open_in = ~UINT64_C(0), .title = "voucher", .sheet = &payments_sheet, .en = "Payments" };
