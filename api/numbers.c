#include "api/numbers.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/allocator.h"
#include "api/recovery.h"
#include "api/redis.h"
#include "api/vouch.h"
#include "common/background.h"
#include "common/clock.h"
#include "common/log.h"

#define RETRY_MS 250
#define REDIS_TIMEOUT_MS 1000
/* A process that lives notices within a second that Redis is another. */
#define VOUCH_WAIT_MS 3000
#define NOTE_MS 2000
#define IDLE_TIMEOUT_S 30

struct numbers {
	struct background background;
	_Atomic uint32_t lost; /* the generation that was seen to be lost */
	_Atomic uint32_t open; /* 0: none */
	_Atomic int64_t since_ms;
	_Atomic uint64_t beat; /* the highest one seen of `generation` */
	struct sql *sql;
	struct config_url redis_url;
	const char *name;
	void (*changed)(void *context, uint32_t generation);
	void *context;
	struct error last_error; /* logged on change */
	int64_t noted_ms;
	/* our row in `allocators`; run_id is guarded by background.lock */
	uint32_t generation; /* 0: none */
	char run_id[REDIS_RUN_ID_SIZE];
};

/* Redis as it was found. */
struct found {
	redisContext *redis;
	char run_id[REDIS_RUN_ID_SIZE];
	uint32_t mark;
	uint64_t beat;
};

/* True when mark and copy agree, nothing that was seen is missing, and nobody
 * here saw that generation lost. */
static bool agree(struct numbers *numbers, const struct numbering *row,
		  const struct found *found)
{
	return found->mark > 0 && found->mark == row->generation &&
	       numbering_is_open(row) && found->beat >= row->beat &&
	       found->mark != atomic_load(&numbers->lost);
}

static bool same_run(const struct numbering *row, const struct found *found)
{
	return strcmp(row->run_id, found->run_id) == 0;
}

/* ---- taking part ---- */

static void open_generation(struct numbers *numbers)
{
	atomic_store(&numbers->open, numbers->generation);
	log_event(LOG_INFO, "numbers-open",
		  LOG_NUMBER("generation", numbers->generation));
	numbers->changed(numbers->context, numbers->generation);
}

/* The same Redis process as before, and it knows what we know: only the
 * connection was lost. Needs no SQL. */
static bool was_kept(struct numbers *numbers, const struct found *found)
{
	return numbers->generation != 0 && found->mark == numbers->generation &&
	       found->mark != atomic_load(&numbers->lost) &&
	       strcmp(found->run_id, numbers->run_id) == 0 &&
	       found->beat >= atomic_load(&numbers->beat);
}

static enum fault settle(struct numbers *numbers, struct error *error)
{
	enum fault fault;

	if (numbers->generation == 0)
		return FAULT_NONE;
	fault = vouch_settle(numbers->sql, numbers->name, numbers->generation,
			     atomic_load(&numbers->beat), error);
	if (fault == FAULT_NONE)
		numbers->generation = 0;
	return fault;
}

static void remember(struct numbers *numbers, const struct numbering *row,
		     uint64_t beat)
{
	pthread_mutex_lock(&numbers->background.lock);
	snprintf(numbers->run_id, sizeof(numbers->run_id), "%s", row->run_id);
	pthread_mutex_unlock(&numbers->background.lock);
	numbers->generation = row->generation;
	numbers->noted_ms = clock_monotonic_ms();
	atomic_store(&numbers->beat, beat);
	atomic_store(&numbers->since_ms, row->changed_at);
}

/* The row first, then a look whether all is still as it was: whoever changes
 * the generation or moves it to another Redis looks at the rows after. */
static enum fault enter(struct numbers *numbers, const struct found *found,
			struct error *error)
{
	struct numbering row;
	enum fault fault = vouch_note(numbers->sql, numbers->name, found->mark,
				      found->run_id, found->beat, error);

	if (fault == FAULT_NONE)
		fault = numbering_read(numbers->sql, &row, error);
	if (fault != FAULT_NONE)
		return fault;
	if (!numbering_is_open(&row) || row.generation != found->mark ||
	    !same_run(&row, found))
		return error_set(error, FAULT_TEMPORARY, 0,
				 "the numbers have changed meanwhile");
	remember(numbers, &row, found->beat);
	open_generation(numbers);
	return FAULT_NONE;
}

/* ---- another Redis process ---- */

/* Waits until everybody has said what they saw of the process before, then
 * compares; `row` is read again. */
static enum fault vouched(struct numbers *numbers, const struct found *found,
			  struct numbering *row, bool *vouched_r,
			  struct error *error)
{
	int64_t until = clock_monotonic_ms() + VOUCH_WAIT_MS;
	bool settled = false;
	enum fault fault;

	do {
		fault = vouch_is_settled(numbers->sql, row->generation,
					 found->run_id, &settled, error);
	} while (fault == FAULT_NONE && !settled &&
		 clock_monotonic_ms() < until &&
		 background_sleep(&numbers->background, RETRY_MS));
	if (fault == FAULT_NONE)
		fault = numbering_read(numbers->sql, row, error);
	if (fault != FAULT_NONE)
		return fault;
	*vouched_r = settled && agree(numbers, row, found);
	log_event(*vouched_r ? LOG_INFO : LOG_WARNING, "redis-is-another",
		  LOG_TEXT("numbers", *vouched_r ? "kept"
				      : settled	 ? "lost"
						 : "nobody can tell"));
	return FAULT_NONE;
}

/* ---- Redis has kept all, or starts anew ---- */

static enum fault recover(struct numbers *numbers, struct found *found,
			  struct numbering *row, struct error *error)
{
	struct recovery recovery = {
		.sql = numbers->sql,
		.redis = found->redis,
		.run_id = found->run_id,
		.background = &numbers->background,
	};
	enum fault fault = recovery_run(&recovery, row, error);

	if (fault == FAULT_NONE) {
		found->mark = row->generation;
		found->beat = 0;
	}
	return fault;
}

/* With the lock of all recoveries held. */
static enum fault decide(struct numbers *numbers, struct found *found,
			 struct error *error)
{
	struct numbering row;
	bool kept = false;
	enum fault fault = numbering_read(numbers->sql, &row, error);

	if (fault == FAULT_NONE)
		fault = allocator_read_mark(found->redis, &found->mark,
					    &found->beat, error);
	if (fault != FAULT_NONE)
		return fault;
	kept = agree(numbers, &row, found);
	if (kept && !same_run(&row, found)) {
		fault = vouched(numbers, found, &row, &kept, error);
		if (fault == FAULT_NONE && kept)
			fault = numbering_move(numbers->sql, &row,
					       found->run_id, error);
	}
	if (fault == FAULT_NONE && !kept)
		fault = recover(numbers, found, &row, error);
	return fault;
}

static bool read_flag(void *context, const struct sql_value *columns,
		      size_t count)
{
	(void)count;
	if (columns[0].type == SQL_U64 || columns[0].type == SQL_I64)
		*(bool *)context = columns[0].as.u64 == 1;
	else if (columns[0].type == SQL_TEXT || columns[0].type == SQL_BYTES)
		*(bool *)context = columns[0].as.bytes.length == 1 &&
				   columns[0].as.bytes.data[0] == '1';
	return false;
}

/* One at a time over all processes. Someone else may have been faster, so all
 * is read again under the lock. */
static enum fault decide_alone(struct numbers *numbers, struct found *found,
			       struct error *error)
{
	struct error ignored = ERROR_INIT;
	enum fault fault;
	bool mine = false;

	fault = sql_run_text(numbers->sql,
			     "SELECT GET_LOCK('confab.recovery', 0)", read_flag,
			     &mine, error);
	if (fault != FAULT_NONE)
		return fault;
	if (!mine)
		return error_set(error, FAULT_TEMPORARY, 0,
				 "another process recovers the numbers");
	fault = decide(numbers, found, error);
	/* a lock that cannot be released goes with its connection */
	if (sql_run_text(numbers->sql, "SELECT RELEASE_LOCK('confab.recovery')",
			 NULL, NULL, &ignored) != FAULT_NONE)
		sql_disconnect(numbers->sql);
	return fault;
}

static enum fault establish_with(struct numbers *numbers, struct found *found,
				 struct error *error)
{
	struct numbering row;
	enum fault fault;

	fault = redis_check_durable(found->redis, found->run_id, error);
	if (fault == FAULT_NONE)
		fault = allocator_read_mark(found->redis, &found->mark,
					    &found->beat, error);
	if (fault != FAULT_NONE)
		return fault;
	if (was_kept(numbers, found)) {
		open_generation(numbers);
		return FAULT_NONE;
	}
	fault = settle(numbers, error);
	if (fault == FAULT_NONE)
		fault = numbering_read(numbers->sql, &row, error);
	if (fault == FAULT_NONE)
		fault = allocator_read_mark(found->redis, &found->mark,
					    &found->beat, error);
	if (fault == FAULT_NONE &&
	    !(agree(numbers, &row, found) && same_run(&row, found)))
		fault = decide_alone(numbers, found, error);
	if (fault == FAULT_NONE)
		fault = enter(numbers, found, error);
	return fault;
}

static void establish(struct numbers *numbers)
{
	struct error error = ERROR_INIT;
	struct found found = { .redis = NULL };

	found.redis =
		redis_connect(&numbers->redis_url, REDIS_TIMEOUT_MS, &error);
	/* a fault is in `error` */
	if (found.redis)
		(void)!establish_with(numbers, &found, &error);
	redis_close(&found.redis);
	if (error.fault == FAULT_NONE) {
		numbers->last_error.text[0] = '\0';
		return;
	}
	if (strcmp(error.text, numbers->last_error.text) != 0)
		log_event(LOG_WARNING, "numbers-wait",
			  LOG_TEXT("reason", error.text));
	numbers->last_error = error;
}

/* Without SQL the row keeps an older beat, which is as good as none. */
static void note_from_time_to_time(struct numbers *numbers)
{
	struct error ignored = ERROR_INIT;

	if (clock_monotonic_ms() - numbers->noted_ms < NOTE_MS)
		return;
	numbers->noted_ms = clock_monotonic_ms();
	(void)!vouch_note(numbers->sql, numbers->name, numbers->generation,
			  numbers->run_id, atomic_load(&numbers->beat),
			  &ignored);
}

static void *run(void *argument)
{
	struct numbers *numbers = argument;
	struct error error = ERROR_INIT;

	sql_thread_init();
	do {
		if (atomic_load(&numbers->open) == 0)
			establish(numbers);
		else
			note_from_time_to_time(numbers);
	} while (background_sleep(&numbers->background, RETRY_MS));
	if (settle(numbers, &error) != FAULT_NONE)
		log_event(LOG_WARNING, "numbers-not-settled",
			  LOG_TEXT("reason", error.text));
	sql_disconnect(numbers->sql);
	sql_thread_release();
	return NULL;
}

struct numbers *numbers_new(const struct sql_settings *sql,
			    const char *redis_url, const char *name,
			    void (*changed)(void *context, uint32_t generation),
			    void *context)
{
	struct numbers *numbers = calloc(1, sizeof(*numbers));
	struct sql_settings settings = *sql;

	if (!numbers)
		return NULL;
	/* a frozen process must not hold the lock of recoveries for ever */
	settings.idle_timeout_s = IDLE_TIMEOUT_S;
	numbers->name = name;
	numbers->changed = changed;
	numbers->context = context;
	numbers->sql = sql_new(&settings);
	if (numbers->sql && config_url_parse(redis_url, &numbers->redis_url))
		return numbers;
	config_url_release(&numbers->redis_url);
	sql_free(&numbers->sql);
	free(numbers);
	return NULL;
}

bool numbers_start(struct numbers *numbers)
{
	return background_start(&numbers->background, run, numbers);
}

void numbers_free(struct numbers **numbers)
{
	struct numbers *it = *numbers;

	if (!it)
		return;
	background_stop(&it->background);
	config_url_release(&it->redis_url);
	sql_free(&it->sql);
	free(it);
	*numbers = NULL;
}

uint32_t numbers_generation(struct numbers *numbers)
{
	return atomic_load(&numbers->open);
}

int64_t numbers_since_ms(struct numbers *numbers)
{
	return atomic_load(&numbers->since_ms);
}

bool numbers_served_by(struct numbers *numbers, uint32_t generation,
		       const char *run_id)
{
	bool same;

	if (generation == 0 || atomic_load(&numbers->open) != generation)
		return false;
	pthread_mutex_lock(&numbers->background.lock);
	same = strcmp(numbers->run_id, run_id) == 0;
	pthread_mutex_unlock(&numbers->background.lock);
	return same;
}

void numbers_note_beat(struct numbers *numbers, uint64_t beat)
{
	atomic_store(&numbers->beat, beat);
}

void numbers_interrupted(struct numbers *numbers)
{
	if (atomic_exchange(&numbers->open, 0) != 0)
		numbers->changed(numbers->context, 0);
}

void numbers_lost(struct numbers *numbers, uint32_t generation, const char *why)
{
	uint32_t expected = generation;

	atomic_store(&numbers->lost, generation);
	if (!atomic_compare_exchange_strong(&numbers->open, &expected, 0))
		return;
	log_event(LOG_ERROR, "numbers-lost",
		  LOG_NUMBER("generation", generation),
		  LOG_TEXT("reason", why));
	numbers->changed(numbers->context, 0);
}
