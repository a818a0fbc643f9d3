#ifndef CONFAB_CTL_SEARCH_WRITES_H
#define CONFAB_CTL_SEARCH_WRITES_H

#include "common/elastic.h"
#include "common/fault.h"

/* Waits until every `_bulk` request that the engine was working on when this
 * was called is done. After a change of aliases: until nothing works any more
 * with what they were before. */
MUST_CHECK enum fault search_writes_await(struct elastic *elastic,
					  struct error *error);

#endif
