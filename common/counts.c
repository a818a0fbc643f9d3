#include "common/counts.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/counts_private.h"

/* A set is to take about so long. */
#define QUICK_SET_MS 100
#define SLOW_SET_MS 500

struct counts *counts_new(struct sql *sql)
{
	struct counts *counts = calloc(1, sizeof(*counts));

	if (counts == NULL)
		return NULL;
	counts->sql = sql;
	counts->set_chats = COUNTS_SET_CHATS;
	counts->chats = calloc(COUNTS_SET_CHATS, sizeof(*counts->chats));
	if (counts->chats == NULL)
		counts_free(&counts);
	return counts;
}

void counts_free(struct counts **counts)
{
	if (*counts != NULL)
		free((*counts)->chats);
	free(*counts);
	*counts = NULL;
}

const struct counts_progress *counts_progress(const struct counts *counts)
{
	return &counts->progress;
}

/* ---- small questions ---- */

static bool take_numbers(void *context, const struct sql_value *columns,
			 size_t count)
{
	uint64_t *answers = context;

	for (size_t i = 0; i < count && i < COUNTS_ANSWERS; i++) {
		if (columns[i].type != SQL_NULL)
			answers[i] = columns[i].as.u64;
	}
	return false;
}

enum fault counts_ask(struct counts *counts, const char *statement,
		      const uint64_t *params, size_t n,
		      uint64_t answers_r[COUNTS_ANSWERS], struct error *error)
{
	struct sql_value values[COUNTS_ANSWERS];

	for (size_t i = 0; i < n; i++)
		values[i] = sql_u64(params[i]);
	memset(answers_r, 0, COUNTS_ANSWERS * sizeof(*answers_r));
	return sql_run(counts->sql, statement, values, n, take_numbers,
		       answers_r, NULL, error);
}

/* ---- an application's own row ---- */

static const char lock_application[] =
	"SELECT chats_count, messages_count, settled_number, settled_count"
	" FROM applications WHERE id = ? FOR UPDATE";

static const char highest_chat[] =
	"SELECT MAX(number) FROM chats WHERE application_id = ?";

static const char sum_chats[] =
	"SELECT COUNT(*), SUM(messages_count) FROM chats"
	" WHERE application_id = ? AND number > ? AND number <= ?";

static const char store_application[] =
	"UPDATE applications SET chats_count = ?, messages_count = ?,"
	" settled_number = ?, settled_count = ? WHERE id = ?";

struct totals {
	uint64_t chats, messages, highest;
};

static enum fault sum_application(struct counts *counts,
				  struct totals *totals_r, struct error *error)
{
	uint64_t params[3] = { counts->application_id };
	uint64_t answers[COUNTS_ANSWERS];
	enum fault fault =
		counts_ask(counts, highest_chat, params, 1, answers, error);

	*totals_r = (struct totals){ .highest = answers[0] };
	for (uint64_t from = 0; fault == FAULT_NONE && from < totals_r->highest;
	     from = params[2]) {
		params[1] = from;
		params[2] = totals_r->highest - from > COUNTS_RANGE
				    ? from + COUNTS_RANGE
				    : totals_r->highest;
		fault = counts_ask(counts, sum_chats, params, 3, answers,
				   error);
		totals_r->chats += answers[0];
		totals_r->messages += answers[1];
	}
	return fault;
}

/*
 * A counter changes a chat's count and, under the lock of the application's
 * row, the application's in one transaction. So under that lock the sum over
 * what is committed is the right one, and who waits adds to it later.
 */
static enum fault work_on_application(struct counts *counts,
				      uint64_t *corrected_r,
				      struct error *error)
{
	uint64_t old[COUNTS_ANSWERS];
	struct totals totals;
	enum fault fault = counts_ask(counts, lock_application,
				      &counts->application_id, 1, old, error);

	if (fault == FAULT_NONE)
		fault = sum_application(counts, &totals, error);
	if (fault != FAULT_NONE)
		return fault;
	if (old[0] == totals.chats && old[1] == totals.messages &&
	    old[2] >= totals.highest && old[3] == totals.chats)
		return FAULT_NONE;
	if (old[0] != totals.chats || old[1] != totals.messages)
		(*corrected_r)++;
	const struct sql_value values[] = {
		sql_u64(totals.chats),		 sql_u64(totals.messages),
		sql_u64(totals.highest),	 sql_u64(totals.chats),
		sql_u64(counts->application_id),
	};

	return sql_run(counts->sql, store_application, values, 5, NULL, NULL,
		       NULL, error);
}

/* ---- steps ---- */

static const char next_application[] =
	"SELECT id FROM applications WHERE id > ? ORDER BY id LIMIT 1";

typedef enum fault work_fn(struct counts *counts, uint64_t *corrected_r,
			   struct error *error);

static enum fault in_transaction(struct counts *counts, work_fn *work,
				 struct error *error)
{
	uint64_t corrected = 0;
	enum fault fault = sql_begin(counts->sql, error);

	if (fault != FAULT_NONE)
		return fault;
	fault = work(counts, &corrected, error);
	if (fault != FAULT_NONE) {
		sql_rollback(counts->sql);
		return fault;
	}
	fault = sql_commit(counts->sql, error);
	if (fault == FAULT_NONE)
		counts->progress.corrected += corrected;
	return fault;
}

static enum fault finish_application(struct counts *counts, struct error *error)
{
	enum fault fault = in_transaction(counts, work_on_application, error);

	if (fault == FAULT_NONE) {
		counts->progress.applications++;
		counts->begun = false;
	}
	return fault;
}

/* A set whose counts said too little of it may take long, up to the time that
 * the connection gives a statement. */
static void adapt_size(struct counts *counts, enum fault fault, int64_t ms)
{
	if (fault != FAULT_NONE || ms > SLOW_SET_MS)
		counts->set_chats /= 2;
	else if (ms < QUICK_SET_MS)
		counts->set_chats *= 2;
	if (counts->set_chats < 1)
		counts->set_chats = 1;
	if (counts->set_chats > COUNTS_SET_CHATS)
		counts->set_chats = COUNTS_SET_CHATS;
}

static enum fault finish_set(struct counts *counts, struct error *error)
{
	int64_t began_ms = clock_monotonic_ms();
	enum fault fault = in_transaction(counts, counts_work_on_set, error);

	adapt_size(counts, fault, clock_monotonic_ms() - began_ms);
	if (fault != FAULT_NONE)
		return fault;
	for (size_t i = 0; i < counts->chat_count; i++)
		counts->progress.rows += counts->chats[i].rows;
	counts->progress.chats += counts->chat_count;
	counts->last_chat = counts_set_end(counts);
	return FAULT_NONE;
}

static enum fault begin_application(struct counts *counts, struct error *error)
{
	uint64_t answers[COUNTS_ANSWERS];
	enum fault fault;

	if (counts->application_id == 0)
		counts->progress = (struct counts_progress){ 0 };
	fault = counts_ask(counts, next_application, &counts->application_id, 1,
			   answers, error);
	if (fault != FAULT_NONE)
		return fault;
	counts->application_id = answers[0];
	counts->begun = answers[0] != 0;
	counts->last_chat = 0;
	return FAULT_NONE;
}

enum fault counts_step(struct counts *counts, bool *done_r, struct error *error)
{
	enum fault fault = FAULT_NONE;

	if (!counts->begun)
		fault = begin_application(counts, error);
	if (fault != FAULT_NONE)
		return fault;
	*done_r = !counts->begun;
	if (!counts->begun)
		return FAULT_NONE;
	fault = counts_choose_set(counts, error);
	if (fault != FAULT_NONE)
		return fault;
	return counts->chat_count > 0 ? finish_set(counts, error)
				      : finish_application(counts, error);
}
