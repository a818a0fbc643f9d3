#include "tests/chaos/readers.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "tests/chaos/journal.h"
#include "tests/chaos/readers_private.h"
#include "tests/integration/http.h"

#define LIST_READERS 4u
#define QUIET_CHATS 2u
#define PAGE_LIMIT 1000u
#define SMALL_LIMIT 7u
/* Readers give up a hole after 60 s. */
#define STUCK_MS 180000

/* ---- who follows what ---- */

static struct reader *add_reader(struct readers *readers, uint32_t app,
				 uint64_t chat, unsigned limit)
{
	struct reader *reader = &readers->all[readers->count++];

	reader->app = app;
	reader->chat = chat;
	reader->limit = limit;
	return reader;
}

/* Chats that were made in the run are quiet; a reader of their application's
 * list tells of them. */
static void add_readers(struct readers *readers)
{
	static const uint32_t places[QUIET_CHATS] = { 6, 20 };
	uint32_t apps = readers->settings.record->app_count;

	for (uint32_t app = 0; app < apps; app++)
		add_reader(readers, app, 1, PAGE_LIMIT);
	add_reader(readers, 0, 1, SMALL_LIMIT);
	for (uint32_t app = 0; app < LIST_READERS && app < apps; app++) {
		const struct reader *list =
			add_reader(readers, app, 0, PAGE_LIMIT);

		for (unsigned i = 0; i < QUIET_CHATS; i++) {
			struct reader *quiet =
				add_reader(readers, app, 0, PAGE_LIMIT);

			quiet->source = list;
			quiet->source_place = places[i];
		}
	}
}

/* ---- asking ---- */

static bool has_begun(struct reader *reader)
{
	if (reader->source &&
	    reader->source->seen_count > reader->source_place) {
		reader->chat =
			reader->source->seen[reader->source_place].number;
		reader->source = NULL;
	}
	return !reader->source;
}

static void write_url(const struct readers *readers,
		      const struct reader *reader, struct buf *url)
{
	uint64_t last = reader->seen_count == 0
				? 0
				: reader->seen[reader->seen_count - 1].number;

	buf_append_text(url, readers->settings.api_url);
	if (reader->link.length > 0) {
		buf_append(url, reader->link.data, reader->link.length);
		return;
	}
	buf_printf(url, "/applications/%s/chats",
		   readers->settings.record->apps[reader->app].token);
	if (reader->chat != 0)
		buf_printf(url, "/%" PRIu64 "/messages", reader->chat);
	buf_printf(url, "?limit=%u&after=%" PRIu64, reader->limit, last);
}

static bool is_done(const struct readers *readers, const struct reader *reader)
{
	return readers->stopping ||
	       (readers->finishing && (reader->at_end || reader->source));
}

static bool next(void *context, struct http_call *call)
{
	struct readers *readers = context;
	int64_t now_ms = clock_monotonic_ms();

	for (unsigned i = 0; i < readers->count; i++) {
		struct reader *reader = &readers->all[i];

		if (reader->busy || reader->due_ms > now_ms ||
		    !has_begun(reader) || is_done(readers, reader))
			continue;
		call->method = "GET";
		call->tag = i;
		write_url(readers, reader, &call->url);
		reader->busy = true;
		reader->sent_ms = now_ms;
		if (reader->asked_ms == 0)
			reader->asked_ms = now_ms;
		readers->figures.requests++;
		return true;
	}
	return false;
}

/* The connection rests as long as the reader that it served: so as long as any
 * reader rests, a connection does, and the run goes on. */
static int done(void *context, const struct http_call *call,
		const struct http_reply *reply)
{
	struct readers *readers = context;
	struct reader *reader = &readers->all[call->tag];
	struct wait wait = {
		.of = WAITS_READ,
		.answered = reply->status != 0,
		.started_ms = reader->sent_ms,
		.took_ms = reply->took_ms,
	};
	uint32_t before = reader->seen_count;
	int rest_ms;

	waits_note(readers->settings.waits, &wait);
	rest_ms = readers_judge(readers, reader, reply);
	reader->busy = false;
	reader->due_ms = clock_monotonic_ms() + rest_ms;
	if (reader->seen_count > before || reader->at_end)
		readers->moved_ms = clock_monotonic_ms();
	return rest_ms;
}

static void *run(void *context)
{
	struct readers *readers = context;
	const struct http_many many = {
		.connections = readers->count,
		.next = next,
		.done = done,
		.context = readers,
	};

	http_many_run(&many);
	readers->reading = false;
	return NULL;
}

/* ---- all of them ---- */

struct readers *readers_new(const struct readers_settings *settings)
{
	struct readers *readers = calloc(1, sizeof(*readers));

	if (!readers)
		return NULL;
	readers->settings = *settings;
	readers->all = calloc(settings->record->app_count + 1u +
				      LIST_READERS * (1u + QUIET_CHATS),
			      sizeof(*readers->all));
	if (readers->all)
		add_readers(readers);
	readers->reading = true;
	if (!readers->all ||
	    pthread_create(&readers->thread, NULL, run, readers) != 0) {
		fprintf(stderr, "chaos: the readers cannot be started\n");
		free(readers->all);
		free(readers);
		return NULL;
	}
	readers->running = true;
	return readers;
}

static void join(struct readers *readers)
{
	if (readers->running)
		pthread_join(readers->thread, NULL);
	readers->running = false;
}

/* Whoever waits for a chat that never came has nothing to finish. */
static unsigned count_left(const struct readers *readers)
{
	unsigned left = 0;

	for (unsigned i = 0; i < readers->count; i++)
		left += !readers->all[i].source && !readers->all[i].at_end;
	return left;
}

bool readers_finish(struct readers *readers)
{
	int64_t began_ms = clock_monotonic_ms();

	readers->moved_ms = began_ms;
	readers->finish_ms = began_ms;
	readers->finishing = true;
	while (readers->reading &&
	       clock_monotonic_ms() - readers->moved_ms < STUCK_MS) {
		journal_status("readers go on to the end for %3d s",
			       (int)((clock_monotonic_ms() - began_ms) / 1000));
		clock_sleep_ms(100);
	}
	readers->stopping = true;
	join(readers);
	return count_left(readers) == 0;
}

const struct reader *readers_get(const struct readers *readers, unsigned index)
{
	return index < readers->count ? &readers->all[index] : NULL;
}

struct readers_figures readers_figures(const struct readers *readers)
{
	return readers->figures;
}

void readers_free(struct readers **readers)
{
	struct readers *it = *readers;

	if (!it)
		return;
	it->stopping = true;
	join(it);
	for (unsigned i = 0; i < it->count; i++) {
		free(it->all[i].seen);
		buf_release(&it->all[i].link);
	}
	free(it->all);
	free(it);
	*readers = NULL;
}
