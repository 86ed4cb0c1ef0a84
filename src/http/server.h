/* server.h -- the running HTTP server. */
#pragma once
#include "store/store.h"

#define SANSHE_VERSION "0.1.0"
/* request_s: seconds for a request to come in, 0 as usual */
struct server_options { const char *listen; bool demo, tls_proxy, otp_needed; unsigned request_s; };
struct server;
/* Listens and answers from now on. NULL and a sentence in *why on failure. The store outlives the server. */
struct server *server_start(struct arena *, struct store *, const struct server_options *, const char **why);
unsigned server_port(const struct server *);
bool server_is_loopback(const char *listen);                 /* such an address is for this machine only */
/* No new connections; waits at most `seconds` for requests in flight. False: some had to be abandoned. */
bool server_stop(struct server *, unsigned seconds);
