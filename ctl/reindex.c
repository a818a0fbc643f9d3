#include "ctl/reindex.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/clock.h"
#include "ctl/console.h"
#include "ctl/ctl.h"
#include "ctl/interrupt.h"
#include "ctl/message_pages.h"
#include "ctl/progress_bar.h"
#include "ctl/query.h"
#include "ctl/search_index.h"
#include "ctl/senders.h"
#include "ctl/unstored.h"

#define BULK_BYTES (2u * 1024u * 1024u)
#define SAVE_EVERY_MS 2000
#define PAUSE_MS 50

static const char TOTAL_SQL[] =
	"SELECT CAST(SUM(messages_count) AS UNSIGNED) FROM applications";

struct reindex {
	struct ctl *ctl;
	struct senders *senders;
	struct search_build build;
	struct elastic_progress at; /* behind the last page that was read */
	struct progress_bar progress;
	struct buf *bulk;
	uint64_t page_rows; /* in `bulk` */
	int64_t started_ms, saved_ms;
	uint64_t refused, copied;
};

/* ---- the walk ---- */

static bool add_document(void *context, const struct event *event)
{
	struct reindex *reindex = context;

	uint64_t throttle = reindex->ctl->command.throttle;

	elastic_append_document(event, reindex->bulk);
	reindex->page_rows++;
	return !reindex->bulk->failed && reindex->bulk->length < BULK_BYTES &&
	       (throttle == 0 || reindex->page_rows < throttle);
}

/* Keeps and shows what is in the index for certain. */
static enum fault note_progress(struct reindex *reindex, bool now,
				struct error *error)
{
	struct elastic_progress *progress = &reindex->build.progress;
	bool due = clock_monotonic_ms() - reindex->saved_ms >= SAVE_EVERY_MS;

	if (!senders_progress(reindex->senders, progress))
		return FAULT_NONE;
	progress_bar_update(&reindex->progress, progress->rows);
	if (!due && !now)
		return FAULT_NONE;
	reindex->saved_ms = clock_monotonic_ms();
	return search_index_save(reindex->ctl->elastic, reindex->build.name,
				 progress, error);
}

/* True while --throttle wants a rest. */
static bool is_too_fast(const struct reindex *reindex)
{
	uint64_t throttle = reindex->ctl->command.throttle;
	uint64_t done = reindex->at.rows - reindex->progress.begun_at;
	int64_t elapsed = clock_monotonic_ms() - reindex->started_ms;

	return throttle > 0 && (uint64_t)elapsed * throttle < done * 1000;
}

static enum fault rest(struct reindex *reindex, struct error *error)
{
	enum fault fault = note_progress(reindex, false, error);

	while (fault == FAULT_NONE && !interrupted() && is_too_fast(reindex)) {
		clock_sleep_ms(PAUSE_MS);
		fault = note_progress(reindex, false, error);
	}
	return fault;
}

/* Reads one page and has it sent. *rows_r 0: there are no more. */
static enum fault send_page(struct reindex *reindex,
			    struct message_pages *pages, size_t *rows_r,
			    struct error *error)
{
	enum fault fault;

	*rows_r = 0;
	reindex->bulk = senders_take(reindex->senders);
	if (reindex->bulk == NULL)
		return FAULT_NONE; /* senders_settle() tells why */
	reindex->page_rows = 0;
	fault = message_pages_next(pages, add_document, reindex, rows_r, error);
	if (fault != FAULT_NONE || *rows_r == 0)
		return fault;
	if (reindex->bulk->failed)
		return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	reindex->at.application_id = pages->application_id;
	reindex->at.chat_number = pages->chat_number;
	reindex->at.number = pages->number;
	reindex->at.rows += *rows_r;
	senders_send(reindex->senders, *rows_r, &reindex->at);
	return rest(reindex, error);
}

static enum fault walk(struct reindex *reindex, struct error *error)
{
	struct message_pages pages = {
		.sql = reindex->ctl->sql,
		.application_id = reindex->at.application_id,
		.chat_number = reindex->at.chat_number,
		.number = reindex->at.number,
	};
	struct error settling = ERROR_INIT;
	enum fault fault = FAULT_NONE, settled;
	size_t rows = 1;

	while (fault == FAULT_NONE && rows > 0 && !interrupted())
		fault = send_page(reindex, &pages, &rows, error);
	settled =
		senders_settle(reindex->senders,
			       interrupted() || fault != FAULT_NONE, &settling);
	reindex->refused = senders_refused(reindex->senders);
	if (fault == FAULT_NONE && settled != FAULT_NONE) {
		fault = settled;
		*error = settling;
	}
	return fault;
}

static enum fault walk_all(struct reindex *reindex, struct error *error)
{
	struct error saving = ERROR_INIT;
	enum fault fault, saved;

	reindex->at = reindex->build.progress;
	progress_bar_start(&reindex->progress, "indexing", reindex->at.total);
	reindex->progress.begun_at = reindex->at.rows;
	reindex->started_ms = clock_monotonic_ms();
	fault = walk(reindex, error);
	saved = note_progress(reindex, true, &saving);
	progress_bar_finish(&reindex->progress, reindex->build.progress.rows);
	if (fault == FAULT_NONE && saved != FAULT_NONE) {
		fault = saved;
		*error = saving;
	}
	if (interrupted()) /* what it broke off itself has failed too */
		fault = error_set(error, FAULT_TEMPORARY, 0,
				  "it was interrupted");
	return fault;
}

/* ---- all of it ---- */

static enum fault build(struct reindex *reindex, struct error *error)
{
	struct ctl *ctl = reindex->ctl;
	enum fault fault = walk_all(reindex, error);

	if (fault == FAULT_NONE)
		fault = unstored_copy(ctl, reindex->build.progress.since_ms,
				      &reindex->copied, error);
	if (fault == FAULT_NONE)
		fault = query_lock_held(ctl->sql, SEARCH_INDEX_LOCK, error);
	if (fault == FAULT_NONE)
		fault = search_index_switch(ctl->elastic, reindex->build.name,
					    error);
	return fault;
}

static enum fault begin(struct reindex *reindex, struct error *error)
{
	struct ctl *ctl = reindex->ctl;
	bool restart = (ctl->command.options & VERB_RESTART) != 0;
	uint64_t total = 0;
	enum fault fault = query_lock(ctl->sql, SEARCH_INDEX_LOCK, 0, error);

	if (fault == FAULT_NONE)
		fault = query_u64(ctl->sql, TOTAL_SQL, NULL, 0, &total, error);
	if (fault == FAULT_NONE)
		fault = search_index_begin(ctl->elastic, restart, total,
					   &reindex->build, error);
	if (fault != FAULT_NONE)
		return fault;
	if (reindex->build.resumed)
		fprintf(stderr, "going on after %" PRIu64 " messages\n",
			reindex->build.progress.rows);
	reindex->senders =
		senders_new(ctl->settings->elasticsearch_url,
			    ELASTIC_ALIAS_BUILDING, interrupt_flag());
	return reindex->senders != NULL
		       ? FAULT_NONE
		       : error_set(error, FAULT_TEMPORARY, 0, "out of memory");
}

static enum ctl_exit report(const struct reindex *reindex, uint64_t documents)
{
	printf("the index %s holds %" PRIu64 " messages\n", reindex->build.name,
	       documents);
	if (reindex->copied > 0)
		printf("%" PRIu64 " of them were on their way to the rows\n",
		       reindex->copied);
	ctl_set_result(reindex->ctl,
		       "{\"index\":\"%s\",\"messages\":%" PRIu64
		       ",\"unstored\":%" PRIu64 ",\"refused\":%" PRIu64 "}",
		       reindex->build.name, documents, reindex->copied,
		       reindex->refused);
	if (reindex->refused == 0)
		return CTL_DONE;
	console_error("the search engine refused %" PRIu64 " messages",
		      reindex->refused);
	return CTL_FAILED;
}

enum ctl_exit reindex_run(struct ctl *ctl)
{
	struct reindex reindex = { .ctl = ctl };
	struct error error = ERROR_INIT;
	uint64_t documents = 0;
	enum fault fault;

	interrupt_catch();
	fault = begin(&reindex, &error);
	if (fault == FAULT_NONE)
		fault = build(&reindex, &error);
	senders_free(&reindex.senders);
	if (fault == FAULT_NONE)
		fault = search_index_count(ctl->elastic, &documents, &error);
	if (fault == FAULT_NONE)
		return report(&reindex, documents);
	console_fault("rebuild the search index", &error);
	if (*reindex.build.name)
		console_error("confabctl reindex goes on where this ended, "
			      "with --restart it begins anew");
	return CTL_FAILED;
}
