#include <glob.h>

#include "common/migrations.h"
#include "tests/unit/unit.h"

static void versions_have_no_gaps(void **state)
{
	size_t count;
	const struct migration *list = migrations_list(&count);

	(void)state;
	assert_true(count > 0);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(list[i].version, i + 1);
}

static char *read_file(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text;
	long length;

	assert_non_null(file);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	length = ftell(file);
	assert_true(length > 0);
	rewind(file);
	text = calloc(1, (size_t)length + 1);
	assert_non_null(text);
	assert_int_equal(fread(text, 1, (size_t)length, file), length);
	fclose(file);
	return text;
}

/* A file that was forgotten in the list would never be applied. */
static void every_file_is_held(void **state)
{
	size_t count;
	const struct migration *list = migrations_list(&count);
	glob_t files;

	(void)state;
	if (glob("sql/[0-9]*.sql", 0, NULL, &files) != 0)
		skip(); /* not run from the repository */
	assert_int_equal(files.gl_pathc, count);
	for (size_t i = 0; i < count; i++) {
		char *text = read_file(files.gl_pathv[i]);
		char expected[128];

		snprintf(expected, sizeof(expected), "sql/%03u_%s.sql",
			 (unsigned)list[i].version, list[i].name);
		assert_string_equal(files.gl_pathv[i], expected);
		assert_string_equal(text, list[i].text);
		free(text);
	}
	globfree(&files);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions_have_no_gaps),
		cmocka_unit_test(every_file_is_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
