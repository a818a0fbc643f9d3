#include "tests/integration/harness.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/json.h"
#include "tests/integration/stores.h"

#define POLL_MS 20

const char *setting(const char *name)
{
	const char *value = getenv(name);

	if (!value || !*value)
		fail_msg("%s is not set: run the tests with make test", name);
	return value;
}

bool wait_until(condition_fn *condition, void *context, int timeout_ms)
{
	int64_t deadline = clock_monotonic_ms() + timeout_ms;

	while (!condition(context)) {
		if (clock_monotonic_ms() > deadline)
			return false;
		clock_sleep_ms(POLL_MS);
	}
	return true;
}

void harness_await(condition_fn *condition, void *context, int timeout_ms,
		   const char *name, const char *file, int line)
{
	if (wait_until(condition, context, timeout_ms))
		return;
	print_error("%s did not come true within %d ms\n", name, timeout_ms);
	_fail(file, line);
}

/* ---- the API ---- */

__attribute__((format(printf, 5, 0))) static const struct http_reply *
send_to(const char *base, const char *headers, const char *method,
	const char *body, const char *format, va_list args)
{
	char path[8192], url[9000];

	vsnprintf(path, sizeof(path), format, args);
	snprintf(url, sizeof(url), "%s%s", base, path);
	return http_send(method, headers, body, url);
}

const struct http_reply *api(const char *method, const char *body,
			     const char *format, ...)
{
	const struct http_reply *reply;
	va_list args;

	va_start(args, format);
	reply = send_to(setting("CONFAB_API_URL"), NULL, method, body, format,
			args);
	va_end(args);
	return reply;
}

const struct http_reply *api_with(const char *headers, const char *method,
				  const char *body, const char *format, ...)
{
	const struct http_reply *reply;
	va_list args;

	va_start(args, format);
	reply = send_to(setting("CONFAB_API_URL"), headers, method, body,
			format, args);
	va_end(args);
	return reply;
}

const struct http_reply *ingest(const char *method, const char *body,
				const char *format, ...)
{
	const struct http_reply *reply;
	va_list args;

	va_start(args, format);
	reply = send_to(setting("CONFAB_INGEST_URL"), NULL, method, body,
			format, args);
	va_end(args);
	return reply;
}

const struct http_reply *operator_get(const char *format, ...)
{
	const struct http_reply *reply;
	char header[512];
	va_list args;

	snprintf(header, sizeof(header), "Authorization: Bearer %s",
		 setting("CONFAB_OPERATOR_KEY"));
	va_start(args, format);
	reply = send_to(setting("CONFAB_API_URL"), header, "GET", NULL, format,
			args);
	va_end(args);
	return reply;
}

void harness_assert_status(const struct http_reply *reply, long expected,
			   const char *file, int line)
{
	if (reply->status == expected)
		return;
	print_error("the status is %ld instead of %ld\n%s%.2000s\n",
		    reply->status, expected, reply->head, reply->body);
	_fail(file, line);
}

void assert_header(const struct http_reply *reply, const char *name,
		   const char *expected)
{
	const char *value = http_header(reply, name);

	if (!value)
		fail_msg("there is no header %s in:\n%s", name, reply->head);
	assert_string_equal(value, expected);
}

void assert_location(const struct http_reply *reply, const char *format, ...)
{
	char path[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	assert_header(reply, "Location", path);
}

void assert_time(const char *text)
{
	static const char form[] = "dddd-dd-ddTdd:dd:dd.dddZ";
	size_t i = 0;

	for (; form[i]; i++)
		if (form[i] == 'd' ? !isdigit((unsigned char)text[i])
				   : text[i] != form[i])
			break;
	if (form[i] || text[i])
		fail_msg("\"%s\" is no time of ours", text);
}

/* ---- what most tests need first ---- */

void create_application(char token_r[TOKEN_SIZE])
{
	const struct http_reply *reply =
		api("POST", "{\"application\":{\"name\":\"Test\"}}",
		    "/applications");
	const char *token;

	assert_status(reply, 201);
	token = reply_text(reply, "token");
	assert_int_equal(strlen(token), TOKEN_SIZE - 1);
	memcpy(token_r, token, TOKEN_SIZE);
}

uint64_t create_chat(const char *token)
{
	const struct http_reply *reply =
		api("POST", NULL, "/applications/%s/chats", token);

	assert_status(reply, 202);
	return reply_number(reply, "number");
}

uint64_t create_message(const char *token, uint64_t chat, const char *text)
{
	const struct http_reply *reply;
	struct buf body = BUF_INIT;

	buf_append_text(&body, "{\"message\":{\"body\":");
	json_append_string(&body, text, strlen(text));
	buf_append_text(&body, "}}");
	reply = api("POST", body.data, "/applications/%s/chats/%llu/messages",
		    token, (unsigned long long)chat);
	buf_release(&body);
	assert_status(reply, 202);
	return reply_number(reply, "number");
}

struct expectation {
	const struct talk *talk;
	unsigned count;
};

static bool all_indexed(void *context)
{
	const struct expectation *expected = context;

	return store_rows(expected->talk->application) == expected->count &&
	       store_documents(expected->talk->application) == expected->count;
}

void create_talk(struct talk *talk_r, const char *const *texts, unsigned count)
{
	struct expectation expected = { talk_r, count };

	create_application(talk_r->token);
	talk_r->application = store_application(talk_r->token);
	talk_r->chat = create_chat(talk_r->token);
	for (unsigned i = 0; i < count; i++)
		create_message(talk_r->token, talk_r->chat, texts[i]);
	assert_becomes(all_indexed, &expected, STORED_MS);
}
