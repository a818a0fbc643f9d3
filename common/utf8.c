#include "common/utf8.h"

#include <stdint.h>
#include <string.h>

/* The length of the valid sequence at `at`, 0 when there is none. */
static size_t sequence(const uint8_t *at, size_t left)
{
	uint8_t low = 0x80, high = 0xbf;
	size_t length;

	if (at[0] < 0x80)
		return 1;
	if (at[0] >= 0xc2 && at[0] <= 0xdf) {
		length = 2;
	} else if (at[0] >= 0xe0 && at[0] <= 0xef) {
		length = 3;
		low = at[0] == 0xe0 ? 0xa0 : low;
		high = at[0] == 0xed ? 0x9f : high;
	} else if (at[0] >= 0xf0 && at[0] <= 0xf4) {
		length = 4;
		low = at[0] == 0xf0 ? 0x90 : low;
		high = at[0] == 0xf4 ? 0x8f : high;
	} else {
		return 0;
	}
	if (left < length || at[1] < low || at[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++)
		if (at[i] < 0x80 || at[i] > 0xbf)
			return 0;
	return length;
}

static size_t skip_ascii(const char *text, size_t i, size_t length)
{
	while (i + 8 <= length) {
		uint64_t word;

		memcpy(&word, text + i, 8);
		if (word & UINT64_C(0x8080808080808080))
			break;
		i += 8;
	}
	return i;
}

bool utf8_valid(const char *text, size_t length)
{
	size_t i = 0;

	while (i < length) {
		size_t step;

		i = skip_ascii(text, i, length);
		if (i == length)
			break;
		step = sequence((const uint8_t *)text + i, length - i);
		if (step == 0)
			return false;
		i += step;
	}
	return true;
}

size_t utf8_count(const char *text, size_t length)
{
	size_t count = 0;

	for (size_t i = 0; i < length; i++)
		if (((uint8_t)text[i] & 0xc0) != 0x80)
			count++;
	return count;
}

/* Unicode's White_Space property (PropList.txt). */
static bool white(uint32_t c)
{
	return (c >= 0x09 && c <= 0x0d) || c == 0x20 || c == 0x85 ||
	       c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) ||
	       c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f ||
	       c == 0x3000;
}

bool utf8_blank(const char *text, size_t length)
{
	size_t i = 0;

	while (i < length) {
		uint8_t first = (uint8_t)text[i];
		uint32_t c = first;
		size_t more = 0;

		if (first >= 0x80) {
			more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
			c = first & (0x3fu >> more);
		}
		for (size_t k = 1; k <= more; k++)
			c = c << 6 | ((uint8_t)text[i + k] & 0x3f);
		if (!white(c))
			return false;
		i += more + 1;
	}
	return true;
}
