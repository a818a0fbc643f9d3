#ifndef CONFAB_CTL_SEARCH_INDEX_H
#define CONFAB_CTL_SEARCH_INDEX_H

#include <stdint.h>

#include "common/elastic.h"
#include "common/fault.h"

/*
 * The indexes behind the alias ELASTIC_ALIAS. Programs know the alias alone, so
 * the index behind it can be exchanged while they run.
 */
#define SEARCH_INDEX_NAME_SIZE 64
/* Points to an index that is being built, if there is one. */
#define SEARCH_INDEX_BUILD_ALIAS "confab-messages-building"

/* Documents that a search can find now. */
MUST_CHECK enum fault search_index_count(struct elastic *elastic,
					 uint64_t *documents_r,
					 struct error *error);

/* Makes an empty index behind SEARCH_INDEX_BUILD_ALIAS; its name goes into
 * name_r. Indexes that earlier builds left unfinished are deleted. */
MUST_CHECK enum fault search_index_build(struct elastic *elastic,
					 char name_r[SEARCH_INDEX_NAME_SIZE],
					 struct error *error);
/* Points ELASTIC_ALIAS to `name` and deletes what it pointed to, in one step.
 */
MUST_CHECK enum fault search_index_switch(struct elastic *elastic,
					  const char *name,
					  struct error *error);
/* Makes what was written so far visible to searches. */
MUST_CHECK enum fault search_index_refresh(struct elastic *elastic,
					   const char *alias,
					   struct error *error);

/* Exchanges the index for an empty one. */
MUST_CHECK enum fault search_index_replace_empty(struct elastic *elastic,
						 struct error *error);

#endif
