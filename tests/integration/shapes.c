#include "tests/integration/shapes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The text of the first number of that name, as it was sent. */
static const char *digits_of(const struct http_reply *reply, const char *name)
{
	char label[80];
	const char *at;

	snprintf(label, sizeof(label), "\"%s\":", name);
	at = strstr(reply->body, label);
	assert_non_null(at);
	at += strlen(label);
	return at + strspn(at, " ");
}

static void check_count(const struct http_reply *reply, const char *path,
			const char *name)
{
	const char *digits = digits_of(reply, name);
	size_t length = strspn(digits, "0123456789");

	(void)reply_number(reply, path);
	if (length == 0 || strchr(".eE", digits[length]))
		fail_msg("%s is not a whole number: %s", path, reply->body);
}

static void check_text(const struct http_reply *reply, const char *path,
		       const char *kind)
{
	const char *text = reply_text(reply, path);

	if (strcmp(kind, "time") == 0) {
		assert_time(text);
	} else if (strcmp(kind, "token") == 0) {
		assert_int_equal(strlen(text), TOKEN_SIZE - 1);
		assert_int_equal(strspn(text, "0123456789abcdef"),
				 TOKEN_SIZE - 1);
	} else if (strcmp(kind, "job") == 0) {
		assert_true(strlen(text) > 16);
	} else {
		assert_string_equal(kind, "text");
	}
}

static void check_member(const struct http_reply *reply, const char *path,
			 const char *name, const char *kind)
{
	char whole[128];

	snprintf(whole, sizeof(whole), "%s%s%s", path, *path ? "." : "", name);
	if (strcmp(kind, "count") == 0)
		check_count(reply, whole, name);
	else if (strcmp(kind, "score") == 0)
		(void)reply_number(reply, whole);
	else
		check_text(reply, whole, kind);
}

void assert_shape(const struct http_reply *reply, const char *path,
		  const char *shape)
{
	char names[256] = "", name[64], kind[16];
	int length;

	for (const char *at = shape;
	     sscanf(at, " %63[^:]:%15s%n", name, kind, &length) == 2;
	     at += length) {
		size_t end = strlen(names);

		check_member(reply, path, name, kind);
		snprintf(names + end, sizeof(names) - end, "%s%s",
			 end > 0 ? " " : "", name);
	}
	assert_members(reply, path, names);
}

void assert_shapes(const struct http_reply *reply, unsigned count,
		   const char *shape)
{
	char path[16];

	assert_int_equal(reply_count(reply, ""), count);
	for (unsigned i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%u", i);
		assert_shape(reply, path, shape);
	}
}
