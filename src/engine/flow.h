/* flow.h -- state machines: what may happen to a record now, and doing it. */
#pragma once
#include "engine/record.h"

/* Does one step for the caller: access, state, four eyes, waiting time, fields it takes, guard, write, after, step row, audit.
 * version 0 is allowed for steps (the row is locked). The record after the step in *out. */
enum rc flow_step(struct ctx *, const struct entity *, int64_t id, int64_t version, const char *step, const struct jval *body, struct record **out);
/* Steps open to the caller now: [{"name","label","takes":[…],"enabled":bool,"why":text?}] */
void flow_actions(struct ctx *, struct record *, struct jout *);
/* Due day of the state just entered, from its term. */
enum rc flow_due(struct ctx *, struct record *);
/* SYSTEM: lapses every record whose term is over (at most `max`); number done in *n. */
enum rc flow_lapse(struct ctx *, unsigned max, unsigned *n);
