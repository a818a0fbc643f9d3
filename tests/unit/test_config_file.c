#include <sys/stat.h>
#include <unistd.h>

#include "common/config.h"
#include "tests/unit/unit.h"

static char folder[64], path[128];

static const char *const names[] = { "TEST_SECRET", "TEST_SECRET_FILE",
				     "CREDENTIALS_DIRECTORY" };

static int reset(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++)
		unsetenv(names[i]);
	strcpy(folder, "/tmp/confab-config-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static void put(const char *name, const void *bytes, size_t length)
{
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
}

static void put_text(const char *name, const char *text)
{
	put(name, text, strlen(text));
}

static int clean(void **state)
{
	static const char *const files[] = { "a", "TEST_SECRET",
					     "confab_TEST_SECRET" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(files); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, files[i]);
		(void)unlink(path);
	}
	return rmdir(folder);
}

/* The sentence of a refusal, or NULL. */
static const char *get(const char **text_r)
{
	static char sentence[512];
	FILE *errors = fmemopen(sentence, sizeof(sentence), "w");
	bool good;

	assert_non_null(errors);
	sentence[0] = '\0';
	good = config_text("TEST_SECRET", text_r, errors);
	assert_int_equal(fclose(errors), 0);
	assert_int_equal(good, sentence[0] == '\0');
	return good ? NULL : sentence;
}

static void expect(const char *wanted)
{
	const char *text;

	assert_null(get(&text));
	if (wanted)
		assert_string_equal(text, wanted);
	else
		assert_null(text);
}

static void expect_refusal(const char *part)
{
	const char *text;
	const char *sentence = get(&text);

	assert_non_null(sentence);
	assert_non_null(strstr(sentence, "TEST_SECRET"));
	assert_non_null(strstr(sentence, part));
}

static void test_variable(void **state)
{
	(void)state;
	expect(NULL);
	setenv("TEST_SECRET", "", 1);
	expect(NULL);
	setenv("TEST_SECRET", "x", 1);
	expect("x");
}

static void test_named_file(void **state)
{
	static const char *const rows[][2] = {
		{ "secret", "secret" },
		{ "secret\n", "secret" },
		{ "secret\r\n", "secret" },
		{ "two\nlines\n", "two\nlines" },
		{ " blank ", " blank " },
		{ "\n", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		put_text("a", rows[i][0]);
		setenv("TEST_SECRET_FILE", path, 1);
		expect(rows[i][1]);
	}
}

static void test_texts_stay(void **state)
{
	const char *first, *second;

	(void)state;
	put_text("a", "one");
	setenv("TEST_SECRET_FILE", path, 1);
	assert_null(get(&first));
	put_text("a", "two");
	assert_null(get(&second));
	assert_string_equal(first, "one");
	assert_string_equal(second, "two");
}

static void test_bad_files(void **state)
{
	static char large[70000];

	(void)state;
	setenv("TEST_SECRET_FILE", "/nonexistent/file", 1);
	expect_refusal("/nonexistent/file");
	setenv("TEST_SECRET_FILE", folder, 1);
	expect_refusal("cannot be used as a text");
	put("a", "x\0y", 3);
	setenv("TEST_SECRET_FILE", path, 1);
	expect_refusal("cannot be used as a text");
	memset(large, 'x', sizeof(large));
	put("a", large, sizeof(large));
	expect_refusal("cannot be used as a text");
}

static void test_both(void **state)
{
	(void)state;
	put_text("a", "one");
	setenv("TEST_SECRET_FILE", path, 1);
	setenv("TEST_SECRET", "two", 1);
	expect_refusal("keep one");
}

static void test_credentials(void **state)
{
	(void)state;
	setenv("CREDENTIALS_DIRECTORY", folder, 1);
	expect(NULL);
	put_text("TEST_SECRET", "plain\n");
	expect("plain");
	put_text("confab_TEST_SECRET", "prefixed\n");
	expect("prefixed");
	/* what is nearer goes first */
	put_text("a", "named");
	setenv("TEST_SECRET_FILE", path, 1);
	expect("named");
	unsetenv("TEST_SECRET_FILE");
	setenv("TEST_SECRET", "variable", 1);
	expect("variable");
	unsetenv("TEST_SECRET");
	setenv("CREDENTIALS_DIRECTORY", "/nonexistent", 1);
	expect(NULL);
}

/* A known name with _FILE is known, every other one is not. */
static void test_names_of_files(void **state)
{
	static const struct config_option none[] = { { 0 } };
	static const struct {
		const char *name;
		bool known;
	} rows[] = {
		{ "CONFAB_OPERATOR_KEY_FILE", true },
		{ "CONFAB_OPERATOR_FILE", false },
		{ "CONFAB__FILE", false },
		{ "CONFAB_FILE", false },
	};
	FILE *errors = fopen("/dev/null", "w");

	(void)state;
	assert_non_null(errors);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		setenv(rows[i].name, "", 1);
		if (config_load(none, NULL, errors) != rows[i].known)
			fail_row(rows[i].name, "known is not %d",
				 rows[i].known);
		unsetenv(rows[i].name);
	}
	fclose(errors);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, reset, clean)
	const struct CMUnitTest tests[] = {
		TEST(test_variable),	   TEST(test_named_file),
		TEST(test_texts_stay),	   TEST(test_bad_files),
		TEST(test_both),	   TEST(test_credentials),
		TEST(test_names_of_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
