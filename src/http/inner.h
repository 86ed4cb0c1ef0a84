/* inner.h -- between server.c and conn.c: the callbacks of the HTTP library. Nothing else includes this. */
#pragma once
#include "http/http.h"
#include <microhttpd.h>

void *conn_begin(void *service, const char *target, struct MHD_Connection *);
enum MHD_Result conn_handle(void *service, struct MHD_Connection *, const char *url, const char *method, const char *version,
	const char *upload, size_t *n, void **call);
void conn_end(void *service, struct MHD_Connection *, void **call, enum MHD_RequestTerminationCode);
void conn_notify(void *service, struct MHD_Connection *, void **watch, enum MHD_ConnectionNotificationCode);
size_t conn_keep_escapes(void *service, struct MHD_Connection *, char *);
