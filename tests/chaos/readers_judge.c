#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "tests/chaos/journal.h"
#include "tests/chaos/readers_private.h"

#define LOOK_MS 400
#define RETRY_MS 1000

/* FNV-1a. */
uint64_t readers_print(const char *text, size_t length)
{
	uint64_t print = 0xcbf29ce484222325u;

	for (size_t i = 0; i < length; i++)
		print = (print ^ (unsigned char)text[i]) * 0x100000001b3u;
	return print;
}

static void complain(struct reader *reader, const struct http_reply *reply,
		     const char *what)
{
	reader->wrong++;
	journal_write("WRONG reader of app=%" PRIu32 " chat=%" PRIu64
		      " status=%ld %s: %.300s",
		      reader->app, reader->chat, reply->status, what,
		      reply->body);
}

static uint64_t last_number(const struct reader *reader)
{
	return reader->seen_count == 0
		       ? 0
		       : reader->seen[reader->seen_count - 1].number;
}

static void remember(struct reader *reader, const struct reader_seen *seen)
{
	if (reader->seen_count == reader->seen_room) {
		uint32_t room = reader->seen_room ? reader->seen_room * 2 : 256;
		struct reader_seen *larger =
			reallocarray(reader->seen, room, sizeof(*larger));

		if (!larger) {
			fprintf(stderr, "chaos: out of memory\n");
			exit(111);
		}
		reader->seen = larger;
		reader->seen_room = room;
	}
	reader->seen[reader->seen_count++] = *seen;
}

static bool read_item(const struct reader *reader, const cJSON *item,
		      struct reader_seen *seen_r)
{
	const cJSON *number = cJSON_GetObjectItemCaseSensitive(item, "number");
	const cJSON *body = cJSON_GetObjectItemCaseSensitive(item, "body");

	if (!cJSON_IsNumber(number) || number->valuedouble < 1)
		return false;
	seen_r->number = (uint64_t)number->valuedouble;
	if (reader->chat == 0)
		return true;
	if (!cJSON_IsString(body) ||
	    sscanf(body->valuestring, "op %" SCNu32 " of", &seen_r->op) != 1)
		return false;
	seen_r->print =
		readers_print(body->valuestring, strlen(body->valuestring));
	return true;
}

/* False: that is no page that may come behind what was seen. */
static bool take_page(struct reader *reader, const cJSON *page)
{
	const cJSON *item;

	if (!cJSON_IsArray(page))
		return false;
	cJSON_ArrayForEach(item, page)
	{
		struct reader_seen seen = {
			.asked_ms = reader->asked_ms,
			.came_ms = clock_monotonic_ms(),
		};

		if (!read_item(reader, item, &seen) ||
		    seen.number <= last_number(reader))
			return false;
		remember(reader, &seen);
	}
	return true;
}

/* Whether there is more; where, goes into the reader's link. */
static bool read_link(struct reader *reader, const char *head)
{
	const char *link = strcasestr(head, "\nlink: <"), *end;

	buf_clear(&reader->link);
	if (!link)
		return false;
	link += strlen("\nlink: <");
	end = strchr(link, '>');
	if (!end || strncmp(end, ">; rel=\"next\"", 13) != 0)
		return false;
	buf_append(&reader->link, link, (size_t)(end - link));
	return true;
}

static int take_answer(struct readers *readers, struct reader *reader,
		       const struct http_reply *reply)
{
	cJSON *page = cJSON_ParseWithLength(reply->body, reply->length);
	uint32_t before = reader->seen_count;
	bool more;

	if (!take_page(reader, page))
		complain(reader, reply, "no page that continues the last one");
	cJSON_Delete(page);
	if (reader->seen_count > before)
		reader->asked_ms = 0;
	more = read_link(reader, reply->head);
	if (more && strcasestr(reply->head, "\nretry-after:")) {
		readers->figures.at_holes++;
		return RETRY_MS;
	}
	reader->at_end = !more && readers->finishing &&
			 reader->sent_ms >= readers->finish_ms;
	return more ? 0 : LOOK_MS;
}

int readers_judge(struct readers *readers, struct reader *reader,
		  const struct http_reply *reply)
{
	if (reply->status == 200)
		return take_answer(readers, reader, reply);
	if (reply->status == 0)
		readers->figures.unanswered++;
	else if (reply->status == 503)
		readers->figures.refused++;
	else
		complain(reader, reply, "no such answer is due");
	return RETRY_MS;
}
