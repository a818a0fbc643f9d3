#include "bench/synthetic.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_MS INT64_C(1761566400000) /* some day in October 2025 */
#define MESSAGES_A_MS 16

uint64_t synthetic_number(const char *text, const char *what)
{
	char *end;
	uint64_t number = strtoull(text, &end, 10);

	if (*end != '\0' || number == 0) {
		fprintf(stderr, "%s is \"%s\", but must be a number from 1\n",
			what, text);
		exit(2);
	}
	return number;
}

void synthetic_parse(struct synthetic *synthetic, char **arguments)
{
	synthetic->application = synthetic_number(arguments[0], "APPLICATION");
	synthetic->chats = synthetic_number(arguments[1], "CHATS");
	synthetic->generation = synthetic_number(arguments[2], "GENERATION");
	synthetic->size = synthetic_number(arguments[3], "SIZE");
}

static void put_be(unsigned char *out, uint64_t value, unsigned bytes)
{
	while (bytes-- > 0) {
		out[bytes] = (unsigned char)value;
		value >>= 8;
	}
}

void synthetic_message(const struct synthetic *synthetic, uint64_t n,
		       struct synthetic_message *message_r)
{
	uint64_t application = synthetic->application;

	message_r->chat = n % synthetic->chats + 1;
	message_r->number = n / synthetic->chats + 1;
	message_r->at_ms = FIRST_MS + (int64_t)(n / MESSAGES_A_MS);
	put_be(message_r->id, (uint64_t)message_r->at_ms, 6);
	put_be(message_r->id + 6, 0x7000 | (application & 0xfff), 2);
	put_be(message_r->id + 8, 0x8000 | (application >> 12 & 0x3fff), 2);
	put_be(message_r->id + 10, n, 6);
}

static uint64_t scramble(uint64_t x)
{
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

/* 4096 words of three syllables. */
void synthetic_text(const struct synthetic *synthetic, uint64_t n, char *out)
{
	static const char syllables[16][3] = {
		"ba", "ce", "di", "fo", "gu", "ha", "je", "ki",
		"lo", "mu", "na", "pe", "ri", "so", "tu", "ve",
	};
	uint64_t dice = 0;

	for (size_t at = 0, word = 0; at < synthetic->size; at++) {
		size_t place = at % 7;

		if (place == 0 && word % 5 == 0)
			dice = scramble(n * 64 + word / 5 + 1);
		if (place == 6) {
			out[at] = ' ';
			dice >>= 12;
			word++;
		} else {
			out[at] = syllables[dice >> place / 2 * 4 & 15]
					   [place % 2];
		}
	}
	if (out[synthetic->size - 1] == ' ')
		out[synthetic->size - 1] = 's';
}

size_t synthetic_event(const struct synthetic *synthetic, uint64_t n, char *out)
{
	struct synthetic_message message;
	const unsigned char *id = message.id;
	int length;

	synthetic_message(synthetic, n, &message);
	length = snprintf(out, SYNTHETIC_EVENT_MAX,
			  "{\"v\":1,\"type\":\"message.created\",\"id\":\""
			  "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
			  "%02x%02x%02x%02x%02x%02x\",\"app\":%" PRIu64
			  ",\"chat\":%" PRIu64 ",\"number\":%" PRIu64
			  ",\"at\":%" PRId64 ",\"gen\":%" PRIu64
			  ",\"rev\":1,\"body\":\"",
			  id[0], id[1], id[2], id[3], id[4], id[5], id[6],
			  id[7], id[8], id[9], id[10], id[11], id[12], id[13],
			  id[14], id[15], synthetic->application, message.chat,
			  message.number, message.at_ms, synthetic->generation);
	synthetic_text(synthetic, n, out + length);
	memcpy(out + length + synthetic->size, "\"}\n", 3);
	return (size_t)length + synthetic->size + 3;
}
