#include "api/audit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/log.h"

/* From the confirm to the row, at the very most, on a system that is well. */
#define STORED_MS 2000
#define COPIES_PER_STEP 100
#define CONFIRM_TIMEOUT_MS 5000

enum finding {
	FOUND_STORED,
	FOUND_MISSING,
	FOUND_OVER,   /* another generation has begun */
	FOUND_NOTHING /* the database did not say */
};

struct audit {
	pthread_mutex_t lock; /* guards the sample while `watched` is false */
	struct sql *sql;
	atomic_bool watched; /* there is a sample, the looking thread's own */
	atomic_bool lost;
	struct event sample; /* without texts: those are in the line */
	struct buf line;
	int64_t since_ms;
};

struct audit *audit_new(const struct sql_settings *sql)
{
	struct audit *audit = calloc(1, sizeof(*audit));

	if (!audit)
		return NULL;
	pthread_mutex_init(&audit->lock, NULL);
	audit->sql = sql_new(sql);
	if (!audit->sql)
		audit_free(&audit);
	return audit;
}

void audit_free(struct audit **audit)
{
	struct audit *it = *audit;

	if (!it)
		return;
	sql_free(&it->sql);
	buf_release(&it->line);
	pthread_mutex_destroy(&it->lock);
	free(it);
	*audit = NULL;
}

bool audit_has_lost(const struct audit *audit)
{
	return atomic_load(&audit->lost);
}

/* ---- the sample ---- */

bool audit_wants(const struct audit *audit)
{
	return audit && !atomic_load(&audit->watched);
}

void audit_offer(struct audit *audit, const struct event *event)
{
	pthread_mutex_lock(&audit->lock);
	if (audit_wants(audit)) {
		struct event copy = *event;

		/* Its copies would be told of as often as they come. */
		copy.request_id = copy.traceparent = NULL;
		buf_clear(&audit->line);
		event_encode(&copy, &audit->line);
		copy.body = copy.key = NULL;
		audit->sample = copy;
		audit->since_ms = clock_monotonic_ms();
		atomic_store(&audit->watched, !audit->line.failed);
	}
	pthread_mutex_unlock(&audit->lock);
}

static void drop_sample(struct audit *audit)
{
	if (atomic_exchange(&audit->lost, false))
		log_event(LOG_INFO, "events-are-stored-again");
	atomic_store(&audit->watched, false);
}

/* ---- in the rows ---- */

static bool read_finding(void *context, const struct sql_value *columns,
			 size_t count)
{
	enum finding *finding = context;

	(void)count;
	if (columns[0].as.u64 == 0)
		*finding = FOUND_OVER;
	else
		*finding =
			columns[1].as.u64 != 0 ? FOUND_STORED : FOUND_MISSING;
	return false;
}

static enum finding ask_rows(struct audit *audit)
{
	static const char statement[] =
		"SELECT EXISTS(SELECT 1 FROM numbering WHERE generation = ? "
		"AND state = 'open'), "
		"EXISTS(SELECT 1 FROM messages WHERE application_id = ? AND "
		"chat_number = ? AND number = ?) OR "
		"EXISTS(SELECT 1 FROM chats WHERE application_id = ? AND ? = 0 "
		"AND number = ?) OR "
		"EXISTS(SELECT 1 FROM dead_letters WHERE event_id = ?)";
	const struct event *event = &audit->sample;
	const struct sql_value params[] = {
		sql_u64(event->generation),
		sql_u64(event->application_id),
		sql_u64(event->chat_number),
		sql_u64(event->number),
		sql_u64(event->application_id),
		sql_u64(event->chat_number),
		sql_u64(event->number),
		sql_bytes(event->id.bytes, sizeof(event->id.bytes)),
	};
	enum finding finding = FOUND_NOTHING;
	struct error error = ERROR_INIT;

	if (sql_run(audit->sql, statement, params,
		    sizeof(params) / sizeof(params[0]), read_finding, &finding,
		    NULL, &error) != FAULT_NONE)
		return FOUND_NOTHING;
	return finding;
}

/* ---- copies ---- */

static struct amqp_publication copy_of_sample(const struct audit *audit)
{
	return (struct amqp_publication){
		.exchange = AMQP_EXCHANGE_EVENTS,
		.routing_key = event_type_name(audit->sample.type),
		.content_type = EVENT_CONTENT_TYPE,
		.body = audit->line.data,
		.length = audit->line.length,
	};
}

struct confirms {
	uint64_t first; /* copy's sequence number */
	unsigned count, open;
	bool refused;
	bool settled[COPIES_PER_STEP];
};

static void settle(struct confirms *confirms, uint64_t sequence)
{
	uint64_t i = sequence - confirms->first;

	if (sequence < confirms->first || i >= confirms->count ||
	    confirms->settled[i])
		return;
	confirms->settled[i] = true;
	confirms->open--;
}

static void note_confirm(void *context, const struct amqp_notice *notice)
{
	struct confirms *confirms = context;

	if (notice->kind != AMQP_ACK && notice->kind != AMQP_NACK)
		return;
	confirms->refused |= notice->kind == AMQP_NACK;
	settle(confirms, notice->sequence);
	if (notice->multiple)
		for (unsigned i = 0; i < confirms->count; i++)
			if (confirms->first + i < notice->sequence)
				settle(confirms, confirms->first + i);
}

/* At least one, `count` at the most; *done_r of them are confirmed. */
static enum fault publish_copies(struct audit *audit, struct amqp_link *link,
				 unsigned count, unsigned *done_r,
				 struct error *error)
{
	const struct amqp_publication copy = copy_of_sample(audit);
	int64_t deadline = clock_monotonic_ms() + CONFIRM_TIMEOUT_MS;
	struct confirms confirms = { 0 };
	enum fault fault = FAULT_NONE;
	uint64_t sequence;

	while (confirms.count < count &&
	       confirms.count * copy.length <= AMQP_UNCONFIRMED_BYTES) {
		fault = amqp_link_publish(link, &copy, &sequence, error);
		if (fault != FAULT_NONE)
			return fault;
		if (confirms.count++ == 0)
			confirms.first = sequence;
		confirms.open++;
	}
	while (fault == FAULT_NONE && confirms.open > 0 &&
	       clock_monotonic_ms() < deadline)
		fault = amqp_link_read_notices(link, 100, note_confirm,
					       &confirms, error);
	*done_r = confirms.count;
	if (fault == FAULT_NONE && (confirms.open > 0 || confirms.refused))
		fault = error_set(error, FAULT_TEMPORARY, 0,
				  "the copies were not confirmed");
	return fault;
}

/* ---- the proof ---- */

static void tell_loss(struct audit *audit)
{
	char id[UUID_TEXT_SIZE];

	atomic_store(&audit->lost, true);
	uuid_format(&audit->sample.id, id);
	log_event(LOG_ERROR, "events-are-lost",
		  LOG_TEXT("reason", "the queue " AMQP_QUEUE_PERSIST
				     " does not get them: is it bound?"),
		  LOG_TEXT("remedy", "import the definitions again"),
		  LOG_TEXT("id", id),
		  LOG_NUMBER("ms_ago", clock_monotonic_ms() - audit->since_ms));
}

/* True when the queue did not get the sample, and would not get it now. */
static enum fault prove(struct audit *audit, struct amqp_link *link,
			uint32_t consumers, bool *proved_r, struct error *error)
{
	uint64_t wanted = (uint64_t)consumers * AUDIT_PREFETCH_MAX + 1;
	uint32_t ready = 0, others = consumers;
	enum fault fault = FAULT_NONE;
	unsigned done;

	*proved_r = false;
	for (uint64_t sent = 0; sent < wanted; sent += done) {
		fault = publish_copies(audit, link, COPIES_PER_STEP, &done,
				       error);
		if (fault == FAULT_NONE)
			fault = amqp_link_queue_depth(link, AMQP_QUEUE_PERSIST,
						      &ready, &others, error);
		if (fault != FAULT_NONE || ready > 0 || others != consumers ||
		    ask_rows(audit) != FOUND_MISSING)
			return fault;
	}
	*proved_r = true;
	return fault;
}

static enum fault look_closer(struct audit *audit, struct amqp_link *link,
			      uint32_t ready, uint32_t consumers,
			      struct error *error)
{
	bool proved;
	enum fault fault;
	unsigned done;

	if (audit_has_lost(audit))
		return publish_copies(audit, link, 1, &done, error);
	if (ready > 0 || consumers == 0)
		return FAULT_NONE;
	fault = prove(audit, link, consumers, &proved, error);
	if (fault == FAULT_NONE && proved)
		tell_loss(audit);
	return fault;
}

enum fault audit_look(struct audit *audit, struct amqp_link *link,
		      uint32_t ready, uint32_t consumers, struct error *error)
{
	if (audit_wants(audit))
		return FAULT_NONE; /* there is no sample */
	switch (ask_rows(audit)) {
	case FOUND_STORED:
	case FOUND_OVER:
		drop_sample(audit);
		return FAULT_NONE;
	case FOUND_MISSING:
		if (clock_monotonic_ms() - audit->since_ms < STORED_MS)
			break;
		return look_closer(audit, link, ready, consumers, error);
	case FOUND_NOTHING:
		break;
	}
	return FAULT_NONE;
}
