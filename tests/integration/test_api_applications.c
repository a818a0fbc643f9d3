#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/json.h"
#include "tests/integration/forms.h"
#include "tests/integration/harness.h"

/* Applications under every prefix. */

static const struct http_reply *send_name(const struct form *form,
					  const char *method, const char *path,
					  const char *name)
{
	const struct http_reply *reply;
	struct buf body = BUF_INIT;

	buf_printf(&body, "{\"%s\":{\"name\":", form->wrapper);
	json_append_string(&body, name, strlen(name));
	buf_append_text(&body, "}}");
	reply = api(method, body.data, "%s%s", form->prefix, path);
	buf_release(&body);
	return reply;
}

static void create(const struct form *form, const char *name,
		   char token_r[TOKEN_SIZE])
{
	const struct http_reply *reply = send_name(form, "POST", "", name);

	assert_status(reply, 201);
	assert_members(reply, "", form->application_created);
	assert_string_equal(reply_text(reply, "name"), name);
	reply_copy(reply, "token", token_r, TOKEN_SIZE);
	assert_int_equal(strlen(token_r), 32);
	assert_int_equal(strspn(token_r, "0123456789abcdef"), 32);
	assert_location(reply, "%s/%s", form->prefix, token_r);
}

static void rename_to(const struct form *form, const char *method,
		      const char *token, const char *name)
{
	const struct http_reply *reply;
	char path[64];

	snprintf(path, sizeof(path), "/%s", token);
	reply = send_name(form, method, path, name);
	assert_status(reply, 200);
	assert_members(reply, "", form->application);
	assert_string_equal(reply_text(reply, "name"), name);
	reply = api("GET", NULL, "%s/%s", form->prefix, token);
	assert_status(reply, 200);
	assert_members(reply, "", form->application);
	assert_string_equal(reply_text(reply, "name"), name);
}

static void test_every_prefix(void **state)
{
	const struct http_reply *reply;
	char token[TOKEN_SIZE];

	(void)state;
	for (size_t i = 0; i < FORMS; i++) {
		create(&forms[i], "First name", token);
		rename_to(&forms[i], "PATCH", token, "Second name");
		rename_to(&forms[i], "PUT", token, "Third name");
		/* one application, whatever the prefix */
		reply = api("GET", NULL, "/applications/%s", token);
		assert_string_equal(reply_text(reply, "name"), "Third name");
		reply = operator_get("%s?limit=1", forms[i].prefix);
		assert_status(reply, 200);
		assert_int_equal(reply_count(reply, ""), 1);
		assert_members(reply, "0", forms[i].application_listed);
	}
}

static void test_wrapper_of_another_prefix(void **state)
{
	char body[128];

	(void)state;
	for (size_t i = 0; i < FORMS; i++)
		for (size_t k = 0; k < FORMS; k++) {
			snprintf(body, sizeof(body),
				 "{\"%s\":{\"name\":\"x\"}}", forms[k].wrapper);
			assert_status(
				api("POST", body, "%s", forms[i].prefix),
				strcmp(forms[i].wrapper, forms[k].wrapper) == 0
					? 201
					: 400);
		}
	assert_status(api("POST", "{\"name\":\"bare\"}", "/apps"), 201);
}

static void test_first_values(void **state)
{
	const struct http_reply *reply =
		api("POST",
		    "{\"application\":{\"name\":\"New\",\"token\":\"x\","
		    "\"chats_count\":7}}",
		    "/applications");
	char token[TOKEN_SIZE], created[64];

	(void)state;
	assert_status(reply, 201);
	for (int shown = 0; shown < 2; shown++) {
		assert_int_equal(reply_number(reply, "chats_count"), 0);
		assert_int_equal(reply_number(reply, "messages_count"), 0);
		reply_copy(reply, "created_at", created, sizeof(created));
		assert_time(created);
		assert_string_equal(reply_text(reply, "updated_at"), created);
		reply_copy(reply, "token", token, sizeof(token));
		reply = api("GET", NULL, "/applications/%s", token);
		assert_status(reply, 200);
	}
	reply = api("GET", NULL, "/applications/%s/message_count", token);
	assert_status(reply, 200);
	assert_members(reply, "", "message_count");
	assert_int_equal(reply_number(reply, "message_count"), 0);
}

/* Only the name and updated_at change. */
static void test_rename(void **state)
{
	const struct http_reply *reply;
	char token[TOKEN_SIZE], created[64], updated[64];

	(void)state;
	create(&forms[0], "Before", token);
	reply = api("GET", NULL, "/applications/%s", token);
	reply_copy(reply, "created_at", created, sizeof(created));
	for (int i = 0; i < 2; i++) {
		reply_copy(reply, "updated_at", updated, sizeof(updated));
		clock_sleep_ms(2); /* times have whole milliseconds */
		/* the same name again is a change too */
		reply = api("PATCH",
			    "{\"application\":{\"name\":\"After\","
			    "\"token\":\"x\",\"messages_count\":9}}",
			    "/applications/%s", token);
		assert_status(reply, 200);
		assert_string_equal(reply_text(reply, "name"), "After");
		assert_string_equal(reply_text(reply, "token"), token);
		assert_int_equal(reply_number(reply, "messages_count"), 0);
		assert_string_equal(reply_text(reply, "created_at"), created);
		assert_time(reply_text(reply, "updated_at"));
		assert_true(strcmp(reply_text(reply, "updated_at"), updated) >
			    0);
	}
}

/* ---- names ---- */

/* 255 times the same character. */
static const char *long_name(const char *character)
{
	static char name[255 * 4 + 1];
	size_t length = strlen(character);

	for (size_t i = 0; i < 255; i++)
		memcpy(name + i * length, character, length);
	name[255 * length] = '\0';
	return name;
}

static void test_names(void **state)
{
	static const char *const names[] = {
		"x",
		" blanks around ",
		"\"quotes\" \\ and / slashes",
		"line\nbreak and \t tab and \x01 and \x7f",
		"Caf\xc3\xa9 \xd0\x9c\xd0\xb8\xd1\x80 \xe6\x97\xa5\xe6\x9c\xac",
		"\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb",
		"'; DROP TABLE applications; --",
		"<b>%s%n</b>",
		"e\xcc\x81", /* stays two code points */
	};
	char token[TOKEN_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		create(&forms[i % FORMS], names[i], token);
		rename_to(&forms[i % FORMS], "PATCH", token, names[i]);
	}
}

/* 255 code points, however many bytes each takes. */
static void test_length_of_names(void **state)
{
	static const char *const characters[] = { "x", "\xc3\xa9",
						  "\xe6\x97\xa5",
						  "\xf0\x9f\x98\x80" };
	char token[TOKEN_SIZE], path[64], longer[255 * 4 + 2];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(characters); i++) {
		const char *name = long_name(characters[i]);

		create(&forms[0], name, token);
		rename_to(&forms[0], "PUT", token, name);
		snprintf(longer, sizeof(longer), "%sx", name);
		assert_status(send_name(&forms[0], "POST", "", longer), 422);
		snprintf(path, sizeof(path), "/%s", token);
		assert_status(send_name(&forms[0], "PATCH", path, longer), 422);
	}
}

static void test_names_need_not_be_unique(void **state)
{
	char one[TOKEN_SIZE], two[TOKEN_SIZE];

	(void)state;
	create(&forms[0], "The same name", one);
	create(&forms[0], "The same name", two);
	assert_string_not_equal(one, two);
	rename_to(&forms[0], "PATCH", one, "Another name");
	assert_string_equal(
		reply_text(api("GET", NULL, "/applications/%s", two), "name"),
		"The same name");
}

static void test_unknown(void **state)
{
	static const char *const paths[] = { "", "/message_count", "/chats",
					     "/chats/1",
					     "/messages/search?q=x" };
	static const char *const tokens[] = {
		"ffffffffffffffffffffffffffffffff",
		"0123456789abcdef0123456789abcde",
		"0123456789abcdef0123456789abcdef0",
		"zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz",
		"1",
	};
	char path[64];

	(void)state;
	for (size_t t = 0; t < COUNT_OF(tokens); t++)
		for (size_t i = 0; i < FORMS; i++) {
			for (size_t p = 0; p < COUNT_OF(paths); p++)
				assert_status(api("GET", NULL, "%s/%s%s",
						  forms[i].prefix, tokens[t],
						  paths[p]),
					      404);
			snprintf(path, sizeof(path), "/%s", tokens[t]);
			assert_status(send_name(&forms[i], "PATCH", path, "x"),
				      404);
			assert_status(send_name(&forms[i], "PUT", path, "x"),
				      404);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_prefix),
		cmocka_unit_test(test_wrapper_of_another_prefix),
		cmocka_unit_test(test_first_values),
		cmocka_unit_test(test_rename),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_length_of_names),
		cmocka_unit_test(test_names_need_not_be_unique),
		cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests_name("api_applications", tests, NULL,
					   NULL);
}
