#ifndef CONFAB_TESTS_INTEGRATION_RAW_H
#define CONFAB_TESTS_INTEGRATION_RAW_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"

/* HTTP byte by byte, where curl is too polite. */

/* Connects to a base address such as CONFAB_API_URL. Close it with close(). */
int raw_connect(const char *url);
/* False when the peer has closed already. */
bool raw_send(int fd, const void *bytes, size_t length);
/* A short text; the test fails when it cannot be sent. */
void raw_printf(int fd, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* What a peer sent. */
struct raw {
	struct buf bytes; /* NUL-terminated */
	bool closed;	  /* it closed the connection, also by a reset */
};

void raw_release(struct raw *raw);
/* Reads until the peer closes, or `statuses` whole answers are there (0: any
 * number of them), or nothing came for `ms`. Appends to raw_r. */
void raw_read(int fd, unsigned statuses, int ms, struct raw *raw_r);
/* Reads so many bytes and no more; the test fails when they do not come. */
void raw_receive(int fd, size_t length, struct raw *raw_r);
/* The n-th answer's status, from 0; 0 when there is none. Interim answers
 * count too. */
int raw_status(const struct raw *raw, unsigned n);
/* How many answers there are, each whole. */
unsigned raw_count(const struct raw *raw);
/* Where the n-th answer begins; NULL: none. */
const char *raw_head(const struct raw *raw, unsigned n);
/* The n-th answer's body, up to the end of all that came. NULL: none. */
const char *raw_body(const struct raw *raw, unsigned n);

#endif
