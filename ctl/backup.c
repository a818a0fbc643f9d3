#include "ctl/backup.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "ctl/backup_folder.h"
#include "ctl/backup_report.h"
#include "ctl/backup_writer.h"
#include "ctl/console.h"
#include "ctl/ctl.h"
#include "ctl/interrupt.h"
#include "ctl/new_file.h"
#include "ctl/progress_bar.h"
#include "ctl/promises.h"
#include "ctl/query.h"
#include "ctl/schema.h"
#include "ctl/table_walk.h"

#define PAUSE_MS 20

static const char TOTAL_SQL[] =
	"SELECT CAST(SUM(1 + chats_count + messages_count) AS UNSIGNED)"
	" FROM applications";
static const char GENERATION_SQL[] =
	"SELECT generation FROM numbering WHERE id = 1";
static const char RESTORING_SQL[] = "SELECT COUNT(*) FROM numbering WHERE "
				    "state IN ('restoring', 'replacing')";

struct backup {
	struct ctl *ctl;
	struct backup_writer *writer;
	struct backup_report report;
	struct progress_bar progress;
	uint64_t rows;
	int64_t started_ms;
	struct error *error; /* of the row that could not be written */
	enum fault fault;
};

/* ---- one table ---- */

static bool write_row(void *context, const struct sql_value *columns,
		      size_t count)
{
	struct backup *backup = context;

	backup->fault = backup_writer_row(backup->writer, columns, count,
					  backup->error);
	backup->rows++;
	return backup->fault == FAULT_NONE;
}

static bool is_too_fast(const struct backup *backup)
{
	uint64_t throttle = backup->ctl->command.throttle;
	int64_t elapsed = clock_monotonic_ms() - backup->started_ms;

	return throttle > 0 &&
	       (uint64_t)elapsed * throttle < backup->rows * 1000;
}

static enum fault rest(struct backup *backup, struct error *error)
{
	progress_bar_update(&backup->progress, backup->rows);
	while (!interrupted() && is_too_fast(backup))
		clock_sleep_ms(PAUSE_MS);
	if (interrupted())
		return error_set(error, FAULT_TEMPORARY, 0,
				 "it was interrupted");
	return FAULT_NONE;
}

static enum fault write_rows(struct backup *backup, struct table_walk *walk,
			     struct error *error)
{
	enum fault fault = FAULT_NONE;
	size_t rows = 1;

	backup->error = error;
	while (fault == FAULT_NONE && rows > 0) {
		backup->fault = FAULT_NONE;
		fault = table_walk_next(walk, backup->ctl->sql, write_row,
					backup, &rows, error);
		if (backup->fault != FAULT_NONE)
			fault = backup->fault;
		if (fault == FAULT_NONE)
			fault = rest(backup, error);
	}
	return fault;
}

static enum fault write_table(struct backup *backup, size_t i,
			      struct error *error)
{
	const struct backup_table *table = &backup_tables[i];
	struct table_walk walk;
	enum fault fault = table_walk_init(&walk, table, table->name,
					   table->columns, error);

	if (fault == FAULT_NONE)
		fault = backup_writer_begin(backup->writer, table->name,
					    table->columns, error);
	if (fault == FAULT_NONE)
		fault = write_rows(backup, &walk, error);
	if (fault == FAULT_NONE)
		fault = backup_writer_end(backup->writer,
					  &backup->report.tables[i], error);
	table_walk_release(&walk);
	return fault;
}

/* ---- the snapshot ---- */

static enum fault write_tables(struct backup *backup, struct error *error)
{
	uint64_t total = 0;
	enum fault fault =
		query_u64(backup->ctl->sql, TOTAL_SQL, NULL, 0, &total, error);

	progress_bar_start(&backup->progress, "backing up rows", total);
	backup->started_ms = clock_monotonic_ms();
	for (size_t i = 0; fault == FAULT_NONE && i < BACKUP_TABLES; i++)
		fault = write_table(backup, i, error);
	progress_bar_finish(&backup->progress, backup->rows);
	if (fault == FAULT_NONE)
		fault = backup_writer_finish(backup->writer,
					     &backup->report.all,
					     &backup->report.bytes, error);
	return fault;
}

/* A restore that is under way has emptied the tables, or filled them and not
 * finished. */
static enum fault read_head(struct backup *backup, struct error *error)
{
	struct sql *sql = backup->ctl->sql;
	struct backup_head *head = &backup->report.head;
	uint64_t restoring = 0;
	enum fault fault =
		query_u64(sql, RESTORING_SQL, NULL, 0, &restoring, error);

	if (fault == FAULT_NONE && restoring > 0)
		fault = error_set(error, FAULT_TEMPORARY, 0,
				  "a restore is under way");
	if (fault == FAULT_NONE)
		fault = query_u64(sql, GENERATION_SQL, NULL, 0,
				  &head->generation, error);
	if (fault == FAULT_NONE)
		fault = schema_version(sql, &head->schema, error);
	head->created_at_ms = clock_wall_ms();
	snprintf(head->product, sizeof(head->product), "%s", CONFAB_VERSION);
	return fault;
}

static enum fault write_snapshot(struct backup *backup, const char *path,
				 struct error *error)
{
	struct ctl *ctl = backup->ctl;
	bool force = (ctl->command.options & VERB_FORCE) != 0;
	enum fault fault = sql_begin_snapshot(ctl->sql, error);

	if (fault != FAULT_NONE)
		return fault;
	fault = read_head(backup, error);
	if (fault == FAULT_NONE)
		fault = backup_writer_new(path, force, &backup->report.head,
					  &backup->writer, error);
	if (fault == FAULT_NONE)
		fault = write_tables(backup, error);
	backup_writer_free(&backup->writer);
	sql_rollback(ctl->sql); /* nothing was changed in it */
	return fault;
}

/* ---- all of it ---- */

/* What cannot be right is said before anybody waits for the queue. */
static enum fault check(struct ctl *ctl, struct error *error)
{
	const struct migration *last;
	uint64_t found = 0;
	size_t count;
	enum fault fault = schema_version(ctl->sql, &found, error);

	last = &migrations_list(&count)[0] + count - 1;
	if (fault == FAULT_NONE && found != last->version)
		fault = error_set(error, FAULT_PERMANENT, 0,
				  "the database has schema version %" PRIu64
				  ", this confabctl is of version %" PRIu32
				  "; run confabctl migrate, or the release "
				  "that the database was migrated with",
				  found, last->version);
	return fault;
}

static enum fault back_up(struct backup *backup, const char *path,
			  struct error *error)
{
	struct ctl *ctl = backup->ctl;
	bool force = (ctl->command.options & VERB_FORCE) != 0;
	uint64_t holes = 0;
	enum fault fault = new_file_check(path, force, error);

	if (fault == FAULT_NONE)
		fault = check(ctl, error);
	if (fault == FAULT_NONE)
		fault = promises_await(ctl, &holes, error);
	if (fault == FAULT_NONE)
		fault = write_snapshot(backup, path, error);
	if (fault == FAULT_NONE && holes > 0)
		console_error("%" PRIu64 " numbers were given out and belong "
			      "to no event: nothing is missing",
			      holes);
	return fault;
}

enum ctl_exit backup_run(struct ctl *ctl)
{
	struct backup backup = { .ctl = ctl };
	struct backup_place place = BACKUP_PLACE_INIT;
	struct error error = ERROR_INIT;
	enum fault fault;

	interrupt_catch();
	fault = backup_place_find(ctl->command.argument, ctl->command.keep,
				  &place, &error);
	if (fault == FAULT_NONE)
		fault = back_up(&backup, place.path, &error);
	if (fault == FAULT_NONE)
		fault = backup_place_tidy(&place, &error);
	if (fault == FAULT_NONE)
		backup_report_print(&backup.report, place.path, ctl_json(ctl),
				    strcmp(place.path, "-") == 0 ? stderr
								 : stdout);
	else
		console_fault("back up", &error);
	backup_place_release(&place);
	return fault == FAULT_NONE ? CTL_DONE : CTL_FAILED;
}
