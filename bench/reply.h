#ifndef CONFAB_BENCH_REPLY_H
#define CONFAB_BENCH_REPLY_H

#include <stdbool.h>
#include <stddef.h>

/* One HTTP answer with a Content-Length, as it grows in a buffer. */
struct reply {
	unsigned status;
	const char *body;
	size_t body_length;
	size_t length; /* head and body together */
};

enum reply_state { REPLY_INCOMPLETE, REPLY_WHOLE, REPLY_BAD };

/* `data` is NUL-terminated behind `length`; pointers go into it. */
enum reply_state reply_parse(const char *data, size_t length,
			     struct reply *reply_r);

#endif
