#ifndef CONFAB_CTL_SEARCH_ALIASES_H
#define CONFAB_CTL_SEARCH_ALIASES_H

#include <stdbool.h>

#include "common/elastic.h"
#include "common/fault.h"

/*
 * Several changes of aliases in one step: fill one, send it. Running out of
 * memory shows when it is sent.
 */
struct search_aliases {
	struct buf actions;
};

#define SEARCH_ALIASES_INIT                                                    \
	{                                                                      \
		BUF_INIT                                                       \
	}

void search_aliases_add(struct search_aliases *aliases, const char *index,
			const char *alias, bool writable);
void search_aliases_remove(struct search_aliases *aliases, const char *index,
			   const char *alias);
void search_aliases_delete_index(struct search_aliases *aliases,
				 const char *index);
/* Releases it, whatever it returns. */
MUST_CHECK enum fault search_aliases_send(struct search_aliases *aliases,
					  struct elastic *elastic,
					  struct error *error);

#endif
