#include "api/outbox.h"

#include <stdlib.h>
#include <string.h>

#include "api/server.h"
#include "common/amqp.h"
#include "common/background.h"
#include "common/backoff.h"
#include "common/clock.h"
#include "common/log.h"

#define PERIOD_MS 1000
#define BUSY_MS 50
#define CONFIRM_TIMEOUT_MS 5000
/* Nobody answers heartbeats between rounds, so a link does not wait idle for
 * the broker to take it for dead. */
#define LINK_IDLE_MS 4000
#define ROWS_PER_ROUND 64

struct outbox_row {
	uint64_t id;
	size_t end; /* of its event in the lines */
};

struct outbox {
	struct server *server;
	struct background background;
	struct sql *sql;
	struct amqp_link *link;
	int64_t used_ms;  /* when it published last */
	uint64_t session; /* the one that was prepared */
	bool mine;	  /* this round; else another process is at it */
	struct buf lines;
	struct outbox_row rows[ROWS_PER_ROUND];
	size_t count;
};

struct metric_series outbox_published = { .labels = "" };
/* Unix ms; 0: none waits, or another process is at it. */
static _Atomic int64_t oldest_ms;

int64_t outbox_age_ms(void)
{
	int64_t oldest = atomic_load(&oldest_ms);
	int64_t age = clock_wall_ms() - oldest;

	return oldest == 0 || age < 0 ? 0 : age;
}

/* ---- one process at a time ---- */

static bool read_mine(void *context, const struct sql_value *columns,
		      size_t count)
{
	(void)count;
	*(bool *)context =
		columns[0].type != SQL_NULL && columns[0].as.u64 == 1;
	return false;
}

/* Two relays at once could overtake each other with two edits of one
 * message. */
static enum fault lock(struct outbox *outbox, struct error *error)
{
	static const char statement[] =
		"SELECT GET_LOCK(LEFT(CONCAT('confab.outbox.', DATABASE()), "
		"64), 1)";

	outbox->mine = false;
	return sql_run(outbox->sql, statement, NULL, 0, read_mine,
		       &outbox->mine, NULL, error);
}

/* A process that hangs with the lock in its hands must not keep it for ever:
 * the server closes a session that is silent for longer than any round. */
static enum fault prepare_session(struct outbox *outbox, struct error *error)
{
	enum fault fault;

	if (outbox->session == sql_sessions(outbox->sql))
		return FAULT_NONE;
	fault = sql_run_text(outbox->sql, "SET SESSION wait_timeout = 60", NULL,
			     NULL, error);
	if (fault == FAULT_NONE)
		outbox->session = sql_sessions(outbox->sql);
	return fault;
}

/* A lock that cannot be released goes with its connection. */
static void unlock(struct outbox *outbox)
{
	static const char statement[] =
		"SELECT RELEASE_LOCK(LEFT(CONCAT('confab.outbox.', "
		"DATABASE()), 64))";
	struct error ignored = ERROR_INIT;

	if (sql_run(outbox->sql, statement, NULL, 0, NULL, NULL, NULL,
		    &ignored) != FAULT_NONE)
		sql_disconnect(outbox->sql);
}

/* ---- publishing ---- */

static enum fault connect_link(struct outbox *outbox, struct error *error)
{
	enum fault fault;

	if (outbox->link)
		return FAULT_NONE;
	fault = amqp_link_new(outbox->server->config->rabbitmq_url,
			      "confab-api: edits", &outbox->link, error);
	if (fault != FAULT_NONE)
		return fault;
	fault = amqp_link_confirm_select(outbox->link, error);
	if (fault != FAULT_NONE)
		amqp_link_free(&outbox->link);
	return fault;
}

/* Only message.updated rows are written today, so all lines are of one type. */
static enum fault publish(struct outbox *outbox, size_t start, size_t end,
			  struct error *error)
{
	struct amqp_publication message = {
		.exchange = AMQP_EXCHANGE_EVENTS,
		.routing_key = event_type_name(EVENT_MESSAGE_UPDATED),
		.content_type = EVENT_CONTENT_TYPE,
		.body = outbox->lines.data + start,
		.length = end - start,
	};
	enum fault fault = connect_link(outbox, error);

	if (fault != FAULT_NONE)
		return fault;
	fault = amqp_link_publish_wait(outbox->link, &message,
				       CONFIRM_TIMEOUT_MS, error);
	if (fault != FAULT_NONE)
		amqp_link_free(&outbox->link);
	outbox->used_ms = clock_monotonic_ms();
	return fault;
}

static void drop_idle_link(struct outbox *outbox)
{
	if (clock_monotonic_ms() - outbox->used_ms >= LINK_IDLE_MS)
		amqp_link_free(&outbox->link);
}

/* Cut into messages of bounded size, each confirmed before the next. */
static enum fault publish_all(struct outbox *outbox, struct error *error)
{
	enum fault fault = FAULT_NONE;
	size_t start = 0;

	if (outbox->lines.failed)
		return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	for (size_t i = 0; i < outbox->count && fault == FAULT_NONE; i++) {
		size_t end = outbox->rows[i].end;

		if (i + 1 < outbox->count &&
		    outbox->rows[i + 1].end - start <= AMQP_MESSAGE_BYTES)
			continue;
		fault = publish(outbox, start, end, error);
		start = end;
	}
	return fault;
}

/* ---- a round ---- */

static bool collect_row(void *context, const struct sql_value *columns,
			size_t count)
{
	struct outbox *outbox = context;
	struct outbox_row *row = &outbox->rows[outbox->count++];

	(void)count;
	if (outbox->count == 1)
		atomic_store(&oldest_ms, columns[2].as.i64);
	buf_append(&outbox->lines, columns[1].as.bytes.data,
		   columns[1].as.bytes.length);
	row->id = columns[0].as.u64;
	row->end = outbox->lines.length;
	return outbox->count < ROWS_PER_ROUND;
}

/* An edit that is not committed yet is skipped. No later edit of its message
 * can be here: it still waits for the row of the message. */
static enum fault collect(struct outbox *outbox, struct error *error)
{
	static const char statement[] =
		"SELECT id, event, created_at FROM outbox ORDER BY id "
		"LIMIT 64 FOR UPDATE SKIP LOCKED";

	outbox->count = 0;
	buf_clear(&outbox->lines);
	return sql_run(outbox->sql, statement, NULL, 0, collect_row, outbox,
		       NULL, error);
}

static enum fault delete_rows(struct outbox *outbox, struct error *error)
{
	static const char statement[] = "DELETE FROM outbox WHERE id = ?";
	enum fault fault = FAULT_NONE;

	for (size_t i = 0; i < outbox->count && fault == FAULT_NONE; i++) {
		struct sql_value id = sql_u64(outbox->rows[i].id);

		fault = sql_run(outbox->sql, statement, &id, 1, NULL, NULL,
				NULL, error);
	}
	return fault;
}

/* Takes rows, publishes them, deletes them. With the lock of `session`. */
static enum fault relay(struct outbox *outbox, uint64_t session,
			struct error *error)
{
	enum fault fault = sql_begin(outbox->sql, error);

	if (fault != FAULT_NONE)
		return fault;
	/* begin may have connected anew, and the lock is gone */
	if (sql_sessions(outbox->sql) != session)
		fault = error_set(error, FAULT_TEMPORARY, 0,
				  "the database connection was lost");
	if (fault == FAULT_NONE)
		fault = collect(outbox, error);
	if (fault == FAULT_NONE)
		fault = publish_all(outbox, error);
	if (fault == FAULT_NONE)
		fault = delete_rows(outbox, error);
	if (fault == FAULT_NONE)
		fault = sql_commit(outbox->sql, error);
	else
		sql_rollback(outbox->sql);
	if (fault != FAULT_NONE)
		return fault;
	metric_add(&outbox_published, outbox->count);
	atomic_store(&oldest_ms, 0);
	return FAULT_NONE;
}

static enum fault relay_alone(struct outbox *outbox, struct error *error)
{
	enum fault fault = lock(outbox, error);
	uint64_t session = sql_sessions(outbox->sql);

	drop_idle_link(outbox);
	if (fault != FAULT_NONE)
		return fault;
	if (!outbox->mine) {
		atomic_store(&oldest_ms, 0);
		return FAULT_NONE;
	}
	fault = prepare_session(outbox, error);
	if (fault == FAULT_NONE)
		fault = relay(outbox, session, error);
	unlock(outbox);
	return fault;
}

/* Logs a failure when it is another than the last one. */
static void tell(const struct error *error, struct error *last)
{
	if (strcmp(error->text, last->text) != 0)
		log_event(LOG_WARNING, "outbox-waits",
			  LOG_TEXT("reason", error->text));
	*last = *error;
}

/* How long to wait after a round, in ms. */
static int64_t after_round(struct outbox *outbox, enum fault fault,
			   struct backoff *backoff)
{
	if (fault != FAULT_NONE)
		return backoff_next(backoff);
	backoff_reset(backoff);
	if (!outbox->mine)
		return BUSY_MS;
	return outbox->count == 0 ? PERIOD_MS : 0;
}

static void *run(void *argument)
{
	struct outbox *outbox = argument;
	struct backoff backoff = { 0 };
	struct error last = ERROR_INIT;
	int64_t pause_ms;

	sql_thread_init();
	do {
		struct error error = ERROR_INIT;
		enum fault fault = relay_alone(outbox, &error);

		if (fault != FAULT_NONE)
			tell(&error, &last);
		else
			last = (struct error)ERROR_INIT;
		pause_ms = after_round(outbox, fault, &backoff);
	} while (background_wait(&outbox->background, pause_ms));
	sql_disconnect(outbox->sql);
	sql_thread_release();
	return NULL;
}

struct outbox *outbox_new(struct server *server)
{
	struct outbox *outbox = calloc(1, sizeof(*outbox));

	if (!outbox)
		return NULL;
	outbox->server = server;
	outbox->sql = sql_new(&server->sql_settings);
	if (!outbox->sql || !background_start(&outbox->background, run, outbox))
		outbox_free(&outbox);
	return outbox;
}

void outbox_free(struct outbox **outbox)
{
	struct outbox *it = *outbox;

	if (!it)
		return;
	background_stop(&it->background);
	amqp_link_free(&it->link);
	sql_free(&it->sql);
	buf_release(&it->lines);
	free(it);
	*outbox = NULL;
}

void outbox_wake(struct outbox *outbox)
{
	background_wake(&outbox->background);
}
