#ifndef CONFAB_API_ANSWER_H
#define CONFAB_API_ANSWER_H

#include <stdbool.h>

#include "api/cors.h"
#include "common/buf.h"

/* What a request will be answered with. */
struct answer {
	unsigned status; /* 0: nothing decided yet */
	const char *content_type;
	struct buf body;
	char location[320];	/* "": none */
	struct buf link;	/* the Link header's value */
	unsigned retry_after_s; /* 0: none */
	const char *allow;	/* 405, OPTIONS */
	const char *search_engine;
	bool search_truncated; /* time or rows ran out: hits may be missing */
	bool challenge;	       /* WWW-Authenticate: Bearer */
	bool replayed;	       /* Idempotency-Replayed: true */
	unsigned waited_s;     /* Preference-Applied: wait=N; 0: none */
	bool close;	       /* Connection: close */
	struct cors cors;
};

void answer_release(struct answer *answer);
/* Empties the body and sets status and JSON; the caller writes the body. */
struct buf *answer_json(struct answer *answer, unsigned status);

/*
 * RFC 9457 problem details, with the members that clients of the five systems
 * read: `error` everywhere and `errors` on 422. `detail` is a static sentence
 * or one built from static parts.
 */
void answer_problem(struct answer *answer, unsigned status, const char *detail);
/* 503 with Retry-After. */
void answer_unavailable(struct answer *answer, const char *detail);

/* What the connection adds. */
struct answer_frame {
	const char *request_id, *date;
	bool close; /* after this answer */
	bool old;   /* for a client that speaks HTTP/1.0 */
};

/* Appends the head; the body is sent behind it. Becomes a 500 by itself when
 * memory was out for the body. */
void answer_write(struct answer *answer, const struct answer_frame *frame,
		  struct buf *out);

#endif
