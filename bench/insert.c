/*
 * The persister's ceiling: its rows straight into a table of the same form by
 * one prepared INSERT of many rows, one connection, a commit for each. The rows
 * are made before the clock starts. Needs DATABASE_HOST and its like. Prints
 * rows/s.
 */
#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/synthetic.h"

enum { COLUMNS = 8 };

struct inserter {
	struct synthetic synthetic;
	uint64_t before, count, batch;
	struct synthetic_message *messages;
	MYSQL_TIME *times;
	char *texts;
	MYSQL *mysql;
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void fail(const char *what, const char *why)
{
	fprintf(stderr, "insert: %s: %s\n", what, why);
	exit(1);
}

static const char *setting(const char *name)
{
	const char *value = getenv(name);

	if (!value)
		fail(name, "is not set");
	return value;
}

static MYSQL_TIME time_of(int64_t ms)
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	return (MYSQL_TIME){
		.year = (unsigned)tm.tm_year + 1900,
		.month = (unsigned)tm.tm_mon + 1,
		.day = (unsigned)tm.tm_mday,
		.hour = (unsigned)tm.tm_hour,
		.minute = (unsigned)tm.tm_min,
		.second = (unsigned)tm.tm_sec,
		.second_part = (unsigned long)(ms % 1000) * 1000,
		.time_type = MYSQL_TIMESTAMP_DATETIME,
	};
}

static void make_rows(struct inserter *it)
{
	it->messages = calloc(it->count, sizeof(*it->messages));
	it->times = calloc(it->count, sizeof(*it->times));
	it->texts = calloc(it->count, it->synthetic.size);
	if (!it->messages || !it->times || !it->texts)
		fail("cannot make the rows", "out of memory");
	for (uint64_t i = 0; i < it->count; i++) {
		synthetic_message(&it->synthetic, it->before + i,
				  &it->messages[i]);
		synthetic_text(&it->synthetic, it->before + i,
			       it->texts + i * it->synthetic.size);
		it->times[i] = time_of(it->messages[i].at_ms);
	}
}

static void connect_sql(struct inserter *it, const char *database)
{
	it->mysql = mysql_init(NULL);
	if (!it->mysql ||
	    mysql_options(it->mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4") != 0 ||
	    !mysql_real_connect(it->mysql, setting("DATABASE_HOST"),
				setting("DATABASE_USERNAME"),
				setting("DATABASE_PASSWORD"), database,
				(unsigned)atoi(setting("DATABASE_PORT")), NULL,
				0))
		fail("cannot connect", it->mysql ? mysql_error(it->mysql) : "");
}

static MYSQL_STMT *prepare(struct inserter *it, uint64_t rows)
{
	static const char head[] =
		"INSERT INTO messages (application_id, chat_number, number,"
		" event_id, generation, body, created_at, updated_at) VALUES ";
	static const char row[] = "(?,?,?,?,?,?,?,?),";
	char *text = malloc(sizeof(head) + rows * sizeof(row));
	MYSQL_STMT *statement = mysql_stmt_init(it->mysql);
	char *at = text;

	if (!text || !statement)
		fail("cannot prepare", "out of memory");
	at += sprintf(at, "%s", head);
	for (uint64_t i = 0; i < rows; i++)
		at += sprintf(at, "%s", row);
	if (mysql_stmt_prepare(statement, text,
			       (unsigned long)(at - text - 1)) != 0)
		fail("cannot prepare", mysql_stmt_error(statement));
	free(text);
	return statement;
}

static void bind_number(MYSQL_BIND *bind, uint64_t *number)
{
	bind->buffer_type = MYSQL_TYPE_LONGLONG;
	bind->buffer = number;
	bind->is_unsigned = 1;
}

static void bind_row(struct inserter *it, uint64_t i, MYSQL_BIND *bind)
{
	struct synthetic_message *message = &it->messages[i];

	bind_number(&bind[0], &it->synthetic.application);
	bind_number(&bind[1], &message->chat);
	bind_number(&bind[2], &message->number);
	bind[3].buffer_type = MYSQL_TYPE_BLOB;
	bind[3].buffer = message->id;
	bind[3].buffer_length = sizeof(message->id);
	bind_number(&bind[4], &it->synthetic.generation);
	bind[5].buffer_type = MYSQL_TYPE_STRING;
	bind[5].buffer = it->texts + i * it->synthetic.size;
	bind[5].buffer_length = it->synthetic.size;
	for (int column = 6; column < COLUMNS; column++) {
		bind[column].buffer_type = MYSQL_TYPE_DATETIME;
		bind[column].buffer = &it->times[i];
	}
}

/* The last statement may have fewer rows than the others. */
static void insert_all(struct inserter *it)
{
	MYSQL_BIND *binds = calloc(it->batch * COLUMNS, sizeof(*binds));
	MYSQL_STMT *statement = prepare(it, it->batch);
	uint64_t rows = it->batch;

	if (!binds)
		fail("cannot bind", "out of memory");
	for (uint64_t done = 0; done < it->count; done += rows) {
		if (it->count - done < rows) {
			rows = it->count - done;
			mysql_stmt_close(statement);
			statement = prepare(it, rows);
		}
		for (uint64_t i = 0; i < rows; i++)
			bind_row(it, done + i, binds + i * COLUMNS);
		if (mysql_stmt_bind_param(statement, binds) != 0 ||
		    mysql_stmt_execute(statement) != 0)
			fail("cannot insert", mysql_stmt_error(statement));
		if (mysql_stmt_affected_rows(statement) != rows)
			fail("cannot insert", "not all rows are new");
	}
	mysql_stmt_close(statement);
	free(binds);
}

int main(int argc, char **argv)
{
	struct inserter it = { .mysql = NULL };
	double start;

	if (argc != 9) {
		fputs("usage: insert APPLICATION CHATS GENERATION SIZE"
		      " BEFORE COUNT BATCH DATABASE\n",
		      stderr);
		return 2;
	}
	synthetic_parse(&it.synthetic, argv + 1);
	it.before = strtoull(argv[5], NULL, 10);
	it.count = synthetic_number(argv[6], "COUNT");
	it.batch = synthetic_number(argv[7], "BATCH");
	make_rows(&it);
	connect_sql(&it, argv[8]);
	start = now();
	insert_all(&it);
	printf("%.0f\n", (double)it.count / (now() - start));
	mysql_close(it.mysql);
	free(it.messages);
	free(it.times);
	free(it.texts);
	return 0;
}
