#include "tests/chaos/record.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/chaos/dice.h"

#define CHUNK 4096u
#define CHUNKS 4096u

static void *sure(void *memory)
{
	if (!memory) {
		fprintf(stderr, "chaos: out of memory\n");
		exit(111);
	}
	return memory;
}

void record_init(struct record *record, uint64_t seed, uint32_t apps)
{
	*record = (struct record){ .seed = seed, .app_count = apps };
	record->chunks = sure(calloc(CHUNKS, sizeof(*record->chunks)));
	record->apps = sure(calloc(apps, sizeof(*record->apps)));
}

static void release_app(struct record_app *app)
{
	for (uint64_t i = 0; i < app->chats_size; i++)
		free(app->chats[i].messages);
	free(app->chats);
	free(app->known);
}

void record_release(struct record *record)
{
	for (uint32_t i = 0; i < record->count; i++)
		free(record_op(record, i)->job_id);
	for (uint32_t i = 0; i < CHUNKS; i++)
		free(record->chunks[i]);
	for (uint32_t i = 0; i < record->app_count; i++)
		release_app(&record->apps[i]);
	free(record->chunks);
	free(record->apps);
}

uint32_t record_add(struct record *record)
{
	uint32_t chunk = record->count / CHUNK;

	if (chunk == CHUNKS) {
		fprintf(stderr, "chaos: too many requests for one run\n");
		exit(111);
	}
	if (!record->chunks[chunk])
		record->chunks[chunk] =
			sure(calloc(CHUNK, sizeof(**record->chunks)));
	return record->count++;
}

struct op *record_op(const struct record *record, uint32_t index)
{
	return &record->chunks[index / CHUNK][index % CHUNK];
}

/* Grows an array that goes by number, so that it has a place for `number`. */
static void *grow(void *array, uint64_t *size, uint64_t number, size_t each)
{
	uint64_t wanted = *size ? *size : 16;

	if (number < *size)
		return array;
	if (number > UINT32_MAX) {
		fprintf(stderr, "chaos: number %" PRIu64 " makes no sense\n",
			number);
		exit(111);
	}
	while (wanted <= number)
		wanted *= 2;
	array = sure(realloc(array, wanted * each));
	memset((char *)array + *size * each, 0, (wanted - *size) * each);
	*size = wanted;
	return array;
}

static struct record_chat *chat_at(struct record_app *app, uint64_t number)
{
	app->chats =
		grow(app->chats, &app->chats_size, number, sizeof(*app->chats));
	return &app->chats[number];
}

static uint32_t *place_of(struct record *record, const struct op *op,
			  uint64_t number)
{
	struct record_app *app = &record->apps[op->app];
	struct record_chat *chat;

	if (op->type == OP_CHAT)
		return &chat_at(app, number)->op;
	chat = chat_at(app, op->chat);
	chat->messages = grow(chat->messages, &chat->messages_size, number,
			      sizeof(*chat->messages));
	return &chat->messages[number];
}

static void know_chat(struct record_app *app, uint64_t number)
{
	app->known = sure(realloc(app->known, (app->known_count + 1u) *
						      sizeof(*app->known)));
	app->known[app->known_count++] = number;
}

bool record_promise(struct record *record, uint32_t index, uint64_t number)
{
	struct op *op = record_op(record, index);
	uint32_t *place = place_of(record, op, number);

	op->number = number;
	if (*place != 0 && *place != index + 1) {
		record->clashes++;
		return false;
	}
	*place = index + 1;
	if (op->type == OP_CHAT)
		know_chat(&record->apps[op->app], number);
	return true;
}

uint32_t record_promised(const struct record *record, uint32_t app,
			 uint64_t chat, uint64_t number)
{
	const struct record_app *owner = &record->apps[app];
	uint64_t in = chat == 0 ? number : chat;

	if (in >= owner->chats_size)
		return 0;
	if (chat == 0)
		return owner->chats[in].op;
	if (number >= owner->chats[in].messages_size)
		return 0;
	return owner->chats[in].messages[number];
}

/* Mostly what people write; some pages, and a few that fill a whole batch. */
static unsigned length_of(struct dice *dice)
{
	unsigned chance = dice_below(dice, 1000);

	if (chance < 960)
		return 20 + dice_below(dice, 200);
	if (chance < 998)
		return 2000 + dice_below(dice, 6000);
	return 60000;
}

void record_text(const struct record *record, uint32_t index, struct buf *out)
{
	static const char *const words[] = {
		"caf\xc3\xa9",
		"train",
		"\xe4\xbd\xa0\xe5\xa5\xbd",
		"\"quoted\"",
		"back\\s",
		"tomorrow",
		"\xf0\x9f\x8e\xb2",
		"line\n",
		"stra\xc3\x9f"
		"e",
	};
	struct dice dice = { record->seed ^ ((uint64_t)index << 20) };
	size_t start = out->length;
	unsigned length = length_of(&dice);

	buf_printf(out, "op %" PRIu32 " of %" PRIu64, index, record->seed);
	while (out->length - start < length) {
		unsigned word =
			dice_below(&dice, sizeof(words) / sizeof(words[0]));

		buf_append_char(out, ' ');
		buf_append_text(out, words[word]);
	}
}

bool record_find_text(const struct record *record, const char *text,
		      size_t length, uint32_t *index_r)
{
	struct buf sent = BUF_INIT;
	uint32_t index;
	bool same;

	if (sscanf(text, "op %" SCNu32 " of", &index) != 1 ||
	    index >= record->count || record_op(record, index)->type == OP_CHAT)
		return false;
	record_text(record, index, &sent);
	same = sent.length == length && memcmp(sent.data, text, length) == 0;
	buf_release(&sent);
	if (same)
		*index_r = index;
	return same;
}
