/* domain.c -- the list of rooms, in the order of the story, and what the engine must know by job: where divisions, dated rules and
 * the calendar live, the chain from need to payment, and the laws that hold over a whole database. */
#include "domain/states.h"

const struct entity *const rooms[] = {
	&needs, &need_confirmations, &rectifications, &projects, &project_items, &budget_lines, &funds, &budgets, &procurements, &bids,
	&contracts, &contract_funds, &supplements, &milestones, &payments, &service_records, &ratings, &evaluations, &communities,
	&social_orgs, &workers, &volunteers, &accounts, &transfers, &earmarks, &divisions, &region_classes, &rule_params, &holidays };
const unsigned n_rooms = COUNT(rooms);

/* need -> project -> purchase -> contract -> organisation -> service -> rating -> evaluation -> payment */
static const struct link chain[] = {
	{ NULL, &needs, NULL, false, "need", "居民需求", "Need" },
	{ &needs, &projects, "project", true, "project", "服务项目", "Project" },
	{ &projects, &procurements, "project", false, "purchase", "政府购买", "Purchase" },
	{ &procurements, &contracts, "procurement", false, "contract", "合同", "Contract" },
	{ &contracts, &social_orgs, "provider", true, "organisation", "承接组织", "Organisation" },
	{ &projects, &service_records, "project", false, "service", "服务记录", "Service" },
	{ &needs, &need_confirmations, "need", false, "rating", "居民评价", "Resident's rating" },
	{ &projects, &evaluations, "project", false, "evaluation", "三方评价", "Evaluation" },
	{ &contracts, &payments, "contract", false, "payment", "付款", "Payment" },
};

#define IN_OUT(column) "COALESCE((SELECT SUM(t.fen) FROM transfers t WHERE t.city = a.city AND t." column " = a.id), 0)"
#define OF_CONTRACT(stages) "COALESCE((SELECT SUM(a.balance_fen) FROM accounts a WHERE a.city = k.city AND a.contract = k.id AND a.stage IN (" stages ")), 0)"
static const struct law laws[] = {
	{ "balance", "账户余额等于分录之和", "SELECT a.id, '账户余额与分录之和不符' FROM accounts a WHERE a.balance_fen <> "
		IN_OUT("target") " - " IN_OUT("source") },
	{ "overdrawn", "账户不透支", "SELECT a.id, '账户余额为负' FROM accounts a WHERE a.balance_fen < 0 OR a.balance_fen IS NULL" },
	{ "books", "同城分录", "SELECT t.id, '分录两端不在同一个市' FROM transfers t JOIN accounts a ON a.id = t.target WHERE a.city <> t.city" },
	{ "paid", "支付等于账上已付", "SELECT k.id, '已付款项合计与账上已付不符' FROM contracts k WHERE " OF_CONTRACT("'paid'") " <> "
		"COALESCE((SELECT SUM(p.pay_fen) FROM payments p WHERE p.city = k.city AND p.contract = k.id AND p.state IN ('paid','reconciled')), 0)" },
	{ "accepted", "验收等于应付加已付", "SELECT k.id, '已验收金额与账上应付、已付之和不符' FROM contracts k WHERE " OF_CONTRACT("'payable','paid'") " <> "
		"COALESCE((SELECT SUM(m.due_fen) FROM milestones m WHERE m.city = k.city AND m.contract = k.id AND m.state = 'accepted'), 0)" },
	{ "contract", "支付不超过验收、验收不超过合同", "SELECT k.id, '账上合同资金与合同金额不符' FROM contracts k WHERE k.state NOT IN ('draft','terminated') AND "
		OF_CONTRACT("'committed','payable','paid'") " <> k.price_fen + COALESCE(k.extra_fen, 0)" },
	{ "budget", "合同不超过预算", "SELECT k.id, '合同金额超过项目预算' FROM contracts k JOIN projects p ON p.city = k.city AND p.id = k.project "
		"WHERE k.state NOT IN ('draft','terminated') AND k.price_fen + COALESCE(k.extra_fen, 0) > p.total_fen" },
	{ "shares", "合同资金构成", "SELECT s.id, '合同资金构成与账上不符' FROM contract_funds s WHERE s.fen <> COALESCE((SELECT SUM(a.balance_fen) "
		"FROM accounts a WHERE a.city = s.city AND a.share = s.id), 0)" },
	{ "milestones", "里程碑比例", "SELECT k.id, '里程碑比例或金额超过合同' FROM contracts k WHERE COALESCE((SELECT SUM(m.share_bp) FROM milestones m "
		"WHERE m.city = k.city AND m.contract = k.id), 0) > 10000 OR COALESCE((SELECT SUM(m.due_fen) FROM milestones m "
		"WHERE m.city = k.city AND m.contract = k.id), 0) > k.price_fen" },
	{ "closed", "居民确认后才归档", "SELECT n.id, '需求没有居民满意的确认却已归档' FROM needs n WHERE n.state = 'closed' AND n.imported = 0 AND NOT EXISTS "
		"(SELECT 1 FROM need_confirmations w WHERE w.city = n.city AND w.need = n.id AND w.satisfied = 1)" },
	{ "last_payment", "尾款须有评价", "SELECT p.id, '尾款在三方评价定级前支付' FROM payments p JOIN contracts k ON k.city = p.city AND k.id = p.contract "
		"WHERE p.last = 1 AND p.imported = 0 AND p.state IN ('paid','reconciled') AND k.grade_bp IS NULL" },
	{ "revealed", "三方齐备后揭示", "SELECT e.id, '三方未齐评分已揭示' FROM evaluations e WHERE e.state IN ('revealed','published') AND "
		"(SELECT COUNT(*) FROM evaluations x WHERE x.city = e.city AND x.project = e.project AND x.state <> 'draft') < 3" },
	{ "reversed", "冲销金额相等", "SELECT t.id, '冲销分录与原分录不符' FROM transfers t JOIN transfers o ON o.city = t.city AND o.id = t.reverses "
		"WHERE o.fen <> t.fen OR o.source <> t.target OR o.target <> t.source" },
};

const struct house house = { &divisions, &region_classes, &rule_params, &holidays, chain, COUNT(chain), laws, COUNT(laws) };
