#ifndef CONFAB_COMMON_SQL_TIME_H
#define CONFAB_COMMON_SQL_TIME_H

#include <mysql.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* DATETIME(3) in UTC <-> Unix ms, by the proleptic Gregorian calendar and
 * without the process's time zone. Part of sql.c. */
void sql_time_encode(int64_t wall_ms, MYSQL_TIME *time_r);
int64_t sql_time_decode(const MYSQL_TIME *time);
/* "2025-10-27 12:00:00.123", with no fraction or up to six digits of it. */
bool sql_time_parse(const char *text, size_t length, int64_t *wall_ms_r)
	__attribute__((warn_unused_result));

#endif
