#include "ctl/reset.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/amqp.h"
#include "common/clock.h"
#include "ctl/broker.h"
#include "ctl/console.h"
#include "ctl/ctl.h"
#include "ctl/migrate.h"
#include "ctl/query.h"
#include "ctl/redis.h"
#include "ctl/restore_numbers.h"
#include "ctl/search_index.h"
#include "ctl/seed.h"

#define SETTLE_TIMEOUT_MS 15000
#define SETTLE_POLL_MS 500

static const char QUESTION[] =
	"This deletes every application, chat and message.";

/* Row by row, since TRUNCATE would start the ids anew: an event of before that
 * is still on its way must not meet an application of after. */
static const char DELETE_APPLICATIONS_SQL[] =
	"DELETE FROM applications LIMIT 10000";

/* Stays: schema_version, settings, and numbering, whose generation only ever
 * rises. */
static const char *const truncations[] = {
	"SET SESSION lock_wait_timeout = 30",
	"TRUNCATE TABLE chats",
	"TRUNCATE TABLE messages",
	"TRUNCATE TABLE voids",
	"TRUNCATE TABLE outbox",
	"TRUNCATE TABLE dead_letters",
	"TRUNCATE TABLE dirty_chats",
	"TRUNCATE TABLE idempotency",
	"DELETE FROM settings WHERE name = 'sample_data'",
};

static const char GENERATION_SQL[] =
	"SELECT generation FROM numbering WHERE id = 1";

/* Shapes of the API's keys: the mark, and what belongs to an application. */
static const char *const key_patterns[] = { "confab:*", "{[0-9]*}:*" };

/* How much was deleted. */
struct deleted {
	uint64_t applications, keys;
};

static enum fault delete_applications(struct ctl *ctl, struct deleted *deleted,
				      struct error *error)
{
	struct sql_result result;

	do {
		enum fault fault = sql_run(ctl->sql, DELETE_APPLICATIONS_SQL,
					   NULL, 0, NULL, NULL, &result, error);

		if (fault != FAULT_NONE)
			return fault;
		deleted->applications += result.affected;
	} while (result.affected > 0);
	printf("deleted %" PRIu64 " applications\n", deleted->applications);
	return FAULT_NONE;
}

static enum fault truncate_tables(struct ctl *ctl, struct deleted *deleted,
				  struct error *error)
{
	(void)deleted;
	enum fault fault = FAULT_NONE;
	size_t count = sizeof(truncations) / sizeof(truncations[0]);

	for (size_t i = 0; fault == FAULT_NONE && i < count; i++)
		fault = sql_run_text(ctl->sql, truncations[i], NULL, NULL,
				     error);
	if (fault == FAULT_NONE)
		puts("emptied the tables");
	return fault;
}

static enum fault purge_queues(struct ctl *ctl, struct deleted *deleted,
			       struct error *error)
{
	static const char *const queues[] = { AMQP_QUEUE_PERSIST,
					      AMQP_QUEUE_INDEX,
					      AMQP_QUEUE_COUNT,
					      AMQP_QUEUE_DEAD };
	enum fault fault = FAULT_NONE;

	(void)deleted;
	for (int i = 0; fault == FAULT_NONE && i < BROKER_QUEUES; i++)
		fault = broker_purge(ctl, queues[i], error);
	return fault;
}

/* What the workers hold cannot be purged: lets them settle it. */
static enum fault wait_settled(struct ctl *ctl, struct deleted *deleted,
			       struct error *error)
{
	int64_t deadline = clock_monotonic_ms() + SETTLE_TIMEOUT_MS;
	struct broker_queue queues[BROKER_QUEUES];

	(void)deleted;
	for (;;) {
		uint64_t held = 0;
		enum fault fault = broker_queues(ctl, queues, error);

		if (fault != FAULT_NONE)
			return fault;
		for (int i = 0; i < BROKER_QUEUES; i++)
			held += queues[i].unacknowledged;
		if (held == 0)
			return FAULT_NONE;
		if (clock_monotonic_ms() >= deadline)
			return error_set(error, FAULT_TEMPORARY, 0,
					 "%" PRIu64
					 " messages are still on their way; "
					 "stop who posts, then reset again",
					 held);
		clock_sleep_ms(SETTLE_POLL_MS);
	}
}

static enum fault delete_keys(struct ctl *ctl, struct deleted *deleted,
			      struct error *error)
{
	struct redis *redis = NULL;
	enum fault fault =
		redis_connect(ctl->settings->redis_url, &redis, error);

	for (size_t i = 0; i < sizeof(key_patterns) / sizeof(key_patterns[0]);
	     i++)
		if (fault == FAULT_NONE)
			fault = redis_delete_matching(redis, key_patterns[i],
						      &deleted->keys, error);
	redis_free(&redis);
	if (fault == FAULT_NONE)
		printf("deleted %" PRIu64 " keys in Redis\n", deleted->keys);
	return fault;
}

enum fault reset_keys(struct ctl *ctl, struct error *error)
{
	struct deleted deleted = { 0, 0 };

	return delete_keys(ctl, &deleted, error);
}

static enum fault empty_index(struct ctl *ctl, struct deleted *deleted,
			      struct error *error)
{
	enum fault fault;

	(void)deleted;
	if (ctl->elastic == NULL)
		return FAULT_NONE;
	fault = search_index_replace_empty(ctl->elastic, error);
	if (fault == FAULT_NONE)
		puts("emptied the search index");
	return fault;
}

/* First what gives birth to new data, then what is on its way, then what is
 * stored, then what is derived from it. */
static const struct {
	const char *doing;
	enum fault (*run)(struct ctl *ctl, struct deleted *deleted,
			  struct error *error);
} steps[] = {
	{ "delete the applications", delete_applications },
	{ "purge the queues", purge_queues },
	{ "wait for the workers", wait_settled },
	{ "empty the tables", truncate_tables },
	{ "purge the queues again", purge_queues },
	{ "delete the keys in Redis", delete_keys },
	{ "empty the search index", empty_index },
};

bool reset_empty(struct ctl *ctl)
{
	struct error error = ERROR_INIT;
	struct deleted deleted = { 0, 0 };

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (steps[i].run(ctl, &deleted, &error) == FAULT_NONE)
			continue;
		console_fault(steps[i].doing, &error);
		return false;
	}
	ctl_set_result(ctl,
		       "{\"applications\":%" PRIu64 ",\"redis_keys\":%" PRIu64
		       "}",
		       deleted.applications, deleted.keys);
	return true;
}

/* The API begins a generation when it misses Redis' keys; till then it takes no
 * create. */
static enum fault await_creates(struct ctl *ctl, uint64_t generation,
				struct error *error)
{
	bool open = false;
	enum fault fault;

	if (!restore_numbers_api_runs(ctl))
		return FAULT_NONE;
	(void)fflush(stdout);
	fputs("waiting until the API takes creates\n", stderr);
	fault = restore_numbers_await(ctl, generation, &open, error);
	if (fault != FAULT_NONE)
		return fault;
	if (!open)
		console_error("all is empty; creates are taken once an API and "
			      "a persister run");
	return FAULT_NONE;
}

/* Opens the numbers, which a restore that was broken off may have closed. */
static enum fault empty_and_open(struct ctl *ctl, bool *emptied_r,
				 struct error *error)
{
	uint64_t generation = 0;
	enum fault fault = query_u64(ctl->sql, GENERATION_SQL, NULL, 0,
				     &generation, error);

	if (fault != FAULT_NONE)
		return fault;
	*emptied_r = reset_empty(ctl);
	if (!*emptied_r)
		return FAULT_NONE;
	fault = restore_numbers_open(ctl, error);
	if (fault == FAULT_NONE)
		fault = await_creates(ctl, generation, error);
	return fault;
}

enum ctl_exit reset_run(struct ctl *ctl)
{
	struct error error = ERROR_INIT;
	enum ctl_exit code = ctl_confirm(ctl, QUESTION);
	bool emptied = false;

	if (code == CTL_DONE)
		code = migrate_run(ctl);
	if (code != CTL_DONE)
		return code;
	if (empty_and_open(ctl, &emptied, &error) == FAULT_NONE)
		return emptied ? CTL_DONE : CTL_FAILED;
	console_fault("open the numbers", &error);
	return CTL_FAILED;
}

enum ctl_exit reset_run_and_seed(struct ctl *ctl)
{
	enum ctl_exit code = reset_run(ctl);

	return code == CTL_DONE ? seed_run(ctl) : code;
}
