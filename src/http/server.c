/* server.c -- starts and stops the HTTP server: address, threads, limits. Knows no path and no room. */
#include "http/inner.h"
#include "base/log.h"
#include <stdio.h>
#include <arpa/inet.h>
#include <netdb.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { NET_THREADS = 3, PER_ADDRESS = 1000, MEMORY_PER_CONNECTION = 16 << 10 };
struct server { struct service sv; struct MHD_Daemon *daemon; unsigned port; bool loopback; };

/* "127.0.0.1:8080", "[::1]:8080", ":8080" (all addresses) */
static bool split(const char *listen, char host[64], char port[16])
{
	const char *colon = strrchr(listen, ':');
	size_t n = colon ? (size_t)(colon - listen) : 0;
	if (!colon || n >= 64 || !colon[1] || strlen(colon + 1) >= 16)
		return false;
	if (n > 2 && listen[0] == '[' && listen[n - 1] == ']')
		listen++, n -= 2;
	memcpy(host, listen, n);
	host[n] = 0;
	memcpy(port, colon + 1, strlen(colon + 1) + 1);
	return true;
}

static bool resolve(const char *listen, struct sockaddr_storage *to)
{
	char host[64], port[16];
	struct addrinfo hints = { .ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM }, *list = NULL;
	if (!split(listen, host, port))
		return false;
	const char *name = !strcmp(host, "localhost") ? "127.0.0.1" : *host ? host : "0.0.0.0";
	if (getaddrinfo(name, port, &hints, &list))
		return false;
	memcpy(to, list->ai_addr, list->ai_addrlen);
	freeaddrinfo(list);
	return true;
}

bool server_is_loopback(const char *listen)
{
	struct sockaddr_storage at;
	if (!resolve(listen, &at))
		return false;
	if (at.ss_family == AF_INET)
		return ntohl(((struct sockaddr_in *)(void *)&at)->sin_addr.s_addr) >> 24 == 127;
	return at.ss_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&((struct sockaddr_in6 *)(void *)&at)->sin6_addr);
}

static void raise_files(void)
{
	struct rlimit l;
	if (getrlimit(RLIMIT_NOFILE, &l))
		return;
	rlim_t want = CONNECTIONS + 1000;
	if (l.rlim_cur < want) {
		l.rlim_cur = l.rlim_max == RLIM_INFINITY || l.rlim_max > want ? want : l.rlim_max;
		setrlimit(RLIMIT_NOFILE, &l);
	}
}

static unsigned connections(void)
{
	struct rlimit l;
	if (getrlimit(RLIMIT_NOFILE, &l) || l.rlim_cur >= CONNECTIONS + 200)
		return CONNECTIONS;
	return l.rlim_cur > 300 ? (unsigned)l.rlim_cur - 200 : 100;
}

__attribute__((format(printf, 2, 0)))
static void library_says(void *arg, const char *format, va_list args)
{
	(void)arg;
	char text[256];
	vsnprintf(text, sizeof text, format, args);
	text[strcspn(text, "\r\n")] = 0;
	log_event(LOG_DEBUG, "http", "%s", text);
}

static struct MHD_Daemon *start(struct server *s, const struct sockaddr_storage *at)
{
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG | (at->ss_family == AF_INET6 ? MHD_USE_IPv6 : 0);
	return MHD_start_daemon(flags, 0, NULL, NULL, conn_handle, &s->sv,
		MHD_OPTION_EXTERNAL_LOGGER, library_says, NULL,
		MHD_OPTION_SOCK_ADDR, (const struct sockaddr *)(const void *)at,
		MHD_OPTION_THREAD_POOL_SIZE, (unsigned)NET_THREADS,
		MHD_OPTION_CONNECTION_LIMIT, connections(),
		MHD_OPTION_PER_IP_CONNECTION_LIMIT, s->loopback ? 0u : (unsigned)PER_ADDRESS,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_PER_CONNECTION,
		MHD_OPTION_LISTEN_BACKLOG_SIZE, 1024u,
		MHD_OPTION_STRICT_FOR_CLIENT, 1,
		MHD_OPTION_URI_LOG_CALLBACK, conn_begin, &s->sv,
		MHD_OPTION_UNESCAPE_CALLBACK, conn_keep_escapes, &s->sv,
		MHD_OPTION_NOTIFY_COMPLETED, conn_end, &s->sv,
		MHD_OPTION_NOTIFY_CONNECTION, conn_notify, &s->sv,
		MHD_OPTION_END);
}

static void machines(struct service *sv, struct arena *a)
{
	sv->sessions = sessions_new(a);
	sv->metrics = metrics_new(a);
	sv->progress = progress_new(a);
	sv->watchdog = watchdog_new(a, connections() + 64, sv->deadline_ms);
	/* SQLite reads take microseconds and stay on the network threads; PostgreSQL is a network away */
	sv->reads = store_kind(sv->store) == STORE_POSTGRES ? pool_new(a, 4, QUEUE * 4) : NULL;
	sv->hashes = pool_new(a, 2, QUEUE);
	sv->exports = pool_new(a, 3, QUEUE);
	sv->imports = pool_new(a, 1, QUEUE / 4);
}

struct server *server_start(struct arena *a, struct store *store, const struct server_options *o, const char **why)
{
	struct sockaddr_storage at;
	if (!resolve(o->listen, &at)) {
		*why = arena_printf(a, "监听地址“%s”不对，应为 地址:端口，例如 127.0.0.1:8080", o->listen);
		return NULL;
	}
	raise_files();
	struct server *s = arena_alloc(a, sizeof *s);
	s->loopback = server_is_loopback(o->listen);
	s->sv.arena = a;
	s->sv.store = store;
	s->sv.demo = o->demo;
	s->sv.tls_proxy = o->tls_proxy;
	s->sv.otp_needed = o->otp_needed;
	s->sv.deadline_ms = (int64_t)(o->request_s ? o->request_s : DEADLINE_S) * 1000;
	machines(&s->sv, a);
	s->daemon = start(s, &at);
	if (!s->daemon) {
		*why = arena_printf(a, "无法在 %s 监听，可能已被占用", o->listen);
		return NULL;
	}
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT);
	s->port = info ? info->port : 0;
	return s;
}

unsigned server_port(const struct server *s)
{
	return s->port;
}

bool server_stop(struct server *s, unsigned seconds)
{
	struct service *sv = &s->sv;
	MHD_socket listening = MHD_quiesce_daemon(s->daemon);
	if (listening != MHD_INVALID_SOCKET)
		close(listening);
	atomic_store(&sv->stopping, true);
	for (unsigned i = 0; i < seconds * 50 && atomic_load(&sv->in_flight); i++)
		usleep(20000);
	bool clean = !atomic_load(&sv->in_flight);
	if (!clean) {
		log_event(LOG_WARN, "stop", "%d requests were abandoned", atomic_load(&sv->in_flight));
		return false;                    /* parked connections cannot be closed by the library: the process ends them */
	}
	MHD_stop_daemon(s->daemon);
	watchdog_stop(sv->watchdog);
	struct pool *all[] = { sv->reads, sv->hashes, sv->exports, sv->imports };
	for (unsigned i = 0; i < COUNT(all); i++)
		if (all[i])
			pool_stop(all[i]);
	return true;
}
