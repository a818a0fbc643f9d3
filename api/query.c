#include "api/query.h"

#include <stdlib.h>
#include <string.h>

#include "common/event.h"
#include "common/hex.h"
#include "common/utf8.h"

bool query_unescape(char *text, size_t *length, bool plus)
{
	size_t out = 0;

	for (size_t i = 0; i < *length; i++) {
		int high, low;

		if (text[i] != '%') {
			text[out++] = plus && text[i] == '+' ? ' ' : text[i];
			continue;
		}
		high = i + 2 < *length ? hex_digit(text[i + 1]) : -1;
		low = i + 2 < *length ? hex_digit(text[i + 2]) : -1;
		if (high < 0 || low < 0 || (high == 0 && low == 0))
			return false;
		text[out++] = (char)(high << 4 | low);
		i += 2;
	}
	*length = out;
	return true;
}

static enum query_result copy_unescaped(const char *text, size_t length,
					char **copy_r)
{
	char *copy = malloc(length + 1);

	if (!copy)
		return QUERY_NO_MEMORY;
	memcpy(copy, text, length);
	if (!query_unescape(copy, &length, true) || !utf8_valid(copy, length)) {
		free(copy);
		return QUERY_BAD;
	}
	copy[length] = '\0';
	*copy_r = copy;
	return QUERY_FOUND;
}

enum query_result query_check(const char *query)
{
	char *copy = NULL;
	enum query_result result = copy_unescaped(query, strlen(query), &copy);

	free(copy);
	return result;
}

/* True when the pair at `text` has this name, escapes in it resolved. */
static bool name_is(const char *text, size_t length, const char *name)
{
	char copy[64];

	if (length >= sizeof(copy))
		return false;
	memcpy(copy, text, length);
	return query_unescape(copy, &length, true) && strlen(name) == length &&
	       memcmp(copy, name, length) == 0;
}

/* The value as it stands there. */
static enum query_result find_raw(const char *query, const char *name,
				  const char **value_r, size_t *length_r)
{
	const char *value = NULL;

	while (query && *query) {
		size_t pair = strcspn(query, "&");
		const char *equals = memchr(query, '=', pair);
		size_t length = equals ? (size_t)(equals - query) : pair;

		if (name_is(query, length, name)) {
			if (value)
				return QUERY_BAD;
			value = equals ? equals + 1 : query + pair;
			*length_r = (size_t)(query + pair - value);
		}
		query += pair + (query[pair] == '&');
	}
	*value_r = value;
	return value ? QUERY_FOUND : QUERY_ABSENT;
}

enum query_result query_find(const char *query, const char *name,
			     char **value_r)
{
	const char *value;
	size_t length;
	enum query_result result = find_raw(query, name, &value, &length);

	if (result != QUERY_FOUND)
		return result;
	return copy_unescaped(value, length, value_r);
}

/* A value of few characters, each of which may be escaped. */
#define SHORT_SIZE 64

static enum query_result find_short(const char *query, const char *name,
				    char text_r[SHORT_SIZE])
{
	const char *value;
	size_t length;
	enum query_result result = find_raw(query, name, &value, &length);

	if (result != QUERY_FOUND)
		return result;
	if (length >= SHORT_SIZE)
		return QUERY_BAD;
	memcpy(text_r, value, length);
	if (!query_unescape(text_r, &length, true))
		return QUERY_BAD;
	text_r[length] = '\0';
	return QUERY_FOUND;
}

static bool parse_digits(const char *text, size_t length, uint64_t max,
			 uint64_t *number_r)
{
	uint64_t number = 0;

	if (length == 0 || length > 16)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		number = number * 10 + (uint64_t)(text[i] - '0');
	}
	*number_r = number;
	return number <= max;
}

enum query_result query_number(const char *query, const char *name,
			       uint64_t min, uint64_t max, uint64_t *value_r)
{
	char text[SHORT_SIZE];
	uint64_t value;
	enum query_result result = find_short(query, name, text);

	if (result != QUERY_FOUND)
		return result;
	if (!parse_digits(text, strlen(text), max, &value) || value < min)
		return QUERY_BAD;
	*value_r = value;
	return QUERY_FOUND;
}

enum query_result query_choice(const char *query, const char *name,
			       const char *first, const char *second,
			       bool *second_r)
{
	char text[SHORT_SIZE];
	enum query_result result = find_short(query, name, text);
	bool is_second;

	if (result != QUERY_FOUND)
		return result;
	is_second = strcmp(text, second) == 0;
	if (!is_second && strcmp(text, first) != 0)
		return QUERY_BAD;
	*second_r = is_second;
	return QUERY_FOUND;
}

bool query_path_number(const char *text, size_t length, uint64_t *number_r)
{
	return length > 0 && text[0] != '0' &&
	       parse_digits(text, length, EVENT_NUMBER_MAX, number_r);
}
