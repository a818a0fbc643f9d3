#ifndef CONFAB_TESTS_CHAOS_READERS_H
#define CONFAB_TESTS_CHAOS_READERS_H

#include "tests/chaos/record.h"
#include "tests/chaos/waits.h"

/*
 * Clients that follow lists forward, in a thread of their own, through
 * whatever happens: busy and quiet chats, and applications' chats. Each goes on
 * from its last number, and remembers what it saw in that order.
 */
struct readers;

struct readers_settings {
	const char *api_url;
	const struct record *record; /* only the tokens are looked at */
	struct waits *waits;
};

struct reader_seen {
	uint64_t number;
	uint32_t op;	/* whose text it said it is; chats: 0 */
	uint64_t print; /* of the whole text, readers_print() */
	/* When this page was first asked for, and when it came (monotonic). */
	int64_t asked_ms, came_ms;
};

struct reader {
	uint32_t app;
	uint64_t chat; /* 0: the list of chats */
	unsigned limit;
	const struct reader *source; /* its chats are awaited, NULL: none */
	uint32_t source_place;	     /* and this one of them is followed */
	struct reader_seen *seen;    /* ascending */
	uint32_t seen_count, seen_room;
	struct buf link;  /* where the last page says to go on, or empty */
	int64_t asked_ms; /* first time from this cursor; 0: not yet */
	int64_t sent_ms, due_ms;
	bool busy, at_end;
	unsigned wrong; /* answers that no reader should get */
};

struct readers_figures {
	uint64_t requests, unanswered, refused, at_holes;
};

uint64_t readers_print(const char *text, size_t length);

/* Starts the thread. NULL: it was said why. */
struct readers *readers_new(const struct readers_settings *settings);
/* All read on to the end, and the thread ends. False when they were stuck for
 * longer than any hole stays open. */
bool readers_finish(struct readers *readers)
	__attribute__((warn_unused_result));
/* After readers_finish(); NULL behind the last one. */
const struct reader *readers_get(const struct readers *readers, unsigned index);
struct readers_figures readers_figures(const struct readers *readers);
void readers_free(struct readers **readers);

#endif
