#ifndef CONFAB_INDEXER_DOCUMENTS_H
#define CONFAB_INDEXER_DOCUMENTS_H

#include "common/consumer.h"
#include "common/elastic.h"
#include "common/metrics.h"

/*
 * The indexer's sink: created and updated messages become documents by `_bulk`.
 * Each item has its own verdict: stored, or already there in this revision or
 * a newer one; again later; or rejected for good. Events without a document
 * (chats, tombstones) are settled without work. While an index is being built,
 * each document goes to both (common/elastic_state.h).
 */
struct documents;

/* Borrows the client; without one (NULL) every event is settled and dropped.
 * NULL when memory is out. */
struct documents *documents_new(struct elastic *elastic);
void documents_free(struct documents **documents);

/* For struct sink; `context` is a struct documents. */
enum fault documents_write(void *context, const struct event *const *events,
			   size_t n, struct verdict *verdicts,
			   struct error *error);

/* The same way, as a tick: says that the index does not fit this program also
 * while there is nothing to write. */
enum fault documents_look(void *context, struct error *error);

/* The verdict that an item's status in the engine's answer means; `type` is the
 * engine's word for what went wrong. A success leaves it as it is, and what is
 * to be tried again stays so. */
void documents_judge(long status, const char *type, struct verdict *verdict);

extern const struct metric_family documents_metrics[];

#endif
