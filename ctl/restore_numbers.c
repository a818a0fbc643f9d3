#include "ctl/restore_numbers.h"

#include <string.h>

#include "common/clock.h"
#include "ctl/ctl.h"
#include "ctl/query.h"
#include "ctl/redis.h"

/* NUMBERS_LEASE_MS of the API, and what it adds itself. */
#define LEASE_MS 5500
#define OPEN_MS 30000
#define POLL_MS 100

#define CLOSED "state IN ('restoring', 'replacing')"
/* Of several restores that were broken off only the first one counts: events of
 * before it may still wait, and belong to the generation before. */
static const char CLOSE_SQL[] = "UPDATE numbering SET generation ="
				" IF(" CLOSED " AND generation > ?, generation,"
				" GREATEST(generation, ?) + 1),"
				" state = ?, changed_at = UTC_TIMESTAMP(3),"
				" redis_run_id = '', beat = 0 WHERE id = 1";
static const char STATE_SQL[] =
	"SELECT CAST(CASE state WHEN 'restoring' THEN 1"
	" WHEN 'replacing' THEN 2 ELSE 0 END AS UNSIGNED)"
	" FROM numbering WHERE id = 1";
/* What they saw of an older generation matters no longer. */
static const char FORGET_SQL[] =
	"DELETE FROM allocators WHERE generation <"
	" (SELECT generation FROM numbering WHERE id = 1)";
static const char OPEN_SQL[] = "UPDATE numbering SET state = 'draining',"
			       " changed_at = UTC_TIMESTAMP(3) WHERE " CLOSED;
static const char COUNT_OPEN_SQL[] = "SELECT COUNT(*) FROM numbering"
				     " WHERE state = 'open' AND generation > ?";

static enum fault begin_generation(struct ctl *ctl, enum restore_state state,
				   uint64_t generation, struct error *error)
{
	const char *name =
		state == RESTORE_REPLACES ? "replacing" : "restoring";
	const struct sql_value params[] = { sql_u64(generation),
					    sql_u64(generation),
					    sql_text(name, strlen(name)) };
	enum fault fault = sql_run(ctl->sql, CLOSE_SQL, params, 3, NULL, NULL,
				   NULL, error);

	if (fault == FAULT_NONE)
		fault = sql_run(ctl->sql, FORGET_SQL, NULL, 0, NULL, NULL, NULL,
				error);
	return fault;
}

/* The mark goes after the generation was raised: nobody sets the old one again,
 * and no batch passes without one. Where the rows were lost, it alone knows of
 * generations after the backup. */
static enum fault close_with(struct ctl *ctl, struct redis *redis,
			     enum restore_state state, uint64_t generation,
			     struct error *error)
{
	struct redis_mark mark = { 0, 0 };
	enum fault fault = redis_read_mark(redis, &mark, error);

	if (mark.generation > generation)
		generation = mark.generation;
	if (fault == FAULT_NONE)
		fault = begin_generation(ctl, state, generation, error);
	return fault == FAULT_NONE ? redis_delete_mark(redis, error) : fault;
}

/* A signal ends a sleep early. */
static void sleep_out_lease(void)
{
	int64_t until = clock_monotonic_ms() + LEASE_MS, left;

	while ((left = until - clock_monotonic_ms()) > 0)
		clock_sleep_ms(left);
}

enum fault restore_numbers_close(struct ctl *ctl, enum restore_state state,
				 uint64_t generation, struct error *error)
{
	struct redis *redis = NULL;
	enum fault fault =
		redis_connect(ctl->settings->redis_url, &redis, error);

	if (fault == FAULT_NONE)
		fault = close_with(ctl, redis, state, generation, error);
	redis_free(&redis);
	if (fault == FAULT_NONE)
		sleep_out_lease();
	return fault;
}

enum fault restore_numbers_open(struct ctl *ctl, struct error *error)
{
	return sql_run(ctl->sql, OPEN_SQL, NULL, 0, NULL, NULL, NULL, error);
}

/* Of GET /ready; 0: its address is not known, or it does not run. */
static long api_status(struct ctl *ctl, const char *url)
{
	const struct http_request request = { .method = "GET" };
	struct error ignored = ERROR_INIT;
	struct http_answer answer;

	if (url[0] == '\0' || http_send_to(ctl->http, url, "/ready", &request,
					   &answer, &ignored) != FAULT_NONE)
		return 0;
	return answer.status;
}

bool restore_numbers_api_runs(struct ctl *ctl)
{
	return api_status(ctl, ctl->settings->api_url) != 0 ||
	       api_status(ctl, ctl->settings->ingest_url) != 0;
}

/* Where an API's address is known, it is asked itself: each process opens a
 * little after the others. One that does not run will find the numbers open. */
static bool takes_creates(struct ctl *ctl, const char *url)
{
	long status = api_status(ctl, url);

	return status == 0 || status == 200;
}

static enum fault look(struct ctl *ctl, uint64_t generation, bool *open_r,
		       struct error *error)
{
	const struct sql_value above = sql_u64(generation);
	uint64_t open = 0;
	enum fault fault =
		query_u64(ctl->sql, COUNT_OPEN_SQL, &above, 1, &open, error);

	*open_r = fault == FAULT_NONE && open > 0 &&
		  takes_creates(ctl, ctl->settings->api_url) &&
		  takes_creates(ctl, ctl->settings->ingest_url);
	return fault;
}

enum fault restore_numbers_await(struct ctl *ctl, uint64_t generation,
				 bool *open_r, struct error *error)
{
	int64_t until = clock_monotonic_ms() + OPEN_MS;
	enum fault fault;

	do {
		fault = look(ctl, generation, open_r, error);
		if (fault != FAULT_NONE || *open_r)
			return fault;
		clock_sleep_ms(POLL_MS);
	} while (clock_monotonic_ms() < until);
	return FAULT_NONE;
}

enum fault restore_numbers_state(struct ctl *ctl, enum restore_state *state_r,
				 struct error *error)
{
	uint64_t state = RESTORE_NONE;
	enum fault fault =
		query_u64(ctl->sql, STATE_SQL, NULL, 0, &state, error);

	*state_r = (enum restore_state)state;
	return fault;
}
