#include <stdlib.h>
#include <string.h>

#include "common/amqp.h"
#include "common/consumer.h"
#include "persister/store_private.h"

/* What is stored under a number that some of our rows have too. */
struct holder {
	struct event key; /* only its primary key is set */
	struct uuid id;
	uint32_t generation;
};

struct comparison {
	struct row **list; /* ordered */
	size_t n;
	struct row **newer; /* room for n: those that replace the row */
	size_t newer_count;
};

/* ---- comparing ---- */

static size_t find_first(const struct comparison *comparison,
			 const struct event *key)
{
	size_t low = 0, high = comparison->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (order_compare_key(comparison->list[middle]->event, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* All of ours that have this number: at most one of them has the row. */
static void compare(struct comparison *comparison, struct holder *holder)
{
	for (size_t i = find_first(comparison, &holder->key); i < comparison->n;
	     i++) {
		struct row *row = comparison->list[i];
		const struct event *event = row->event;

		if (order_compare_key(event, &holder->key) != 0)
			return;
		if (uuid_equal(&event->id, &holder->id))
			continue;
		if (event->generation > holder->generation) {
			comparison->newer[comparison->newer_count++] = row;
			holder->id = event->id;
			holder->generation = event->generation;
		} else {
			row->collided = true;
		}
	}
}

static bool note_holder(void *context, const struct sql_value *columns,
			size_t count)
{
	struct holder holder = { 0 };

	if (count != 5 || columns[3].as.bytes.length != sizeof(holder.id.bytes))
		return false;
	holder.key.application_id = columns[0].as.u64;
	holder.key.chat_number = columns[1].as.u64;
	holder.key.number = columns[2].as.u64;
	memcpy(holder.id.bytes, columns[3].as.bytes.data,
	       sizeof(holder.id.bytes));
	holder.generation = (uint32_t)columns[4].as.u64;
	compare(context, &holder);
	return true;
}

/* ---- replacing ---- */

static bool note_replaced(void *context, const struct sql_value *columns,
			  size_t count)
{
	struct replaced *replaced = context;
	struct event *event = &replaced->event;

	if (count != 4 || columns[0].as.bytes.length != sizeof(event->id.bytes))
		return false;
	memcpy(event->id.bytes, columns[0].as.bytes.data,
	       sizeof(event->id.bytes));
	event->generation = (uint32_t)columns[1].as.u64;
	event->at_ms = event->created_at_ms = columns[2].as.i64;
	event->revision = 1;
	event->body = columns[3].as.bytes.data;
	event->body_length = columns[3].as.bytes.length;
	event_encode(event, &replaced->line);
	event->body = NULL;
	event->body_length = 0;
	return false;
}

static enum fault read_replaced(struct store *store, const struct row *row,
				struct replaced *replaced, struct error *error)
{
	struct sql_value key[3];
	size_t n = store_fill_key(row, key);
	enum fault fault;

	replaced->event.type = row->event->type;
	replaced->event.application_id = row->event->application_id;
	replaced->event.chat_number = row->event->chat_number;
	replaced->event.number = row->event->number;
	fault = sql_run(store->sql,
			row->kind == ROW_CHAT ? statement_read_chat
					      : statement_read_message,
			key, n, note_replaced, replaced, NULL, error);
	if (fault == FAULT_NONE &&
	    (replaced->line.failed || replaced->line.length == 0))
		fault = error_set(error, FAULT_TEMPORARY, 0,
				  "cannot read the row to be replaced");
	return fault;
}

static enum fault condemn_replaced(struct store *store,
				   struct replaced *replaced,
				   struct error *error)
{
	const struct event *event = &replaced->event;
	const struct sql_value key[] = {
		sql_u64(event->application_id),
		sql_u64(event->chat_number),
		sql_u64(event->number),
		sql_bytes(event->id.bytes, sizeof(event->id.bytes)),
	};
	enum fault fault;

	replaced->letter = (struct dead_letter){
		.event = event,
		.line = replaced->line.data,
		.length = replaced->line.length - 1,
		.routing_key = event_type_name(event->type),
		.reason = REASON_COLLISION,
		.detail = "its number was given out again by a newer"
			  " generation; it was never acknowledged",
	};
	fault = dead_letter_insert(store->sql, AMQP_QUEUE_PERSIST,
				   &replaced->letter, error);
	if (fault != FAULT_NONE)
		return fault;
	return sql_run(store->sql, statement_expire_key, key, 4, NULL, NULL,
		       NULL, error);
}

static enum fault overwrite(struct store *store, const struct row *row,
			    struct error *error)
{
	const struct event *event = row->event;
	struct sql_value params[STATEMENT_COLUMNS];
	size_t n = 0;

	params[n++] = sql_bytes(event->id.bytes, sizeof(event->id.bytes));
	params[n++] = sql_u64(event->generation);
	if (row->kind == ROW_MESSAGE) {
		params[n++] = sql_text(event->body, event->body_length);
		params[n++] = sql_time(event->at_ms);
	}
	params[n++] = sql_time(event->at_ms);
	n += store_fill_key(row, params + n);
	return sql_run(store->sql,
		       row->kind == ROW_CHAT ? statement_replace_chat
					     : statement_replace_message,
		       params, n, NULL, NULL, NULL, error);
}

static enum fault replace(struct store *store, const struct row *row,
			  struct error *error)
{
	struct replaced *replaced = calloc(1, sizeof(*replaced));
	enum fault fault;

	if (!replaced)
		return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	replaced->next = store->replaced;
	store->replaced = replaced;
	fault = read_replaced(store, row, replaced, error);
	if (fault == FAULT_NONE)
		fault = condemn_replaced(store, replaced, error);
	if (fault == FAULT_NONE)
		fault = overwrite(store, row, error);
	return fault;
}

enum fault clash_resolve(struct store *store, struct row **list, size_t n,
			 struct error *error)
{
	enum statement which = list[0]->kind == ROW_CHAT
				       ? STATEMENT_SELECT_CHATS
				       : STATEMENT_SELECT_MESSAGES;
	struct comparison comparison = { .list = list, .n = n };
	enum fault fault;

	comparison.newer = calloc(n, sizeof(struct row *));
	if (!comparison.newer)
		return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	fault = store_by_key(store, which, list, n, note_holder, &comparison,
			     error);
	for (size_t i = 0; fault == FAULT_NONE && i < comparison.newer_count;
	     i++)
		fault = replace(store, comparison.newer[i], error);
	free(comparison.newer);
	return fault;
}

/* ---- the queue of dead letters ---- */

/* Before the commit: a letter too many does no harm, one too few would hide
 * what happened. */
enum fault clash_publish(struct store *store, struct error *error)
{
	for (struct replaced *at = store->replaced; at; at = at->next) {
		struct dead_letter *letter = &at->letter;
		size_t done;
		enum fault fault = dead_letters_record(store->dead, &letter, 1,
						       &done, error);

		if (fault == FAULT_NONE && done == 0)
			fault = error_set(error, FAULT_TEMPORARY, 0,
					  "no time left for a dead letter");
		if (fault != FAULT_NONE)
			return fault;
	}
	return FAULT_NONE;
}

void clash_forget(struct store *store)
{
	while (store->replaced) {
		struct replaced *old = store->replaced;

		store->replaced = old->next;
		buf_release(&old->line);
		free(old);
	}
}
