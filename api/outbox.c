#include "api/outbox.h"

#include <stdlib.h>
#include <string.h>

#include "api/background.h"
#include "api/server.h"
#include "common/amqp.h"
#include "common/backoff.h"
#include "common/log.h"

#define PERIOD_MS 1000
#define CONFIRM_TIMEOUT_MS 5000
#define ROWS_PER_ROUND 256

struct outbox {
	struct server *server;
	struct background background;
	struct sql *sql;
	struct amqp_link *link;
	struct buf lines;
	uint64_t ids[ROWS_PER_ROUND];
	size_t count;
};

struct metric_series outbox_published = { .labels = "" };

/* Only message.updated rows are written today, so a round is one message. */
static bool collect_row(void *context, const struct sql_value *columns,
			size_t count)
{
	struct outbox *outbox = context;

	(void)count;
	if (outbox->count > 0 &&
	    outbox->lines.length + columns[1].as.bytes.length >
		    AMQP_MESSAGE_BYTES)
		return false;
	outbox->ids[outbox->count++] = columns[0].as.u64;
	buf_append(&outbox->lines, columns[1].as.bytes.data,
		   columns[1].as.bytes.length);
	return outbox->count < ROWS_PER_ROUND;
}

static enum fault connect_link(struct outbox *outbox, struct error *error)
{
	enum fault fault;

	if (outbox->link)
		return FAULT_NONE;
	fault = amqp_link_new(outbox->server->config->rabbitmq_url,
			      "confab-api outbox", &outbox->link, error);
	if (fault != FAULT_NONE)
		return fault;
	fault = amqp_link_confirm_select(outbox->link, error);
	if (fault != FAULT_NONE)
		amqp_link_free(&outbox->link);
	return fault;
}

static enum fault publish_lines(struct outbox *outbox, struct error *error)
{
	struct amqp_publication message = {
		.exchange = AMQP_EXCHANGE_EVENTS,
		.routing_key = event_type_name(EVENT_MESSAGE_UPDATED),
		.content_type = EVENT_CONTENT_TYPE,
		.body = outbox->lines.data,
		.length = outbox->lines.length,
	};
	enum fault fault = connect_link(outbox, error);

	if (fault != FAULT_NONE)
		return fault;
	if (outbox->lines.failed)
		return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	fault = amqp_link_publish_wait(outbox->link, &message,
				       CONFIRM_TIMEOUT_MS, error);
	if (fault != FAULT_NONE)
		amqp_link_free(&outbox->link);
	return fault;
}

static enum fault delete_rows(struct outbox *outbox, struct error *error)
{
	static const char statement[] = "DELETE FROM outbox WHERE id = ?";
	enum fault fault = FAULT_NONE;

	for (size_t i = 0; i < outbox->count && fault == FAULT_NONE; i++) {
		struct sql_value id = sql_u64(outbox->ids[i]);

		fault = sql_run(outbox->sql, statement, &id, 1, NULL, NULL,
				NULL, error);
	}
	return fault;
}

/* Takes rows under lock, publishes them, deletes them. */
static enum fault relay(struct outbox *outbox, struct error *error)
{
	static const char statement[] =
		"SELECT id, event FROM outbox ORDER BY id LIMIT 256 "
		"FOR UPDATE SKIP LOCKED";
	enum fault fault = sql_begin(outbox->sql, error);

	if (fault != FAULT_NONE)
		return fault;
	outbox->count = 0;
	buf_clear(&outbox->lines);
	fault = sql_run(outbox->sql, statement, NULL, 0, collect_row, outbox,
			NULL, error);
	if (fault == FAULT_NONE && outbox->count > 0)
		fault = publish_lines(outbox, error);
	if (fault == FAULT_NONE && outbox->count > 0)
		fault = delete_rows(outbox, error);
	if (fault == FAULT_NONE)
		fault = sql_commit(outbox->sql, error);
	else
		sql_rollback(outbox->sql);
	if (fault == FAULT_NONE)
		metric_add(&outbox_published, outbox->count);
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
		enum fault fault = relay(outbox, &error);

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
