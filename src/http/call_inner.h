/* call_inner.h -- between call.c and call_work.c only. */
#pragma once
#include "http/http.h"

static inline struct call *call_of(struct request *rq)
{
	return (struct call *)(void *)((char *)rq - offsetof(struct call, rq));
}
void call_refuse(struct call *, int status, const char *code, const char *zh, const char *en);   /* and the answer leaves */
void call_park(struct call *);                                /* on the network thread, before anything else may resume it */
void call_later(struct call *, struct pool *, void (*fn)(void *));
void call_bare_now(struct call *);
void call_read_now(void *call);
void call_write_now(struct call *);
void call_slow_now(void *call);
