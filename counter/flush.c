#include "counter/flush.h"

#include <stdlib.h>

#include "counter/counts_sql.h"
#include "counter/due.h"
#include "counter/tally.h"

struct metric_histogram flush_due_seconds = { .labels = "",
					      .scale = &metric_scale_lag };

struct flush {
	struct sql *sql;
	struct due *due;
	struct counts_sql *counts;
	struct tally *messages, *chats;
	struct parent *parents; /* FLUSH_PARENTS of each */
	struct parent **chosen;
	struct change *changes;
	size_t parent_count, change_count;
};

struct flush *flush_new(struct sql *sql)
{
	struct flush *flush = calloc(1, sizeof(*flush));

	if (flush == NULL)
		return NULL;
	flush->sql = sql;
	flush->due = due_new(sql, FLUSH_PARENTS);
	flush->counts = counts_sql_new(sql, FLUSH_PARENTS);
	flush->messages = tally_new(sql, TALLY_MESSAGES, FLUSH_PARENTS);
	flush->chats = tally_new(sql, TALLY_CHATS, FLUSH_PARENTS);
	flush->parents = calloc(FLUSH_PARENTS, sizeof(*flush->parents));
	flush->chosen = calloc(FLUSH_PARENTS, sizeof(struct parent *));
	flush->changes = calloc(FLUSH_PARENTS, sizeof(*flush->changes));
	if (flush->due == NULL || flush->counts == NULL ||
	    flush->messages == NULL || flush->chats == NULL ||
	    flush->parents == NULL || flush->chosen == NULL ||
	    flush->changes == NULL)
		flush_free(&flush);
	return flush;
}

void flush_free(struct flush **flush)
{
	struct flush *old = *flush;

	*flush = NULL;
	if (old == NULL)
		return;
	due_free(&old->due);
	counts_sql_free(&old->counts);
	tally_free(&old->messages);
	tally_free(&old->chats);
	free(old->parents);
	free(old->chosen);
	free(old->changes);
	free(old);
}

/* ---- chats and their messages ---- */

static enum fault count_messages(struct flush *flush, struct error *error)
{
	enum fault fault;
	size_t n = 0;

	fault = counts_sql_lock_chats(flush->counts, flush->parents,
				      flush->parent_count, error);
	if (fault != FAULT_NONE)
		return fault;
	for (size_t i = 0; i < flush->parent_count; i++) {
		if (flush->parents[i].locked)
			flush->chosen[n++] = &flush->parents[i];
	}
	if (n > 0)
		fault = tally_count(flush->messages, flush->chosen, n, error);
	if (fault != FAULT_NONE)
		return fault;
	return counts_sql_store_chats(flush->counts, flush->parents,
				      flush->parent_count, error);
}

/* ---- applications and their chats ---- */

/* Adds a parent's change to the last application or to a new one; parents come
 * sorted. */
static void add_change(struct flush *flush, struct parent *parent)
{
	bool counts_chats = parent->chat_number == 0;
	struct change *change;

	if (!counts_chats && parent->count == parent->old_count)
		return;
	if (flush->change_count == 0 ||
	    flush->changes[flush->change_count - 1].application_id !=
		    parent->application_id)
		flush->changes[flush->change_count++] = (struct change){
			.application_id = parent->application_id,
		};
	change = &flush->changes[flush->change_count - 1];
	if (counts_chats)
		change->chats = parent;
	else
		change->messages +=
			(int64_t)(parent->count - parent->old_count);
}

static enum fault count_chats(struct flush *flush, struct error *error)
{
	enum fault fault;
	size_t n = 0;

	flush->change_count = 0;
	for (size_t i = 0; i < flush->parent_count; i++)
		add_change(flush, &flush->parents[i]);
	fault = counts_sql_lock_applications(flush->counts, flush->changes,
					     flush->change_count, error);
	if (fault != FAULT_NONE)
		return fault;
	for (size_t i = 0; i < flush->change_count; i++) {
		struct parent *chats = flush->changes[i].chats;

		if (chats != NULL && chats->locked)
			flush->chosen[n++] = chats;
	}
	if (n > 0)
		fault = tally_count(flush->chats, flush->chosen, n, error);
	if (fault != FAULT_NONE)
		return fault;
	return counts_sql_store_applications(flush->counts, flush->changes,
					     flush->change_count, error);
}

/* ---- the transaction ---- */

static enum fault work(struct flush *flush, struct error *error)
{
	enum fault fault = due_take(flush->due, flush->parents,
				    &flush->parent_count, error);

	if (fault != FAULT_NONE || flush->parent_count == 0)
		return fault;
	fault = count_messages(flush, error);
	if (fault == FAULT_NONE)
		fault = count_chats(flush, error);
	if (fault == FAULT_NONE)
		fault = due_settle(flush->due, flush->parents,
				   flush->parent_count, error);
	return fault;
}

static void count_changed(const struct flush *flush)
{
	for (size_t i = 0; i < flush->parent_count; i++) {
		const struct parent *parent = &flush->parents[i];

		if (parent->locked && parent->count != parent->old_count)
			metric_observe(&flush_due_seconds,
				       parent->dirty_ms * 1000);
	}
}

enum fault flush_run(struct flush *flush, size_t *taken_r, struct error *error)
{
	enum fault fault = sql_begin(flush->sql, error);

	if (fault != FAULT_NONE)
		return fault;
	fault = work(flush, error);
	if (fault != FAULT_NONE) {
		sql_rollback(flush->sql);
		return fault;
	}
	/* When the answer is lost, the parents are still dirty or are right:
	 * counting again changes nothing. */
	fault = sql_commit(flush->sql, error);
	if (fault != FAULT_NONE)
		return fault;
	count_changed(flush);
	*taken_r = flush->parent_count;
	return FAULT_NONE;
}
