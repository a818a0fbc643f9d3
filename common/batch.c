#include "common/batch.h"

#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"

bool batch_init(struct batch *batch, size_t max_events, size_t max_bytes)
{
	memset(batch, 0, sizeof(*batch));
	batch->max_events = batch->limit = max_events;
	batch->max_bytes = max_bytes;
	batch->items = calloc(max_events, sizeof(*batch->items));
	batch->events = calloc(max_events, sizeof(struct event *));
	batch->verdicts = calloc(max_events, sizeof(*batch->verdicts));
	batch->offer = calloc(max_events, sizeof(*batch->offer));
	batch->scratch = malloc(max_bytes);
	batch->scratch_size = max_bytes;
	return batch->items && batch->events && batch->verdicts &&
	       batch->offer && batch->scratch;
}

void batch_clear(struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++)
		free(batch->items[i].condemned);
	batch->count = 0;
}

void batch_release(struct batch *batch)
{
	batch_clear(batch);
	free(batch->items);
	free(batch->events);
	free(batch->verdicts);
	free(batch->offer);
	free(batch->scratch);
	memset(batch, 0, sizeof(*batch));
}

/* ---- collecting ---- */

static enum fault no_memory(struct error *error)
{
	return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
}

void verdict_set(struct verdict *verdict, enum fault fault, const char *reason,
		 const char *detail)
{
	size_t length = strnlen(detail, sizeof(verdict->detail) - 1);

	while (!utf8_valid(detail, length))
		length--;
	verdict->fault = fault;
	verdict->reason = reason;
	memcpy(verdict->detail, detail, length);
	verdict->detail[length] = '\0';
}

static enum fault condemn(struct batch_item *item, const char *reason,
			  const char *detail, struct error *error)
{
	struct condemned *condemned = calloc(1, sizeof(*condemned));

	if (!condemned)
		return no_memory(error);
	verdict_set(&condemned->verdict, FAULT_PERMANENT, reason, detail);
	condemned->letter = (struct dead_letter){
		.line = item->line.text,
		.length = item->line.length,
		.routing_key = item->line.entry->delivery->routing_key,
		.reason = condemned->verdict.reason,
		.detail = condemned->verdict.detail,
	};
	item->condemned = condemned;
	return FAULT_NONE;
}

/* A line that is longer than the scratch comes alone, so that nothing points
 * into it yet. */
static bool make_room(struct batch *batch, size_t length)
{
	char *larger;

	if (length <= batch->scratch_size)
		return true;
	larger = realloc(batch->scratch, length);
	if (!larger)
		return false;
	batch->scratch = larger;
	batch->scratch_size = length;
	return true;
}

/* Texts point into the delivery or the scratch, so this is done anew for each
 * write. */
static enum fault decode(struct batch *batch, struct batch_item *item,
			 size_t *used, struct error *error)
{
	struct error reason = ERROR_INIT;
	enum fault fault;

	item->decoded = false;
	if (!make_room(batch, item->line.length))
		return no_memory(error);
	fault = event_decode(item->line.text, item->line.length, batch->scratch,
			     used, &item->event, &reason);
	if (fault == FAULT_TEMPORARY)
		return no_memory(error);
	item->decoded = fault == FAULT_NONE;
	if (item->decoded)
		return FAULT_NONE;
	return condemn(item, REASON_MALFORMED, reason.text, error);
}

static enum fault decode_again(struct batch *batch, size_t *bytes, size_t *used,
			       struct error *error)
{
	for (size_t i = 0; i < batch->count; i++) {
		struct batch_item *item = &batch->items[i];
		enum fault fault;

		*bytes += item->line.length;
		if (item->condemned)
			continue;
		fault = decode(batch, item, used, error);
		if (fault != FAULT_NONE)
			return fault;
	}
	return FAULT_NONE;
}

enum fault batch_fill(struct batch *batch, struct inflight *inflight,
		      struct error *error)
{
	size_t bytes = 0, used = 0;
	enum fault fault = decode_again(batch, &bytes, &used, error);

	while (fault == FAULT_NONE && batch->count < batch->max_events) {
		struct batch_item *item = &batch->items[batch->count];
		size_t room = SIZE_MAX;

		if (batch->count > 0)
			room = bytes < batch->max_bytes
				       ? batch->max_bytes - bytes
				       : 0;
		memset(item, 0, sizeof(*item));
		if (!inflight_next_line(inflight, room, &item->line))
			break;
		batch->count++;
		bytes += item->line.length;
		fault = decode(batch, item, &used, error);
	}
	return fault;
}

/* ---- writing ---- */

static size_t choose_offer(struct batch *batch)
{
	size_t n = 0;

	for (size_t i = 0; i < batch->count && n < batch->limit; i++) {
		if (batch->items[i].condemned || batch->items[i].settled)
			continue;
		batch->events[n] = &batch->items[i].event;
		batch->verdicts[n].fault = FAULT_NONE;
		batch->verdicts[n].reason = NULL;
		batch->verdicts[n].detail[0] = '\0';
		batch->offer[n++] = i;
	}
	return n;
}

static enum fault apply(struct batch_item *item, const struct verdict *verdict,
			struct batch_result *result, struct error *error)
{
	switch (verdict->fault) {
	case FAULT_NONE:
		item->settled = true;
		result->settled++;
		return FAULT_NONE;
	case FAULT_PERMANENT:
		result->condemned++;
		return condemn(item,
			       verdict->reason ? verdict->reason
					       : REASON_REJECTED,
			       verdict->detail, error);
	case FAULT_TEMPORARY:
	case FAULT_UNSURE:
		if (result->again++ == 0 && error->fault == FAULT_NONE)
			(void)error_set(error, verdict->fault, 0, "%s",
					verdict->detail);
		return FAULT_NONE;
	default:
		return error_set(error, FAULT_BUG, 0, "%s", verdict->detail);
	}
}

enum fault batch_write(struct batch *batch, const struct sink *sink,
		       struct batch_result *result_r, struct error *error)
{
	size_t n = choose_offer(batch);
	enum fault fault;

	*result_r = (struct batch_result){ .offered = n };
	if (n == 0)
		return FAULT_NONE;
	fault = sink->write(sink->context, batch->events, n, batch->verdicts,
			    error);
	if (fault != FAULT_NONE) {
		result_r->again = n;
		batch->limit = n / 2 > 0 ? n / 2 : 1;
		return fault;
	}
	for (size_t i = 0; i < n; i++) {
		fault = apply(&batch->items[batch->offer[i]],
			      &batch->verdicts[i], result_r, error);
		if (fault != FAULT_NONE)
			return fault;
	}
	batch->limit = batch->limit < batch->max_events / 2 ? 2 * batch->limit
							    : batch->max_events;
	return FAULT_NONE;
}

/* ---- settling ---- */

size_t batch_condemned(struct batch *batch, struct dead_letter **letters_r,
		       size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < batch->count && n < size; i++) {
		struct batch_item *item = &batch->items[i];

		if (!item->condemned || item->settled)
			continue;
		/* Set here, since items move. */
		item->condemned->letter.event =
			item->decoded ? &item->event : NULL;
		letters_r[n++] = &item->condemned->letter;
	}
	return n;
}

void batch_bury(struct batch *batch, size_t n)
{
	for (size_t i = 0; i < batch->count && n > 0; i++) {
		struct batch_item *item = &batch->items[i];

		if (!item->condemned || item->settled)
			continue;
		item->settled = true;
		n--;
	}
}

void batch_settle(struct batch *batch)
{
	size_t kept = 0;

	for (size_t i = 0; i < batch->count; i++) {
		struct batch_item *item = &batch->items[i];

		if (item->settled) {
			inflight_settle(item->line.entry);
			free(item->condemned);
			item->condemned = NULL;
		} else if (kept++ < i) {
			batch->items[kept - 1] = *item;
		}
	}
	batch->count = kept;
}
