#ifndef CONFAB_API_CORS_H
#define CONFAB_API_CORS_H

#include <stdbool.h>

#include "common/buf.h"

/*
 * Which pages of other origins may use the API from a browser: the CORS
 * protocol of the Fetch standard (https://fetch.spec.whatwg.org, 3.3).
 * Credentials (cookies) are never allowed: the API has none, its tokens stand
 * in paths and headers that a page sets by itself.
 */
struct cors {
	const char *allowed; /* the origin, or "*"; NULL: not allowed */
	bool varies;	     /* another origin may get another answer */
	bool preflight;	     /* asks before the request proper */
};

/* `list` is "" (off), "*", or origins with commas between them, each
 * scheme://host or scheme://host:port as a browser writes it. */
bool cors_list_valid(const char *list) __attribute__((warn_unused_result));

/* `origin` is the request's header or NULL; it must live as long as the
 * result. Origins are compared byte by byte. */
struct cors cors_decide(const char *list, const char *origin, bool preflight);

/* Appends header lines. `methods` is what the path has, or NULL. */
void cors_add_headers(const struct cors *cors, const char *methods,
		      struct buf *out);

#endif
