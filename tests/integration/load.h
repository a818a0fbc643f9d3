#ifndef CONFAB_TESTS_INTEGRATION_LOAD_H
#define CONFAB_TESTS_INTEGRATION_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/integration/harness.h"

/*
 * Creates messages over many connections and keeps the record that a careful
 * client would keep: which text got which number. Afterwards that record is
 * held against the stores.
 */
struct load {
	struct talk *talk; /* its application takes the messages */
	unsigned chats;	   /* round robin over chats 1 to `chats` */
	unsigned count;	   /* so many 202s are wanted */
	unsigned connections;
	int rest_ms;	 /* of a connection, after each 202 */
	bool both_ports; /* the API and the ingest role by turns */
	bool ingest_only;
	/* Any answer but a 202 fails the test, unless this is set: then a text
	 * without a 202 is given up (it may be stored or not) and the next one
	 * is tried. */
	bool forgiving;
	/* A broker that loses a connection may have put an event, which it
	 * never confirmed, into one queue and not into another: the index may
	 * have documents without a row, which no search shows. */
	bool orphans;
	/* Called about every 100 ms; may be NULL. */
	void (*step)(struct load *load);
	void *context; /* step()'s own */

	/* the record, filled by load_run() */
	unsigned sent, acknowledged, refused;
	unsigned odd;	    /* refused, and with something else than 503 */
	int64_t slowest_ms; /* answer */
	struct load_record *records;
};

struct load_record {
	uint64_t chat, number;
	unsigned text; /* which text it was */
	bool stored;
};

/* An application with `chats` chats, numbered from 1. */
void load_prepare(struct load *load, struct talk *talk, unsigned chats);
void load_run(struct load *load);
void load_release(struct load *load);

/* Conditions; the context is the load. Each acknowledged text is in its row;
 * as many documents as rows; the cached counts are right. */
bool load_is_stored(void *load);
bool load_is_indexed(void *load);
bool load_is_counted(void *load);
/* Waits for all three, then looks that no text is stored twice. */
void load_verify(struct load *load);
/* Numbers 1 to n, each given once, in chat 1. */
void load_assert_gapless(const struct load *load);

#endif
