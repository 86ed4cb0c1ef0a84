/* log.h -- one JSON line per event to standard error. Never a body, a name, a number of a person, or a secret. */
#pragma once
#include <stdbool.h>

enum level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
void log_level(enum level);
void log_event(enum level, const char *what, const char *format, ...) __attribute__((format(printf, 3, 4)));
