#ifndef CONFAB_COMMON_SQL_CACHE_H
#define CONFAB_COMMON_SQL_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "common/sql_statement.h"

/* The prepared statements of one connection, by the address of their text.
 * Part of sql.c. All zero is an empty cache. */
#define SQL_CACHE_SIZE 128

struct sql_cache {
	struct {
		struct sql_statement *statement;
		uint64_t used_at; /* value of `uses` */
	} entries[SQL_CACHE_SIZE];
	size_t count;
	uint64_t uses;
};

/* Prepares it when it is not there; the one unused longest makes room. The
 * statement belongs to the cache. */
MUST_CHECK enum fault sql_cache_get(struct sql_cache *cache, MYSQL *mysql,
				    const char *text,
				    struct sql_statement **statement_r,
				    struct error *error);
void sql_cache_drop(struct sql_cache *cache, const char *text);
/* Before the connection is closed. */
void sql_cache_clear(struct sql_cache *cache);

#endif
