#include "counter/tally.h"

#include <stdlib.h>

#include "common/sql_rows.h"

/* Entries read at once where numbers are missing, and how often in one go;
 * the next flush goes on from there. */
#define PAGE 1000
#define PAGE_TEXT "1000"
#define PAGES 50

/* For so long what was announced is just not stored yet. */
#define PATIENCE_MS 1000

/* Parents counted by one statement. */
#define COUNTED_AT_ONCE ((size_t)32)

/* The statements of a kind. Their first parameters are the parent's key, one
 * or two columns, then a number. */
struct statements {
	size_t key_columns;
	struct sql_rows above;
	const char *below;   /* COUNT of rows below the number */
	const char *newest;  /* time of the row of that number */
	const char *entries; /* rows, voids, dead letters above it, thrice */
};

#define PARENT_MESSAGES "application_id = ? AND chat_number = ?"
#define PARENT_CHATS "application_id = ?"
#define PARENT_OTHER_CHATS "application_id = ? AND chat_number = 0"

/* Event ids of tombstones that readers write (api/holes.c) end here: they have
 * waited for long enough to pass, but a count has to be right. */
#define READERS_OWN "UNHEX('00000000000000000000000000000001')"

/* Constant keys in a UNION, so that each part is a range scan of its own; with
 * the keys out of a table or one long OR, it would read the whole parent or
 * compare each row with each key. */
#define ENTRIES(table, parent, other)                                          \
	"(SELECT number, 1 AS is_row, created_at FROM " table " WHERE " parent \
	" AND number > ? ORDER BY number LIMIT " PAGE_TEXT ") UNION ALL "      \
	"(SELECT number, 0, created_at FROM voids WHERE " other                \
	" AND number > ? AND event_id > " READERS_OWN                          \
	" ORDER BY number LIMIT " PAGE_TEXT ") UNION ALL "                     \
	"(SELECT number, 0, last_at FROM dead_letters WHERE " other            \
	" AND number > ? AND queue = 'confab.persist'"                         \
	" AND replayed_at IS NULL"                                             \
	" ORDER BY number LIMIT " PAGE_TEXT ")"                                \
	" ORDER BY number, is_row DESC LIMIT " PAGE_TEXT

static const struct statements all_statements[] = {
	[TALLY_MESSAGES] = {
		.key_columns = 2,
		.above = {
			.row = "SELECT MIN(application_id), MIN(chat_number),"
			       " COUNT(*), MAX(number) FROM messages WHERE "
			       PARENT_MESSAGES " AND number > ?",
			.separator = " UNION ALL ",
			.head = "",
			.tail = "",
			.columns = 3,
		},
		.below = "SELECT COUNT(*) FROM messages WHERE "
			 PARENT_MESSAGES " AND number < ?",
		.newest = "SELECT created_at FROM messages WHERE "
			  PARENT_MESSAGES " AND number = ?",
		.entries = ENTRIES("messages", PARENT_MESSAGES,
				   PARENT_MESSAGES),
	},
	[TALLY_CHATS] = {
		.key_columns = 1,
		.above = {
			.row = "SELECT MIN(application_id), 0, COUNT(*),"
			       " MAX(number) FROM chats WHERE " PARENT_CHATS
			       " AND number > ?",
			.separator = " UNION ALL ",
			.head = "",
			.tail = "",
			.columns = 2,
		},
		.below = "SELECT COUNT(*) FROM chats WHERE " PARENT_CHATS
			 " AND number < ?",
		.newest = "SELECT created_at FROM chats WHERE " PARENT_CHATS
			  " AND number = ?",
		.entries = ENTRIES("chats", PARENT_CHATS, PARENT_OTHER_CHATS),
	},
};

struct tally {
	struct sql *sql;
	struct statements statements;
	struct sql_value *values;     /* COUNTED_AT_ONCE x 3 */
	struct settle_entry *entries; /* PAGE */
	size_t entry_count;
	struct parent **sparse; /* `most`: those to look at more closely */
};

struct tally *tally_new(struct sql *sql, enum tally_kind kind, size_t most)
{
	struct tally *tally = calloc(1, sizeof(*tally));

	if (tally == NULL)
		return NULL;
	tally->sql = sql;
	tally->statements = all_statements[kind];
	tally->values = calloc(COUNTED_AT_ONCE * 3, sizeof(*tally->values));
	tally->entries = calloc(PAGE, sizeof(*tally->entries));
	tally->sparse = calloc(most, sizeof(struct parent *));
	if (tally->values == NULL || tally->entries == NULL ||
	    tally->sparse == NULL)
		tally_free(&tally);
	return tally;
}

void tally_free(struct tally **tally)
{
	struct tally *old = *tally;

	*tally = NULL;
	if (old == NULL)
		return;
	sql_rows_release(&old->statements.above);
	free(old->values);
	free(old->entries);
	free(old->sparse);
	free(old);
}

/* The key and a number; returns how many values. */
static size_t set_values(const struct tally *tally, const struct parent *parent,
			 uint64_t number, struct sql_value *values)
{
	size_t n = 0;

	values[n++] = sql_u64(parent->application_id);
	if (tally->statements.key_columns == 2)
		values[n++] = sql_u64(parent->chat_number);
	values[n++] = sql_u64(number);
	return n;
}

/* ---- rows above the marks ---- */

struct found {
	struct parent *const *parents;
	size_t count;
};

static bool take_above(void *context, const struct sql_value *columns,
		       size_t count)
{
	const struct found *found = context;

	if (count != 4 || columns[0].type == SQL_NULL)
		return true; /* no row of that parent */
	for (size_t i = 0; i < found->count; i++) {
		struct parent *parent = found->parents[i];

		if (parent->application_id == columns[0].as.u64 &&
		    parent->chat_number == columns[1].as.u64) {
			parent->above = columns[2].as.u64;
			parent->highest = columns[3].as.u64;
		}
	}
	return true;
}

static enum fault count_above(struct tally *tally,
			      struct parent *const *parents, size_t n,
			      struct error *error)
{
	struct sql_rows *above = &tally->statements.above;
	enum fault fault = FAULT_NONE;

	for (size_t at = 0; at < n && fault == FAULT_NONE;
	     at += COUNTED_AT_ONCE) {
		struct found found = { &parents[at], n - at };

		if (found.count > COUNTED_AT_ONCE)
			found.count = COUNTED_AT_ONCE;
		for (size_t i = 0; i < found.count; i++) {
			struct parent *parent = found.parents[i];

			parent->above = parent->highest = 0;
			set_values(tally, parent, parent->mark.number,
				   &tally->values[i * above->columns]);
		}
		fault = sql_rows_run(tally->sql, above, tally->values,
				     found.count, take_above, &found, error);
	}
	return fault;
}

/* ---- parents with missing numbers ---- */

/* Numbers are missing among the rows, or behind them for so long that they may
 * be voids. */
static bool is_sparse(struct parent *parent)
{
	if (!settle_advance_dense(&parent->mark, parent->above,
				  parent->highest))
		return true;
	return parent->mark.number < parent->announced &&
	       parent->dirty_ms > PATIENCE_MS;
}

static bool take_number(void *context, const struct sql_value *columns,
			size_t count)
{
	uint64_t *number = context;

	if (count == 1)
		*number = columns[0].as.u64;
	return false;
}

static enum fault ask_number(struct tally *tally, const char *statement,
			     const struct parent *parent, uint64_t number,
			     uint64_t *answer_r, struct error *error)
{
	struct sql_value values[3];
	size_t n = set_values(tally, parent, number, values);

	return sql_run(tally->sql, statement, values, n, take_number, answer_r,
		       NULL, error);
}

static enum fault go_back(struct tally *tally, struct parent *parent,
			  struct error *error)
{
	uint64_t count = 0;
	enum fault fault = ask_number(tally, tally->statements.below, parent,
				      parent->lowest, &count, error);

	if (fault != FAULT_NONE)
		return fault;
	parent->mark.number = parent->lowest - 1;
	parent->mark.count = count;
	return FAULT_NONE;
}

static bool take_entry(void *context, const struct sql_value *columns,
		       size_t count)
{
	struct tally *tally = context;

	if (count != 3 || tally->entry_count == PAGE)
		return false;
	tally->entries[tally->entry_count++] = (struct settle_entry){
		.number = columns[0].as.u64,
		.stored = columns[1].as.u64 != 0,
		.at_ms = columns[2].as.i64,
	};
	return true;
}

static enum fault read_entries(struct tally *tally, const struct parent *parent,
			       uint64_t above, struct error *error)
{
	struct sql_value values[9];
	size_t n = 0;

	for (int table = 0; table < 3; table++)
		n += set_values(tally, parent, above, &values[n]);
	tally->entry_count = 0;
	return sql_run(tally->sql, tally->statements.entries, values, n,
		       take_entry, tally, NULL, error);
}

/* Moves the mark number by number, with the voids and dead letters. */
static enum fault walk(struct tally *tally, struct parent *parent,
		       struct error *error)
{
	uint64_t newest_ms = 0;
	int64_t final_before_ms;
	enum fault fault = FAULT_NONE;

	if (parent->above > 0)
		fault = ask_number(tally, tally->statements.newest, parent,
				   parent->highest, &newest_ms, error);
	if (fault != FAULT_NONE)
		return fault;
	final_before_ms =
		settle_final_before((int64_t)newest_ms, parent->dirty_ms);
	for (int page = 0; page < PAGES; page++) {
		fault = read_entries(tally, parent, parent->mark.number, error);
		if (fault != FAULT_NONE)
			return fault;
		if (!settle_advance(&parent->mark, tally->entries,
				    tally->entry_count, final_before_ms) ||
		    tally->entry_count < PAGE)
			return FAULT_NONE;
	}
	return FAULT_NONE;
}

/*
 * The mark has seen rows that were not there yet when those above were
 * counted: they are counted again, above the new mark.
 */
static enum fault count_sparse(struct tally *tally, size_t n,
			       struct error *error)
{
	enum fault fault = FAULT_NONE;

	for (size_t i = 0; i < n && fault == FAULT_NONE; i++)
		fault = walk(tally, tally->sparse[i], error);
	if (fault == FAULT_NONE && n > 0)
		fault = count_above(tally, tally->sparse, n, error);
	for (size_t i = 0; i < n && fault == FAULT_NONE; i++)
		tally->sparse[i]->count =
			tally->sparse[i]->mark.count + tally->sparse[i]->above;
	return fault;
}

enum fault tally_count(struct tally *tally, struct parent *const *parents,
		       size_t n, struct error *error)
{
	enum fault fault = FAULT_NONE;
	size_t sparse = 0;

	for (size_t i = 0; i < n && fault == FAULT_NONE; i++) {
		if (settle_must_go_back(&parents[i]->mark, parents[i]->lowest))
			fault = go_back(tally, parents[i], error);
	}
	if (fault == FAULT_NONE)
		fault = count_above(tally, parents, n, error);
	if (fault != FAULT_NONE)
		return fault;
	for (size_t i = 0; i < n; i++) {
		if (is_sparse(parents[i]))
			tally->sparse[sparse++] = parents[i];
		parents[i]->count = parents[i]->mark.count;
	}
	return count_sparse(tally, sparse, error);
}
