#include "indexer/documents.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/buf.h"

/* A request's body at the most; engines take 100 MB, but smaller ones do not
 * hold up their memory. */
#define REQUEST_BYTES_MAX (4u * 1024u * 1024u)
#define HTTP_CONTENT_TOO_LARGE 413
#define HTTP_NOT_FOUND 404

struct documents {
	struct elastic *elastic;
	bool index_known;
	struct buf body;
	/* the request at hand: action i is of event places[i] */
	size_t *places;
	size_t capacity, actions, most_actions;
	const struct event *const *events;
	struct verdict *verdicts;
};

static struct metric_series indexed[] = {
	{ .labels = "type=\"message.created\"" },
	{ .labels = "type=\"message.updated\"" },
};

const struct metric_family documents_metrics[] = {
	{ "confab_events_indexed_total", "Events that are in the search index.",
	  METRIC_COUNTER, indexed, NULL, 2 },
	{ NULL, NULL, METRIC_COUNTER, NULL, NULL, 0 },
};

struct documents *documents_new(struct elastic *elastic)
{
	struct documents *documents = calloc(1, sizeof(*documents));

	if (!documents)
		return NULL;
	documents->elastic = elastic;
	documents->most_actions = SIZE_MAX;
	return documents;
}

void documents_free(struct documents **documents)
{
	if (!*documents)
		return;
	buf_release(&(*documents)->body);
	free((*documents)->places);
	free(*documents);
	*documents = NULL;
}

static bool has_document(const struct event *event)
{
	return event->type == EVENT_MESSAGE_CREATED ||
	       event->type == EVENT_MESSAGE_UPDATED;
}

static void take_item(void *context, size_t action, long status,
		      const char *type)
{
	struct documents *it = context;
	size_t place = it->places[action];
	struct verdict *verdict = &it->verdicts[place];
	enum fault fault = elastic_classify(status);
	char detail[128];

	if (fault == FAULT_NONE) {
		metric_add(&indexed[it->events[place]->type ==
				    EVENT_MESSAGE_UPDATED],
			   1);
		return;
	}
	if (status == HTTP_NOT_FOUND)
		it->index_known = false;
	snprintf(detail, sizeof(detail), "the engine answers %ld %s", status,
		 type);
	verdict_set(verdict, fault,
		    fault == FAULT_PERMANENT ? REASON_REJECTED : NULL, detail);
}

/* Fills one request from `first` on; returns where the next one starts. */
static size_t fill(struct documents *it, size_t first, size_t n)
{
	size_t at = first;

	buf_clear(&it->body);
	it->actions = 0;
	for (; at < n && it->actions < it->most_actions &&
	       it->body.length < REQUEST_BYTES_MAX;
	     at++) {
		if (!has_document(it->events[at]))
			continue;
		elastic_append_document(it->events[at], &it->body);
		it->places[it->actions++] = at;
	}
	return at;
}

static enum fault send_request(struct documents *it, struct error *error)
{
	enum fault fault;

	if (it->body.failed)
		return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	if (it->actions == 0)
		return FAULT_NONE;
	fault = elastic_bulk(it->elastic, ELASTIC_ALIAS, &it->body, it->actions,
			     take_item, it, error);
	if (fault != FAULT_PERMANENT)
		return fault;
	/* a single document that is too large is rejected, more are sent in
	 * smaller requests; whatever else is wrong may be mended */
	if (error->code != HTTP_CONTENT_TOO_LARGE)
		return error->fault = FAULT_TEMPORARY;
	if (it->actions == 1) {
		verdict_set(&it->verdicts[it->places[0]], FAULT_PERMANENT,
			    REASON_REJECTED, error->text);
		return FAULT_NONE;
	}
	it->most_actions = it->actions / 2;
	return error->fault = FAULT_TEMPORARY;
}

static bool make_room(struct documents *it, size_t n)
{
	size_t *places;

	if (n <= it->capacity)
		return true;
	places = realloc(it->places, n * sizeof(*places));
	if (!places)
		return false;
	it->places = places;
	it->capacity = n;
	return true;
}

enum fault documents_write(void *context, const struct event *const *events,
			   size_t n, struct verdict *verdicts,
			   struct error *error)
{
	struct documents *it = context;
	enum fault fault = FAULT_NONE;

	if (!it->elastic)
		return FAULT_NONE;
	if (!make_room(it, n))
		return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	it->events = events;
	it->verdicts = verdicts;
	if (!it->index_known) {
		fault = elastic_ensure_index(it->elastic, error);
		it->index_known = fault == FAULT_NONE;
	}
	for (size_t at = 0; at < n && fault == FAULT_NONE;) {
		at = fill(it, at, n);
		fault = send_request(it, error);
	}
	if (fault == FAULT_NONE)
		it->most_actions = SIZE_MAX;
	return fault;
}
