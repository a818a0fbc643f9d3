#include "counter/counts_sql.h"

#include <stdlib.h>

#include "common/sql_rows.h"

/*
 * Statements over many keys join a list of them to the table, in this order
 * and by its primary key: left to itself the server reads small tables from
 * end to end, over the locks of others.
 */
#define KEYS_END ") k STRAIGHT_JOIN "
#define BY_PRIMARY " FORCE INDEX (PRIMARY) ON "
#define SAME_CHAT "t.application_id = k.a AND t.number = k.c"
#define KEY_A "CAST(? AS UNSIGNED) AS a"
#define KEY_C "CAST(? AS UNSIGNED) AS c"

enum { MOST_COLUMNS = 5 };

static const struct sql_rows lock_chats = {
	.head = "SELECT t.application_id, t.number, t.messages_count,"
		" t.settled_number, t.settled_count FROM (",
	.row = "SELECT " KEY_A ", " KEY_C,
	.separator = " UNION ALL ",
	.tail = KEYS_END "chats t" BY_PRIMARY SAME_CHAT
			 " FOR UPDATE SKIP LOCKED",
	.columns = 2,
};

static const struct sql_rows store_chats = {
	.head = "UPDATE (",
	.row = "SELECT " KEY_A ", " KEY_C ", CAST(? AS UNSIGNED) AS n,"
	       " CAST(? AS UNSIGNED) AS sn, CAST(? AS UNSIGNED) AS sc",
	.separator = " UNION ALL ",
	.tail = KEYS_END "chats t" BY_PRIMARY SAME_CHAT
			 " SET t.messages_count = k.n, t.settled_number = k.sn,"
			 " t.settled_count = k.sc",
	.columns = 5,
};

static const struct sql_rows lock_applications = {
	.head = "SELECT t.id, t.chats_count, t.settled_number,"
		" t.settled_count FROM (",
	.row = "SELECT " KEY_A,
	.separator = " UNION ALL ",
	.tail = KEYS_END "applications t" BY_PRIMARY "t.id = k.a FOR UPDATE",
	.columns = 1,
};

/* The counts are unsigned; what someone changed by hand must not end in a
 * refusal for ever. */
static const struct sql_rows add_messages = {
	.head = "UPDATE (",
	.row = "SELECT " KEY_A ", CAST(? AS SIGNED) AS d",
	.separator = " UNION ALL ",
	.tail = KEYS_END "applications t" BY_PRIMARY
			 "t.id = k.a SET t.messages_count ="
			 " GREATEST(CAST(t.messages_count AS SIGNED) + k.d, 0)",
	.columns = 2,
};

static const char store_application[] =
	"UPDATE applications SET chats_count = ?, settled_number = ?,"
	" settled_count = ? WHERE id = ?";

struct counts_sql {
	struct sql *sql;
	struct sql_value *values; /* MOST_COLUMNS for each, filled up */
	struct sql_rows lock_chats, store_chats;
	struct sql_rows lock_applications, add_messages;
};

struct counts_sql *counts_sql_new(struct sql *sql, size_t most)
{
	struct counts_sql *counts = calloc(1, sizeof(*counts));

	if (counts == NULL)
		return NULL;
	*counts = (struct counts_sql){
		.sql = sql,
		.lock_chats = lock_chats,
		.store_chats = store_chats,
		.lock_applications = lock_applications,
		.add_messages = add_messages,
	};
	counts->values = calloc(sql_rows_filled(most) * MOST_COLUMNS,
				sizeof(*counts->values));
	if (counts->values == NULL)
		counts_sql_free(&counts);
	return counts;
}

void counts_sql_free(struct counts_sql **counts)
{
	struct counts_sql *old = *counts;

	*counts = NULL;
	if (old == NULL)
		return;
	sql_rows_release(&old->lock_chats);
	sql_rows_release(&old->store_chats);
	sql_rows_release(&old->lock_applications);
	sql_rows_release(&old->add_messages);
	free(old->values);
	free(old);
}

/* Runs a statement over the n rows of values, if there are any. */
static enum fault run(struct counts_sql *counts, struct sql_rows *rows,
		      size_t n, sql_row_fn *row, void *context,
		      struct error *error)
{
	if (n == 0)
		return FAULT_NONE;
	return sql_rows_run(counts->sql, rows, counts->values, n, row, context,
			    error);
}

struct list {
	struct parent *parents;
	size_t count;
};

/* ---- chats ---- */

static void set_locked(struct parent *parent, const struct sql_value *columns)
{
	parent->locked = true;
	parent->old_count = columns[0].as.u64;
	parent->old_mark.number = columns[1].as.u64;
	parent->old_mark.count = columns[2].as.u64;
	parent->mark = parent->old_mark;
}

static bool take_chat(void *context, const struct sql_value *columns,
		      size_t count)
{
	struct list *list = context;
	struct parent *parent;

	if (count != 5)
		return false;
	parent = parent_find(list->parents, list->count, columns[0].as.u64,
			     columns[1].as.u64);
	if (parent != NULL)
		set_locked(parent, &columns[2]);
	return true;
}

enum fault counts_sql_lock_chats(struct counts_sql *counts,
				 struct parent *parents, size_t n,
				 struct error *error)
{
	struct list list = { parents, n };
	size_t rows = 0;

	for (size_t i = 0; i < n; i++) {
		struct sql_value *values = &counts->values[rows * 2];

		if (parents[i].chat_number == 0)
			continue;
		values[0] = sql_u64(parents[i].application_id);
		values[1] = sql_u64(parents[i].chat_number);
		rows++;
	}
	return run(counts, &counts->lock_chats, rows, take_chat, &list, error);
}

static bool has_changed(const struct parent *parent)
{
	return parent->count != parent->old_count ||
	       parent->mark.number != parent->old_mark.number ||
	       parent->mark.count != parent->old_mark.count;
}

enum fault counts_sql_store_chats(struct counts_sql *counts,
				  const struct parent *parents, size_t n,
				  struct error *error)
{
	size_t rows = 0;

	for (size_t i = 0; i < n; i++) {
		const struct parent *parent = &parents[i];
		struct sql_value *values = &counts->values[rows * 5];

		if (parent->chat_number == 0 || !parent->locked ||
		    !has_changed(parent))
			continue;
		values[0] = sql_u64(parent->application_id);
		values[1] = sql_u64(parent->chat_number);
		values[2] = sql_u64(parent->count);
		values[3] = sql_u64(parent->mark.number);
		values[4] = sql_u64(parent->mark.count);
		rows++;
	}
	return run(counts, &counts->store_chats, rows, NULL, NULL, error);
}

/* ---- applications ---- */

struct change_list {
	struct change *changes;
	size_t count;
};

static bool take_application(void *context, const struct sql_value *columns,
			     size_t count)
{
	const struct change_list *list = context;

	if (count != 4)
		return false;
	for (size_t i = 0; i < list->count; i++) {
		struct change *change = &list->changes[i];

		if (change->application_id == columns[0].as.u64 &&
		    change->chats != NULL)
			set_locked(change->chats, &columns[1]);
	}
	return true;
}

enum fault counts_sql_lock_applications(struct counts_sql *counts,
					struct change *changes, size_t n,
					struct error *error)
{
	struct change_list list = { changes, n };

	for (size_t i = 0; i < n; i++)
		counts->values[i] = sql_u64(changes[i].application_id);
	return run(counts, &counts->lock_applications, n, take_application,
		   &list, error);
}

static enum fault store_chats_counts(struct counts_sql *counts,
				     const struct change *changes, size_t n,
				     struct error *error)
{
	enum fault fault = FAULT_NONE;

	for (size_t i = 0; i < n && fault == FAULT_NONE; i++) {
		const struct parent *chats = changes[i].chats;

		if (chats == NULL || !chats->locked || !has_changed(chats))
			continue;
		const struct sql_value values[] = {
			sql_u64(chats->count),
			sql_u64(chats->mark.number),
			sql_u64(chats->mark.count),
			sql_u64(chats->application_id),
		};

		fault = sql_run(counts->sql, store_application, values, 4, NULL,
				NULL, NULL, error);
	}
	return fault;
}

enum fault counts_sql_store_applications(struct counts_sql *counts,
					 const struct change *changes, size_t n,
					 struct error *error)
{
	enum fault fault = store_chats_counts(counts, changes, n, error);
	size_t rows = 0;

	if (fault != FAULT_NONE)
		return fault;
	for (size_t i = 0; i < n; i++) {
		struct sql_value *values = &counts->values[rows * 2];

		if (changes[i].messages == 0)
			continue;
		values[0] = sql_u64(changes[i].application_id);
		values[1] = sql_i64(changes[i].messages);
		rows++;
	}
	return run(counts, &counts->add_messages, rows, NULL, NULL, error);
}
