#ifndef CONFAB_COMMON_CLOCK_H
#define CONFAB_COMMON_CLOCK_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* Milliseconds of CLOCK_MONOTONIC: for deadlines and leases. */
int64_t clock_monotonic_ms(void);
/* Microseconds of CLOCK_MONOTONIC: for measured durations. */
int64_t clock_monotonic_us(void);
/* Milliseconds since 1970 UTC: for what is stored and shown. */
int64_t clock_wall_ms(void);

#define CLOCK_ISO_SIZE sizeof("2025-10-27T12:00:00.000Z")
#define CLOCK_SQL_SIZE sizeof("2025-10-27 12:00:00.000")

/* RFC 3339 in UTC with milliseconds, as every answer shows it. */
void clock_format_iso(int64_t wall_ms, char text_r[CLOCK_ISO_SIZE]);
/* DATETIME(3) literal in UTC. */
void clock_format_sql(int64_t wall_ms, char text_r[CLOCK_SQL_SIZE]);
/* Sleeps; a signal ends it early. */
void clock_sleep_ms(int64_t ms);

/* For pthread_cond_timedwait(): a condition that waits by CLOCK_MONOTONIC, and
 * the time `ms` from now. */
void clock_cond_init(pthread_cond_t *condition);
void clock_deadline(int64_t ms, struct timespec *until_r);

#endif
