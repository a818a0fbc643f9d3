#include "ctl/restore_tables.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "ctl/interrupt.h"
#include "ctl/progress_bar.h"
#include "ctl/row_inserts.h"
#include "ctl/table_sum.h"

#define NEW "restore_"
#define OLD "replaced_"
#define NAME_SIZE 64

struct filled {
	bool there; /* in the file */
	const char *columns[BACKUP_COLUMNS];
	struct row_inserts *inserts;
};

struct restore_tables {
	struct sql *sql;
	struct filled filled[BACKUP_TABLES];
};

static void table_name(const char *prefix, size_t i, char name_r[NAME_SIZE])
{
	snprintf(name_r, NAME_SIZE, "%s%s", prefix, backup_tables[i].name);
}

/* A setting that the backup does not have stays. */
static bool changes_places(size_t i)
{
	return strcmp(backup_tables[i].name, "settings") != 0;
}

struct restore_tables *restore_tables_new(struct sql *sql)
{
	struct restore_tables *tables = calloc(1, sizeof(*tables));

	if (tables != NULL)
		tables->sql = sql;
	return tables;
}

void restore_tables_free(struct restore_tables **tables)
{
	if (*tables == NULL)
		return;
	for (size_t i = 0; i < BACKUP_TABLES; i++)
		row_inserts_free(&(*tables)->filled[i].inserts);
	free(*tables);
	*tables = NULL;
}

/* ---- making and deleting ---- */

static enum fault run_for_all(struct restore_tables *tables, const char *format,
			      const char *prefix, struct error *error)
{
	enum fault fault = FAULT_NONE;

	for (size_t i = 0; fault == FAULT_NONE && i < BACKUP_TABLES; i++) {
		struct buf text = BUF_INIT;

		buf_append_text(&text, format);
		buf_printf(&text, " %s%s", prefix, backup_tables[i].name);
		if (strncmp(format, "CREATE", 6) == 0)
			buf_printf(&text, " LIKE %s", backup_tables[i].name);
		fault = text.failed ? error_set(error, FAULT_TEMPORARY, 0,
						"out of memory")
				    : sql_run_text(tables->sql, text.data, NULL,
						   NULL, error);
		buf_release(&text);
	}
	return fault;
}

enum fault restore_tables_drop(struct restore_tables *tables,
			       struct error *error)
{
	static const char drop[] = "DROP TABLE IF EXISTS";
	enum fault fault = run_for_all(tables, drop, NEW, error);

	return fault == FAULT_NONE ? run_for_all(tables, drop, OLD, error)
				   : fault;
}

enum fault restore_tables_make(struct restore_tables *tables,
			       struct error *error)
{
	enum fault fault =
		sql_run_text(tables->sql, "SET SESSION lock_wait_timeout = 30",
			     NULL, NULL, error);

	if (fault == FAULT_NONE)
		fault = restore_tables_drop(tables, error);
	return fault == FAULT_NONE
		       ? run_for_all(tables, "CREATE TABLE", NEW, error)
		       : fault;
}

/* ---- filling ---- */

static enum fault begin_table(struct restore_tables *tables,
			      const struct backup_item *item,
			      struct error *error)
{
	struct filled *filled = &tables->filled[item->table];
	char name[NAME_SIZE];

	table_name(NEW, item->table, name);
	filled->there = true;
	memcpy(filled->columns, item->columns, sizeof(filled->columns));
	filled->inserts = row_inserts_new(tables->sql, name, filled->columns);
	return filled->inserts != NULL
		       ? FAULT_NONE
		       : error_set(error, FAULT_TEMPORARY, 0, "out of memory");
}

static enum fault take_item(struct restore_tables *tables,
			    const struct backup_item *item, struct error *error)
{
	struct filled *filled = &tables->filled[item->table];

	switch (item->part) {
	case BACKUP_PART_TABLE:
		return begin_table(tables, item, error);
	case BACKUP_PART_ROW:
		return row_inserts_add(filled->inserts, item->values, error);
	case BACKUP_PART_SUM:
		return row_inserts_finish(filled->inserts, error);
	case BACKUP_PART_END:
		break;
	}
	return FAULT_NONE;
}

enum fault restore_tables_load(struct restore_tables *tables,
			       struct backup_reader *reader, uint64_t total,
			       struct error *error)
{
	struct backup_item item = { .part = BACKUP_PART_TABLE };
	struct progress_bar progress;
	uint64_t rows = 0;
	enum fault fault = FAULT_NONE;

	progress_bar_start(&progress, "loading rows", total);
	while (fault == FAULT_NONE && item.part != BACKUP_PART_END) {
		fault = backup_reader_next(reader, &item, error);
		if (fault == FAULT_NONE)
			fault = take_item(tables, &item, error);
		if (fault == FAULT_NONE && item.part == BACKUP_PART_ROW)
			progress_bar_update(&progress, ++rows);
		if (fault == FAULT_NONE && interrupted())
			fault = error_set(error, FAULT_TEMPORARY, 0,
					  "it was interrupted");
	}
	progress_bar_finish(&progress, rows);
	return fault;
}

/* ---- reading back ---- */

static enum fault check_table(struct restore_tables *tables, size_t i,
			      const struct backup_sum *expected,
			      struct progress_bar *progress, uint64_t *rows,
			      struct error *error)
{
	const struct filled *filled = &tables->filled[i];
	struct backup_sum found;
	char name[NAME_SIZE];
	enum fault fault;

	if (!filled->there)
		return FAULT_NONE;
	table_name(NEW, i, name);
	fault = table_sum(tables->sql, &backup_tables[i], name, filled->columns,
			  progress, rows, &found, error);
	if (fault != FAULT_NONE)
		return fault;
	if (found.rows == expected->rows &&
	    strcmp(found.digest, expected->digest) == 0)
		return FAULT_NONE;
	return error_set(error, FAULT_PERMANENT, 0,
			 "the table %s is not what the backup holds: %" PRIu64
			 " rows of %" PRIu64 ", and their checksum differs",
			 backup_tables[i].name, found.rows, expected->rows);
}

enum fault restore_tables_check(struct restore_tables *tables,
				const struct backup_report *report,
				struct error *error)
{
	struct progress_bar progress;
	uint64_t rows = 0;
	enum fault fault = FAULT_NONE;

	progress_bar_start(&progress, "checking rows", report->all.rows);
	for (size_t i = 0; fault == FAULT_NONE && i < BACKUP_TABLES; i++)
		fault = check_table(tables, i, &report->tables[i], &progress,
				    &rows, error);
	progress_bar_finish(&progress, rows);
	return fault;
}

/* ---- changing places ---- */

/* An insert that is taken back tells the next id, on both servers and as it is
 * now. */
static enum fault next_application(struct sql *sql, uint64_t *id_r,
				   struct error *error)
{
	static const char insert[] =
		"INSERT INTO applications (token, name, created_at, updated_at)"
		" VALUES ('restore', '', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))";
	struct sql_result result = { 0, 0 };
	enum fault fault = sql_begin(sql, error);

	if (fault == FAULT_NONE)
		fault = sql_run(sql, insert, NULL, 0, NULL, NULL, &result,
				error);
	sql_rollback(sql);
	*id_r = result.insert_id;
	return fault;
}

static enum fault go_on_with_ids(struct sql *sql, struct error *error)
{
	uint64_t id = 0;
	char text[96];
	enum fault fault = next_application(sql, &id, error);

	if (fault != FAULT_NONE)
		return fault;
	/* InnoDB takes the highest id there is, if that is higher. */
	snprintf(text, sizeof(text),
		 "ALTER TABLE " NEW "applications AUTO_INCREMENT = %" PRIu64,
		 id);
	return sql_run_text(sql, text, NULL, NULL, error);
}

static enum fault rename_all(struct sql *sql, struct error *error)
{
	struct buf text = BUF_INIT;
	const char *between = "RENAME TABLE ";
	enum fault fault;

	for (size_t i = 0; i < BACKUP_TABLES; i++) {
		const char *name = backup_tables[i].name;

		if (!changes_places(i))
			continue;
		buf_printf(&text, "%s%s TO " OLD "%s, " NEW "%s TO %s", between,
			   name, name, name, name);
		between = ", ";
	}
	fault = text.failed
			? error_set(error, FAULT_TEMPORARY, 0, "out of memory")
			: sql_run_text(sql, text.data, NULL, NULL, error);
	buf_release(&text);
	return fault;
}

enum fault restore_tables_switch(struct restore_tables *tables,
				 struct error *error)
{
	static const char settings[] =
		"INSERT INTO settings (name, value)"
		" SELECT name, value FROM " NEW "settings"
		" WHERE name <> 'schema_least'"
		" ON DUPLICATE KEY UPDATE value = VALUES(value)";
	enum fault fault = go_on_with_ids(tables->sql, error);

	/* first, so that job ids are good as soon as there are rows */
	if (fault == FAULT_NONE)
		fault = sql_run_text(tables->sql, settings, NULL, NULL, error);
	return fault == FAULT_NONE ? rename_all(tables->sql, error) : fault;
}
