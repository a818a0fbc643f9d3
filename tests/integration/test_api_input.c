#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/integration/harness.h"
#include "tests/integration/processes.h"
#include "tests/integration/raw.h"

/* Bodies, strictly, at every route that takes one: what is no JSON, no object,
 * without the member: 400; a member that will not do: 422. Nothing of it takes
 * a number or reaches a queue. */

#define ANSWERED_MS 30000

static char token[TOKEN_SIZE];
static char metrics[128];

static int prepare(void **state)
{
	(void)state;
	create_application(token);
	stack_metrics_url("api", metrics, sizeof(metrics));
	assert_int_equal(create_chat(token), 1);
	assert_int_equal(create_message(token, 1, "as it was"), 1);
	return 0;
}

struct route {
	const char *method, *path; /* behind its @ the token */
	const char *wrapper, *member;
	int status; /* when all is well */
};

static const struct route routes[] = {
	{ "POST", "/applications", "application", "name", 201 },
	{ "PATCH", "/applications/@", "application", "name", 200 },
	{ "PUT", "/applications/@", "application", "name", 200 },
	{ "POST", "/applications/@/chats/1/messages", "message", "body", 202 },
	{ "PATCH", "/applications/@/chats/1/messages/1", "message", "body",
	  200 },
	{ "PUT", "/applications/@/chats/1/messages/1", "message", "body", 200 },
	{ "POST", "/apps", "app", "name", 201 },
	{ "PATCH", "/apps/@", "app", "name", 200 },
	{ "POST", "/apps/@/chats/1/messages", "message", "body", 200 },
	{ "PUT", "/apps/@/chats/1/messages/1", "message", "body", 200 },
	{ "POST", "/chat_applications", "chat_application", "name", 201 },
	{ "PUT", "/chat_applications/@", "chat_application", "name", 200 },
	{ "POST", "/chat_applications/@/chats/1/messages", "message", "body",
	  201 },
	{ "POST", "/api/v1/chat_applications", "chat_application", "name",
	  201 },
	{ "PATCH", "/api/v1/chat_applications/@", "chat_application", "name",
	  200 },
	{ "POST", "/api/v1/chat_applications/@/chats/1/messages", "message",
	  "body", 201 },
	{ "PATCH", "/api/v1/chat_applications/@/chats/1/messages/1", "message",
	  "body", 200 },
};

/* In a body: @ the wrapper, $ the member, ! the member with all its letters
 * escaped, ~ a NUL. */
#define DEEP8 "[[[[[[[["
#define FLAT8 "]]]]]]]]"
#define DEEP31 DEEP8 DEEP8 DEEP8 "[[[[[[["
#define FLAT31 FLAT8 FLAT8 FLAT8 "]]]]]]]"

static const char *const good[] = {
	"{\"@\":{\"$\":\"x\"}}",
	"{\"$\":\"x\"}",
	"{\"!\":\"x\"}",
	" \t\r\n{ \"$\" : \"x\" }\r\n ",
	/* the wrapper goes before */
	"{\"@\":{\"$\":\"x\"},\"$\":7}",
	"{\"$\":7,\"@\":{\"$\":\"x\"}}",
	/* what is not known is ignored */
	"{\"$\":\"x\",\"other\":[1,-0.5e+7,1e999,{\"a\":null}],\"\":false}",
	"{\"@\":{\"$\":\"x\",\"other\":{}},\"another\":\"\"}",
	"{\"$\":\"x\",\"other\":" DEEP31 FLAT31 "}",
	/* names that only look the same */
	"{\"$\":\"x\",\"$ \":\"y\"}",
	"{\"$\":\"x\",\"a\":{\"$\":\"y\"},\"b\":{\"$\":\"z\"}}",
	"{\"$\":\"\\u00e9\\ud83d\\ude00\\\"\\\\\\/\\b\\f\\n\\r\\t\"}",
	"{\"$\":\"\xc3\xa9\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf\"}",
	"{\"$\":\" x \"}",
};

static const char *const bad[] = {
	/* no JSON */
	"",
	" ",
	" \t\r\n ",
	"nonsense",
	"{",
	"}",
	"{\"$\"}",
	"{\"$\":}",
	"{\"$\":\"x\"",
	"{\"$\":\"x}",
	"{\"$\":\"x\",}",
	"{,\"$\":\"x\"}",
	"{\"$\":\"x\";\"a\":1}",
	"{\"$\":\"x\",\"a\":[1,]}",
	"{\"$\":\"x\",\"a\":[,1]}",
	"{'$':'x'}",
	"{$:\"x\"}",
	"{7:\"x\"}",
	"{\"$\":x}",
	"{\"$\":NaN}",
	"{\"$\":Infinity}",
	"{\"$\":-Infinity}",
	"{\"$\":nul}",
	"{\"$\":True}",
	"{\"$\":undefined}",
	"{\"$\":\"x\"/* a comment */}",
	"// a comment\n{\"$\":\"x\"}",
	"{\"$\":\"x\"}# a comment",
	/* numbers that are none */
	"{\"$\":\"x\",\"a\":01}",
	"{\"$\":\"x\",\"a\":+1}",
	"{\"$\":\"x\",\"a\":.5}",
	"{\"$\":\"x\",\"a\":1.}",
	"{\"$\":\"x\",\"a\":1e}",
	"{\"$\":\"x\",\"a\":-}",
	"{\"$\":\"x\",\"a\":0x10}",
	"{\"$\":\"x\",\"a\":1_000}",
	/* more than one value */
	"{\"$\":\"x\"} x",
	"{\"$\":\"x\"},",
	"{\"$\":\"x\"}{\"$\":\"y\"}",
	"{\"$\":\"x\"}\n{\"$\":\"y\"}\n",
	"{\"$\":\"x\"}~",
	"~{\"$\":\"x\"}",
	/* other encodings */
	"\xef\xbb\xbf{\"$\":\"x\"}",
	"\xff\xfe{~\"~$~\"~:~\"~x~\"~}~",
	"~{~\"~a~\"~:~1~}",
	"{~\"~a~\"~:~1~}~",
	"{\"$\":\"\xff\"}",
	"{\"$\":\"\xc3\"}",
	"{\"$\":\"\xc0\xaf\"}",
	"{\"$\":\"\xe0\x80\xaf\"}",
	"{\"$\":\"\xf0\x80\x80\xaf\"}",
	"{\"$\":\"\xed\xa0\x80\"}",
	"{\"$\":\"\xed\xa0\xbd\xed\xb8\x80\"}",
	"{\"$\":\"\xf4\x90\x80\x80\"}",
	"{\"$\":\"\xf8\x88\x80\x80\x80\"}",
	"{\"$\":\"x\",\"\xff\":1}",
	/* texts that are none */
	"{\"$\":\"a\nb\"}",
	"{\"$\":\"a\x01\"}",
	"{\"$\":\"a~b\"}",
	"{\"$\":\"\\u0000\"}",
	"{\"$\":\"x\",\"a\":\"\\u0000\"}",
	"{\"$\":\"x\",\"\\u0000\":1}",
	"{\"$\":\"\\ud800\"}",
	"{\"$\":\"\\udc00\"}",
	"{\"$\":\"\\ud800\\u0041\"}",
	"{\"$\":\"\\ude00\\ud83d\"}",
	"{\"$\":\"\\ud83dx\"}",
	"{\"$\":\"\\u12\"}",
	"{\"$\":\"\\u12g4\"}",
	"{\"$\":\"\\U00000041\"}",
	"{\"$\":\"\\x41\"}",
	"{\"$\":\"\\'\"}",
	"{\"$\":\"\\",
	/* names that are repeated */
	"{\"$\":\"x\",\"$\":\"y\"}",
	"{\"$\":\"x\",\"!\":\"y\"}",
	"{\"!\":\"x\",\"!\":\"y\"}",
	"{\"@\":{\"$\":\"x\",\"$\":\"x\"}}",
	"{\"@\":{\"$\":\"x\",\"!\":\"x\"}}",
	"{\"@\":{\"$\":\"x\"},\"@\":{\"$\":\"y\"}}",
	"{\"$\":\"x\",\"a\":{\"b\":1,\"b\":2}}",
	"{\"$\":\"x\",\"a\":[{\"b\":1,\"c\":2,\"b\":3}]}",
	"{\"$\":\"x\",\"\":1,\"\":2}",
	/* too deep */
	"{\"$\":\"x\",\"a\":[" DEEP31 FLAT31 "]}",
	"{\"$\":\"x\",\"a\":{\"a\":" DEEP31 FLAT31 "}}",
	/* no object, no wrapper, no member */
	"null",
	"true",
	"7",
	"\"x\"",
	"[]",
	"[{\"$\":\"x\"}]",
	"{}",
	"{\"@\":{}}",
	"{\"@\":null}",
	"{\"@\":7}",
	"{\"@\":true}",
	"{\"@\":\"x\"}",
	"{\"@\":[]}",
	"{\"@\":[{\"$\":\"x\"}]}",
	"{\"@\":null,\"$\":\"x\"}",
	"{\"@\":{},\"$\":\"x\"}",
	"{\"nothing\":{\"$\":\"x\"}}",
	"{\"@ \":{\"$\":\"x\"}}",
	"{\"$ \":\"x\"}",
};

static const char *const unfit[] = {
	"{\"$\":7}",
	"{\"$\":-1}",
	"{\"$\":1.5}",
	"{\"$\":1e999}",
	"{\"$\":-1e-999}",
	"{\"$\":99999999999999999999999999999999}",
	"{\"$\":true}",
	"{\"$\":false}",
	"{\"$\":null}",
	"{\"$\":[]}",
	"{\"$\":[\"x\"]}",
	"{\"$\":{}}",
	"{\"$\":{\"$\":\"x\"}}",
	"{\"$\":\"\"}",
	"{\"$\":\" \"}",
	"{\"$\":\" \\t\\r\\n\"}",
	"{\"$\":\"\\u00a0\\u2003\\u3000\"}",
	"{\"@\":{\"$\":7}}",
	"{\"@\":{\"$\":null}}",
	"{\"@\":{\"$\":\"\"}}",
	"{\"@\":{\"$\":\"\"},\"$\":\"x\"}",
};

/* ---- sending ---- */

static void append_escaped(const char *text, struct buf *out)
{
	for (; *text; text++)
		buf_printf(out, "\\u%04x", *text);
}

static void expand(const char *from, const struct route *route, struct buf *out)
{
	for (; *from; from++) {
		if (*from == '@')
			buf_append_text(out, route->wrapper);
		else if (*from == '$')
			buf_append_text(out, route->member);
		else if (*from == '!')
			append_escaped(route->member, out);
		else if (*from == '~')
			buf_append(out, "", 1);
		else
			buf_append_char(out, *from);
	}
}

static void append_path(const char *path, struct buf *out)
{
	for (; *path; path++)
		if (*path == '@')
			buf_append_text(out, token);
		else
			buf_append_char(out, *path);
}

static void exchange(const struct route *route, const char *text,
		     struct raw *raw_r)
{
	struct buf body = BUF_INIT, request = BUF_INIT;
	int fd = raw_connect(setting("CONFAB_API_URL"));

	expand(text, route, &body);
	buf_printf(&request, "%s ", route->method);
	append_path(route->path, &request);
	buf_printf(&request,
		   " HTTP/1.1\r\nHost: x\r\nContent-Length: %zu\r\n"
		   "Content-Type: application/json\r\n\r\n",
		   body.length);
	if (body.length > 0)
		buf_append(&request, body.data, body.length);
	assert_true(raw_send(fd, request.data, request.length));
	raw_read(fd, 1, ANSWERED_MS, raw_r);
	close(fd);
	buf_release(&body);
	buf_release(&request);
}

static bool is_right(const struct route *route, const char *text, int status)
{
	struct raw raw = { 0 };
	bool right;

	exchange(route, text, &raw);
	right = raw_status(&raw, 0) == status;
	if (!right)
		print_error("%s %s %s: %d instead of %d\n", route->method,
			    route->path, text, raw_status(&raw, 0), status);
	raw_release(&raw);
	return right;
}

static unsigned count_wrong(const char *const *texts, size_t count, int status)
{
	unsigned wrong = 0;

	for (size_t i = 0; i < COUNT_OF(routes); i++)
		for (size_t j = 0; j < count; j++)
			wrong += !is_right(&routes[i], texts[j],
					   status ? status : routes[i].status);
	return wrong;
}

static bool is_stored(void *context)
{
	(void)context;
	return api("GET", NULL, "/applications/%s/chats/1/messages/1", token)
		       ->status == 200;
}

static void test_refusals(void **state)
{
	const struct http_reply *reply;
	uint64_t accepted;

	(void)state;
	assert_becomes(is_stored, NULL, STORED_MS);
	accepted = metric_sum(metrics, "confab_events_accepted_total");
	assert_int_equal(count_wrong(bad, COUNT_OF(bad), 400), 0);
	assert_int_equal(count_wrong(unfit, COUNT_OF(unfit), 422), 0);
	assert_int_equal(metric_sum(metrics, "confab_events_accepted_total"),
			 accepted);
	reply = api("GET", NULL, "/applications/%s/chats/1/messages/1", token);
	assert_string_equal(reply_text(reply, "body"), "as it was");
	reply = api("GET", NULL, "/applications/%s", token);
	assert_string_equal(reply_text(reply, "name"), "Test");
	assert_int_equal(create_message(token, 1, "the second"), 2);
}

static void test_accepted(void **state)
{
	(void)state;
	assert_becomes(is_stored, NULL, STORED_MS);
	assert_int_equal(count_wrong(good, COUNT_OF(good), 0), 0);
}

/* ---- chats: a body that nothing is read from ---- */

static void test_chats(void **state)
{
	static const struct {
		const char *body;
		int status;
	} rows[] = {
		{ "", 202 },
		{ "{}", 202 },
		{ "{\"chat\":7}", 202 },
		{ " {\"a\":[null]} ", 202 },
		{ " ", 400 },
		{ "null", 400 },
		{ "[]", 400 },
		{ "nonsense", 400 },
		{ "{\"a\":1,\"a\":2}", 400 },
		{ "{} {}", 400 },
		{ "{}~", 400 },
		{ "\xef\xbb\xbf{}", 400 },
		{ "{\"a\":\"\xff\"}", 400 },
		{ "{\"a\":\"\\u0000\"}", 400 },
	};
	const struct route route = { "POST", "/applications/@/chats", "", "",
				     0 };
	uint64_t first = create_chat(token);
	unsigned created = 0;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		assert_true(is_right(&route, rows[i].body, rows[i].status));
		created += rows[i].status == 202;
	}
	assert_int_equal(create_chat(token), first + created + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_chats),
	};

	return cmocka_run_group_tests_name("api_input", tests, prepare, NULL);
}
