#include "ctl/reindex.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/backoff.h"
#include "common/clock.h"
#include "ctl/console.h"
#include "ctl/ctl.h"
#include "ctl/message_pages.h"
#include "ctl/query.h"
#include "ctl/search_index.h"

#define LOCK "reindex"
#define BULK_BYTES (4u * 1024u * 1024u)
#define BULK_ATTEMPTS 20
/* A row carries the time of acceptance and may have been stored later by this
 * much, when workers lagged behind. */
#define LAG_MS (INT64_C(15) * 60 * 1000)

static const char TOTAL_SQL[] =
	"SELECT CAST(SUM(messages_count) AS UNSIGNED) FROM applications";

struct reindex {
	struct ctl *ctl;
	const char *alias; /* that is written to */
	struct buf bulk;
	struct progress progress;
	uint64_t done;
	uint64_t refused; /* documents that the engine does not take */
};

static bool add_document(void *context, const struct event *event)
{
	struct reindex *reindex = context;

	elastic_append_document(event, &reindex->bulk);
	return !reindex->bulk.failed && reindex->bulk.length < BULK_BYTES;
}

/* What became of a page's documents. */
struct outcome {
	bool again; /* one wants to be sent once more */
	uint64_t refused;
};

static void judge(void *context, size_t action, long status, const char *type)
{
	struct outcome *outcome = context;
	enum fault fault = elastic_classify(status);

	(void)action;
	(void)type;
	if (fault == FAULT_PERMANENT)
		outcome->refused++;
	else if (fault != FAULT_NONE)
		outcome->again = true;
}

/* Sends the page; what was taken already is not taken twice, so all of it goes
 * again when some of it has to. */
static enum fault send_page(struct reindex *reindex, size_t rows,
			    struct error *error)
{
	struct backoff backoff = { 0, 0 };
	enum fault fault = FAULT_NONE;

	if (reindex->bulk.failed)
		return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	for (int i = 0; i < BULK_ATTEMPTS; i++) {
		struct outcome outcome = { false, 0 };

		fault = elastic_bulk(reindex->ctl->elastic, reindex->alias,
				     &reindex->bulk, rows, judge, &outcome,
				     error);
		if (fault == FAULT_NONE && !outcome.again) {
			reindex->refused += outcome.refused;
			buf_clear(&reindex->bulk);
			return FAULT_NONE;
		}
		if (fault == FAULT_PERMANENT || fault == FAULT_BUG)
			return fault;
		clock_sleep_ms(backoff_next(&backoff));
	}
	return fault != FAULT_NONE ? fault
				   : error_set(error, FAULT_TEMPORARY, 0,
					       "the search engine is too busy");
}

/* since_ms 0: all rows. */
static enum fault walk(struct reindex *reindex, int64_t since_ms,
		       struct error *error)
{
	struct message_pages pages = { .sql = reindex->ctl->sql,
				       .since_ms = since_ms };

	for (;;) {
		size_t rows = 0;
		enum fault fault = message_pages_next(&pages, add_document,
						      reindex, &rows, error);

		if (fault == FAULT_NONE && rows > 0)
			fault = send_page(reindex, rows, error);
		if (fault != FAULT_NONE || rows == 0)
			return fault;
		reindex->done += rows;
		progress_update(&reindex->progress, reindex->done);
	}
}

/* The indexers write through the alias, so what they get before the switch
 * goes to the old index: those rows are walked again after it. */
static enum fault build(struct reindex *reindex, const char *index,
			uint64_t total, struct error *error)
{
	struct elastic *elastic = reindex->ctl->elastic;
	int64_t started_ms = clock_wall_ms();
	enum fault fault;

	reindex->alias = SEARCH_INDEX_BUILD_ALIAS;
	progress_start(&reindex->progress, "indexing", total);
	fault = walk(reindex, 0, error);
	progress_finish(&reindex->progress, reindex->done);
	if (fault == FAULT_NONE)
		fault = search_index_refresh(elastic, reindex->alias, error);
	if (fault == FAULT_NONE)
		fault = query_lock_held(reindex->ctl->sql, LOCK, error);
	if (fault == FAULT_NONE)
		fault = search_index_switch(elastic, index, error);
	if (fault != FAULT_NONE)
		return fault;
	reindex->alias = ELASTIC_ALIAS;
	reindex->done = 0;
	progress_start(&reindex->progress, "indexing what came meanwhile", 0);
	fault = walk(reindex, started_ms - LAG_MS, error);
	progress_finish(&reindex->progress, reindex->done);
	if (fault == FAULT_NONE)
		fault = search_index_refresh(elastic, reindex->alias, error);
	return fault;
}

enum ctl_exit reindex_run(struct ctl *ctl)
{
	struct reindex reindex = { .ctl = ctl, .bulk = BUF_INIT };
	struct error error = ERROR_INIT;
	char index[SEARCH_INDEX_NAME_SIZE];
	uint64_t total = 0, documents = 0;
	enum fault fault = query_lock(ctl->sql, LOCK, 0, &error);

	if (fault == FAULT_NONE)
		fault = query_u64(ctl->sql, TOTAL_SQL, NULL, 0, &total, &error);
	if (fault == FAULT_NONE)
		fault = search_index_build(ctl->elastic, index, &error);
	if (fault == FAULT_NONE)
		fault = build(&reindex, index, total, &error);
	if (fault == FAULT_NONE)
		fault = search_index_count(ctl->elastic, &documents, &error);
	buf_release(&reindex.bulk);
	if (fault != FAULT_NONE) {
		console_fault("rebuild the search index", &error);
		return CTL_FAILED;
	}
	printf("the index %s holds %" PRIu64 " messages\n", index, documents);
	if (reindex.refused == 0)
		return CTL_DONE;
	console_error("the search engine refused %" PRIu64 " messages",
		      reindex.refused);
	return CTL_FAILED;
}
