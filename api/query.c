#include "api/query.h"

#include <stdlib.h>
#include <string.h>

#include "common/event.h"
#include "common/utf8.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		return (c | 0x20) - 'a' + 10;
	return -1;
}

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

static char *copy_unescaped(const char *text, size_t length)
{
	char *copy = malloc(length + 1);

	if (!copy)
		return NULL;
	memcpy(copy, text, length);
	if (!query_unescape(copy, &length, true) || !utf8_valid(copy, length)) {
		free(copy);
		return NULL;
	}
	copy[length] = '\0';
	return copy;
}

bool query_valid(const char *query)
{
	char *copy = copy_unescaped(query, strlen(query));
	bool valid = copy != NULL;

	free(copy);
	return valid;
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

enum query_result query_find(const char *query, const char *name,
			     char **value_r)
{
	const char *value = NULL;
	size_t value_length = 0;

	while (query && *query) {
		size_t pair = strcspn(query, "&");
		const char *equals = memchr(query, '=', pair);
		size_t length = equals ? (size_t)(equals - query) : pair;

		if (name_is(query, length, name)) {
			if (value)
				return QUERY_BAD;
			value = equals ? equals + 1 : query + pair;
			value_length = (size_t)(query + pair - value);
		}
		query += pair + (query[pair] == '&');
	}
	if (!value)
		return QUERY_ABSENT;
	*value_r = copy_unescaped(value, value_length);
	return *value_r ? QUERY_FOUND : QUERY_BAD;
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
	char *text = NULL;
	uint64_t value;
	enum query_result result = query_find(query, name, &text);

	if (result != QUERY_FOUND)
		return result;
	if (!parse_digits(text, strlen(text), max, &value) || value < min)
		result = QUERY_BAD;
	else
		*value_r = value;
	free(text);
	return result;
}

enum query_result query_choice(const char *query, const char *name,
			       const char *first, const char *second,
			       bool *second_r)
{
	char *text = NULL;
	enum query_result result = query_find(query, name, &text);

	if (result != QUERY_FOUND)
		return result;
	if (strcmp(text, second) == 0)
		*second_r = true;
	else if (strcmp(text, first) == 0)
		*second_r = false;
	else
		result = QUERY_BAD;
	free(text);
	return result;
}

bool query_path_number(const char *text, size_t length, uint64_t *number_r)
{
	return length > 0 && text[0] != '0' &&
	       parse_digits(text, length, EVENT_NUMBER_MAX, number_r);
}
