#include "tests/integration/stores.h"

#include <inttypes.h>
#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/integration/harness.h"

#define CR_SERVER_GONE_ERROR 2006
#define CR_SERVER_LOST 2013

static MYSQL *connection;

static void disconnect(void)
{
	if (connection)
		mysql_close(connection);
	connection = NULL;
}

static void connect_to_server(void)
{
	const char *password = getenv("DATABASE_PASSWORD");
	unsigned port = (unsigned)atoi(setting("DATABASE_PORT"));

	connection = mysql_init(NULL);
	assert_non_null(connection);
	mysql_options(connection, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	if (!mysql_real_connect(connection, setting("DATABASE_HOST"),
				setting("DATABASE_USERNAME"), password,
				setting("DATABASE_NAME"), port, NULL, 0))
		fail_msg("SQL: %s", mysql_error(connection));
}

/* A connection that an earlier outage has cut is made anew, once. */
static void query(const char *text)
{
	for (int tries = 0; tries < 2; tries++) {
		unsigned code;

		if (!connection)
			connect_to_server();
		if (mysql_query(connection, text) == 0)
			return;
		code = mysql_errno(connection);
		if (code != CR_SERVER_GONE_ERROR && code != CR_SERVER_LOST)
			break;
		disconnect();
	}
	fail_msg("SQL: %s: %s", text,
		 connection ? mysql_error(connection) : "connection lost");
}

__attribute__((format(printf, 3, 0))) static void
each_row(void (*row)(void *context, char **columns), void *context,
	 const char *format, va_list args)
{
	char text[4096];
	MYSQL_RES *result;
	MYSQL_ROW columns;

	vsnprintf(text, sizeof(text), format, args);
	query(text);
	result = mysql_store_result(connection);
	if (!result)
		return;
	while ((columns = mysql_fetch_row(result)))
		row(context, columns);
	mysql_free_result(result);
}

void store_each_row(void (*row)(void *context, char **columns), void *context,
		    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	each_row(row, context, format, args);
	va_end(args);
}

static void keep_number(void *context, char **columns)
{
	uint64_t *number = context;

	if (*number == 0 && columns[0])
		*number = strtoull(columns[0], NULL, 10);
}

uint64_t store_number(const char *format, ...)
{
	uint64_t number = 0;
	va_list args;

	va_start(args, format);
	each_row(keep_number, &number, format, args);
	va_end(args);
	return number;
}

static char first_text[1024];

static void keep_text(void *context, char **columns)
{
	(void)context;
	if (!*first_text && columns[0])
		snprintf(first_text, sizeof(first_text), "%s", columns[0]);
}

const char *store_text(const char *format, ...)
{
	va_list args;

	first_text[0] = '\0';
	va_start(args, format);
	each_row(keep_text, NULL, format, args);
	va_end(args);
	return first_text;
}

const char *store_letter(uint64_t application)
{
	const char *id = store_text("SELECT LOWER(CONCAT_WS('-', "
				    "SUBSTR(HEX(event_id), 1, 8), "
				    "SUBSTR(HEX(event_id), 9, 4), "
				    "SUBSTR(HEX(event_id), 13, 4), "
				    "SUBSTR(HEX(event_id), 17, 4), "
				    "SUBSTR(HEX(event_id), 21))) "
				    "FROM dead_letters "
				    "WHERE application_id = %" PRIu64,
				    application);

	assert_int_equal(strlen(id), 36);
	return id;
}

static void ignore_row(void *context, char **columns)
{
	(void)context;
	(void)columns;
}

void store_execute(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	each_row(ignore_row, NULL, format, args);
	va_end(args);
}

uint64_t store_application(const char *token)
{
	uint64_t id = store_number(
		"SELECT id FROM applications WHERE token = '%s'", token);

	assert_true(id > 0);
	return id;
}

uint64_t store_rows(uint64_t application)
{
	return store_number("SELECT COUNT(*) FROM messages "
			    "WHERE application_id = %llu",
			    (unsigned long long)application);
}

uint64_t store_chats(uint64_t application)
{
	return store_number("SELECT COUNT(*) FROM chats "
			    "WHERE application_id = %llu",
			    (unsigned long long)application);
}

/* Documents are routed by their application, so that counts them. */
uint64_t store_documents(uint64_t application)
{
	const struct http_reply *reply;
	char url[512], body[256];

	snprintf(url, sizeof(url), "%s/confab-messages/_count",
		 setting("ELASTICSEARCH_URL"));
	snprintf(body, sizeof(body),
		 "{\"query\":{\"terms\":{\"_routing\":[\"%llu\"]}}}",
		 (unsigned long long)application);
	reply = http_send("POST", NULL, body, url);
	if (reply->status != 200)
		return 0;
	return reply_number(reply, "count");
}

const char *store_document(uint64_t application, uint64_t chat, uint64_t number)
{
	const struct http_reply *reply;
	char url[512];

	snprintf(url, sizeof(url),
		 "%s/confab-messages/_doc/%llu-%llu-%llu?routing=%llu",
		 setting("ELASTICSEARCH_URL"), (unsigned long long)application,
		 (unsigned long long)chat, (unsigned long long)number,
		 (unsigned long long)application);
	reply = http_send("GET", NULL, NULL, url);
	if (reply->status != 200)
		return NULL;
	return reply_text(reply, "_source.body");
}

void store_delete_index(void)
{
	const char *base = setting("ELASTICSEARCH_URL");
	const struct http_reply *reply;
	char url[512];
	int length;

	snprintf(url, sizeof(url), "%s/_alias/confab-messages", base);
	reply = http_send("GET", NULL, NULL, url);
	assert_status(reply, 200);
	/* {"name":{"aliases":... */
	assert_memory_equal(reply->body, "{\"", 2);
	length = (int)strcspn(reply->body + 2, "\"");
	snprintf(url, sizeof(url), "%s/%.*s", base, length, reply->body + 2);
	assert_status(http_send("DELETE", NULL, NULL, url), 200);
}

bool store_counts_are_right(uint64_t application)
{
	unsigned long long id = application;

	return store_number(
		       "SELECT a.chats_count = (SELECT COUNT(*) FROM chats c "
		       "WHERE c.application_id = a.id) AND a.messages_count = "
		       "(SELECT COUNT(*) FROM messages m "
		       "WHERE m.application_id = a.id) "
		       "FROM applications a WHERE a.id = %llu",
		       id) == 1 &&
	       store_number("SELECT COUNT(*) FROM chats c "
			    "WHERE c.application_id = %llu AND "
			    "c.messages_count <> (SELECT COUNT(*) "
			    "FROM messages m WHERE m.application_id = "
			    "c.application_id AND m.chat_number = c.number)",
			    id) == 0;
}
