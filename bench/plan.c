#include "bench/plan.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCATTER 7919 /* a prime: neighbours in time are far apart in number */
#define PAGE 50
#define QUERY_MAX 40

static const char usage[] =
	"usage: load post|message|page|application|search --token TOKEN\n"
	"            [--host 127.0.0.1] [--port 3000] [--connections 64]\n"
	"            [--seconds 10] [--rate 0] [--chats 1000] [--chat 1]\n"
	"            [--messages 1000] [--size 100] [--record FILE]\n"
	"            [--query the]\n"
	"--rate 0 is a closed loop: each connection sends when it was "
	"answered.\n"
	"Otherwise requests are due at that many a second, and latency counts\n"
	"from the time a request was due.\n";

static const char *const kinds[] = { "post", "message", "page", "application",
				     "search" };

static bool take_kind(struct plan *plan, const char *text)
{
	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i], text) == 0) {
			plan->kind = (enum plan_kind)i;
			return true;
		}
	return false;
}

static bool take_number(const char *text, double least, double *number_r)
{
	char *end;

	*number_r = strtod(text, &end);
	return end != text && *end == '\0' && *number_r >= least;
}

/* Whole numbers from 1. */
static const struct {
	const char *name;
	size_t offset;
} numbers[] = {
	{ "--port", offsetof(struct plan, port) },
	{ "--connections", offsetof(struct plan, connections) },
	{ "--seconds", offsetof(struct plan, seconds) },
	{ "--chats", offsetof(struct plan, chats) },
	{ "--chat", offsetof(struct plan, chat) },
	{ "--messages", offsetof(struct plan, messages) },
	{ "--size", offsetof(struct plan, size) },
};

static bool take_whole(struct plan *plan, const char *name, const char *value)
{
	double number;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (strcmp(numbers[i].name, name) != 0)
			continue;
		if (!take_number(value, 1, &number))
			return false;
		*(uint64_t *)((char *)plan + numbers[i].offset) =
			(uint64_t)number;
		return true;
	}
	return false;
}

static bool take_option(struct plan *plan, const char *name, const char *value)
{
	if (strcmp(name, "--host") == 0)
		plan->host = value;
	else if (strcmp(name, "--token") == 0)
		plan->token = value;
	else if (strcmp(name, "--record") == 0)
		plan->record = value;
	else if (strcmp(name, "--query") == 0)
		plan->query = value;
	else if (strcmp(name, "--rate") == 0)
		return take_number(value, 0, &plan->rate);
	else
		return take_whole(plan, name, value);
	return true;
}

bool plan_parse(struct plan *plan, int argc, char **argv)
{
	bool good = argc >= 2 && argc % 2 == 0 && take_kind(plan, argv[1]);

	plan->host = "127.0.0.1";
	plan->port = 3000;
	plan->connections = 64;
	plan->seconds = 10;
	plan->chats = plan->messages = 1000;
	plan->chat = 1;
	plan->size = 100;
	plan->query = "the";
	for (int i = 2; good && i < argc; i += 2)
		good = take_option(plan, argv[i], argv[i + 1]);
	if (good && plan->token && plan->size <= 65535 &&
	    strlen(plan->query) <= QUERY_MAX)
		return true;
	fputs(usage, stderr);
	return false;
}

static size_t post(const struct plan *plan, uint64_t chat, char *out)
{
	static const char words[] = "The quick brown fox jumps over the lazy "
				    "dog, and then it writes a message. ";
	static const char head[] = "{\"message\":{\"body\":\"", tail[] = "\"}}";
	size_t length = sizeof(head) + sizeof(tail) - 2 + plan->size;
	int at = snprintf(out, PLAN_REQUEST_MAX,
			  "POST /applications/%s/chats/%llu/messages HTTP/1.1"
			  "\r\nHost: %s\r\nContent-Type: application/json"
			  "\r\nContent-Length: %zu\r\n\r\n%s",
			  plan->token, (unsigned long long)chat, plan->host,
			  length, head);

	for (unsigned i = 0; i < plan->size; i++)
		out[at++] = words[i % (sizeof(words) - 1)];
	/* a blank end would be as good, but text ends in a letter */
	out[at - 1] = 's';
	memcpy(out + at, tail, sizeof(tail) - 1);
	return (size_t)at + sizeof(tail) - 1;
}

static size_t get(const struct plan *plan, uint64_t n, char *out)
{
	uint64_t behind = plan->messages > PAGE ? plan->messages - PAGE : 1;
	uint64_t number = n % plan->messages + 1, after = n % behind;
	char path[96] = "";
	int length;

	if (plan->kind == PLAN_MESSAGE)
		snprintf(path, sizeof(path), "/chats/%llu/messages/%llu",
			 (unsigned long long)plan->chat,
			 (unsigned long long)number);
	else if (plan->kind == PLAN_PAGE)
		snprintf(path, sizeof(path),
			 "/chats/%llu/messages?limit=%d&after=%llu",
			 (unsigned long long)plan->chat, PAGE,
			 (unsigned long long)after);
	else if (plan->kind == PLAN_SEARCH)
		snprintf(path, sizeof(path), "/messages/search?q=%s&limit=20",
			 plan->query);
	length = snprintf(out, PLAN_REQUEST_MAX,
			  "GET /applications/%s%s HTTP/1.1\r\nHost: %s\r\n\r\n",
			  plan->token, path, plan->host);
	return (size_t)length;
}

size_t plan_request(const struct plan *plan, uint64_t n, char *out,
		    uint64_t *chat_r)
{
	uint64_t scattered = n * SCATTER;

	*chat_r = plan->kind == PLAN_POST ? scattered % plan->chats + 1
					  : plan->chat;
	if (plan->kind == PLAN_POST)
		return post(plan, *chat_r, out);
	return get(plan, scattered, out);
}
