#ifndef CONFAB_API_SEARCH_DOCUMENTS_H
#define CONFAB_API_SEARCH_DOCUMENTS_H

#include <stddef.h>

#include "api/search_request.h"
#include "common/elastic.h"
#include "common/fault.h"

/* `i` is the place's index. The text is valid during the call only. */
typedef void search_document_fn(void *context, size_t i, const char *text,
				size_t length);

/*
 * The texts that the index has at `count` places, from the engine; `take` is
 * not called for a place without one. How it goes says nothing of the engine's
 * health, as long texts take their time.
 */
MUST_CHECK enum fault search_documents_read(struct elastic *elastic,
					    const struct search_place *places,
					    size_t count, int timeout_ms,
					    search_document_fn *take,
					    void *context, struct error *error);

#endif
