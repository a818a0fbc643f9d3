#include "ctl/restore.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/migrations.h"
#include "ctl/backup_reader.h"
#include "ctl/backup_report.h"
#include "ctl/broker.h"
#include "ctl/console.h"
#include "ctl/ctl.h"
#include "ctl/interrupt.h"
#include "ctl/migrate.h"
#include "ctl/progress_bar.h"
#include "ctl/query.h"
#include "ctl/reconcile.h"
#include "ctl/redis.h"
#include "ctl/reindex.h"
#include "ctl/reset.h"
#include "ctl/restore_letters.h"
#include "ctl/restore_numbers.h"
#include "ctl/restore_tables.h"

#define LOCK "restore"

static const char QUESTION[] =
	"This deletes every application, chat and message, and puts back those "
	"of the backup.";

static const char HOLDS_SQL[] =
	"SELECT EXISTS (SELECT 1 FROM applications)"
	" + EXISTS (SELECT 1 FROM chats) + EXISTS (SELECT 1 FROM messages)"
	" + EXISTS (SELECT 1 FROM voids) + EXISTS (SELECT 1 FROM outbox)"
	" + EXISTS (SELECT 1 FROM dead_letters)"
	" + EXISTS (SELECT 1 FROM idempotency)";

struct restore {
	struct ctl *ctl;
	const char *path;
	struct backup_reader *reader;
	struct backup_report report;
	struct restore_tables *tables;
	enum restore_state how;
	bool holds; /* data, which no restore that was broken off has left */
};

/* ---- before anything is changed ---- */

static enum fault check_schema(const struct backup_head *head,
			       struct error *error)
{
	size_t count;
	const struct migration *list = migrations_list(&count);
	uint32_t known = list[count - 1].version;

	if (head->schema <= known)
		return FAULT_NONE;
	return error_set(error, FAULT_PERMANENT, 0,
			 "the backup has schema version %" PRIu64
			 ", this confabctl knows versions up to %" PRIu32
			 "; use the release that wrote it (%s), or a later one",
			 head->schema, known, head->product);
}

/* All of it, before a single row is written. */
static enum fault check_file(struct restore *restore, struct error *error)
{
	struct backup_item item = { .part = BACKUP_PART_TABLE };
	struct progress_bar progress;
	uint64_t at = 0, size = 0;
	enum fault fault = FAULT_NONE;

	backup_reader_position(restore->reader, &at, &size);
	progress_bar_start(&progress, "checking the file, bytes", size);
	while (fault == FAULT_NONE && item.part != BACKUP_PART_END) {
		fault = backup_reader_next(restore->reader, &item, error);
		if (fault == FAULT_NONE && item.part == BACKUP_PART_SUM)
			restore->report.tables[item.table] = item.sum;
		if (fault == FAULT_NONE && interrupted())
			fault = error_set(error, FAULT_TEMPORARY, 0,
					  "it was interrupted");
		backup_reader_position(restore->reader, &at, &size);
		progress_bar_update(&progress, at);
	}
	progress_bar_finish(&progress, at);
	restore->report.all = item.sum;
	restore->report.bytes = size;
	return fault;
}

static enum fault open_file(struct restore *restore, struct error *error)
{
	enum fault fault = backup_reader_new(
		restore->path, &restore->report.head, &restore->reader, error);

	if (fault == FAULT_NONE)
		fault = check_schema(&restore->report.head, error);
	if (fault == FAULT_NONE)
		fault = check_file(restore, error);
	return fault == FAULT_NONE
		       ? backup_reader_rewind(restore->reader, error)
		       : fault;
}

/* A restore that was broken off may have left rows, which are those of a
 * backup: creates were refused since. It goes on as it was begun. */
static enum fault look_at_system(struct restore *restore, struct error *error)
{
	struct ctl *ctl = restore->ctl;
	uint64_t tables = 0;
	enum fault fault = restore_numbers_state(ctl, &restore->how, error);

	if (fault == FAULT_NONE)
		fault = query_u64(ctl->sql, HOLDS_SQL, NULL, 0, &tables, error);
	restore->holds = tables > 0 && restore->how == RESTORE_NONE;
	if (restore->how == RESTORE_NONE)
		restore->how =
			restore->holds ? RESTORE_REPLACES : RESTORE_FILLS;
	return fault;
}

static enum ctl_exit consent(const struct restore *restore)
{
	struct ctl *ctl = restore->ctl;

	if (!restore->holds)
		return CTL_DONE;
	if ((ctl->command.options & VERB_REPLACE) != 0)
		return ctl_confirm(ctl, QUESTION);
	console_error("the system holds data; restore goes into an empty one "
		      "(confabctl reset), or --replace deletes what is there");
	return CTL_FAILED;
}

/* What the exchange needs later is better missed now. */
static enum fault check_servers(struct ctl *ctl, struct error *error)
{
	struct broker_queue queues[BROKER_QUEUES];
	struct redis *redis = NULL;
	enum fault fault = broker_queues(ctl, queues, error);

	if (fault == FAULT_NONE)
		fault = redis_connect(ctl->settings->redis_url, &redis, error);
	if (fault == FAULT_NONE)
		fault = redis_ping(redis, error);
	redis_free(&redis);
	for (int i = 0; fault == FAULT_NONE && i < BROKER_QUEUES; i++)
		if (!queues[i].exists)
			fault = error_set(error, FAULT_PERMANENT, 0,
					  "RabbitMQ has no queue %s",
					  queues[i].name);
	return fault;
}

/* ---- the work ---- */

static enum fault fill_tables(struct restore *restore, struct error *error)
{
	struct backup_report *report = &restore->report;
	enum fault fault = check_servers(restore->ctl, error);

	if (fault == FAULT_NONE)
		fault = query_lock(restore->ctl->sql, LOCK, 0, error);
	if (fault == FAULT_NONE)
		fault = restore_tables_make(restore->tables, error);
	if (fault == FAULT_NONE)
		fault = restore_tables_load(restore->tables, restore->reader,
					    report->all.rows, error);
	if (fault == FAULT_NONE)
		fault = restore_tables_check(restore->tables, report, error);
	if (fault == FAULT_NONE)
		fault = query_lock_held(restore->ctl->sql, LOCK, error);
	return fault;
}

/* From here on the system is without its data until this has ended. */
static bool exchange(struct restore *restore)
{
	struct ctl *ctl = restore->ctl;
	struct error error = ERROR_INIT;
	enum fault fault = restore_numbers_close(
		ctl, restore->how, restore->report.head.generation, &error);

	if (fault == FAULT_NONE && restore->how == RESTORE_REPLACES &&
	    !reset_empty(ctl))
		return false;
	if (fault == FAULT_NONE && restore->how == RESTORE_FILLS)
		fault = reset_keys(ctl, &error);
	if (fault == FAULT_NONE)
		fault = restore_tables_switch(restore->tables, &error);
	if (fault == FAULT_NONE)
		fault = restore_letters(ctl, &error);
	if (fault == FAULT_NONE)
		fault = restore_tables_drop(restore->tables, &error);
	if (fault == FAULT_NONE)
		fault = restore_numbers_open(ctl, &error);
	if (fault == FAULT_NONE)
		return true;
	console_fault("exchange the tables", &error);
	return false;
}

/* The rows are there; what is made from them follows. */
static bool rebuild(struct restore *restore)
{
	struct ctl *ctl = restore->ctl;
	struct error error = ERROR_INIT;
	bool done = reconcile_run(ctl) == CTL_DONE, open = false;

	if (ctl->elastic != NULL && done)
		done = reindex_run(ctl) == CTL_DONE;
	if (!done) {
		console_error("the rows are restored; confabctl reconcile and "
			      "confabctl reindex do the rest");
		return false;
	}
	if (restore_numbers_await(ctl, 0, &open, &error) != FAULT_NONE) {
		console_fault("look at the numbers", &error);
		return false;
	}
	if (!open)
		console_error("all is restored; creates are taken once an API "
			      "and a persister run");
	return true;
}

static enum ctl_exit restore_all(struct restore *restore)
{
	struct error error = ERROR_INIT, ignored = ERROR_INIT;

	if (fill_tables(restore, &error) != FAULT_NONE) {
		console_fault("restore", &error);
		console_error("nothing was changed");
		(void)!restore_tables_drop(restore->tables, &ignored);
		return CTL_FAILED;
	}
	if (!exchange(restore)) {
		console_error("the system is closed until confabctl restore is "
			      "run again, which begins anew, or confabctl "
			      "reset");
		return CTL_FAILED;
	}
	return rebuild(restore) ? CTL_DONE : CTL_FAILED;
}

static enum ctl_exit run(struct restore *restore)
{
	struct ctl *ctl = restore->ctl;
	struct error error = ERROR_INIT;
	enum ctl_exit code;

	if (open_file(restore, &error) != FAULT_NONE) {
		console_error("cannot restore %s: %s", restore->path,
			      error.text);
		return CTL_FAILED;
	}
	code = migrate_run(ctl);
	if (code == CTL_DONE && look_at_system(restore, &error) != FAULT_NONE) {
		console_fault("look at the tables", &error);
		code = CTL_FAILED;
	}
	if (code == CTL_DONE)
		code = consent(restore);
	return code == CTL_DONE ? restore_all(restore) : code;
}

enum ctl_exit restore_run(struct ctl *ctl)
{
	struct restore restore = { .ctl = ctl, .path = ctl->command.argument };
	int data = console_divert();
	enum ctl_exit code;

	interrupt_catch();
	restore.tables = restore_tables_new(ctl->sql);
	if (restore.tables == NULL || data < 0) {
		console_error("out of memory");
		code = CTL_FAILED;
	} else {
		code = run(&restore);
	}
	sql_disconnect(ctl->sql);
	restore_tables_free(&restore.tables);
	backup_reader_free(&restore.reader);
	console_end_divert(data);
	if (code == CTL_DONE)
		backup_report_print(&restore.report, restore.path,
				    ctl_json(ctl), stdout);
	return code;
}
