#include "tests/chaos/database.h"

#include <stdio.h>
#include <stdlib.h>

const char *environment(const char *name)
{
	const char *value = getenv(name);

	if (!value) {
		fprintf(stderr, "chaos: %s is not set\n", name);
		exit(100);
	}
	return value;
}

static void die(MYSQL *sql, const char *query)
{
	fprintf(stderr, "chaos: SQL: %s: %s\n", query,
		sql ? mysql_error(sql) : "out of memory");
	exit(111);
}

MYSQL *database_connect(void)
{
	MYSQL *sql = mysql_init(NULL);
	unsigned timeout = 60;

	if (!sql || mysql_options(sql, MYSQL_SET_CHARSET_NAME, "utf8mb4") ||
	    mysql_options(sql, MYSQL_OPT_CONNECT_TIMEOUT, &timeout) ||
	    !mysql_real_connect(
		    sql, environment("DATABASE_HOST"),
		    environment("DATABASE_USERNAME"),
		    environment("DATABASE_PASSWORD"),
		    environment("DATABASE_NAME"),
		    (unsigned)strtoul(environment("DATABASE_PORT"), NULL, 10),
		    NULL, 0))
		die(sql, "connect");
	/* the index is read meanwhile */
	if (mysql_query(sql, "SET SESSION net_write_timeout = 600"))
		die(sql, "net_write_timeout");
	return sql;
}

void database_each(MYSQL *sql, const char *query,
		   void (*row)(void *context, char **columns,
			       const unsigned long *lengths),
		   void *context)
{
	MYSQL_RES *result;
	MYSQL_ROW columns;

	if (mysql_query(sql, query))
		die(sql, query);
	result = mysql_use_result(sql);
	if (!result)
		die(sql, query);
	while ((columns = mysql_fetch_row(result)))
		row(context, columns, mysql_fetch_lengths(result));
	if (mysql_errno(sql))
		die(sql, query);
	mysql_free_result(result);
}

static void keep_first(void *context, char **columns,
		       const unsigned long *lengths)
{
	uint64_t *number = context;

	(void)lengths;
	if (*number == 0 && columns[0])
		*number = strtoull(columns[0], NULL, 10);
}

uint64_t database_number(MYSQL *sql, const char *query)
{
	uint64_t number = 0;

	database_each(sql, query, keep_first, &number);
	return number;
}
