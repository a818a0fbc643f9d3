#include "indexer/documents.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/buf.h"
#include "common/elastic_state.h"

/* A request's body at the most. Engines take 100 MB, but 15,000 documents a
 * second need no more than this, and smaller ones do not hold up their
 * memory. */
#define REQUEST_BYTES ((size_t)4 * 1024 * 1024)
#define CONTENT_TOO_LARGE 413
#define NOT_FOUND 404

struct documents {
	struct elastic *elastic;
	struct elastic_targets targets; /* none: to be looked for */
	size_t request_bytes;		/* less where a proxy takes less */
	struct buf body;
	/* the request at hand: action i is of event places[i]; an event has one
	 * for each target */
	size_t *places;
	size_t capacity, actions;
	const struct event *const *events;
	struct verdict *verdicts;
};

static struct metric_series indexed[] = {
	{ .labels = "type=\"message.created\"" },
	{ .labels = "type=\"message.updated\"" },
};
static struct metric_series requests = { .labels = "" };
static struct metric_series request_bytes = { .labels = "" };

const struct metric_family documents_metrics[] = {
	{ "confab_events_indexed_total", "Events that are in the search index.",
	  METRIC_COUNTER, indexed, NULL, 2 },
	{ "confab_index_requests_total", "_bulk requests sent.", METRIC_COUNTER,
	  &requests, NULL, 1 },
	ELASTIC_FAMILIES,
	{ "confab_index_request_bytes_total", "Bytes of their bodies.",
	  METRIC_COUNTER, &request_bytes, NULL, 1 },
	{ NULL, NULL, METRIC_COUNTER, NULL, NULL, 0 },
};

struct documents *documents_new(struct elastic *elastic)
{
	struct documents *documents = calloc(1, sizeof(*documents));

	if (documents == NULL)
		return NULL;
	documents->elastic = elastic;
	documents->request_bytes = REQUEST_BYTES;
	return documents;
}

void documents_free(struct documents **documents)
{
	struct documents *old = *documents;

	*documents = NULL;
	if (old == NULL)
		return;
	buf_release(&old->body);
	free(old->places);
	free(old);
}

void documents_judge(long status, const char *type, struct verdict *verdict)
{
	enum fault fault = elastic_classify(status);
	char detail[128];

	if (fault == FAULT_NONE || verdict->fault == FAULT_TEMPORARY)
		return;
	snprintf(detail, sizeof(detail), "the search engine answers %ld %s",
		 status, type);
	verdict_set(verdict, fault,
		    fault == FAULT_PERMANENT ? REASON_REJECTED : NULL, detail);
}

static void take_item(void *context, size_t action, long status,
		      const char *type)
{
	struct documents *documents = context;
	size_t place = documents->places[action];
	struct verdict *verdict = &documents->verdicts[place];
	bool edit = documents->events[place]->type == EVENT_MESSAGE_UPDATED;
	bool last = action + 1 == documents->actions ||
		    documents->places[action + 1] != place;

	documents_judge(status, type, verdict);
	if (last && verdict->fault == FAULT_NONE)
		metric_add(&indexed[edit], 1);
	if (status == NOT_FOUND)
		documents->targets.count = 0;
}

static bool has_document(const struct event *event)
{
	return event->type == EVENT_MESSAGE_CREATED ||
	       event->type == EVENT_MESSAGE_UPDATED;
}

static void append(struct documents *documents, size_t at)
{
	const struct elastic_targets *targets = &documents->targets;

	for (size_t i = 0; i < targets->count; i++) {
		elastic_append_document_to(i > 0 ? targets->aliases[i] : NULL,
					   documents->events[at],
					   &documents->body);
		documents->places[documents->actions++] = at;
	}
}

/* Fills one request from `first` on; returns where the next one starts. */
static size_t fill(struct documents *documents, size_t first, size_t n)
{
	size_t at = first;

	buf_clear(&documents->body);
	documents->actions = 0;
	for (; at < n && documents->body.length < documents->request_bytes;
	     at++) {
		if (has_document(documents->events[at]))
			append(documents, at);
	}
	return at;
}

/* Someone on the way takes less: from now on requests are smaller. A single
 * document that is too large is rejected. */
static void shrink(struct documents *documents, const struct error *error)
{
	if (documents->actions > documents->targets.count)
		documents->request_bytes = documents->body.length / 2;
	else
		verdict_set(&documents->verdicts[documents->places[0]],
			    FAULT_PERMANENT, REASON_REJECTED, error->text);
}

/* Sends one request's events; *next is where the next one starts, the same
 * place when this one is to be cut smaller. */
static enum fault send_some(struct documents *documents, size_t n, size_t *next,
			    struct error *error)
{
	size_t end = fill(documents, *next, n);
	enum fault fault = FAULT_NONE;

	if (documents->body.failed)
		return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	if (documents->actions > 0) {
		metric_add(&requests, 1);
		metric_add(&request_bytes, documents->body.length);
		fault = elastic_bulk(documents->elastic,
				     documents->targets.aliases[0],
				     &documents->body, documents->actions,
				     take_item, documents, error);
	}
	if (fault == FAULT_PERMANENT && error->code == CONTENT_TOO_LARGE) {
		if (documents->actions > documents->targets.count)
			end = *next;
		shrink(documents, error);
		fault = FAULT_NONE;
	}
	*next = end;
	return fault;
}

static bool make_room(struct documents *documents, size_t events)
{
	size_t n = 2 * events; /* targets */
	size_t *places;

	if (n <= documents->capacity)
		return true;
	places = realloc(documents->places, n * sizeof(*places));
	if (places == NULL)
		return false;
	documents->places = places;
	documents->capacity = n;
	return true;
}

static enum fault find_targets(struct documents *documents, struct error *error)
{
	if (documents->targets.count > 0)
		return FAULT_NONE;
	return elastic_find_targets(documents->elastic, &documents->targets,
				    error);
}

enum fault documents_write(void *context, const struct event *const *events,
			   size_t n, struct verdict *verdicts,
			   struct error *error)
{
	struct documents *documents = context;
	enum fault fault = FAULT_NONE;

	if (documents->elastic == NULL)
		return FAULT_NONE;
	if (!make_room(documents, n))
		return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	documents->events = events;
	documents->verdicts = verdicts;
	for (size_t at = 0; at < n && fault == FAULT_NONE;) {
		/* Nothing that the engine says of its index is the events'
		 * fault. */
		if (find_targets(documents, error) != FAULT_NONE)
			return FAULT_TEMPORARY;
		fault = send_some(documents, n, &at, error);
	}
	return fault;
}

enum fault documents_look(void *context, struct error *error)
{
	struct documents *documents = context;
	struct error found = ERROR_INIT;

	if (documents->elastic == NULL ||
	    find_targets(documents, &found) == FAULT_NONE ||
	    found.code != ELASTIC_MISFIT)
		return FAULT_NONE;
	*error = found;
	return FAULT_TEMPORARY;
}
