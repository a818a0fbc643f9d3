#include "ctl/restore_numbers.h"

#include "common/clock.h"
#include "ctl/ctl.h"
#include "ctl/query.h"
#include "ctl/redis.h"

/* NUMBERS_LEASE_MS of the API, and what it adds itself. */
#define LEASE_MS 5500
#define OPEN_MS 30000
#define POLL_MS 100

static const char CLOSE_SQL[] =
	"UPDATE numbering SET generation = GREATEST(generation, ?) + 1,"
	" state = 'restoring', changed_at = UTC_TIMESTAMP(3),"
	" redis_run_id = '', beat = 0 WHERE id = 1";
/* What they saw of an older generation matters no longer. */
static const char FORGET_SQL[] =
	"DELETE FROM allocators WHERE generation <"
	" (SELECT generation FROM numbering WHERE id = 1)";
static const char OPEN_SQL[] =
	"UPDATE numbering SET state = 'draining',"
	" changed_at = UTC_TIMESTAMP(3) WHERE state = 'restoring'";
static const char COUNT_CLOSED_SQL[] =
	"SELECT COUNT(*) FROM numbering WHERE state = 'restoring'";
static const char COUNT_OPEN_SQL[] =
	"SELECT COUNT(*) FROM numbering WHERE state = 'open'";

/* After the generation was raised: nobody sets the old mark again, and no batch
 * passes without one. */
static enum fault delete_mark(struct ctl *ctl, struct error *error)
{
	struct redis *redis = NULL;
	enum fault fault =
		redis_connect(ctl->settings->redis_url, &redis, error);

	if (fault == FAULT_NONE)
		fault = redis_delete_mark(redis, error);
	redis_free(&redis);
	return fault;
}

/* A signal ends a sleep early. */
static void sleep_out_lease(void)
{
	int64_t until = clock_monotonic_ms() + LEASE_MS, left;

	while ((left = until - clock_monotonic_ms()) > 0)
		clock_sleep_ms(left);
}

enum fault restore_numbers_close(struct ctl *ctl, uint64_t generation,
				 struct error *error)
{
	const struct sql_value params[] = { sql_u64(generation) };
	enum fault fault = sql_run(ctl->sql, CLOSE_SQL, params, 1, NULL, NULL,
				   NULL, error);

	if (fault == FAULT_NONE)
		fault = sql_run(ctl->sql, FORGET_SQL, NULL, 0, NULL, NULL, NULL,
				error);
	if (fault == FAULT_NONE)
		fault = delete_mark(ctl, error);
	if (fault == FAULT_NONE)
		sleep_out_lease();
	return fault;
}

enum fault restore_numbers_open(struct ctl *ctl, struct error *error)
{
	return sql_run(ctl->sql, OPEN_SQL, NULL, 0, NULL, NULL, NULL, error);
}

/* Where an API's address is known, it is asked itself: each process opens a
 * little after the others. */
static bool takes_creates(struct ctl *ctl, const char *url)
{
	const struct http_request request = { .method = "GET" };
	struct error ignored = ERROR_INIT;
	struct http_answer answer;

	/* one that does not run will find the numbers open */
	return url[0] == '\0' ||
	       http_send_to(ctl->http, url, "/ready", &request, &answer,
			    &ignored) != FAULT_NONE ||
	       answer.status == 200;
}

static enum fault look(struct ctl *ctl, bool *open_r, struct error *error)
{
	uint64_t open = 0;
	enum fault fault =
		query_u64(ctl->sql, COUNT_OPEN_SQL, NULL, 0, &open, error);

	*open_r = fault == FAULT_NONE && open > 0 &&
		  takes_creates(ctl, ctl->settings->api_url) &&
		  takes_creates(ctl, ctl->settings->ingest_url);
	return fault;
}

enum fault restore_numbers_await(struct ctl *ctl, bool *open_r,
				 struct error *error)
{
	int64_t until = clock_monotonic_ms() + OPEN_MS;
	enum fault fault;

	do {
		fault = look(ctl, open_r, error);
		if (fault != FAULT_NONE || *open_r)
			return fault;
		clock_sleep_ms(POLL_MS);
	} while (clock_monotonic_ms() < until);
	return FAULT_NONE;
}

enum fault restore_numbers_closed(struct ctl *ctl, bool *closed_r,
				  struct error *error)
{
	uint64_t closed = 0;
	enum fault fault =
		query_u64(ctl->sql, COUNT_CLOSED_SQL, NULL, 0, &closed, error);

	*closed_r = closed > 0;
	return fault;
}
