#include "tests/chaos/waits.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "common/clock.h"
#include "tests/chaos/journal.h"
#include "tests/chaos/report.h"

enum { API, INGEST, ROLES };

/* What a fault leaves behind is worked off in that time. */
#define WAY_RESTS_MS 2000
#define SQL_RESTS_MS 10000

struct waits {
	/* until then something is, or may still be, wrong (monotonic) */
	_Atomic int64_t bad_way_ms[ROLES], bad_sql_ms[ROLES];
	_Atomic int64_t longest_ms[WAITS_KINDS][2]; /* [SQL in trouble] */
	_Atomic uint64_t counted, late;
};

static const char *const kinds[] = { "create", "edit", "read" };
static const char *const roles[] = { "api", "ingest" };
static const char *const ways[] = { "clients-api", "clients-ingest" };
static const char *const sql_ways[] = { "api-sql", "ingest-sql" };

struct waits *waits_new(void)
{
	return calloc(1, sizeof(struct waits));
}

void waits_free(struct waits **waits)
{
	free(*waits);
	*waits = NULL;
}

void waits_follow(struct waits *waits, const struct faults *faults)
{
	int64_t now_ms = clock_monotonic_ms();

	for (int i = 0; i < ROLES; i++) {
		if (faults_afflict(faults, ways[i]) ||
		    faults_afflict(faults, roles[i]))
			waits->bad_way_ms[i] = now_ms + WAY_RESTS_MS;
		if (faults_afflict(faults, sql_ways[i]) ||
		    faults_afflict(faults, "sql"))
			waits->bad_sql_ms[i] = now_ms + SQL_RESTS_MS;
	}
}

/* Without SQL a read's or an edit's statements may each take their time; what
 * they add up to has no bound. */
static bool is_late(const struct wait *wait, bool bad_sql)
{
	if (!bad_sql)
		return wait->took_ms > WAITS_BOUND_MS;
	return wait->of == WAITS_CREATE && wait->took_ms > WAITS_SQL_BOUND_MS;
}

static void raise_to(_Atomic int64_t *longest_ms, int64_t took_ms)
{
	int64_t seen_ms = *longest_ms;

	while (took_ms > seen_ms &&
	       !atomic_compare_exchange_weak(longest_ms, &seen_ms, took_ms))
		;
}

void waits_note(struct waits *waits, const struct wait *wait)
{
	bool bad_sql = wait->started_ms < waits->bad_sql_ms[wait->ingest];

	if (wait->started_ms < waits->bad_way_ms[wait->ingest])
		return;
	if (is_late(wait, bad_sql)) {
		atomic_fetch_add(&waits->late, 1);
		journal_write("LATE %s at %s: %" PRId64 " ms%s%s",
			      kinds[wait->of], roles[wait->ingest],
			      wait->took_ms, wait->answered ? "" : ", cut",
			      bad_sql ? ", SQL in trouble" : "");
	}
	/* a connection that was cut ended the wait, not the product */
	if (!wait->answered)
		return;
	atomic_fetch_add(&waits->counted, 1);
	raise_to(&waits->longest_ms[wait->of][bad_sql], wait->took_ms);
}

static double seconds(const struct waits *waits, enum waits_of of, bool bad_sql)
{
	return (double)waits->longest_ms[of][bad_sql] / 1000;
}

void waits_report(const struct waits *waits)
{
	report_check(waits->late == 0 && waits->counted > 0,
		     "no client waits too long",
		     "%" PRIu64 " of %" PRIu64 " did; at most %.1f s for a "
		     "create, %.1f s an edit, %.1f s a read; with SQL in "
		     "trouble %.1f s, %.1f s, %.1f s",
		     waits->late, waits->counted,
		     seconds(waits, WAITS_CREATE, false),
		     seconds(waits, WAITS_EDIT, false),
		     seconds(waits, WAITS_READ, false),
		     seconds(waits, WAITS_CREATE, true),
		     seconds(waits, WAITS_EDIT, true),
		     seconds(waits, WAITS_READ, true));
}
