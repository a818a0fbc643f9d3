#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/integration/faults.h"
#include "tests/integration/processes.h"
#include "tests/integration/raw.h"
#include "tests/integration/stores.h"

/* What a tenant may try against others: cases 34 and 44 of
 * docs/failure-cases.md. */

/* ---- odd search texts ---- */

static const char *const odd[] = {
	"%22",
	"%27",
	"%22ours%22",
	"*",
	"ou*",
	"%3F",
	"ours+AND+theirs",
	"ours+OR+theirs",
	"NOT+ours",
	"(",
	")",
	"((ours)",
	"%5B1+TO+9%5D",
	"%7B%7D",
	"%2F.*%2F",
	"ours~9",
	"ours%5E9",
	"body:theirs",
	"app:1",
	"_id:*",
	"%2Bours+-theirs",
	"%5C",
	"%5C%22",
	"%25",
	"%25%25theirs%25",
	"_",
	"'+OR+1=1+--+",
	"%22%7D%2C%22match_all%22%3A%7B%7D%7D",
	"%F0%9F%8E%B8",
	"%E2%80%AE",
	"%EF%BB%BF",
	"%ED%A0%80",
	"%FF",
	"%C0%80",
	"%00",
	"%0A",
	"+",
	"",
	"%CC%81%CC%81%CC%81",
	"a%CC%88",
	"%zz",
	"%",
};

static const char *const paths[] = { "/chats/1", "" };

static void assert_ours_only(const struct http_reply *reply)
{
	assert_null(strstr(reply->body, "theirs secretword"));
	if (reply->status == 200)
		(void)reply_count(reply, "");
}

static void search(const char *base, const struct talk *talk, const char *query)
{
	for (size_t i = 0; i < COUNT_OF(paths); i++) {
		const struct http_reply *reply;
		char url[16384];

		snprintf(url, sizeof(url),
			 "%s/applications/%s%s/messages/search?q=%s", base,
			 talk->token, paths[i], query);
		reply = http_send("GET", NULL, NULL, url);
		/* 414: longer than any address may be */
		if (reply->status != 200 && reply->status != 400 &&
		    !(reply->status == 414 && strlen(query) > 8000))
			fail_msg("%ld for %.200s", reply->status, query);
		assert_ours_only(reply);
	}
}

static void search_all(const char *base)
{
	static const char *const ours[] = { "ours", "ours (\"*\") AND \\ %" };
	static const char *const theirs[] = { "theirs secretword" };
	static char long_text[10241];
	struct talk we, they;

	create_talk(&we, ours, 2);
	create_talk(&they, theirs, 1);
	for (size_t i = 0; i < COUNT_OF(odd); i++)
		search(base, &we, odd[i]);
	memset(long_text, 'a', sizeof(long_text) - 1);
	search(base, &we, long_text);
	long_text[7000] = '\0';
	search(base, &we, long_text);
}

static void test_34_odd_texts_with_an_engine(void **state)
{
	(void)state;
	search_all(setting("CONFAB_API_URL"));
}

static void test_34_odd_texts_in_sql(void **state)
{
	struct worker own;
	char base[64];

	(void)state;
	worker_start_with("api", "ELASTICSEARCH_URL=", &own);
	snprintf(base, sizeof(base), "%s", worker_url(&own));
	search_all(base);
	worker_stop(&own);
}

/* ---- another tenant's things ---- */

static void assert_not_found(const char *method, const char *body,
			     const char *token, const char *rest)
{
	const struct http_reply *reply =
		api(method, body, "/applications/%s%s", token, rest);

	assert_status(reply, 404);
	assert_null(strstr(reply->body, "of tenant B"));
}

/* Tenant A has no chat 2, tenant B does. A token cannot be revoked, so nothing
 * of it can be stale. */
static void test_44_token_of_another_tenant(void **state)
{
	static const char *const texts[] = { "a text of tenant B" };
	struct talk a, b;

	(void)state;
	create_talk(&a, texts, 0);
	create_talk(&b, texts, 1);
	b.chat = create_chat(b.token);
	assert_int_equal(b.chat, 2);
	create_message(b.token, 2, texts[0]);
	assert_not_found("GET", NULL, a.token, "/chats/2");
	assert_not_found("GET", NULL, a.token, "/chats/2/messages");
	assert_not_found("GET", NULL, a.token, "/chats/2/messages/1");
	assert_not_found("GET", NULL, a.token, "/chats/2/message_count");
	assert_not_found("GET", NULL, a.token, "/chats/2/messages/search?q=te");
	assert_not_found("GET", NULL, a.token, "/chats/1/messages/1");
	assert_not_found("PATCH", "{\"body\":\"x\"}", a.token,
			 "/chats/2/messages/1");
	assert_not_found("POST", "{\"body\":\"x\"}", a.token,
			 "/chats/2/messages");
	assert_status(api("GET", NULL, "/applications/%.16s%.16s/chats/1",
			  a.token, b.token),
		      404);
}

/* ---- log injection ---- */

#define FORGED "2026-01-01T00:00:00.000Z error confab-api forged"

/* grep exits with 1 when it finds nothing. */
static void assert_no_forged_line(void)
{
	struct buf output = BUF_INIT;
	char path[512];
	const char *const argv[] = { "grep", "-rE", "^([^ ]* )?" FORGED, path,
				     NULL };

	snprintf(path, sizeof(path), "%s/log", setting("STACK_DIR"));
	if (process_run(argv, &output) != 1)
		fail_msg("a line of the log is forged:\n%s", output.data);
	buf_release(&output);
}

static void send_request_id(const char *name)
{
	struct raw raw = { .closed = false };
	int fd = raw_connect(setting("CONFAB_API_URL"));

	raw_printf(fd,
		   "GET /applications/%s HTTP/1.1\r\nHost: x\r\n"
		   "X-Request-Id: a\r" FORGED "\r\n"
		   "User-Agent: a\n" FORGED "\r\n\r\n",
		   name);
	raw_read(fd, 1, 3000, &raw);
	assert_true(raw.closed || raw_status(&raw, 0) >= 400);
	raw_release(&raw);
	close(fd);
}

static void test_44_log_injection(void **state)
{
	static const char body[] = "{\"name\":\"a\\n" FORGED "\\n\\u001b[2J\","
				   "\"body\":\"a\\r\\n" FORGED "\"}";
	struct talk talk;

	(void)state;
	create_talk(&talk, NULL, 0);
	assert_status(api("PATCH", body, "/applications/%s", talk.token), 200);
	assert_status(api("POST", body, "/applications/%s/chats/1/messages",
			  talk.token),
		      202);
	(void)api("GET", NULL, "/applications/%%0a%s",
		  "2026-01-01T00:00:00.000Z%20error%20confab-api%20forged");
	(void)api("GET", NULL, "/applications/%s/chats/1/messages/search?q=%s",
		  talk.token, "%0a2026-01-01T00:00:00.000Z%20error");
	send_request_id(talk.token);
	assert_no_forged_line();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_34_odd_texts_with_an_engine),
		cmocka_unit_test(test_34_odd_texts_in_sql),
		cmocka_unit_test(test_44_token_of_another_tenant),
		cmocka_unit_test(test_44_log_injection),
	};

	return cmocka_run_group_tests_name("tenant_faults", tests, NULL, NULL);
}
