#ifndef CONFAB_TESTS_CHAOS_DATABASE_H
#define CONFAB_TESTS_CHAOS_DATABASE_H

#include <mysql.h>
#include <stdbool.h>
#include <stdint.h>

/* SQL behind the product's back, with the operator's login from the
 * environment. What fails here ends the program: without rows there is nothing
 * to compare. */
MYSQL *database_connect(void);
/* The first column of the first row as a number, 0 when there is none. */
uint64_t database_number(MYSQL *sql, const char *query);
/* Calls `row` for each, as it comes from the server. */
void database_each(MYSQL *sql, const char *query,
		   void (*row)(void *context, char **columns,
			       const unsigned long *lengths),
		   void *context);

/* A variable that must be in the environment. */
const char *environment(const char *name);

#endif
