/* clock.h -- the one place that says what time it is. Business time may be moved (demonstration, tests); sessions and locks
 * use real time. Days are numbers since 1970-01-01 in Asia/Shanghai (UTC+8, no daylight saving). */
#pragma once
#include "base/arena.h"
#include <stdbool.h>

int64_t clock_real(void);                                /* ms since 1970 UTC */
int64_t clock_mono(void);                                /* ms, never goes back */
int64_t clock_now(void);                                 /* business time: real time plus the offset */
void    clock_start_at(int64_t ms);                      /* business time continues from here (demonstration) */
bool    clock_moved(void);
int64_t clock_day(int64_t ms);                           /* day number of a moment, Shanghai */
int64_t clock_day_start(int64_t day);                    /* ms of that day's midnight, Shanghai */
int64_t day_of(int year, int month, int day);            /* -1 when no such day (years 1800..2200) */
void    day_split(int64_t day, int *year, int *month, int *mday);
int     day_week(int64_t day);                           /* 0 Monday .. 6 Sunday */
char   *day_text(struct arena *, int64_t day);           /* 2020-11-20 */
bool    day_read(const char *, int64_t *day);            /* strict YYYY-MM-DD */
char   *time_text(struct arena *, int64_t ms);           /* 2020-11-20T02:30:00Z, .mmm only when not 0 */
bool    time_read(const char *, int64_t *ms);            /* RFC 3339 with Z or offset */
