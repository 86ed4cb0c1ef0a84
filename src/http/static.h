/* static.h -- the web application inside the program: plain and gzip bytes, served with ETag. Also the data files we start with ("data:NAME"). */
#pragma once
#include <stddef.h>

struct asset { const char *url, *mime, *etag; const unsigned char *body; size_t n; const unsigned char *gzip; size_t n_gzip; };
extern const struct asset assets[];
extern const unsigned n_assets;
const struct asset *asset_find(const char *url);          /* NULL when there is none */
