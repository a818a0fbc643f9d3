#include "api/numbers.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/allocator.h"
#include "api/background.h"
#include "api/redis.h"
#include "api/scripts.h"
#include "common/clock.h"
#include "common/log.h"

#define RETRY_MS 250
#define REDIS_TIMEOUT_MS 1000
#define LEASE_MARGIN_MS 500

struct numbers {
	struct background background;
	_Atomic uint32_t lost; /* the generation that was seen to be lost */
	_Atomic uint32_t open; /* 0: none */
	_Atomic int64_t since_ms;
	struct sql *sql;
	struct config_url redis_url;
	void (*changed)(void *context);
	void *context;
	struct error last_error; /* logged on change */
};

/* States of the row. A persister's proof that all is stored counts only from
 * "draining" on, when no lease of the old generation can be alive. */
#define STATE_OPEN "open"
#define STATE_LEASING "leasing"
#define STATE_DRAINING "draining"

/* The row of the table `numbering`. */
struct copy {
	uint32_t generation;
	char state[17];
	int64_t changed_at;
};

static bool is_open(const struct copy *copy)
{
	return strcmp(copy->state, STATE_OPEN) == 0;
}

static bool read_copy_row(void *context, const struct sql_value *columns,
			  size_t count)
{
	struct copy *copy = context;

	(void)count;
	copy->generation = (uint32_t)columns[0].as.u64;
	snprintf(copy->state, sizeof(copy->state), "%.*s",
		 (int)columns[1].as.bytes.length, columns[1].as.bytes.data);
	copy->changed_at = columns[2].as.i64;
	return false;
}

static enum fault read_copy(struct numbers *numbers, struct copy *copy_r,
			    struct error *error)
{
	static const char statement[] =
		"SELECT generation, state, changed_at FROM numbering "
		"WHERE id = 1";

	*copy_r = (struct copy){ 0, "", 0 };
	return sql_run(numbers->sql, statement, NULL, 0, read_copy_row, copy_r,
		       NULL, error);
}

/* From one generation and state to another; someone else's change in between
 * makes it do nothing, and the next read shows that. */
static enum fault change_copy(struct numbers *numbers, const struct copy *from,
			      uint32_t generation, const char *state,
			      struct error *error)
{
	static const char statement[] =
		"UPDATE numbering SET generation = ?, state = ?, "
		"changed_at = ? WHERE id = 1 AND generation = ? AND state = ?";
	struct sql_value params[] = {
		sql_u64(generation),
		sql_text(state, strlen(state)),
		sql_time(clock_wall_ms()),
		sql_u64(from->generation),
		sql_text(from->state, strlen(from->state)),
	};

	return sql_run(numbers->sql, statement, params, 5, NULL, NULL, NULL,
		       error);
}

static enum fault delete_mark(redisContext *redis, struct error *error)
{
	redisReply *reply = redisCommand(redis, "DEL " SCRIPT_MARK_KEY);
	enum fault fault = FAULT_NONE;

	if (!reply || reply->type != REDIS_REPLY_INTEGER)
		fault = error_set(error, FAULT_TEMPORARY, 0,
				  "Redis: the mark cannot be deleted");
	freeReplyObject(reply);
	return fault;
}

static enum fault set_mark(redisContext *redis, uint32_t generation,
			   struct error *error)
{
	char sha[SCRIPTS][SCRIPT_SHA_SIZE];
	enum fault fault = scripts_load(redis, sha, error);
	redisReply *reply;

	if (fault != FAULT_NONE)
		return fault;
	reply = redisCommand(redis, "EVALSHA %s 1 " SCRIPT_MARK_KEY " %u",
			     sha[SCRIPT_SET_MARK], generation);
	if (!reply || reply->type != REDIS_REPLY_INTEGER || reply->integer != 1)
		fault = error_set(error, FAULT_TEMPORARY, 0,
				  "Redis: the mark cannot be set");
	freeReplyObject(reply);
	return fault;
}

/* True when mark and copy agree and nobody here saw that generation lost. */
static bool agree(struct numbers *numbers, const struct copy *copy,
		  uint32_t mark)
{
	return mark > 0 && mark == copy->generation && is_open(copy) &&
	       mark != atomic_load(&numbers->lost);
}

static void open_generation(struct numbers *numbers, const struct copy *copy)
{
	atomic_store(&numbers->since_ms, copy->changed_at);
	atomic_store(&numbers->open, copy->generation);
	log_event(LOG_INFO, "numbers-open",
		  LOG_NUMBER("generation", copy->generation));
	numbers->changed(numbers->context);
}

static enum fault wait_for_drain(struct numbers *numbers, struct copy *copy_r,
				 struct error *error)
{
	enum fault fault;

	do {
		fault = read_copy(numbers, copy_r, error);
		if (fault != FAULT_NONE || is_open(copy_r))
			return fault;
	} while (background_sleep(&numbers->background, RETRY_MS));
	return error_set(error, FAULT_TEMPORARY, 0, "stopping");
}

/* Opens generation 1 of a system that never gave out a number. */
static enum fault open_first(struct numbers *numbers, struct copy *copy,
			     struct error *error)
{
	enum fault fault = change_copy(numbers, copy, 1, STATE_OPEN, error);

	return fault == FAULT_NONE ? read_copy(numbers, copy, error) : fault;
}

/* Raises the generation, unless an earlier recovery has done so already, and
 * waits out the lease of whoever holds a number of the one before. */
static enum fault close_old(struct numbers *numbers, struct copy *copy,
			    struct error *error)
{
	enum fault fault = FAULT_NONE;

	if (is_open(copy))
		fault = change_copy(numbers, copy, copy->generation + 1,
				    STATE_LEASING, error);
	if (fault == FAULT_NONE)
		fault = read_copy(numbers, copy, error);
	if (fault != FAULT_NONE)
		return fault;
	log_event(LOG_WARNING, "numbers-recovery",
		  LOG_NUMBER("generation", copy->generation));
	if (!background_sleep(&numbers->background,
			      NUMBERS_LEASE_MS + LEASE_MARGIN_MS))
		return error_set(error, FAULT_TEMPORARY, 0, "stopping");
	if (strcmp(copy->state, STATE_LEASING) != 0)
		return FAULT_NONE;
	return change_copy(numbers, copy, copy->generation, STATE_DRAINING,
			   error);
}

/* With the lock of all recoveries held. */
static enum fault recover(struct numbers *numbers, redisContext *redis,
			  struct copy *copy, struct error *error)
{
	enum fault fault = delete_mark(redis, error);

	if (fault != FAULT_NONE)
		return fault;
	if (copy->generation == 0) {
		fault = open_first(numbers, copy, error);
	} else {
		fault = close_old(numbers, copy, error);
		if (fault == FAULT_NONE)
			fault = wait_for_drain(numbers, copy, error);
	}
	if (fault == FAULT_NONE)
		fault = set_mark(redis, copy->generation, error);
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

/* One recovery at a time over all processes. Someone else's may have been
 * faster, so both are read again under the lock. */
static enum fault recover_alone(struct numbers *numbers, redisContext *redis,
				struct error *error)
{
	struct error ignored = ERROR_INIT;
	enum fault fault;
	bool mine = false;
	uint32_t mark = 0;
	uint64_t beat;
	struct copy copy;

	fault = sql_run_text(numbers->sql,
			     "SELECT GET_LOCK('confab.recovery', 0)", read_flag,
			     &mine, error);
	if (fault != FAULT_NONE)
		return fault;
	if (!mine)
		return error_set(error, FAULT_TEMPORARY, 0,
				 "another process recovers the numbers");
	fault = read_copy(numbers, &copy, error);
	if (fault == FAULT_NONE)
		fault = allocator_read_mark(redis, &mark, &beat, error);
	if (fault == FAULT_NONE && !agree(numbers, &copy, mark))
		fault = recover(numbers, redis, &copy, error);
	if (fault == FAULT_NONE)
		open_generation(numbers, &copy);
	/* a lock that cannot be released goes with its connection */
	if (sql_run_text(numbers->sql, "SELECT RELEASE_LOCK('confab.recovery')",
			 NULL, NULL, &ignored) != FAULT_NONE)
		sql_disconnect(numbers->sql);
	return fault;
}

static enum fault establish_with(struct numbers *numbers, redisContext *redis,
				 struct error *error)
{
	char run_id[REDIS_RUN_ID_SIZE];
	struct copy copy;
	uint32_t mark;
	uint64_t beat;
	enum fault fault;

	fault = redis_check_durable(redis, run_id, error);
	if (fault == FAULT_NONE)
		fault = read_copy(numbers, &copy, error);
	if (fault == FAULT_NONE)
		fault = allocator_read_mark(redis, &mark, &beat, error);
	if (fault != FAULT_NONE)
		return fault;
	if (agree(numbers, &copy, mark)) {
		open_generation(numbers, &copy);
		return FAULT_NONE;
	}
	return recover_alone(numbers, redis, error);
}

static void establish(struct numbers *numbers)
{
	struct error error = ERROR_INIT;
	redisContext *redis =
		redis_connect(&numbers->redis_url, REDIS_TIMEOUT_MS, &error);

	if (redis)
		establish_with(numbers, redis, &error);
	redis_close(&redis);
	if (error.fault == FAULT_NONE) {
		numbers->last_error.text[0] = '\0';
		return;
	}
	if (strcmp(error.text, numbers->last_error.text) != 0)
		log_event(LOG_WARNING, "numbers-wait",
			  LOG_TEXT("reason", error.text));
	numbers->last_error = error;
}

static void *run(void *argument)
{
	struct numbers *numbers = argument;

	sql_thread_init();
	do {
		if (atomic_load(&numbers->open) == 0)
			establish(numbers);
	} while (background_sleep(&numbers->background, RETRY_MS));
	sql_disconnect(numbers->sql);
	sql_thread_release();
	return NULL;
}

struct numbers *numbers_new(const struct sql_settings *sql,
			    const char *redis_url,
			    void (*changed)(void *context), void *context)
{
	struct numbers *numbers = calloc(1, sizeof(*numbers));

	if (!numbers)
		return NULL;
	numbers->changed = changed;
	numbers->context = context;
	numbers->sql = sql_new(sql);
	if (!numbers->sql || !config_url_parse(redis_url, &numbers->redis_url))
		goto bad;
	if (!background_start(&numbers->background, run, numbers))
		goto bad;
	return numbers;
bad:
	config_url_release(&numbers->redis_url);
	sql_free(&numbers->sql);
	free(numbers);
	return NULL;
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

void numbers_lost(struct numbers *numbers, uint32_t generation, const char *why)
{
	uint32_t expected = generation;

	atomic_store(&numbers->lost, generation);
	if (!atomic_compare_exchange_strong(&numbers->open, &expected, 0))
		return;
	log_event(LOG_ERROR, "numbers-lost",
		  LOG_NUMBER("generation", generation),
		  LOG_TEXT("reason", why));
	numbers->changed(numbers->context);
}
