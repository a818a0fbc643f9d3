#ifndef CONFAB_API_HOLES_H
#define CONFAB_API_HOLES_H

#include <stdbool.h>
#include <stdint.h>

#include "api/worker.h"

/*
 * A number that is missing among the rows may be on its way (7 can be stored
 * before 6), so a forward reader must not pass it until nothing can come any
 * more: a tombstone says so, or this process has watched the hole for longer
 * than an accepted event can take to be redelivered and stored while rows
 * behind it are (broker heartbeats find a dead persister within 20 s). Then it
 * writes tombstones itself, so that all readers pass from there on, and nobody
 * takes the number for one that can be promised yet. An event that comes all
 * the same gets its row (persister/hole.c). Not where a hole has thousands of
 * numbers, and not for those of dead letters, which may be replayed: these
 * each process watches for itself.
 *
 * The time a row was accepted proves nothing here: after an outage all rows
 * are old when they come.
 */
#define HOLES_WATCH_MS 60000

struct hole {
	uint64_t application_id;
	uint64_t chat_number; /* 0: of the application's chats */
	uint64_t first, last; /* the missing numbers */
};

/* FAULT_NONE: *final_r is set. */
MUST_CHECK enum fault holes_are_final(struct sql *sql, const struct hole *hole,
				      bool *final_r, struct error *error);

#endif
