#include "counter/due.h"

#include <stdlib.h>

#include "common/sql_rows.h"

/* As in counts_sql.c: from the list of keys to the table, never the other way,
 * which would run into the locks of other counters. */
#define KEYS_END                                                               \
	") k STRAIGHT_JOIN dirty_chats t FORCE INDEX (PRIMARY)"                \
	" ON t.application_id = k.a AND t.chat_number = k.c"
#define KEY_A "CAST(? AS UNSIGNED) AS a"
#define KEY_C "CAST(? AS UNSIGNED) AS c"

enum { MOST_COLUMNS = 5 };

static const struct sql_rows forget = {
	.head = "DELETE t FROM (",
	.row = "SELECT " KEY_A ", " KEY_C,
	.separator = " UNION ALL ",
	.tail = KEYS_END,
	.columns = 2,
};

static const struct sql_rows put_off = {
	.head = "UPDATE (",
	.row = "SELECT " KEY_A ", " KEY_C ", CAST(? AS UNSIGNED) AS l,"
	       " CAST(? AS UNSIGNED) AS w, CAST(? AS UNSIGNED) AS m",
	.separator = " UNION ALL ",
	.tail = KEYS_END
	" SET t.lowest = k.l, t.check_at = TIMESTAMPADD(MICROSECOND,"
	" k.w * 1000, UTC_TIMESTAMP(3)),"
	" t.since = IF(k.m = 1, UTC_TIMESTAMP(3), t.since)",
	.columns = 5,
};

static const char take_due[] =
	"SELECT application_id, chat_number, lowest, announced,"
	" TIMESTAMPDIFF(MICROSECOND, since, UTC_TIMESTAMP(3)) DIV 1000"
	" FROM dirty_chats FORCE INDEX (dirty_chats_check_at)"
	" WHERE check_at <= UTC_TIMESTAMP(3) ORDER BY check_at LIMIT ?"
	" FOR UPDATE SKIP LOCKED";

struct due {
	struct sql *sql;
	size_t most;
	struct sql_value *values; /* MOST_COLUMNS for each, filled up */
	struct sql_rows forget, put_off;
};

struct due *due_new(struct sql *sql, size_t most)
{
	struct due *due = calloc(1, sizeof(*due));

	if (due == NULL)
		return NULL;
	due->sql = sql;
	due->most = most;
	due->forget = forget;
	due->put_off = put_off;
	due->values = calloc(sql_rows_filled(most) * MOST_COLUMNS,
			     sizeof(*due->values));
	if (due->values == NULL)
		due_free(&due);
	return due;
}

void due_free(struct due **due)
{
	struct due *old = *due;

	*due = NULL;
	if (old == NULL)
		return;
	sql_rows_release(&old->forget);
	sql_rows_release(&old->put_off);
	free(old->values);
	free(old);
}

static enum fault run(struct due *due, struct sql_rows *rows, size_t n,
		      struct error *error)
{
	if (n == 0)
		return FAULT_NONE;
	return sql_rows_run(due->sql, rows, due->values, n, NULL, NULL, error);
}

struct list {
	struct parent *parents;
	size_t count, most;
};

static bool take_parent(void *context, const struct sql_value *columns,
			size_t count)
{
	struct list *list = context;

	if (count != 5 || list->count == list->most)
		return false;
	list->parents[list->count++] = (struct parent){
		.application_id = columns[0].as.u64,
		.chat_number = columns[1].as.u64,
		.lowest = columns[2].as.u64,
		.announced = columns[3].as.u64,
		.dirty_ms = columns[4].as.i64,
	};
	return true;
}

enum fault due_take(struct due *due, struct parent *parents_r, size_t *n_r,
		    struct error *error)
{
	const struct sql_value limit = sql_u64(due->most);
	struct list list = { parents_r, 0, due->most };
	enum fault fault = sql_run(due->sql, take_due, &limit, 1, take_parent,
				   &list, NULL, error);

	if (fault != FAULT_NONE)
		return fault;
	qsort(parents_r, list.count, sizeof(*parents_r), parent_compare);
	*n_r = list.count;
	return FAULT_NONE;
}

static enum fault forget_done(struct due *due, const struct parent *parents,
			      size_t n, struct error *error)
{
	size_t rows = 0;

	for (size_t i = 0; i < n; i++) {
		struct sql_value *values = &due->values[rows * 2];

		if (!settle_is_done(&parents[i].mark, parents[i].announced,
				    parents[i].dirty_ms))
			continue;
		values[0] = sql_u64(parents[i].application_id);
		values[1] = sql_u64(parents[i].chat_number);
		rows++;
	}
	return run(due, &due->forget, rows, error);
}

/* What has just moved is looked at again at once, however long it has been
 * dirty. */
static void set_put_off(struct sql_value *values, const struct parent *parent)
{
	bool moved = parent->locked &&
		     parent->mark.number != parent->old_mark.number;
	bool changed =
		moved || (parent->locked && parent->count != parent->old_count);
	uint64_t lowest = parent->lowest;

	if (parent->locked && parent->mark.number >= lowest)
		lowest = parent->mark.number + 1;
	values[0] = sql_u64(parent->application_id);
	values[1] = sql_u64(parent->chat_number);
	values[2] = sql_u64(lowest);
	values[3] = sql_u64(
		(uint64_t)settle_wait_ms(changed ? 0 : parent->dirty_ms));
	values[4] = sql_u64(moved);
}

enum fault due_settle(struct due *due, const struct parent *parents, size_t n,
		      struct error *error)
{
	enum fault fault = forget_done(due, parents, n, error);
	size_t rows = 0;

	if (fault != FAULT_NONE)
		return fault;
	for (size_t i = 0; i < n; i++) {
		if (!settle_is_done(&parents[i].mark, parents[i].announced,
				    parents[i].dirty_ms))
			set_put_off(&due->values[rows++ * MOST_COLUMNS],
				    &parents[i]);
	}
	return run(due, &due->put_off, rows, error);
}
