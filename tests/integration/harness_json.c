#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "tests/integration/harness.h"

/* The tree of the last reply that was looked into; the next takes its place. */
static cJSON *parse(const struct http_reply *reply)
{
	static unsigned serial;
	static cJSON *tree;

	if (tree && reply->serial == serial)
		return tree;
	cJSON_Delete(tree);
	tree = cJSON_ParseWithLength(reply->body, reply->length);
	if (!tree)
		fail_msg("the answer is no JSON: %s%s", reply->head,
			 reply->body);
	serial = reply->serial;
	return tree;
}

static const cJSON *step_into(const cJSON *at, const char *name, size_t length)
{
	char text[128];

	if (length >= sizeof(text))
		return NULL;
	memcpy(text, name, length);
	text[length] = '\0';
	if (cJSON_IsArray(at))
		return cJSON_GetArrayItem(at, atoi(text));
	return cJSON_GetObjectItemCaseSensitive(at, text);
}

static const cJSON *find(const struct http_reply *reply, const char *path)
{
	const cJSON *at = parse(reply);

	while (at && *path) {
		size_t length = strcspn(path, ".");

		at = step_into(at, path, length);
		path += length + (path[length] == '.');
	}
	return at;
}

bool reply_has(const struct http_reply *reply, const char *path)
{
	return find(reply, path) != NULL;
}

const char *reply_text(const struct http_reply *reply, const char *path)
{
	const cJSON *value = find(reply, path);

	if (!cJSON_IsString(value))
		fail_msg("there is no text \"%s\" in: %s", path, reply->body);
	return value->valuestring;
}

void reply_copy(const struct http_reply *reply, const char *path, char *text_r,
		size_t size)
{
	const char *text = reply_text(reply, path);
	size_t length = strlen(text);

	if (length >= size)
		fail_msg("\"%s\" is longer than %zu bytes", text, size - 1);
	memcpy(text_r, text, length + 1);
}

uint64_t reply_number(const struct http_reply *reply, const char *path)
{
	const cJSON *value = find(reply, path);

	if (!cJSON_IsNumber(value))
		fail_msg("there is no number \"%s\" in: %s", path, reply->body);
	return (uint64_t)value->valuedouble;
}

unsigned reply_count(const struct http_reply *reply, const char *path)
{
	const cJSON *value = find(reply, path);

	if (!cJSON_IsArray(value))
		fail_msg("there is no array \"%s\" in: %s", path, reply->body);
	return (unsigned)cJSON_GetArraySize(value);
}

void assert_members(const struct http_reply *reply, const char *path,
		    const char *names)
{
	const cJSON *object = find(reply, path);
	unsigned count = 0;

	if (!cJSON_IsObject(object))
		fail_msg("there is no object \"%s\" in: %s", path, reply->body);
	while (*names) {
		size_t length = strcspn(names, " ");

		if (!step_into(object, names, length))
			fail_msg("\"%.*s\" is not in: %s", (int)length, names,
				 reply->body);
		count++;
		names += length + (names[length] == ' ');
	}
	if ((unsigned)cJSON_GetArraySize(object) != count)
		fail_msg("there is more than it should have: %s", reply->body);
}
