#include "api/recovery.h"

#include <string.h>

#include "api/numbers.h"
#include "api/scripts.h"
#include "common/log.h"
#include "common/redis_link.h"

#define RETRY_MS 250
#define LEASE_MARGIN_MS 500

static enum fault delete_mark(redisContext *redis, struct error *error)
{
	redisReply *reply = redis_link_command(redis, "DEL " SCRIPT_MARK_KEY);
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
	reply = redis_link_command(redis, "EVALSHA %s 1 " SCRIPT_MARK_KEY " %u",
				   sha[SCRIPT_SET_MARK], generation);
	if (!reply || reply->type != REDIS_REPLY_INTEGER || reply->integer != 1)
		fault = error_set(error, FAULT_TEMPORARY, 0,
				  "Redis: the mark cannot be set");
	freeReplyObject(reply);
	return fault;
}

static enum fault wait_until_drained(const struct recovery *it,
				     struct numbering *row_r,
				     struct error *error)
{
	enum fault fault;

	do {
		fault = numbering_read(it->sql, row_r, error);
		if (fault != FAULT_NONE ||
		    strcmp(row_r->state, NUMBERING_DRAINED) == 0)
			return fault;
		if (numbering_is_open(row_r))
			return error_set(error, FAULT_TEMPORARY, 0,
					 "another process has recovered the "
					 "numbers");
	} while (background_sleep(it->background, RETRY_MS));
	return error_set(error, FAULT_TEMPORARY, 0, "stopping");
}

/* Opens generation 1 of a system that never gave out a number. */
static enum fault open_first(const struct recovery *it, struct numbering *row,
			     struct error *error)
{
	enum fault fault = numbering_change(it->sql, row, 1, NUMBERING_OPEN,
					    it->run_id, error);

	return fault == FAULT_NONE ? numbering_read(it->sql, row, error)
				   : fault;
}

/* Raises the generation, unless an earlier recovery has done so already, and
 * waits out the lease of whoever holds a number of the one before. The mark
 * goes after the generation was raised: nobody can set the old one again. */
static enum fault close_old(const struct recovery *it, struct numbering *row,
			    struct error *error)
{
	enum fault fault = FAULT_NONE;

	if (numbering_is_open(row))
		fault = numbering_change(it->sql, row, row->generation + 1,
					 NUMBERING_LEASING, it->run_id, error);
	if (fault == FAULT_NONE)
		fault = numbering_read(it->sql, row, error);
	if (fault != FAULT_NONE)
		return fault;
	fault = delete_mark(it->redis, error);
	if (fault != FAULT_NONE)
		return fault;
	log_event(LOG_WARNING, "numbers-recovery",
		  LOG_NUMBER("generation", row->generation));
	if (!background_sleep(it->background,
			      NUMBERS_LEASE_MS + LEASE_MARGIN_MS))
		return error_set(error, FAULT_TEMPORARY, 0, "stopping");
	if (strcmp(row->state, NUMBERING_LEASING) != 0)
		return FAULT_NONE;
	return numbering_change(it->sql, row, row->generation,
				NUMBERING_DRAINING, it->run_id, error);
}

static enum fault open_drained(const struct recovery *it, struct numbering *row,
			       struct error *error)
{
	enum fault fault = wait_until_drained(it, row, error);

	if (fault == FAULT_NONE)
		fault = numbering_change(it->sql, row, row->generation,
					 NUMBERING_OPEN, it->run_id, error);
	return fault == FAULT_NONE ? numbering_read(it->sql, row, error)
				   : fault;
}

enum fault recovery_run(const struct recovery *recovery, struct numbering *row,
			struct error *error)
{
	const struct recovery *it = recovery;
	enum fault fault;

	if (row->generation == 0) {
		/* whatever mark there is, it is another system's */
		fault = delete_mark(it->redis, error);
		if (fault == FAULT_NONE)
			fault = open_first(it, row, error);
	} else {
		fault = close_old(it, row, error);
		if (fault == FAULT_NONE)
			fault = open_drained(it, row, error);
	}
	if (fault == FAULT_NONE)
		fault = set_mark(it->redis, row->generation, error);
	return fault;
}
