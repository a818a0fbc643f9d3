#include "common/json.h"

#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"

/* The names of all objects that are open, innermost last. */
struct name {
	uint64_t hash;
	struct json_value text;
};

#define NAMES_INLINE 32
/* Up to here each pair is compared sooner than they are sorted. */
#define NAMES_FEW 24

const char json_no_memory[] = "out of memory";

struct check {
	const char *at, *end;
	const char *reason;
	unsigned depth;
	struct name *names;
	size_t count, capacity;
	struct name first[NAMES_INLINE];
};

static bool check_value(struct check *check);

static bool refuse(struct check *check, const char *reason)
{
	check->reason = reason;
	return false;
}

static void skip_white(struct check *check)
{
	while (check->at < check->end &&
	       (*check->at == ' ' || *check->at == '\n' || *check->at == '\t' ||
		*check->at == '\r'))
		check->at++;
}

static bool take(struct check *check, char c)
{
	if (check->at == check->end || *check->at != c)
		return false;
	check->at++;
	return true;
}

static int hex4(const char *at)
{
	int value = 0;

	for (int i = 0; i < 4; i++) {
		char c = at[i];

		value <<= 4;
		if (c >= '0' && c <= '9')
			value |= c - '0';
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			value |= (c | 0x20) - 'a' + 10;
		else
			return -1;
	}
	return value;
}

/* Behind "\u": four digits, and for a high surrogate its low half. */
static bool check_unicode_escape(struct check *check)
{
	int unit = check->end - check->at >= 4 ? hex4(check->at) : -1;

	if (unit < 0)
		return refuse(check, "a \\u escape is not four hex digits");
	check->at += 4;
	if (unit == 0)
		return refuse(check, "U+0000 is not allowed");
	if (unit < 0xd800 || unit > 0xdfff)
		return true;
	if (unit >= 0xdc00 || check->end - check->at < 6 ||
	    check->at[0] != '\\' || check->at[1] != 'u')
		return refuse(check, "a surrogate stands alone");
	unit = hex4(check->at + 2);
	if (unit < 0xdc00 || unit > 0xdfff)
		return refuse(check, "a surrogate stands alone");
	check->at += 6;
	return true;
}

static bool check_escape(struct check *check)
{
	char c = check->at < check->end ? *check->at++ : '\0';

	if (c == 'u')
		return check_unicode_escape(check);
	if (c && strchr("\"\\/bfnrt", c))
		return true;
	return refuse(check, "a string has an unknown escape");
}

static bool check_string(struct check *check)
{
	if (!take(check, '"'))
		return refuse(check, "a string was expected");
	while ((check->at = json_plain_end(check->at, check->end)) <
	       check->end) {
		char c = *check->at++;

		if (c == '"')
			return true;
		if (c != '\\')
			return refuse(check,
				      "a control character is not escaped");
		if (!check_escape(check))
			return false;
	}
	return refuse(check, "a string has no end");
}

static bool digits(struct check *check)
{
	const char *start = check->at;

	while (check->at < check->end && *check->at >= '0' && *check->at <= '9')
		check->at++;
	return check->at > start;
}

static bool check_number(struct check *check)
{
	take(check, '-');
	if (!take(check, '0') && !digits(check))
		return refuse(check, "a value was expected");
	if (take(check, '.') && !digits(check))
		return refuse(check, "a number has no digits behind its dot");
	if (take(check, 'e') || take(check, 'E')) {
		if (!take(check, '+'))
			take(check, '-');
		if (!digits(check))
			return refuse(check, "a number has no exponent");
	}
	return true;
}

static bool check_word(struct check *check, const char *word)
{
	size_t length = strlen(word);

	if ((size_t)(check->end - check->at) < length ||
	    memcmp(check->at, word, length) != 0)
		return refuse(check, "a value was expected");
	check->at += length;
	return true;
}

/* ---- names are unique ---- */

/* FNV-1a over the name as it reads when unescaped. */
static bool name_hash(struct json_value text, uint64_t *hash_r)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	const char *bytes = text.text + 1;
	size_t length = text.length - 2;
	char *copy = NULL;

	if (!json_string_is_plain(text)) {
		copy = malloc(json_string_size(text));
		if (!copy)
			return false;
		length = json_string(text, copy);
		bytes = copy;
	}
	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)bytes[i]) *
		       UINT64_C(0x100000001b3);
	free(copy);
	*hash_r = hash;
	return true;
}

static bool keep_name(struct check *check, struct json_value text)
{
	struct name *name;

	if (check->count == check->capacity) {
		size_t capacity = check->capacity * 2;
		struct name *names = malloc(capacity * sizeof(*names));

		if (!names)
			return refuse(check, json_no_memory);
		memcpy(names, check->names, check->count * sizeof(*names));
		if (check->names != check->first)
			free(check->names);
		check->names = names;
		check->capacity = capacity;
	}
	name = &check->names[check->count];
	name->text = text;
	if (!name_hash(text, &name->hash))
		return refuse(check, json_no_memory);
	check->count++;
	return true;
}

static int by_hash(const void *a, const void *b)
{
	const struct name *x = a, *y = b;

	return x->hash < y->hash ? -1 : x->hash > y->hash;
}

static bool few_repeat(const struct name *names, size_t count)
{
	for (size_t i = 1; i < count; i++)
		for (size_t j = 0; j < i; j++)
			if (names[i].hash == names[j].hash)
				return true;
	return false;
}

static bool many_repeat(struct name *names, size_t count)
{
	qsort(names, count, sizeof(*names), by_hash);
	for (size_t i = 1; i < count; i++)
		if (names[i].hash == names[i - 1].hash)
			return true;
	return false;
}

/* Two names of one 64-bit hash are taken as the same name. */
static bool check_names(struct check *check, size_t first)
{
	struct name *names = check->names + first;
	size_t count = check->count - first;

	if (count <= NAMES_FEW ? few_repeat(names, count)
			       : many_repeat(names, count))
		return refuse(check, "a member's name is repeated");
	check->count = first;
	return true;
}

static bool check_member(struct check *check)
{
	struct json_value name = { JSON_STRING, NULL, 0 };

	skip_white(check);
	name.text = check->at;
	if (!check_string(check))
		return false;
	name.length = (size_t)(check->at - name.text);
	if (!keep_name(check, name))
		return false;
	skip_white(check);
	if (!take(check, ':'))
		return refuse(check, "a member has no colon");
	return check_value(check);
}

static bool check_object(struct check *check)
{
	size_t first = check->count;

	check->at++;
	skip_white(check);
	if (take(check, '}'))
		return true;
	do {
		if (!check_member(check))
			return false;
		skip_white(check);
	} while (take(check, ','));
	if (!take(check, '}'))
		return refuse(check, "an object has no end");
	return check_names(check, first);
}

static bool check_array(struct check *check)
{
	check->at++;
	skip_white(check);
	if (take(check, ']'))
		return true;
	do {
		if (!check_value(check))
			return false;
		skip_white(check);
	} while (take(check, ','));
	if (!take(check, ']'))
		return refuse(check, "an array has no end");
	return true;
}

static bool check_nested(struct check *check)
{
	bool good;

	if (check->depth == JSON_DEPTH_MAX)
		return refuse(check, "values are nested too deep");
	check->depth++;
	good = *check->at == '{' ? check_object(check) : check_array(check);
	check->depth--;
	return good;
}

static bool check_value(struct check *check)
{
	skip_white(check);
	if (check->at == check->end)
		return refuse(check, "a value was expected");
	switch (*check->at) {
	case '{':
	case '[':
		return check_nested(check);
	case '"':
		return check_string(check);
	case 't':
		return check_word(check, "true");
	case 'f':
		return check_word(check, "false");
	case 'n':
		return check_word(check, "null");
	default:
		return check_number(check);
	}
}

const char *json_check(const char *text, size_t length)
{
	struct check check;

	if (!utf8_valid(text, length))
		return "the text is not valid UTF-8";
	check.at = text;
	check.end = text + length;
	check.reason = NULL;
	check.depth = 0;
	check.names = check.first;
	check.count = 0;
	check.capacity = NAMES_INLINE;
	if (check_value(&check)) {
		skip_white(&check);
		if (check.at != check.end)
			refuse(&check, "something follows the value");
	}
	if (check.names != check.first)
		free(check.names);
	return check.reason;
}
