#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/integration/harness.h"
#include "tests/integration/processes.h"

/* No log of any process, the servers' included, tells a secret: keys, tokens,
 * passwords, what people wrote. */

static char token[TOKEN_SIZE];

static int prepare(void **state)
{
	(void)state;
	create_application(token);
	return create_chat(token) == 1 ? 0 : -1;
}

/* grep exits with 1 when it finds nothing. */
static void assert_not_logged(const char *word)
{
	struct buf output = BUF_INIT;
	char path[512];
	const char *const argv[] = { "grep", "-rlF", "--", word, path, NULL };

	snprintf(path, sizeof(path), "%s/log", setting("STACK_DIR"));
	if (process_run(argv, &output) != 1)
		fail_msg("\"%s\" is logged in %s", word, output.data);
	buf_release(&output);
}

static void with_key(const char *scheme, const char *key, long status)
{
	char header[256];

	snprintf(header, sizeof(header), "Authorization: %s%s", scheme, key);
	assert_status(api_with(header, "GET", NULL, "/chats"), status);
}

static void test_operator_key(void **state)
{
	char almost[128], longer[128];
	const char *key = setting("CONFAB_OPERATOR_KEY");

	(void)state;
	snprintf(almost, sizeof(almost), "%.*s.secretend", (int)strlen(key) - 1,
		 key);
	snprintf(longer, sizeof(longer), "%ssecretend", key);
	with_key("Bearer ", key, 200);
	with_key("bearer  ", key, 200);
	with_key("Bearer ", almost, 403);
	with_key("Bearer ", longer, 403);
	with_key("Bearer ", "secretkey", 403);
	with_key("Bearer", "", 401);
	with_key("Basic ", key, 401);
	with_key("", key, 401);
	assert_not_logged(key);
	assert_not_logged("secretend");
	assert_not_logged("secretkey");
}

static void test_tokens_and_texts(void **state)
{
	(void)state;
	assert_status(api_with("Idempotency-Key: secretidem\nPrefer: wait=9",
			       "POST", "{\"body\":\"secretbody\"}",
			       "/applications/%s/chats/1/messages", token),
		      201);
	api("POST", "{\"body\":\"secretbody", "/applications/%s/chats", token);
	api("GET", NULL, "/applications/%s/chats/1/messages/search?q=secretq",
	    token);
	api("GET", NULL, "/applications/%s/%%zz?secretq", token);
	api("BREW", "secretbody", "/applications/%s", token);
	api("PATCH", "{\"name\":\"secretname\"}", "/applications/%s", token);
	assert_not_logged(token);
	assert_not_logged("secretidem");
	assert_not_logged("secretbody");
	assert_not_logged("secretq");
	assert_not_logged("secretname");
}

/* ---- passwords of the daemons ---- */

/* The password of a line NAME=value, whether bare or in a URL; NULL: none. */
static char *password_of(char *line)
{
	char *value = strchr(line, '=');
	char *at, *colon;

	line[strcspn(line, "\n")] = '\0';
	if (!value)
		return NULL;
	value++;
	if (strstr(line, "PASSWORD=") || strstr(line, "_KEY="))
		return value[strspn(value, "'\"")] ? value : NULL;
	at = strrchr(value, '@');
	colon = strstr(value, "://");
	if (!at || !colon)
		return NULL;
	*at = '\0';
	colon = strchr(colon + 3, ':');
	return colon ? colon + 1 : NULL;
}

static unsigned check_passwords(const char *path)
{
	FILE *file = fopen(path, "r");
	unsigned checked = 0;
	char line[1024];

	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		char *password = password_of(line);

		if (!password)
			continue;
		password += strspn(password, "'\"");
		password[strcspn(password, "'\"")] = '\0';
		assert_not_logged(password);
		checked++;
	}
	fclose(file);
	return checked;
}

static void test_passwords(void **state)
{
	unsigned checked = 0;
	char pattern[512];
	glob_t files;

	(void)state;
	snprintf(pattern, sizeof(pattern), "%s/env/*.env",
		 setting("STACK_DIR"));
	assert_int_equal(glob(pattern, 0, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++)
		checked += check_passwords(files.gl_pathv[i]);
	globfree(&files);
	/* each daemon has at least two */
	assert_true(checked >= 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_operator_key),
		cmocka_unit_test(test_tokens_and_texts),
		cmocka_unit_test(test_passwords),
	};

	return cmocka_run_group_tests_name("api_logs", tests, prepare, NULL);
}
