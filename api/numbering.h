#ifndef CONFAB_API_NUMBERING_H
#define CONFAB_API_NUMBERING_H

#include <stdbool.h>
#include <stdint.h>

#include "api/redis.h"
#include "common/sql.h"

/*
 * The row of the table `numbering`: the copy of Redis' generation mark, which
 * Redis process it holds for, and the highest beat that was written down.
 */
struct numbering {
	uint32_t generation; /* 0: no number was ever given out */
	char state[17];
	int64_t changed_at; /* Unix ms */
	char run_id[REDIS_RUN_ID_SIZE];
	/* of `numbering` and of the allocators of this generation */
	uint64_t beat;
};

/* A persister's proof that all is stored counts only from "draining" on, when
 * no lease of the old generation can be alive; it makes it "drained". */
#define NUMBERING_OPEN "open"
#define NUMBERING_LEASING "leasing"
#define NUMBERING_DRAINING "draining"
#define NUMBERING_DRAINED "drained"

bool numbering_is_open(const struct numbering *row);

/* To compare with Redis' mark, this must be read first: the beat in Redis may
 * rise at any time, and must never seem to be behind. */
MUST_CHECK enum fault numbering_read(struct sql *sql, struct numbering *row_r,
				     struct error *error);
/* From one generation and state to another; FAULT_TEMPORARY when someone else
 * has changed it meanwhile, so of two only one goes on. A new generation starts
 * at beat 0 of the Redis process `run_id`. */
MUST_CHECK enum fault numbering_change(struct sql *sql,
				       const struct numbering *from,
				       uint32_t generation, const char *state,
				       const char *run_id, struct error *error);
/* The same numbers in another Redis process. */
MUST_CHECK enum fault numbering_move(struct sql *sql,
				     const struct numbering *from,
				     const char *run_id, struct error *error);

#endif
