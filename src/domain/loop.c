/* loop.c -- 三社联动: how one room's step moves the next, from a resident's need to the paid contract and back (三(四)).
 * Read from top to bottom. Each function is an .after or .made hook named in its room, in the same transaction as the step. */
#include "domain/states.h"

/* 1. A need arrives. One that came by file joins its project if that is there already; others wait for it (see 4). */
static enum rc join(struct ctx *c, struct record *need)
{
	const struct record *p = rule_find(c, &projects, WITH({ "no", 0, rec_text(need, "project_no") }, CITY_FROM(rec_region(need)),
		CITY_TO(rec_region(need))), 0);

	return p ? rule_change(c, &needs, rec_id(need), WITH({ "project", rec_id(p) },
		{ rec_has(p, "org") ? "org" : NULL, rec_int(p, "org") })) : RC_OK;
}
enum rc loop_need_made(struct ctx *c, struct record *need)
{
	return rec_imported(need) && rec_has(need, "project_no") ? join(c, need) : RC_OK;
}

/* 2. Its owner hands it in: the community hears of it and owes a first answer within the term. */
enum rc loop_need_submitted(struct ctx *c, struct record *need)
{
	return rule_notify(c, need, COMMUNITY, "有新的居民需求待核实：%s", rec_text(need, "no"));
}

/* 3. Accepted, or given to somebody: whoever is responsible may open the file. */
enum rc loop_need_accepted(struct ctx *c, struct record *need)
{
	int64_t person = rec_has(need, "handler") ? rule_person_of(c, &workers, rec_int(need, "handler")) : 0;

	return person ? rule_assign(c, need, person, "handler", 0) : RC_OK;
}

/* 4. A project is made. One that came by file finds the needs that were promised to it. */
enum rc loop_project_made(struct ctx *c, struct record *p)
{
	if (!rec_imported(p))
		return RC_OK;
	return rule_each(c, &needs, WITH({ "project_no", 0, rec_text(p, "no") }, CITY_FROM(rec_region(p)), CITY_TO(rec_region(p))), 0, join);
}

/* 5. Approved by the bureau: finance has to find the money. */
enum rc loop_project_approved(struct ctx *c, struct record *p)
{
	return rule_notify(c, p, FINANCE, "项目%s已批准，请落实预算", rec_text(p, "no"));
}

/* 6. Money: a fund enters the books when it is approved; a project's budgets leave it when finance reserves them. */
enum rc loop_fund_approved(struct ctx *c, struct record *fund)
{
	return ledger_appropriate(c, rec_id(fund), rec_int(fund, "appropriated_fen"), rec_id(fund));
}
static enum rc reserve(struct ctx *c, struct record *budget)
{
	enum rc rc = ledger_reserve(c, rec_int(budget, "fund"), rec_id(budget), rec_int(budget, "fen"), rec_id(budget));

	return rc ? rc : rule_act(c, &budgets, rec_id(budget), "reserve");
}
enum rc loop_project_budgeted(struct ctx *c, struct record *p)
{
	return rule_each(c, &budgets, WITH({ "project", rec_id(p) }), BIT(B_PLANNED), reserve);
}

/* 7. Purchase: it begins, may fail and begin again; at its opening every sealed bid opens at once. */
enum rc loop_procurement_made(struct ctx *c, struct record *u)
{
	return rec_imported(u) ? RC_OK : rule_act(c, &projects, rec_int(u, "project"), "procure");
}
enum rc loop_procurement_published(struct ctx *c, struct record *u)
{
	return rule_notify(c, u, ORG_MANAGER, "采购公告：%s", rec_text(u, "title"));
}
enum rc loop_procurement_failed(struct ctx *c, struct record *u)
{
	return rule_act(c, &projects, rec_int(u, "project"), "reprocure");
}
enum rc loop_bids_opened(struct ctx *c, struct record *u)
{
	return rule_act_all(c, &bids, WITH({ "procurement", rec_id(u) }), BIT(D_SEALED), "open");
}

/* 8. Award: winner and losers are told, and a draft contract stands ready for its milestones and signature. */
enum rc loop_awarded(struct ctx *c, struct record *u)
{
	const struct record *won = rule_find(c, &bids, WITH({ "procurement", rec_id(u) }, { "rank", 1 }), BIT(D_SCORED));
	enum rc rc;

	if (!won)
		return rule_reject(c, NULL, "not_ranked", "评审排名尚未完成");
	if ((rc = rule_act(c, &bids, rec_id(won), "win")) ||
	    (rc = rule_act_all(c, &bids, WITH({ "procurement", rec_id(u) }), BIT(D_SCORED) | BIT(D_BARRED), "lose")))
		return rc;
	return rule_create(c, &contracts, WITH({ "project", rec_int(u, "project") }, { "procurement", rec_id(u) },
		{ "title", 0, rec_text(u, "title") },
		{ "purchaser", 0, rec_text(u, "purchaser") }, { "provider", rec_int(u, "winner") }, { "price_fen", rec_int(u, "award_fen") },
		{ "content", 0, rec_text(u, "demand") }, { "data_clause", 0, "承接方仅为履行本合同处理居民个人信息，不得转作他用或提供给第三方；"
			"合同终止后返还或删除全部个人信息（个人信息保护法21）。" }), NULL);
}

/* 9. Signature: reserved money becomes committed, over the project's budgets in proportion; purchase and project are contracted. */
static enum rc commit(struct ctx *c, int64_t project, int64_t contract, int64_t fen, int64_t cause)
{
	int64_t budget[MAX_SOURCES], room[MAX_SOURCES], part[MAX_SOURCES], last = INT64_MAX;
	const struct record *b;
	unsigned n = 0;
	enum rc rc = RC_OK;

	while (n < MAX_SOURCES && (b = rule_find(c, &budgets, WITH({ "project", project }, { "id", last, NULL, '<' }), BIT(B_RESERVED)))) {
		budget[n] = last = rec_id(b);
		room[n++] = ledger_balance(c, "budget", last, RESERVED);
	}
	if (!ledger_split(room, n, fen, part))
		return rule_reject(c, NULL, "contract_over_budget", "金额%s元超过项目已预留的预算", rule_yuan(c, fen));
	for (unsigned i = 0; i < n && !rc; i++)
		rc = ledger_commit(c, budget[i], contract, part[i], cause);
	return rc;
}
enum rc loop_contract_signed(struct ctx *c, struct record *k)
{
	int64_t project = rec_int(k, "project");
	enum rc rc;

	if ((rc = commit(c, project, rec_id(k), rec_int(k, "price_fen"), rec_id(k))) ||
	    (rc = rule_change(c, &procurements, rec_int(k, "procurement"), WITH({ "signed_on", rec_int(k, "signed_on") }))) ||
	    (rc = rule_act(c, &procurements, rec_int(k, "procurement"), "contract")) ||
	    (rc = rule_change(c, &projects, project, WITH({ "org", rec_int(k, "provider") }, { "contract_fen", rec_int(k, "price_fen") },
			{ "starts_on", rec_int(k, "starts_on") }, { "ends_on", rec_int(k, "ends_on") }))))
		return rc;
	return rule_act(c, &projects, project, "contract");
}
enum rc loop_contract_filed(struct ctx *c, struct record *k)
{
	const struct record *u = rule_get(c, &procurements, rec_int(k, "procurement"), false);

	return u && rec_in(u, BIT(C_CONTRACTED)) ? rule_act(c, &procurements, rec_id(u), "file") : RC_OK;
}

/* 10. Work begins: the needs of the project are in service, and the provider's team may see them. */
static enum rc serve(struct ctx *c, struct record *need)
{
	const struct record *p = rule_get(c, &projects, rec_int(need, "project"), false);
	enum rc rc = p ? rule_change(c, &needs, rec_id(need), WITH({ "org", rec_int(p, "org") })) : RC_OK;

	return rc ? rc : rule_act(c, &needs, rec_id(need), "serve");
}
enum rc loop_contract_started(struct ctx *c, struct record *k)
{
	enum rc rc = rule_act(c, &projects, rec_int(k, "project"), "start");

	return rc ? rc : rule_each(c, &needs, WITH({ "project", rec_int(k, "project") }), BIT(N_PLANNED), serve);
}

/* 11. A supplement commits more, from what the project's budgets still hold; a contract that ends early gives back what it did
 * not need. */
enum rc loop_contract_amended(struct ctx *c, struct record *s)
{
	int64_t contract = rec_int(s, "contract"), fen = rec_int(s, "extra_fen");
	const struct record *k = rule_get(c, &contracts, contract, true);
	enum rc rc = k ? rule_change(c, &contracts, contract, WITH({ "extra_fen", rec_int(k, "extra_fen") + fen })) : RC_MISSING;

	return rc ? rc : commit(c, rec_int(k, "project"), contract, fen, rec_id(s));
}

enum rc loop_contract_terminated(struct ctx *c, struct record *k)
{
	return ledger_uncommit(c, rec_id(k), rec_id(k));
}

/* 12. A service is recorded: the volunteer's minutes count (a file's totals hold them already); a planned need is in service. */
enum rc loop_service_recorded(struct ctx *c, struct record *s)
{
	const struct record *need = rec_has(s, "need") ? rule_get(c, &needs, rec_int(s, "need"), false) : NULL;
	enum rc rc = RC_OK;

	if (rec_imported(s))
		return RC_OK;
	if (rec_has(s, "volunteer") && rec_int(s, "volunteer_minutes")) {
		const struct record *v = rule_get(c, &volunteers, rec_int(s, "volunteer"), true);

		if (v)
			rc = rule_change(c, &volunteers, rec_id(v), WITH({ "minutes", rec_int(v, "minutes") + rec_int(s, "volunteer_minutes") }));
	}
	return !rc && need && rec_in(need, BIT(N_PLANNED)) ? serve(c, rule_get(c, &needs, rec_id(need), false)) : rc;
}

/* 13. The worker has done what he could: the owner is asked, by one-time code; who has no telephone is visited. */
enum rc loop_need_resolved(struct ctx *c, struct record *need)
{
	return rec_has(need, "phone") ? rule_invite(c, need, "confirm", "phone")
				      : rule_notify(c, need, COMMUNITY, "需求%s已办结，请上门了解居民是否满意", rec_text(need, "no"));
}

/* 14. The resident's word: content, the need is met and closed; not content, it is open again and somebody owes a remedy. */
enum rc loop_need_confirmed(struct ctx *c, struct record *word)
{
	int64_t need = rec_int(word, "need"), due = rule_today(c) + rule_value(c, &word_rules[RECTIFY_DAYS], word);
	bool met = rec_int(word, "satisfied");
	const struct record *n;
	enum rc rc;

	if (rec_imported(word))
		return RC_OK;
	if ((rc = rule_change(c, &needs, need, WITH({ "rating", rec_int(word, "score") }, { "satisfied", met }, { "closed_on", rule_today(c) }))) ||
	    (rc = rule_act(c, &needs, need, "confirm")) || (rc = rule_act(c, &needs, need, met ? "close" : "reopen")) || met)
		return rc;
	n = rule_get(c, &needs, need, false);
	return rule_create(c, &rectifications, WITH({ "need", need }, { "why", 0, rec_has(word, "words") ? rec_text(word, "words") : "居民评分未达满意" },
		{ "due_on", due }, { n && rec_has(n, "org") ? "org" : NULL, n ? rec_int(n, "org") : 0 }), NULL);
}
enum rc loop_need_dissatisfied(struct ctx *c, struct record *need)
{
	rec_set(need, "satisfied", 0);
	return rule_notify(c, need, COMMUNITY | WORKER, "居民对需求%s的办理不满意，请整改", rec_text(need, "no"));
}

/* 15. Residents rate the service; the mean is what the public says in the evaluation (evaluations.c). */
enum rc loop_rated(struct ctx *c, struct record *rating)
{
	return rec_int(rating, "score_bp") < 6000 ? rule_notify(c, rating, COMMUNITY | SUPERVISOR, "有居民对服务评价较低，请回访了解") : RC_OK;
}

/* 16. The third party has handed in: all scores open at once, and project and contract carry the weighted grade of that year. */
static enum rc reveal(struct ctx *c, struct record *e)
{
	return rule_act(c, &evaluations, rec_id(e), "unseal");
}
enum rc loop_evaluation_handed_in(struct ctx *c, struct record *e)
{
	int64_t project = rec_int(e, "project"), sum = 0, day = 0;
	const struct record *k;
	enum rc rc;

	rule_get(c, &projects, project, true);          /* two parties handing in at once see each other */
	for (unsigned i = 0; i < 3; i++) {
		const struct record *x = rule_find(c, &evaluations, WITH({ "project", project },
			{ "party", 0, evaluation_party[i].code }), ~BIT(E_DRAFT));

		if (!x)
			return RC_OK;
		sum += rec_int(x, "score_bp") * rule_on(c, &evaluation_rules[WEIGHT_GOV + i], x, rec_int(x, "day"));
		day = rec_int(x, "day") > day ? rec_int(x, "day") : day;
	}
	if ((rc = rule_each(c, &evaluations, WITH({ "project", project }), BIT(E_HANDED_IN), reveal)) ||
	    (rc = rule_change(c, &projects, project, WITH({ "grade_bp", sum / 10000 }, { "graded_on", day }))))
		return rc;
	k = rule_find(c, &contracts, WITH({ "project", project }), ~BIT(K_TERMINATED));
	return k ? rule_change(c, &contracts, rec_id(k), WITH({ "grade_bp", sum / 10000 })) : RC_OK;
}

/* 17. A milestone is planned: its payment stands beside it. Accepted: what was committed is now owed. */
enum rc loop_milestone_made(struct ctx *c, struct record *m)
{
	const struct record *k = rule_get(c, &contracts, rec_int(m, "contract"), false);

	if (rec_imported(m) || !k)
		return RC_OK;
	return rule_create(c, &payments, WITH({ "milestone", rec_id(m) }, { "contract", rec_id(k) }, { "project", rec_int(k, "project") },
		{ "org", rec_int(k, "provider") }, { "seq", rec_int(m, "seq") }, { "last", rec_int(m, "last") }, { "due_on", rec_int(m, "due_on") },
		{ "pay_fen", rec_int(m, "due_fen") }), NULL);
}
enum rc loop_milestone_accepted(struct ctx *c, struct record *m)
{
	return ledger_accept(c, rec_int(m, "contract"), rec_int(m, "due_fen"), rec_id(m));
}

/* 18. Paid, or paid back: what was owed is settled, or owed again. */
enum rc loop_paid(struct ctx *c, struct record *p)
{
	return ledger_pay(c, rec_int(p, "contract"), rec_int(p, "pay_fen"), rec_id(p));
}
enum rc loop_refunded(struct ctx *c, struct record *p)
{
	return ledger_reverse(c, rec_id(p), rec_id(p));
}

/* 19. The project ends: what its contract did not need goes back to the funds it came from. */
static enum rc release(struct ctx *c, struct record *budget)
{
	return ledger_release(c, rec_id(budget), ledger_balance(c, "budget", rec_id(budget), RESERVED), rec_id(budget));
}
enum rc loop_project_settled(struct ctx *c, struct record *p)
{
	return rule_each(c, &budgets, WITH({ "project", rec_id(p) }), BIT(B_RESERVED), release);
}
