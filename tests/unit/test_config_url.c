#include <stdbool.h>
#include <string.h>

#include "common/config.h"
#include "tests/unit/unit.h"

struct row {
	const char *text;
	struct config_url url; /* what is NULL must be absent */
};

#define URL(user, password, host, path, port, tls)                             \
	{                                                                      \
		(char *)(uintptr_t)(user), (char *)(uintptr_t)(password),      \
			(char *)(uintptr_t)(host), (char *)(uintptr_t)(path),  \
			(port), (tls)                                          \
	}

static const struct row good[] = {
	{ "amqp://localhost", URL(NULL, NULL, "localhost", NULL, 0, false) },
	{ "amqp://u:p@h:5672/", URL("u", "p", "h", "/", 5672, false) },
	{ "amqps://u:p@h/%2F", URL("u", "p", "h", "//", 0, true) },
	{ "redis://127.0.0.1:6379/0",
	  URL(NULL, NULL, "127.0.0.1", "/0", 6379, false) },
	{ "redis://:secret@h:6379", URL("", "secret", "h", NULL, 6379, false) },
	{ "rediss://user@h", URL("user", NULL, "h", NULL, 0, true) },
	{ "http://[::1]:9200/a/b",
	  URL(NULL, NULL, "::1", "/a/b", 9200, false) },
	{ "https://[fe80::1]", URL(NULL, NULL, "fe80::1", NULL, 0, true) },
	{ "http://a%40b:p%3Aw%2f%25@h:1",
	  URL("a@b", "p:w/%", "h", NULL, 1, false) },
	{ "http://u:a@b@h:65535", URL("u", "a@b", "h", NULL, 65535, false) },
	{ "http://u:p:q@h", URL("u", "p:q", "h", NULL, 0, false) },
};

static const char *const bad[] = {
	"",
	"localhost",
	"localhost:5672",
	"http:/h",
	"http://",
	"http:///path",
	"http://:80",
	"http://h:",
	"http://h:0",
	"http://h:65536",
	"http://h:123456",
	"http://h:80x",
	"http://h:-1",
	"http://[::1",
	"http://[::1]80",
	"http://[]",
	"http://u@",
	"http://u:p@:80",
	"http://%zz@h",
	"http://%4@h",
	"http://u:%@h",
	"http://h%00x",
	"http://h/%00",
};

static void assert_part(const char *row, const char *actual,
			const char *expected)
{
	if (!expected != !actual || (expected && strcmp(actual, expected) != 0))
		fail_row(row, "has \"%s\" instead of \"%s\"",
			 actual ? actual : "nothing",
			 expected ? expected : "nothing");
}

static void test_parses(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		const char *text = good[i].text;
		const struct config_url *expected = &good[i].url;
		struct config_url url;

		if (!config_url_parse(text, &url))
			fail_row(text, "was refused");
		assert_part(text, url.user, expected->user);
		assert_part(text, url.password, expected->password);
		assert_part(text, url.host, expected->host);
		assert_part(text, url.path, expected->path);
		assert_int_equal(url.port, expected->port);
		assert_int_equal(url.tls, expected->tls);
		config_url_release(&url);
		assert_null(url.host);
	}
}

static void test_refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct config_url url;

		if (config_url_parse(bad[i], &url))
			fail_row(bad[i], "was accepted");
	}
}

static void test_listen(void **state)
{
	char host[16];
	uint16_t port;

	(void)state;
	assert_true(config_listen_parse("127.0.0.1:3000", host, sizeof(host),
					&port));
	assert_string_equal(host, "127.0.0.1");
	assert_int_equal(port, 3000);
	assert_true(config_listen_parse(":8080", host, sizeof(host), &port));
	assert_string_equal(host, "");
	assert_int_equal(port, 8080);
	assert_true(config_listen_parse("[::1]:1", host, sizeof(host), &port));
	assert_string_equal(host, "::1");
}

static void test_listen_refuses(void **state)
{
	static const char *const places[] = {
		"",	     "3000",	 "host",
		"host:",     "host:0",	 "host:65536",
		"host:http", "host:80 ", "a-name-that-does-not-fit-in:80",
	};
	char host[16];
	uint16_t port;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(places); i++)
		if (config_listen_parse(places[i], host, sizeof(host), &port))
			fail_row(places[i], "was accepted");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parses),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_listen),
		cmocka_unit_test(test_listen_refuses),
	};

	return cmocka_run_group_tests_name("config_url", tests, NULL, NULL);
}
