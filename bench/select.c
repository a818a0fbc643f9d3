/*
 * The ceiling that reads are measured against: the same prepared SELECT as the
 * API's, issued straight through the client library, each row fetched, by
 * CONNECTIONS threads with a connection each. Shares no code with the product
 * but the histogram. DATABASE_* of the environment say where.
 *
 * usage: select message|page|application CONNECTIONS SECONDS
 *               APPLICATION_ID CHAT MESSAGES TOKEN
 *
 * Prints: requests/s, p50 and p99 in microseconds.
 */
#include <mysql.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/latency.h"

#define COLUMNS_MAX 6
#define COLUMN_BYTES 1024
#define PAGE 50

static const char message_sql[] =
	"SELECT number, body, created_at, updated_at FROM messages "
	"WHERE application_id = ? AND chat_number = ? AND number = ?";
static const char page_sql[] =
	"SELECT number, body, created_at, updated_at FROM messages "
	"WHERE application_id = ? AND chat_number = ? AND number > ? "
	"AND number < ? ORDER BY number LIMIT ?";
static const char application_sql[] =
	"SELECT token, name, chats_count, messages_count, created_at, "
	"updated_at FROM applications WHERE token = ?";

static const char *statement;
static unsigned long long application, chat, messages;
static char *token;
static int64_t until_us;
static struct latency all;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

struct reader {
	MYSQL *mysql;
	MYSQL_STMT *handle;
	unsigned long long values[5];
	unsigned long token_length;
	MYSQL_BIND params[5];
	MYSQL_BIND columns[COLUMNS_MAX];
	char bytes[COLUMNS_MAX][COLUMN_BYTES];
	unsigned long lengths[COLUMNS_MAX];
	my_bool nulls[COLUMNS_MAX];
	struct latency latency;
};

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void fail(struct reader *reader, const char *what)
{
	fprintf(stderr, "select: %s: %s %s\n", what, mysql_error(reader->mysql),
		reader->handle ? mysql_stmt_error(reader->handle) : "");
	exit(1);
}

static const char *setting(const char *name)
{
	const char *value = getenv(name);

	if (!value) {
		fprintf(stderr, "select: %s is not set\n", name);
		exit(2);
	}
	return value;
}

static void bind_params(struct reader *reader)
{
	unsigned long count = mysql_stmt_param_count(reader->handle);

	for (unsigned long i = 0; i < count; i++) {
		reader->params[i].buffer_type = MYSQL_TYPE_LONGLONG;
		reader->params[i].buffer = &reader->values[i];
		reader->params[i].is_unsigned = 1;
	}
	if (statement != application_sql)
		return;
	reader->token_length = strlen(token);
	reader->params[0].buffer_type = MYSQL_TYPE_STRING;
	reader->params[0].buffer = token;
	reader->params[0].length = &reader->token_length;
	reader->params[0].buffer_length = reader->token_length;
}

static void bind_columns(struct reader *reader)
{
	MYSQL_RES *metadata = mysql_stmt_result_metadata(reader->handle);
	unsigned count = mysql_num_fields(metadata);

	for (unsigned i = 0; i < count; i++) {
		enum enum_field_types type =
			mysql_fetch_field_direct(metadata, i)->type;

		if (type != MYSQL_TYPE_LONGLONG && type != MYSQL_TYPE_DATETIME)
			type = MYSQL_TYPE_STRING;
		reader->columns[i].buffer_type = type;
		reader->columns[i].buffer = reader->bytes[i];
		reader->columns[i].buffer_length = COLUMN_BYTES;
		reader->columns[i].length = &reader->lengths[i];
		reader->columns[i].is_null = &reader->nulls[i];
	}
	mysql_free_result(metadata);
}

static void open_reader(struct reader *reader)
{
	reader->mysql = mysql_init(NULL);
	if (!reader->mysql ||
	    !mysql_real_connect(
		    reader->mysql, setting("DATABASE_HOST"),
		    setting("DATABASE_USERNAME"), setting("DATABASE_PASSWORD"),
		    setting("DATABASE_NAME"),
		    (unsigned)atoi(setting("DATABASE_PORT")), NULL, 0))
		fail(reader, "cannot connect");
	reader->handle = mysql_stmt_init(reader->mysql);
	if (!reader->handle || mysql_stmt_prepare(reader->handle, statement,
						  strlen(statement)) != 0)
		fail(reader, "cannot prepare");
	bind_params(reader);
	bind_columns(reader);
	if (mysql_stmt_bind_param(reader->handle, reader->params) != 0)
		fail(reader, "cannot bind");
}

static void set_values(struct reader *reader, unsigned long long n)
{
	if (statement == application_sql)
		return;
	reader->values[0] = application;
	reader->values[1] = chat;
	if (statement == message_sql) {
		reader->values[2] = n % messages + 1;
		return;
	}
	reader->values[2] = n % (messages > PAGE ? messages - PAGE : 1);
	reader->values[3] = 1ull << 62;
	reader->values[4] = PAGE + 1;
}

static void read_once(struct reader *reader, unsigned long long n)
{
	unsigned rows = 0;
	int result;

	set_values(reader, n);
	if (mysql_stmt_execute(reader->handle) != 0 ||
	    mysql_stmt_bind_result(reader->handle, reader->columns) != 0)
		fail(reader, "cannot execute");
	while ((result = mysql_stmt_fetch(reader->handle)) == 0 ||
	       result == MYSQL_DATA_TRUNCATED)
		rows++;
	if (result != MYSQL_NO_DATA || rows == 0)
		fail(reader, "no rows");
}

static void *run(void *argument)
{
	struct reader *reader = argument;
	unsigned long long n = (uintptr_t)argument >> 4;
	int64_t start = now_us();

	while (start < until_us) {
		int64_t end;

		n += 7919;
		read_once(reader, n);
		end = now_us();
		latency_add(&reader->latency, end - start);
		start = end;
	}
	pthread_mutex_lock(&lock);
	for (unsigned i = 0; i < LATENCY_BUCKETS; i++)
		all.buckets[i] += reader->latency.buckets[i];
	all.count += reader->latency.count;
	pthread_mutex_unlock(&lock);
	mysql_stmt_close(reader->handle);
	mysql_close(reader->mysql);
	return NULL;
}

static void choose(const char *kind)
{
	if (strcmp(kind, "message") == 0)
		statement = message_sql;
	else if (strcmp(kind, "page") == 0)
		statement = page_sql;
	else if (strcmp(kind, "application") == 0)
		statement = application_sql;
}

int main(int argc, char **argv)
{
	unsigned connections, seconds;
	struct reader *readers;
	pthread_t *threads;

	if (argc == 8)
		choose(argv[1]);
	connections = argc == 8 ? (unsigned)atoi(argv[2]) : 0;
	seconds = argc == 8 ? (unsigned)atoi(argv[3]) : 0;
	if (!statement || connections == 0 || seconds == 0) {
		fprintf(stderr, "usage: select message|page|application "
				"CONNECTIONS SECONDS APPLICATION_ID CHAT "
				"MESSAGES TOKEN\n");
		return 2;
	}
	application = strtoull(argv[4], NULL, 10);
	chat = strtoull(argv[5], NULL, 10);
	messages = strtoull(argv[6], NULL, 10);
	token = argv[7];
	readers = calloc(connections, sizeof(*readers));
	threads = calloc(connections, sizeof(*threads));
	if (!readers || !threads || mysql_library_init(0, NULL, NULL) != 0)
		exit(1);
	for (unsigned i = 0; i < connections; i++)
		open_reader(&readers[i]);
	until_us = now_us() + (int64_t)seconds * 1000000;
	for (unsigned i = 0; i < connections; i++)
		if (pthread_create(&threads[i], NULL, run, &readers[i]) != 0)
			return 1;
	for (unsigned i = 0; i < connections; i++)
		pthread_join(threads[i], NULL);
	printf("%.0f %lld %lld\n", (double)all.count / seconds,
	       (long long)latency_at(&all, 0.5),
	       (long long)latency_at(&all, 0.99));
	free(threads);
	free(readers);
	return 0;
}
