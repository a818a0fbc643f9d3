#ifndef CONFAB_TESTS_INTEGRATION_PAGING_H
#define CONFAB_TESTS_INTEGRATION_PAGING_H

#include "tests/integration/harness.h"

/* The path and query of the link with rel="next", "" when there is none; in
 * memory that is valid until the next call. */
const char *paging_next(const struct http_reply *reply);
/* The link's cursor, in the same way; the test fails when it has none. */
const char *paging_cursor(const struct http_reply *reply);

/* "1 2 3" of the member `name` of a list's objects, valid until the next
 * call. */
const char *paging_numbers(const struct http_reply *reply, const char *name);

#endif
