#ifndef CONFAB_CTL_SEARCH_INDEX_H
#define CONFAB_CTL_SEARCH_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "common/elastic_state.h"
#include "common/fault.h"

/*
 * The indexes behind the aliases of common/elastic_state.h: exchanging one for
 * another while everybody writes and searches. One process at a time may call
 * these; the lock "reindex" of ctl/query.h sees to it.
 */
#define SEARCH_INDEX_LOCK "reindex"

/* Documents that a search can find now. */
MUST_CHECK enum fault search_index_count(struct elastic *elastic,
					 uint64_t *documents_r,
					 struct error *error);

struct search_build {
	char name[ELASTIC_INDEX_NAME_SIZE];
	bool resumed;
	struct elastic_progress progress;
};

/*
 * Makes an empty index and has everybody write to both from now on, or goes on
 * with the one that an earlier call has made and that fits this program, unless
 * `restart`. When it returns, no write that went to the old index alone is
 * under way any more. Indexes that lost their aliases are deleted.
 */
MUST_CHECK enum fault search_index_begin(struct elastic *elastic, bool restart,
					 uint64_t total,
					 struct search_build *build_r,
					 struct error *error);
/* Keeps how far it is, in the index itself. */
MUST_CHECK enum fault search_index_save(struct elastic *elastic,
					const char *name,
					const struct elastic_progress *progress,
					struct error *error);
/* Lets searches see the new index in place of the old one, in one step and with
 * everything that they could find before, then deletes the old one. */
MUST_CHECK enum fault search_index_switch(struct elastic *elastic,
					  const char *name,
					  struct error *error);
/* Makes what was written so far visible to searches. */
MUST_CHECK enum fault search_index_refresh(struct elastic *elastic,
					   const char *index,
					   struct error *error);

/* Exchanges the index for an empty one, and ends what is being built. */
MUST_CHECK enum fault search_index_replace_empty(struct elastic *elastic,
						 struct error *error);

#endif
