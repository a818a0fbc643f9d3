#include "ctl/backup_tables.h"

#include <string.h>

const struct backup_table backup_tables[BACKUP_TABLES] = {
	/* name and value of a setting: job ids stay valid by one of them */
	{ .name = "settings",
	  .keys = 1,
	  .columns = { "name", "value" },
	  .page = 100 },
	{ .name = "applications",
	  .keys = 1,
	  .columns = { "id", "token", "name", "chats_count", "messages_count",
		       "settled_number", "settled_count", "created_at",
		       "updated_at" },
	  .page = 1000 },
	{ .name = "chats",
	  .keys = 2,
	  .columns = { "application_id", "number", "event_id", "generation",
		       "messages_count", "settled_number", "settled_count",
		       "created_at" },
	  .page = 2000 },
	{ .name = "messages",
	  .keys = 3,
	  .columns = { "application_id", "chat_number", "number", "event_id",
		       "generation", "revision", "body", "created_at",
		       "updated_at" },
	  .page = 500 },
	{ .name = "voids",
	  .keys = 3,
	  .columns = { "application_id", "chat_number", "number", "event_id",
		       "created_at" },
	  .page = 2000 },
	{ .name = "idempotency",
	  .keys = 3,
	  .columns = { "application_id", "chat_number", "idempotency_key",
		       "fingerprint", "number", "event_id", "created_at" },
	  .page = 1000 },
	{ .name = "dead_letters",
	  .keys = 2,
	  .columns = { "event_id", "queue", "type", "application_id",
		       "chat_number", "number", "generation", "reason",
		       "detail", "event", "times", "first_at", "last_at",
		       "replayed_at" },
	  .page = 50 },
	{ .name = "outbox",
	  .keys = 1,
	  .columns = { "id", "routing_key", "event", "created_at" },
	  .page = 50 },
};

size_t backup_tables_find(const char *name)
{
	size_t i = 0;

	while (i < BACKUP_TABLES && strcmp(backup_tables[i].name, name) != 0)
		i++;
	return i;
}

size_t backup_columns_count(const char *const *columns)
{
	size_t count = 0;

	while (columns[count] != NULL)
		count++;
	return count;
}

/* The table's own text of the column, or NULL. */
static const char *find_column(const struct backup_table *table,
			       const char *name, size_t length)
{
	for (size_t i = 0; table->columns[i] != NULL; i++)
		if (strlen(table->columns[i]) == length &&
		    memcmp(table->columns[i], name, length) == 0)
			return table->columns[i];
	return NULL;
}

static bool has(const char *const *columns, size_t count, const char *column)
{
	for (size_t i = 0; i < count; i++)
		if (columns[i] == column)
			return true;
	return false;
}

bool backup_columns_parse(const struct backup_table *table, const char *names,
			  const char *columns_r[BACKUP_COLUMNS])
{
	size_t count = 0;

	for (const char *at = names; at != NULL;) {
		const char *blank = strchr(at, ' ');
		size_t length =
			blank != NULL ? (size_t)(blank - at) : strlen(at);
		const char *column = find_column(table, at, length);

		if (column == NULL || has(columns_r, count, column) ||
		    (count < table->keys && column != table->columns[count]))
			return false;
		columns_r[count++] = column;
		at = blank != NULL ? blank + 1 : NULL;
	}
	columns_r[count] = NULL;
	return count >= table->keys;
}
