#ifndef CONFAB_CTL_BACKUP_TABLES_H
#define CONFAB_CTL_BACKUP_TABLES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The tables that a backup holds. Why the others are not in it is in
 * docs/backup.md.
 */
enum { BACKUP_TABLES = 8, BACKUP_KEYS = 3, BACKUP_COLUMNS = 16 };

struct backup_table {
	const char *name;
	size_t keys; /* columns of its key, at most BACKUP_KEYS */
	/* NULL-terminated; those of the key first. */
	const char *columns[BACKUP_COLUMNS];
	unsigned page; /* rows to be read at once: the measure of memory */
};

/* In the order in which they are written. */
extern const struct backup_table backup_tables[BACKUP_TABLES];

/* BACKUP_TABLES when there is none of that name. */
size_t backup_tables_find(const char *name);
/* How many columns there are. */
size_t backup_columns_count(const char *const *columns);
/*
 * Columns by names with single blanks between them, as the table has them:
 * *columns_r is filled, NULL-terminated. False when one is unknown or comes
 * twice, or the key's are not the first ones in their order.
 */
bool backup_columns_parse(const struct backup_table *table, const char *names,
			  const char *columns_r[BACKUP_COLUMNS])
	__attribute__((warn_unused_result));

#endif
