#ifndef CONFAB_API_SYSTEM_LISTS_H
#define CONFAB_API_SYSTEM_LISTS_H

#include "api/pages.h"
#include "api/worker.h"

/*
 * Lists of every tenant's data, in the order of the primary key, by cursor.
 */
struct system_list {
	/* Its parameters are the key's parts, each but the last twice ("a > ?
	 * OR (a = ? AND b > ?)"), and a limit. Its first columns are the
	 * key's parts. The table that is listed comes first (STRAIGHT_JOIN):
	 * otherwise a server may start with the tenants and sort all there is
	 * for each page. */
	const char *statement;
	unsigned parts;
	uint64_t rows_at_once;
	const char *name;	    /* what its cursors are bound to */
	const struct member *shape; /* NULL: the dialect's of applications */
	/* Texts may point into the columns; a token goes into `token`. */
	struct record (*record_of)(const struct sql_value *columns,
				   char token[REQUEST_TOKEN_LENGTH + 1]);
};

/* Reads the query, runs the statement, sets the answer. */
void system_lists_run(struct request *request, struct worker *worker,
		      const struct system_list *list);
/* Copies a token's column and adds a NUL; "" when it is no token. */
void system_lists_copy_token(const struct sql_value *column,
			     char token_r[REQUEST_TOKEN_LENGTH + 1]);

#endif
