#include "tests/integration/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/integration/stores.h"

/* How long a connection rests after a refusal. */
#define REST_MS 50

static bool stored_chats(void *context)
{
	const struct load *load = context;

	return store_chats(load->talk->application) == load->chats;
}

void load_prepare(struct load *load, struct talk *talk, unsigned chats)
{
	load->talk = talk;
	load->chats = chats;
	if (load->connections == 0)
		load->connections = 16;
	create_application(talk->token);
	talk->application = store_application(talk->token);
	for (unsigned i = 0; i < chats; i++)
		assert_int_equal(create_chat(talk->token), i + 1);
	talk->chat = 1;
	/* so that what follows tests messages, not chats */
	assert_becomes(stored_chats, load, STORED_MS);
}

void load_release(struct load *load)
{
	free(load->records);
	load->records = NULL;
}

/* ---- sending ---- */

static const char *base_of(const struct load *load, unsigned text)
{
	bool to_ingest =
		load->ingest_only || (load->both_ports && text % 2 == 1);

	return setting(to_ingest ? "CONFAB_INGEST_URL" : "CONFAB_API_URL");
}

static bool next(void *context, struct http_call *call)
{
	struct load *load = context;
	unsigned under_way = load->sent - load->acknowledged - load->refused;

	if (load->acknowledged + under_way >= load->count)
		return false;
	call->tag = load->sent++;
	buf_printf(&call->url, "%s/applications/%s/chats/%u/messages",
		   base_of(load, call->tag), load->talk->token,
		   1 + call->tag % load->chats);
	buf_printf(&call->body, "{\"message\":{\"body\":\"load item %u\"}}",
		   call->tag);
	return true;
}

static void record(struct load *load, unsigned tag,
		   const struct http_reply *reply)
{
	const char *at = strstr(reply->body, "\"number\":");
	struct load_record *record = &load->records[load->acknowledged++];

	assert_non_null(at);
	record->chat = 1 + tag % load->chats;
	record->number = strtoull(at + strlen("\"number\":"), NULL, 10);
	record->text = tag;
	record->stored = false;
}

static int done(void *context, const struct http_call *call,
		const struct http_reply *reply)
{
	struct load *load = context;

	if (reply->took_ms > load->slowest_ms)
		load->slowest_ms = reply->took_ms;
	if (reply->status == 202) {
		record(load, call->tag, reply);
		return load->rest_ms;
	}
	if (!load->forgiving)
		assert_status(reply, 202);
	load->refused++;
	load->odd += reply->status != 503;
	return REST_MS;
}

static void step(void *context)
{
	struct load *load = context;

	load->step(load);
}

void load_run(struct load *load)
{
	struct http_many many = {
		.connections = load->connections,
		.fresh = load->forgiving,
		.next = next,
		.done = done,
		.step = load->step ? step : NULL,
		.context = load,
	};

	load->records = calloc(load->count, sizeof(*load->records));
	assert_non_null(load->records);
	http_many_run(&many);
	assert_int_equal(load->acknowledged, load->count);
}

/* ---- holding the record against the stores ---- */

static int by_place(const void *a, const void *b)
{
	const struct load_record *x = a, *y = b;

	if (x->chat != y->chat)
		return x->chat < y->chat ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

static void sort(struct load *load)
{
	qsort(load->records, load->acknowledged, sizeof(*load->records),
	      by_place);
}

static void mark_row(void *context, char **columns)
{
	struct load *load = context;
	struct load_record key = { .chat = strtoull(columns[0], NULL, 10),
				   .number = strtoull(columns[1], NULL, 10) };
	struct load_record *found = bsearch(
		&key, load->records, load->acknowledged, sizeof(key), by_place);
	char text[64];

	if (!found)
		return;
	snprintf(text, sizeof(text), "load item %u", found->text);
	if (strcmp(columns[2], text) != 0)
		fail_msg("chat %s, message %s is \"%s\" and not \"%s\"",
			 columns[0], columns[1], columns[2], text);
	found->stored = true;
}

bool load_is_stored(void *context)
{
	struct load *load = context;

	if (store_rows(load->talk->application) < load->acknowledged)
		return false;
	sort(load);
	store_each_row(mark_row, load,
		       "SELECT chat_number, number, body FROM messages "
		       "WHERE application_id = %llu",
		       (unsigned long long)load->talk->application);
	for (unsigned i = 0; i < load->acknowledged; i++)
		if (!load->records[i].stored)
			return false;
	return true;
}

bool load_is_indexed(void *context)
{
	struct load *load = context;
	uint64_t rows = store_rows(load->talk->application);
	uint64_t documents = store_documents(load->talk->application);

	return rows >= load->acknowledged &&
	       (documents == rows ||
		(load->orphans && documents > rows && documents <= load->sent));
}

bool load_is_counted(void *context)
{
	struct load *load = context;

	return store_counts_are_right(load->talk->application);
}

void load_verify(struct load *load)
{
	assert_becomes(load_is_stored, load, DRAINED_MS);
	assert_becomes(load_is_indexed, load, DRAINED_MS);
	assert_becomes(load_is_counted, load, DRAINED_MS);
	assert_int_equal(
		store_number("SELECT COUNT(*) - COUNT(DISTINCT body) "
			     "FROM messages WHERE application_id = %llu",
			     (unsigned long long)load->talk->application),
		0);
	/* all that was sent at the most, and all that was acknowledged */
	assert_in_range(store_rows(load->talk->application), load->acknowledged,
			load->sent);
}

void load_assert_gapless(const struct load *load)
{
	bool *seen = calloc(load->count + 1, sizeof(*seen));

	assert_non_null(seen);
	for (unsigned i = 0; i < load->acknowledged; i++) {
		uint64_t number = load->records[i].number;

		assert_in_range(number, 1, load->count);
		if (seen[number])
			fail_msg("number %u was given twice", (unsigned)number);
		seen[number] = true;
	}
	free(seen);
}
