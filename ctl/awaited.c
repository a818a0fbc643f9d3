#include "ctl/awaited.h"

#include <stdlib.h>

#include "common/clock.h"
#include "ctl/dead_numbers.h"
#include "ctl/progress_bar.h"

/* Letters to one transaction. */
#define CHUNK 64
#define PASS_MS 200
/* A persister that works settles some in less. */
#define PATIENCE_MS 10000

struct letter {
	struct uuid id;
	uint64_t times; /* that it was refused, when it was published again */
};

struct awaited {
	struct letter *list; /* in the order of publishing */
	size_t count, capacity;
};

struct settling {
	struct sql *sql;
	struct dead_copies *copies;
	struct dead_row row;
	struct awaited_outcome *outcome;
	/* of the chunk at hand: the letters to look at again */
	struct letter kept[CHUNK];
	size_t kept_count;
};

struct awaited *awaited_new(void)
{
	return calloc(1, sizeof(struct awaited));
}

void awaited_free(struct awaited **awaited)
{
	if (*awaited == NULL)
		return;
	free((*awaited)->list);
	free(*awaited);
	*awaited = NULL;
}

enum fault awaited_add(struct awaited *awaited, const struct dead_row *row,
		       struct error *error)
{
	if (awaited->count == awaited->capacity) {
		size_t capacity =
			awaited->capacity > 0 ? awaited->capacity * 2 : 64;
		struct letter *grown =
			realloc(awaited->list, capacity * sizeof(*grown));

		if (grown == NULL)
			return error_set(error, FAULT_TEMPORARY, 0,
					 "out of memory");
		awaited->list = grown;
		awaited->capacity = capacity;
	}
	awaited->list[awaited->count++] =
		(struct letter){ row->id, row->persist_times };
	return FAULT_NONE;
}

size_t awaited_mark(const struct awaited *awaited)
{
	return awaited->count;
}

void awaited_back_to(struct awaited *awaited, size_t mark)
{
	awaited->count = mark;
}

/* ---- settling ---- */

static enum fault settle(struct settling *settling, const struct letter *letter,
			 struct error *error)
{
	struct dead_row *row = &settling->row;
	bool stored = false;
	enum fault fault =
		dead_row_read(settling->sql, &letter->id, row, error);

	/* somebody else has dealt with it */
	if (fault != FAULT_NONE || row->persist_times == 0)
		return fault;
	fault = dead_row_is_stored(settling->sql, row, &stored, error);
	if (fault == FAULT_NONE && stored)
		return dead_row_settle(settling->sql, row, settling->copies,
				       error);
	if (fault == FAULT_NONE && row->persist_times > letter->times)
		settling->outcome->refused++;
	else
		settling->kept[settling->kept_count++] = *letter;
	return fault;
}

static enum fault settle_chunk(struct settling *settling,
			       const struct letter *letters, size_t count,
			       struct error *error)
{
	size_t mark = dead_copies_mark(settling->copies);
	struct awaited_outcome before = *settling->outcome;
	enum fault fault = sql_begin(settling->sql, error);

	settling->kept_count = 0;
	for (size_t i = 0; fault == FAULT_NONE && i < count; i++)
		fault = settle(settling, &letters[i], error);
	if (fault == FAULT_NONE)
		fault = sql_commit(settling->sql, error);
	else
		sql_rollback(settling->sql);
	if (fault != FAULT_NONE) {
		dead_copies_back_to(settling->copies, mark);
		*settling->outcome = before;
	}
	return fault;
}

/* One look at each; what remains moves to the front of the list. */
static enum fault pass(struct awaited *awaited, struct settling *settling,
		       struct error *error)
{
	size_t kept = 0;

	for (size_t i = 0; i < awaited->count; i += CHUNK) {
		size_t count =
			awaited->count - i < CHUNK ? awaited->count - i : CHUNK;
		enum fault fault =
			settle_chunk(settling, awaited->list + i, count, error);

		if (fault != FAULT_NONE)
			return fault;
		for (size_t k = 0; k < settling->kept_count; k++)
			awaited->list[kept++] = settling->kept[k];
	}
	awaited->count = kept;
	return FAULT_NONE;
}

enum fault awaited_settle(struct awaited *awaited, struct sql *sql,
			  struct dead_copies *copies,
			  struct awaited_outcome *outcome_r,
			  struct error *error)
{
	struct settling settling = { .sql = sql,
				     .copies = copies,
				     .row = DEAD_ROW_INIT,
				     .outcome = outcome_r };
	size_t total = awaited->count;
	int64_t moved_ms = clock_monotonic_ms();
	enum fault fault = FAULT_NONE;
	struct progress_bar progress;

	*outcome_r = (struct awaited_outcome){ 0, 0 };
	if (total == 0)
		return FAULT_NONE;
	progress_bar_start(&progress, "storing", total);
	while (fault == FAULT_NONE && awaited->count > 0 &&
	       clock_monotonic_ms() - moved_ms < PATIENCE_MS) {
		size_t before = awaited->count;

		fault = pass(awaited, &settling, error);
		if (awaited->count < before)
			moved_ms = clock_monotonic_ms();
		progress_bar_update(&progress, total - awaited->count);
		if (fault == FAULT_NONE && awaited->count > 0)
			clock_sleep_ms(PASS_MS);
	}
	progress_bar_finish(&progress, total - awaited->count);
	outcome_r->waiting = awaited->count;
	dead_row_release(&settling.row);
	return fault;
}
