#ifndef CONFAB_COMMON_SQL_OPEN_H
#define CONFAB_COMMON_SQL_OPEN_H

#include <mysql.h>

#include "common/fault.h"
#include "common/sql.h"

/* A new session: utf8mb4, UTC, strict mode, READ COMMITTED, with a schema
 * that settings->schema can work with. *max_packet_r is what the server takes
 * as one statement, in bytes. mysql_close() it. Part of sql.c. */
MUST_CHECK enum fault sql_open(const struct sql_settings *settings,
			       MYSQL **mysql_r, uint64_t *max_packet_r,
			       struct error *error);

#endif
