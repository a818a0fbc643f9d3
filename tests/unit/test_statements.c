/* links: ctl */
#include "common/migrations.h"
#include "ctl/statements.h"
#include "tests/unit/unit.h"

/* The statements of `text`, joined by " | ". */
static const char *split(const char *text)
{
	static char joined[4096];
	const char *statement;
	size_t length, at = 0;

	joined[0] = '\0';
	while (statements_next(&text, &statement, &length)) {
		assert_true(at + length + 4 < sizeof(joined));
		if (at > 0)
			at += (size_t)(stpcpy(joined + at, " | ") - joined) -
			      at;
		memcpy(joined + at, statement, length);
		at += length;
		joined[at] = '\0';
	}
	assert_int_equal(*text, '\0');
	return joined;
}

static void splits_at_semicolons(void **state)
{
	(void)state;
	assert_string_equal(split("SELECT 1; SELECT 2;"),
			    "SELECT 1 | SELECT 2");
	assert_string_equal(split("SELECT 1;SELECT 2"), "SELECT 1 | SELECT 2");
}

static void knows_empty_texts(void **state)
{
	(void)state;
	assert_string_equal(split(""), "");
	assert_string_equal(split(" \n\t;; ;\n"), "");
	assert_string_equal(split("-- only\n# comments\n/* here; */"), "");
	assert_string_equal(split("--"), "");
	assert_string_equal(split("/* without an end ;"), "");
}

static void leaves_quotes_alone(void **state)
{
	(void)state;
	assert_string_equal(split("SELECT ';', \";\", `;`; X"),
			    "SELECT ';', \";\", `;` | X");
	assert_string_equal(split("SELECT 'it''s;'; X"), "SELECT 'it''s;' | X");
	assert_string_equal(split("SELECT '\\';'; X"), "SELECT '\\';' | X");
	/* a backslash means nothing between backquotes */
	assert_string_equal(split("SELECT `\\`; X"), "SELECT `\\` | X");
	assert_string_equal(split("SELECT '-- ;'; X"), "SELECT '-- ;' | X");
	assert_string_equal(split("SELECT 'open;"), "SELECT 'open;");
	assert_string_equal(split("SELECT '\\"), "SELECT '\\");
}

static void leaves_comments_alone(void **state)
{
	(void)state;
	assert_string_equal(split("-- a; b\nSELECT 1; X"), "SELECT 1 | X");
	assert_string_equal(split("SELECT 1 -- it's; here\n; X"),
			    "SELECT 1 -- it's; here\n | X");
	assert_string_equal(split("SELECT 1 # it's;\n; X"),
			    "SELECT 1 # it's;\n | X");
	assert_string_equal(split("SELECT /* ; ' */ 1; X"),
			    "SELECT /* ; ' */ 1 | X");
	/* two dashes without a blank are two minus signs */
	assert_string_equal(split("SELECT 1--1; X"), "SELECT 1--1 | X");
}

static void keeps_code_in_comments(void **state)
{
	(void)state;
	assert_string_equal(split("/*!40101 SET x = 1 */; X"),
			    "/*!40101 SET x = 1 */ | X");
}

static void splits_every_migration(void **state)
{
	size_t count;
	const struct migration *list = migrations_list(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		const char *at = list[i].text, *statement;
		size_t length, statements = 0;

		while (statements_next(&at, &statement, &length)) {
			statements++;
			assert_true(length > 10);
			assert_true(strchr("ACDIUS", statement[0]) != NULL);
		}
		assert_true(statements > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(splits_at_semicolons),
		cmocka_unit_test(knows_empty_texts),
		cmocka_unit_test(leaves_quotes_alone),
		cmocka_unit_test(leaves_comments_alone),
		cmocka_unit_test(keeps_code_in_comments),
		cmocka_unit_test(splits_every_migration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
