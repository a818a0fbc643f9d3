#include "common/config.h"

#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/fault.h"
#include "tests/unit/unit.h"

struct settings {
	const char *host;
	const char *password;
	const char *format;
	const char *broker;
	const char *engine;
	int64_t port;
};

#define FIELD(name) offsetof(struct settings, name)

static const struct config_option options[] = {
	{ "TEST_HOST", CONFIG_TEXT, FIELD(host), NULL, 0, 0, NULL, false,
	  "where the database is" },
	{ "TEST_PASSWORD", CONFIG_TEXT, FIELD(password), "", 0, 0, NULL, true,
	  "its password" },
	{ "TEST_FORMAT", CONFIG_CHOICE, FIELD(format), "text", 0, 0,
	  "text|json", false, "how to log" },
	{ "TEST_BROKER", CONFIG_URL, FIELD(broker),
	  "amqp://guest:guest@127.0.0.1:5672/", 0, 0, "amqp|amqps", false,
	  "the broker" },
	{ "TEST_ENGINE", CONFIG_URL, FIELD(engine), "", 0, 0, "http|https",
	  false, "the search engine, empty for none" },
	{ "TEST_PORT", CONFIG_NUMBER, FIELD(port), "3306", 1, 65535, NULL,
	  false, "its port" },
	{ 0 },
};

static const char *const names[] = { "TEST_HOST",      "TEST_PASSWORD",
				     "TEST_FORMAT",    "TEST_BROKER",
				     "TEST_ENGINE",    "TEST_PORT",
				     "CONFAB_NONSENSE" };

/* Each test starts with TEST_HOST alone. */
static int reset(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++)
		unsetenv(names[i]);
	return setenv("TEST_HOST", "db.example", 1);
}

/* What a function writes to a stream, in memory of its own. */
struct capture {
	char *text;
	size_t length;
	FILE *file;
};

static void capture_open(struct capture *capture)
{
	capture->text = NULL;
	capture->file = open_memstream(&capture->text, &capture->length);
	assert_non_null(capture->file);
}

static void capture_close(struct capture *capture)
{
	assert_int_equal(fclose(capture->file), 0);
}

/* Loads; the sentence of a refusal goes to a static buffer. */
static const char *load(struct settings *settings_r)
{
	static char sentence[512];
	struct capture errors;
	bool loaded;

	capture_open(&errors);
	loaded = config_load(options, settings_r, errors.file);
	capture_close(&errors);
	snprintf(sentence, sizeof(sentence), "%s", errors.text);
	free(errors.text);
	/* says nothing when all is well, and a whole sentence when not */
	assert_int_equal(loaded, sentence[0] == '\0');
	if (!loaded)
		assert_int_equal(sentence[strlen(sentence) - 1], '\n');
	return loaded ? NULL : sentence;
}

static void test_presets(void **state)
{
	struct settings settings;

	(void)state;
	assert_null(load(&settings));
	assert_string_equal(settings.host, "db.example");
	assert_string_equal(settings.password, "");
	assert_string_equal(settings.format, "text");
	assert_string_equal(settings.broker,
			    "amqp://guest:guest@127.0.0.1:5672/");
	assert_string_equal(settings.engine, "");
	assert_int_equal(settings.port, 3306);
}

static void test_values(void **state)
{
	struct settings settings;

	(void)state;
	setenv("TEST_FORMAT", "json", 1);
	setenv("TEST_BROKER", "amqps://a:b@broker", 1);
	setenv("TEST_ENGINE", "https://search:9200", 1);
	setenv("TEST_PORT", "65535", 1);
	assert_null(load(&settings));
	assert_string_equal(settings.format, "json");
	assert_string_equal(settings.broker, "amqps://a:b@broker");
	assert_string_equal(settings.engine, "https://search:9200");
	assert_int_equal(settings.port, 65535);
}

/* As in an .env file: NAME= is a name that was left empty. */
static void test_empty_is_unset(void **state)
{
	struct settings settings;

	(void)state;
	setenv("TEST_PORT", "", 1);
	assert_null(load(&settings));
	assert_int_equal(settings.port, 3306);
	setenv("TEST_HOST", "", 1);
	assert_non_null(load(&settings));
}

static void test_bad_values_name_their_variable(void **state)
{
	static const struct {
		const char *name, *value;
	} bad[] = {
		{ "TEST_PORT", "0" },
		{ "TEST_PORT", "65536" },
		{ "TEST_PORT", "-1" },
		{ "TEST_PORT", "+1" },
		{ "TEST_PORT", " 1" },
		{ "TEST_PORT", "1 " },
		{ "TEST_PORT", "1k" },
		{ "TEST_PORT", "0x10" },
		{ "TEST_PORT", "99999999999999999999" },
		{ "TEST_FORMAT", "xml" },
		{ "TEST_FORMAT", "tex" },
		{ "TEST_FORMAT", "text|json" },
		{ "TEST_BROKER", "127.0.0.1:5672" },
		{ "TEST_BROKER", "http://127.0.0.1" },
		{ "TEST_BROKER", "amqp://host:99999" },
		{ "TEST_ENGINE", "http://" },
	};
	struct settings settings;

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		const char *sentence;

		reset(state);
		setenv(bad[i].name, bad[i].value, 1);
		sentence = load(&settings);
		if (!sentence)
			fail_row(bad[i].value, "%s was accepted", bad[i].name);
		if (!strstr(sentence, bad[i].name))
			fail_row(bad[i].value, "names no variable: %s",
				 sentence);
	}
}

static void test_required_is_required(void **state)
{
	struct settings settings;
	const char *sentence;

	(void)state;
	unsetenv("TEST_HOST");
	sentence = load(&settings);
	assert_non_null(sentence);
	assert_non_null(strstr(sentence, "TEST_HOST"));
}

static void test_unknown_name_of_ours_is_an_error(void **state)
{
	struct settings settings;
	const char *sentence;

	(void)state;
	setenv("CONFAB_NONSENSE", "1", 1);
	sentence = load(&settings);
	assert_non_null(sentence);
	assert_non_null(strstr(sentence, "CONFAB_NONSENSE"));
}

/* One file serves all programs, run.env too. */
static void test_names_of_other_programs_are_known(void **state)
{
	static const char *const known[] = {
		"CONFAB_API_URL",    "CONFAB_INGEST_URL",
		"CONFAB_TOKEN",	     "CONFAB_OPERATOR_KEY",
		"CONFAB_LISTEN",     "CONFAB_METRICS_LISTEN",
		"CONFAB_LOG_FORMAT",
	};
	struct settings settings;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(known); i++) {
		setenv(known[i], "x", 1);
		if (load(&settings))
			fail_row(known[i], "is refused");
		unsetenv(known[i]);
	}
}

static void test_print_masks_secrets(void **state)
{
	struct settings settings;
	struct capture out;

	(void)state;
	setenv("TEST_PASSWORD", "hunter2", 1);
	setenv("TEST_BROKER", "amqp://user:p%40ss@host:5672/vhost", 1);
	assert_null(load(&settings));
	capture_open(&out);
	config_print(options, &settings, out.file);
	capture_close(&out);
	assert_string_equal(out.text,
			    "TEST_HOST=db.example\n"
			    "TEST_PASSWORD=***\n"
			    "TEST_FORMAT=text\n"
			    "TEST_BROKER=amqp://user:***@host:5672/vhost\n"
			    "TEST_ENGINE=\n"
			    "TEST_PORT=3306\n");
	free(out.text);
}

static void test_print_masks_a_password_without_a_user(void **state)
{
	struct settings settings;
	struct capture out;

	(void)state;
	setenv("TEST_ENGINE", "http://:secret@[::1]:9200/", 1);
	assert_null(load(&settings));
	capture_open(&out);
	config_print(options, &settings, out.file);
	capture_close(&out);
	assert_null(strstr(out.text, "secret"));
	assert_non_null(strstr(out.text, "http://:***@[::1]:9200/\n"));
	free(out.text);
}

static void test_help_has_a_line_for_each(void **state)
{
	struct capture out;

	(void)state;
	capture_open(&out);
	config_print_help(options, out.file);
	capture_close(&out);
	for (const struct config_option *option = options; option->name;
	     option++)
		assert_non_null(strstr(out.text, option->name));
	assert_non_null(strstr(out.text, "where the database is (required)"));
	assert_non_null(strstr(out.text, "(default 3306)"));
	free(out.text);
}

/* ---- the command line ---- */

static int command_line(const char *argument, bool extra)
{
	char program[] = "confab-test";
	char copy[64];
	char *argv[] = { program, copy, NULL };
	struct settings settings;

	snprintf(copy, sizeof(copy), "%s", argument ? argument : "");
	return config_command_line(argument ? 2 : 1, argv, "confab-test",
				   "usage: confab-test", options, &settings,
				   extra);
}

static void test_command_line(void **state)
{
	(void)state;
	assert_int_equal(command_line(NULL, false), -1);
	assert_int_equal(command_line("--check-config", false), EXIT_STOPPED);
	assert_int_equal(command_line("--print-config", false), EXIT_STOPPED);
	assert_int_equal(command_line("--version", false), EXIT_STOPPED);
	assert_int_equal(command_line("--help", false), EXIT_STOPPED);
	assert_int_equal(command_line("--nonsense", false), EXIT_USAGE);
	assert_int_equal(command_line("--role=ingest", true), -1);
}

static void test_command_line_with_bad_settings(void **state)
{
	(void)state;
	setenv("TEST_PORT", "none", 1);
	assert_int_equal(command_line(NULL, false), EXIT_USAGE);
	assert_int_equal(command_line("--check-config", false), EXIT_USAGE);
	/* these two ask nothing of the settings */
	assert_int_equal(command_line("--version", false), EXIT_STOPPED);
	assert_int_equal(command_line("--help", false), EXIT_STOPPED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_presets, reset),
		cmocka_unit_test_setup(test_values, reset),
		cmocka_unit_test_setup(test_empty_is_unset, reset),
		cmocka_unit_test_setup(test_bad_values_name_their_variable,
				       reset),
		cmocka_unit_test_setup(test_required_is_required, reset),
		cmocka_unit_test_setup(test_unknown_name_of_ours_is_an_error,
				       reset),
		cmocka_unit_test_setup(test_names_of_other_programs_are_known,
				       reset),
		cmocka_unit_test_setup(test_print_masks_secrets, reset),
		cmocka_unit_test_setup(
			test_print_masks_a_password_without_a_user, reset),
		cmocka_unit_test_setup(test_help_has_a_line_for_each, reset),
		cmocka_unit_test_setup(test_command_line, reset),
		cmocka_unit_test_setup(test_command_line_with_bad_settings,
				       reset),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
