#ifndef CONFAB_COMMON_ELASTIC_STATE_H
#define CONFAB_COMMON_ELASTIC_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/elastic.h"
#include "common/fault.h"

/*
 * What the aliases say. Searches use ELASTIC_ALIAS at all times. Who writes
 * goes by one of two states, which change in one step each:
 *
 *   usual      ELASTIC_ALIAS takes writes.
 *   rebuilding ELASTIC_ALIAS takes none; ELASTIC_ALIAS_CURRENT is the index
 *              behind it, ELASTIC_ALIAS_BUILDING the one that will take its
 *              place, and every document is written to both.
 *
 * A writer that has not noticed a change is refused by the engine (404 of
 * elastic_bulk()), so no document can miss the new index because of what its
 * writer did not know yet.
 */
#define ELASTIC_ALIAS_CURRENT ELASTIC_ALIAS "-current"
#define ELASTIC_ALIAS_BUILDING ELASTIC_ALIAS "-building"

/* The mapping's version, in the index's _meta. An index without one is of
 * version 1. */
#define ELASTIC_MAPPING_VERSION 1u

/* error->code of an index that another version of this program has made, or
 * is making. */
#define ELASTIC_MISFIT (-2)

#define ELASTIC_INDEX_NAME_SIZE 64

struct elastic_index {
	char name[ELASTIC_INDEX_NAME_SIZE]; /* "": there is none */
	unsigned version;
};

/* How far a rebuilding has come: all rows up to this one are in the index. */
struct elastic_progress {
	int64_t since_ms; /* when it began, wall clock; 0: not known */
	uint64_t application_id, chat_number, number;
	uint64_t rows, total; /* total: about */
};

struct elastic_state {
	struct elastic_index current, building;
	bool writable;			  /* ELASTIC_ALIAS takes writes */
	struct elastic_progress progress; /* of `building` */
};

/* One consistent look. */
MUST_CHECK enum fault elastic_read_state(struct elastic *elastic,
					 struct elastic_state *state_r,
					 struct error *error);
/* FAULT_TEMPORARY with the code ELASTIC_MISFIT when the index that is searched
 * is of another version; the sentence says what to run. */
MUST_CHECK enum fault elastic_check_fit(const struct elastic_state *state,
					struct error *error);

/* Where a document has to be written to. */
struct elastic_targets {
	const char *aliases[2];
	size_t count;
};

/* Creates the index when it is missing (any number of processes may do so at
 * once). They hold until a write to one of them is answered with 404. */
MUST_CHECK enum fault elastic_find_targets(struct elastic *elastic,
					   struct elastic_targets *targets_r,
					   struct error *error);

#endif
