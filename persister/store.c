#include "persister/store.h"

#include <stdlib.h>
#include <string.h>

#include "common/amqp.h"
#include "common/consumer.h"
#include "common/log.h"
#include "persister/store_private.h"

static struct metric_series stored[EVENT_TYPES] = {
	[EVENT_CHAT_CREATED] = { .labels = "type=\"chat.created\"" },
	[EVENT_CHAT_VOIDED] = { .labels = "type=\"chat.voided\"" },
	[EVENT_MESSAGE_CREATED] = { .labels = "type=\"message.created\"" },
	[EVENT_MESSAGE_UPDATED] = { .labels = "type=\"message.updated\"" },
	[EVENT_MESSAGE_VOIDED] = { .labels = "type=\"message.voided\"" },
};
static struct metric_series repeated[EVENT_TYPES] = {
	[EVENT_CHAT_CREATED] = { .labels = "type=\"chat.created\"" },
	[EVENT_CHAT_VOIDED] = { .labels = "type=\"chat.voided\"" },
	[EVENT_MESSAGE_CREATED] = { .labels = "type=\"message.created\"" },
	[EVENT_MESSAGE_UPDATED] = { .labels = "type=\"message.updated\"" },
	[EVENT_MESSAGE_VOIDED] = { .labels = "type=\"message.voided\"" },
};
static struct metric_series replacements = { .labels = "" };

const struct metric_family store_metrics[] = {
	{ "confab_events_stored_total", "Events whose row was new.",
	  METRIC_COUNTER, stored, NULL, EVENT_TYPES },
	{ "confab_events_repeated_total", "Events whose row was there already.",
	  METRIC_COUNTER, repeated, NULL, EVENT_TYPES },
	{ "confab_rows_replaced_total",
	  "Rows that gave way to a newer generation of numbers.",
	  METRIC_COUNTER, &replacements, NULL, 1 },
	{ .name = NULL },
};

/* ---- lifetime ---- */

struct store *store_new(struct sql *sql, const char *rabbitmq_url,
			size_t max_rows)
{
	struct store *store = calloc(1, sizeof(*store));

	if (!store)
		return NULL;
	store->sql = sql;
	store->statements = statements_new();
	store->dead = dead_letters_new(rabbitmq_url, AMQP_QUEUE_PERSIST, NULL);
	store->params = calloc(STATEMENT_ROWS * STATEMENT_COLUMNS,
			       sizeof(*store->params));
	store->list = calloc(max_rows, sizeof(struct row *));
	if (!store->statements || !store->dead || !store->params ||
	    !store->list)
		store_free(&store);
	return store;
}

void store_free(struct store **store)
{
	struct store *old = *store;

	if (!old)
		return;
	clash_forget(old);
	/* The connection's prepared statements are keyed by these texts. */
	sql_disconnect(old->sql);
	statements_free(&old->statements);
	dead_letters_free(&old->dead);
	free(old->params);
	free(old->list);
	free(old);
	*store = NULL;
}

/* ---- the rows of one kind ---- */

static size_t fill_chat(const struct row *row, struct sql_value *params)
{
	const struct event *event = row->event;

	params[0] = sql_u64(event->application_id);
	params[1] = sql_u64(event->number);
	params[2] = sql_bytes(event->id.bytes, sizeof(event->id.bytes));
	params[3] = sql_u64(event->generation);
	params[4] = sql_time(event->at_ms);
	return 5;
}

static size_t fill_message(const struct row *row, struct sql_value *params)
{
	const struct event *event = row->event;

	params[0] = sql_u64(event->application_id);
	params[1] = sql_u64(event->chat_number);
	params[2] = sql_u64(event->number);
	params[3] = sql_bytes(event->id.bytes, sizeof(event->id.bytes));
	params[4] = sql_u64(event->generation);
	params[5] = sql_text(event->body, event->body_length);
	params[6] = sql_time(event->at_ms);
	params[7] = sql_time(event->at_ms);
	return 8;
}

static enum fault check_inserted(struct store *store, struct row **list,
				 size_t n, uint64_t affected,
				 struct error *error)
{
	enum event_type type = list[0]->event->type;

	store->inserted[type] += affected;
	store->repeated[type] += n - affected;
	return affected == n ? FAULT_NONE
			     : clash_resolve(store, list, n, error);
}

/* Puts the rows of one kind into the list, those at the front of `rows`, but
 * for late ones. *listed_r is how many; returns how many there are. */
static size_t take_kind(struct store *store, struct row *rows, size_t count,
			enum row_kind kind, size_t *listed_r)
{
	size_t n = 0;

	*listed_r = 0;
	for (; n < count && rows[n].kind == kind; n++)
		if (!rows[n].late)
			store->list[(*listed_r)++] = &rows[n];
	return n;
}

static enum fault store_created(struct store *store, struct row *rows,
				size_t count, enum row_kind kind, size_t *n_r,
				struct error *error)
{
	size_t n;
	enum fault fault;

	*n_r = take_kind(store, rows, count, kind, &n);
	if (kind == ROW_CHAT)
		fault = store_insert(store, STATEMENT_INSERT_CHATS, fill_chat,
				     store->list, n, check_inserted, error);
	else
		fault = store_insert(store, STATEMENT_INSERT_MESSAGES,
				     fill_message, store->list, n,
				     check_inserted, error);
	if (fault != FAULT_NONE)
		return fault;
	return hole_close(store, store->list, n, error);
}

typedef enum fault void_fn(struct store *store, struct row **list, size_t n,
			   struct error *error);

/* Does `step` for the voids of both kinds at the end of `rows`. */
static enum fault for_voids(struct store *store, struct row *rows, size_t count,
			    void_fn *step, struct error *error)
{
	size_t first = 0;

	while (first < count && rows[first].kind < ROW_CHAT_VOID)
		first++;
	while (first < count) {
		enum fault fault;
		size_t n;

		/* n is all of them: voids are never late */
		first += take_kind(store, rows + first, count - first,
				   rows[first].kind, &n);
		fault = step(store, store->list, n, error);
		if (fault != FAULT_NONE)
			return fault;
	}
	return FAULT_NONE;
}

/* ---- the transaction ---- */

static bool needs_fence(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].event->key || rows[i].kind >= ROW_CHAT_VOID)
			return true;
	return false;
}

static enum fault write_all(struct store *store, struct row *rows, size_t count,
			    struct error *error)
{
	size_t chats, messages;
	enum fault fault = FAULT_NONE;

	if (needs_fence(rows, count)) {
		fault = fence_read(store->sql, &store->fence, error);
		if (fault == FAULT_NONE)
			fault = store_find_late(store, rows, count, error);
	}
	if (fault == FAULT_NONE)
		fault = store_created(store, rows, count, ROW_CHAT, &chats,
				      error);
	if (fault == FAULT_NONE)
		fault = store_created(store, rows + chats, count - chats,
				      ROW_MESSAGE, &messages, error);
	if (fault == FAULT_NONE)
		fault = store_keys(store, rows, chats + messages, error);
	if (fault == FAULT_NONE)
		fault = for_voids(store, rows, count, hole_insert, error);
	if (fault == FAULT_NONE)
		fault = clash_publish(store, error);
	return fault;
}

/* Where voids were stored. Fails with the data of none of them. */
static enum fault review_voids(struct store *store, struct row *rows,
			       size_t count, struct error *error)
{
	enum fault fault;

	if (count == 0 || rows[count - 1].kind < ROW_CHAT_VOID)
		return FAULT_NONE;
	fault = sql_begin(store->sql, error);
	if (fault != FAULT_NONE)
		return fault;
	fault = for_voids(store, rows, count, hole_review, error);
	if (fault == FAULT_NONE)
		return sql_commit(store->sql, error);
	sql_rollback(store->sql);
	return fault;
}

static void tell_replaced(const struct replaced *replaced)
{
	const struct event *event = &replaced->event;
	char id[UUID_TEXT_SIZE];

	uuid_format(&event->id, id);
	log_event(LOG_ERROR, "row_replaced",
		  LOG_TEXT("type", event_type_name(event->type)),
		  LOG_TEXT("id", id),
		  LOG_NUMBER("application", event->application_id),
		  LOG_NUMBER("chat", event->chat_number),
		  LOG_NUMBER("number", event->number),
		  LOG_NUMBER("generation", event->generation));
	metrics_count_dead_letter(AMQP_QUEUE_PERSIST, REASON_COLLISION);
	metric_add(&replacements, 1);
}

static void count_committed(struct store *store, const struct row *rows,
			    size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].collided)
			store->repeated[rows[i].event->type]--;
	for (struct replaced *at = store->replaced; at; at = at->next) {
		store->repeated[at->event.type]--;
		store->inserted[at->event.type]++;
		tell_replaced(at);
	}
	for (int type = 0; type < EVENT_TYPES; type++) {
		if (store->inserted[type] > 0)
			metric_add(&stored[type], store->inserted[type]);
		if (store->repeated[type] > 0)
			metric_add(&repeated[type], store->repeated[type]);
	}
}

enum fault store_rows(struct store *store, struct row *rows, size_t count,
		      struct error *error)
{
	enum fault fault = sql_begin(store->sql, error);

	if (fault != FAULT_NONE)
		return fault;
	memset(store->inserted, 0, sizeof(store->inserted));
	memset(store->repeated, 0, sizeof(store->repeated));
	for (size_t i = 0; i < count; i++)
		rows[i].collided = rows[i].late = false;
	fault = write_all(store, rows, count, error);
	if (fault == FAULT_NONE)
		fault = sql_commit(store->sql, error);
	else
		sql_rollback(store->sql);
	if (fault == FAULT_NONE)
		count_committed(store, rows, count);
	clash_forget(store);
	if (fault == FAULT_NONE)
		fault = review_voids(store, rows, count, error);
	return fault;
}
