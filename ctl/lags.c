#include "ctl/lags.h"

#include <string.h>

#include "common/amqp.h"
#include "ctl/ctl.h"
#include "ctl/query.h"

/* Workers that write it do so within this time. */
#define FRESH_SQL "UTC_TIMESTAMP(3) - INTERVAL 10 SECOND"

static const struct {
	const char *queue;
	struct lag lag;
} kinds[LAGS] = {
	{ AMQP_QUEUE_PERSIST,
	  { "stored_lag_seconds", "from acceptance to the row", false, 0 } },
	{ AMQP_QUEUE_INDEX,
	  { "indexed_lag_seconds", "to the document", false, 0 } },
	{ AMQP_QUEUE_COUNT,
	  { "counted_lag_seconds", "to the count, beyond its interval", false,
	    0 } },
};

static bool is_empty(const struct broker_queue *queues, const char *name)
{
	for (int i = 0; i < BROKER_QUEUES; i++)
		if (strcmp(queues[i].name, name) == 0)
			return queues[i].ready + queues[i].unacknowledged == 0;
	return true;
}

struct progress_rows {
	const struct broker_queue *queues;
	struct lag *lags;
};

static bool take_row(void *context, const struct sql_value *columns,
		     size_t count)
{
	const struct progress_rows *rows = context;
	const struct sql_value *name = &columns[0];

	(void)count;
	for (int i = 0; i < LAGS; i++) {
		if (strlen(kinds[i].queue) != name->as.bytes.length ||
		    memcmp(kinds[i].queue, name->as.bytes.data,
			   name->as.bytes.length) != 0 ||
		    is_empty(rows->queues, kinds[i].queue))
			continue;
		rows->lags[i].known = true;
		rows->lags[i].seconds = query_value_u64(&columns[1]);
	}
	return true;
}

/* The counter is done with an event when its chat is marked in SQL, and looks
 * at the mark when it is due: after the interval of the counts, or much later
 * when a number is waited for. */
static enum fault add_overdue(struct ctl *ctl, struct lag *counted,
			      struct error *error)
{
	static const char statement[] =
		"SELECT GREATEST(0, TIMESTAMPDIFF(SECOND, MIN(check_at),"
		" UTC_TIMESTAMP(3))) FROM dirty_chats";
	uint64_t seconds = 0;
	enum fault fault =
		query_u64(ctl->sql, statement, NULL, 0, &seconds, error);

	if (fault == FAULT_NONE && counted->known && seconds > counted->seconds)
		counted->seconds = seconds;
	return fault;
}

enum fault lags_read(struct ctl *ctl,
		     const struct broker_queue queues[BROKER_QUEUES],
		     struct lag lags_r[LAGS], struct error *error)
{
	static const char statement[] =
		"SELECT queue, GREATEST(0, TIMESTAMPDIFF(SECOND, caught_up_at,"
		" IF(noted_at > " FRESH_SQL ", noted_at, UTC_TIMESTAMP(3))))"
		" FROM progress";
	struct progress_rows rows = { queues, lags_r };
	enum fault fault;

	for (int i = 0; i < LAGS; i++) {
		lags_r[i] = kinds[i].lag;
		lags_r[i].known = is_empty(queues, kinds[i].queue);
	}
	fault = sql_run(ctl->sql, statement, NULL, 0, take_row, &rows, NULL,
			error);
	if (fault == FAULT_NONE)
		fault = add_overdue(ctl, &lags_r[LAGS - 1], error);
	return fault;
}
