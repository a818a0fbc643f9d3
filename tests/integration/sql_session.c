#include "tests/integration/sql_session.h"

#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "tests/integration/faults.h"
#include "tests/integration/processes.h"
#include "tests/integration/stores.h"

static MYSQL *session;

static struct global {
	const char *name;
	uint64_t before;
} globals[8];
static size_t global_count;

/* ---- the session ---- */

static void session_open(void)
{
	session = mysql_init(NULL);
	assert_non_null(session);
	if (!mysql_real_connect(
		    session, setting("DATABASE_HOST"),
		    setting("DATABASE_USERNAME"), getenv("DATABASE_PASSWORD"),
		    setting("DATABASE_NAME"),
		    (unsigned)atoi(setting("DATABASE_PORT")), NULL, 0))
		fail_msg("SQL: %s", mysql_error(session));
}

void sql_session_run(const char *format, ...)
{
	char text[4096];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (!session)
		session_open();
	if (mysql_query(session, text) != 0)
		fail_msg("SQL: %s: %s", text, mysql_error(session));
}

void sql_session_close(void)
{
	if (session)
		mysql_close(session);
	session = NULL;
}

/* ---- other sessions ---- */

struct ids {
	size_t count;
	char texts[64][32];
};

static void note_id(void *context, char **columns)
{
	struct ids *ids = context;

	assert_true(ids->count < COUNT_OF(ids->texts));
	snprintf(ids->texts[ids->count++], sizeof(ids->texts[0]), "%s",
		 columns[0]);
}

/* A connection may have ended by itself between the two statements. */
static void kill_one(const char *id)
{
	const unsigned no_such_thread = 1094;
	char text[64];

	snprintf(text, sizeof(text), "KILL %s", id);
	if (!session)
		session_open();
	if (mysql_query(session, text) != 0 &&
	    mysql_errno(session) != no_such_thread)
		fail_msg("SQL: %s: %s", text, mysql_error(session));
}

void sql_cut(const char *login)
{
	struct ids ids = { 0 };

	store_each_row(note_id, &ids,
		       "SELECT id FROM information_schema.processlist "
		       "WHERE user = 'confab_%s'",
		       login);
	for (size_t i = 0; i < ids.count; i++)
		kill_one(ids.texts[i]);
}

bool sql_commit_hangs(void *unused)
{
	(void)unused;
	return store_number("SELECT COUNT(*) FROM "
			    "information_schema.processlist WHERE user = "
			    "'confab_persister' AND "
			    "UPPER(info) LIKE 'COMMIT%%'") > 0;
}

/* The server renews this table only for who has not read it for 100 ms. */
bool sql_lock_is_awaited(void *unused)
{
	(void)unused;
	clock_sleep_ms(150);
	return store_number("SELECT COUNT(*) FROM information_schema.innodb_trx"
			    " WHERE trx_state = 'LOCK WAIT'") > 0;
}

/* ---- settings ---- */

static void note_global(const char *name)
{
	struct global *global = &globals[global_count];

	for (size_t i = 0; i < global_count; i++)
		if (strcmp(globals[i].name, name) == 0)
			return;
	assert_true(global_count < COUNT_OF(globals));
	global->name = name;
	global->before = store_number("SELECT @@GLOBAL.%s", name);
	global_count++;
}

void sql_set_global(const char *name, uint64_t value)
{
	note_global(name);
	store_execute("SET GLOBAL %s = %llu", name, (unsigned long long)value);
}

void sql_reset_globals(void)
{
	while (global_count > 0) {
		struct global *global = &globals[--global_count];

		store_execute("SET GLOBAL %s = %llu", global->name,
			      (unsigned long long)global->before);
	}
}

int sql_repair(void **state)
{
	sql_session_close();
	fault_thaw();
	if (global_count > 0) {
		if (stack_pid(sql_service()) == 0)
			stack_start(sql_service());
		sql_reset_globals();
	}
	return fault_repair(state);
}
