#ifndef CONFAB_CTL_UNSTORED_H
#define CONFAB_CTL_UNSTORED_H

#include <stdint.h>

#include "common/fault.h"

struct ctl;

/*
 * Messages may be findable before they are rows: the indexers do not wait for
 * the persisters. An index that is built from the rows lacks those that were
 * indexed before it was begun and are stored after the walk has passed their
 * place. This copies them from the old index.
 *
 * It compares the two indexes by minute of acceptance, from UNSTORED_WINDOW_MS
 * before `since_ms` to a little after it, and looks closer where they differ. A
 * persister may lag behind by so much. A document whose row does not come
 * (ctl/awaited_rows.h), or that is older, goes with the old index.
 */
#define UNSTORED_WINDOW_MS (INT64_C(24) * 3600 * 1000)

/* *copied_r is added to. */
MUST_CHECK enum fault unstored_copy(struct ctl *ctl, int64_t since_ms,
				    uint64_t *copied_r, struct error *error);

#endif
