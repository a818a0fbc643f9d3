#ifndef CONFAB_CTL_AWAITED_ROWS_H
#define CONFAB_CTL_AWAITED_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/fault.h"
#include "ctl/listing.h"

struct ctl;

/* How long a row is waited for, all in all. */
#define AWAITED_ROWS_MS 15000

struct awaited_rows {
	struct ctl *ctl;
	int64_t deadline_ms; /* 0: nothing was waited for yet */
};

/*
 * Takes those documents out of places[] that belong to no message: their rows
 * do not come while nothing waits to be stored. Without RABBITMQ_URL nobody
 * can tell, and all stay.
 */
MUST_CHECK enum fault awaited_rows_filter(struct awaited_rows *awaited,
					  struct listing_place *places,
					  size_t *count, struct error *error);

#endif
