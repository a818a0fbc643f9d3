/* links: ctl */
#include <stdbool.h>

#include "common/event.h"
#include "common/utf8.h"
#include "ctl/sample_talk.h"
#include "tests/unit/unit.h"

static const char **all_lines(size_t *count_r)
{
	size_t applications, chats, lines, at = 0;
	const char **all;

	sample_talk_total(&applications, &chats, &lines);
	all = calloc(lines, sizeof(*all));
	assert_non_null(all);
	for (size_t i = 0; sample_talk[i].name != NULL; i++)
		for (size_t k = 0; sample_talk[i].chats[k] != NULL; k++)
			for (size_t n = 0; sample_talk[i].chats[k][n] != NULL;
			     n++)
				all[at++] = sample_talk[i].chats[k][n];
	assert_int_equal(at, lines);
	*count_r = lines;
	return all;
}

static void has_the_promised_size(void **state)
{
	size_t applications, chats, lines;

	(void)state;
	sample_talk_total(&applications, &chats, &lines);
	assert_int_equal(applications, 5);
	assert_int_equal(chats, 46);
	assert_true(lines > 500);
}

static void names_fit(void **state)
{
	(void)state;
	for (size_t i = 0; sample_talk[i].name != NULL; i++) {
		const char *name = sample_talk[i].name;

		assert_true(utf8_valid(name, strlen(name)));
		assert_in_range(utf8_count(name, strlen(name)), 1, 255);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(name, sample_talk[k].name);
	}
}

static void every_chat_is_a_talk(void **state)
{
	(void)state;
	for (size_t i = 0; sample_talk[i].name != NULL; i++) {
		assert_in_range(sample_talk_count_chats(&sample_talk[i]), 5,
				15);
		for (size_t k = 0; sample_talk[i].chats[k] != NULL; k++)
			assert_in_range(sample_talk_count_lines(
						sample_talk[i].chats[k]),
					5, 30);
	}
}

static void bodies_are_acceptable(void **state)
{
	size_t count;
	const char **lines = all_lines(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		size_t length = strlen(lines[i]);

		assert_in_range(length, 1, EVENT_BODY_MAX);
		assert_true(utf8_valid(lines[i], length));
		assert_false(utf8_blank(lines[i], length));
	}
	free(lines);
}

/* Letters and signs only, with every digit the same: a template that was
 * filled in with other numbers looks the same then. */
static void simplify(const char *line, char *out, size_t size)
{
	size_t at = 0;

	for (; *line != '\0' && at + 1 < size; line++)
		if (*line >= '0' && *line <= '9')
			out[at++] = '0';
		else if (*line != ' ')
			out[at++] = *line;
	out[at] = '\0';
}

static int compare(const void *a, const void *b)
{
	char left[512], right[512];

	simplify(*(const char *const *)a, left, sizeof(left));
	simplify(*(const char *const *)b, right, sizeof(right));
	return strcmp(left, right);
}

static void no_two_bodies_are_alike(void **state)
{
	size_t count;
	const char **lines = all_lines(&count);

	(void)state;
	qsort(lines, count, sizeof(*lines), compare);
	for (size_t i = 1; i < count; i++)
		assert_int_not_equal(compare(&lines[i - 1], &lines[i]), 0);
	free(lines);
}

static void speaks_many_languages(void **state)
{
	size_t count, accents = 0, urls = 0;
	const char **lines = all_lines(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		size_t length = strlen(lines[i]);

		accents += utf8_count(lines[i], length) < length;
		urls += strstr(lines[i], "https://") != NULL;
	}
	assert_true(accents >= 20);
	assert_true(urls >= 10);
	free(lines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_the_promised_size),
		cmocka_unit_test(names_fit),
		cmocka_unit_test(every_chat_is_a_talk),
		cmocka_unit_test(bodies_are_acceptable),
		cmocka_unit_test(no_two_bodies_are_alike),
		cmocka_unit_test(speaks_many_languages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
