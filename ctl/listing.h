#ifndef CONFAB_CTL_LISTING_H
#define CONFAB_CTL_LISTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/elastic.h"
#include "common/fault.h"

/* Walks the documents of an index that were accepted in a span of time, in the
 * order of their numbers. */
#define LISTING_PAGE 2000u

struct listing_place {
	uint64_t application_id, chat_number, number;
};

struct listing {
	const char *index;
	int64_t from_ms, to_ms; /* without to_ms */
	struct listing_place page[LISTING_PAGE];
	size_t count, at;
	bool ended;
};

/* < 0 when `a` comes before `b`. */
int listing_compare(const struct listing_place *a,
		    const struct listing_place *b);
/* The next place, valid until the next call; NULL at the end. */
MUST_CHECK enum fault listing_next(struct elastic *elastic,
				   struct listing *listing,
				   const struct listing_place **place_r,
				   struct error *error);

#endif
