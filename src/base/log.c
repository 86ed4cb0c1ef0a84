/* log.c -- one JSON line per event to standard error. Owns the level. Refuses to split a line: it is written by one call,
 * so that lines of several threads do not mix; a long text is cut. */
#include "base/log.h"
#include "base/clock.h"
#include "base/json.h"
#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_MOST = 2000 };

static _Atomic int lowest = LOG_INFO;

void log_level(enum level level)
{
	atomic_store(&lowest, (int)level);
}

static size_t cut(const char *s)
{
	size_t n = strnlen(s, TEXT_MOST);
	while (s[n] && n && ((unsigned char)s[n] & 0xC0) == 0x80)
		n--;
	return n;
}

static void write_all(const char *p, size_t n)
{
	while (n) {
		ssize_t done = write(STDERR_FILENO, p, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return;                  /* nobody can be told that the log is gone */
		p += done;
		n -= (size_t)done;
	}
}

void log_event(enum level level, const char *what, const char *format, ...)
{
	static const char *const names[] = { "debug", "info", "warn", "error" };
	if ((int)level < atomic_load(&lowest))
		return;
	int before = errno;
	struct arena *a = arena_new(0);
	struct buf b;
	struct jout o;
	va_list args;
	va_start(args, format);
	const char *text = arena_vprintf(a, format, args);
	va_end(args);
	buf_init(&b, a);
	jout_init(&o, &b);
	jout_open(&o, '{');
	jout_kv(&o, "at", time_text(a, clock_real()));
	jout_kv(&o, "level", names[level]);
	jout_kv(&o, "what", what);
	jout_key(&o, "text");
	jout_strn(&o, text, cut(text));
	jout_close(&o, '}');
	buf_add(&b, "\n", 1);
	write_all(b.p, b.n);
	arena_free(a);
	errno = before;
}
