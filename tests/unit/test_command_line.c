/* links: ctl */
#include "ctl/command_line.h"
#include "ctl/config.h"
#include "ctl/help.h"
#include "tests/unit/unit.h"

#define WORDS_MAX 8

/* Parses a line of words apart by blanks. What went to `errors` is in
 * `sentence`. */
static char sentence[256];

static bool parse(const char *line, struct command *command_r)
{
	static char copy[256];
	char *words[WORDS_MAX];
	int count = 0;
	FILE *errors;
	bool done;

	snprintf(copy, sizeof(copy), "%s", line);
	for (char *word = strtok(copy, " "); word != NULL;
	     word = strtok(NULL, " "))
		words[count++] = word;
	memset(sentence, 0, sizeof(sentence));
	errors = fmemopen(sentence, sizeof(sentence), "w");
	assert_non_null(errors);
	done = command_line_parse(count, words, command_r, errors);
	fclose(errors);
	/* a sentence whenever it fails, and never else */
	assert_int_equal(done, sentence[0] == '\0');
	return done;
}

static void finds_every_verb(void **state)
{
	struct command command;

	(void)state;
	for (const struct verb *verb = verbs; verb->name != NULL; verb++) {
		char line[64];

		snprintf(line, sizeof(line), "%s --help", verb->name);
		assert_true(parse(line, &command));
		assert_ptr_equal(command.verb, verb);
		assert_true(command.help);
	}
}

static void has_the_promised_verbs(void **state)
{
	static const char *const promised[] = {
		"migrate",
		"seed",
		"seed-summary",
		"reseed",
		"reset",
		"reconcile",
		"reindex",
		"backup",
		"restore",
		"status",
		"health",
		"queues",
		"dead-letters list",
		"dead-letters show",
		"dead-letters drop",
		"dead-letters replay",
		"demo",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(promised); i++) {
		struct command command;
		char line[64];

		snprintf(line, sizeof(line), "%s --help", promised[i]);
		assert_true(parse(line, &command));
		assert_string_equal(command.verb->name, promised[i]);
	}
}

static void table_is_sound(void **state)
{
	(void)state;
	for (const struct verb *verb = verbs; verb->name != NULL; verb++) {
		assert_non_null(verb->run);
		assert_non_null(verb->summary);
		assert_non_null(verb->arguments);
		assert_true(verb->least <= verb->most);
		assert_int_equal(verb->most == 0, verb->arguments[0] == '\0');
		for (const struct verb *other = verbs; other < verb; other++)
			assert_string_not_equal(verb->name, other->name);
	}
}

static void takes_options(void **state)
{
	struct command command;

	(void)state;
	assert_true(parse("queues --json", &command));
	assert_int_equal(command.options, VERB_JSON);
	assert_true(parse("reset --yes", &command));
	assert_int_equal(command.options, VERB_YES);
	assert_true(parse("dead-letters drop --all --yes", &command));
	assert_int_equal(command.options, VERB_ALL | VERB_YES);
	assert_null(command.argument);
	assert_true(parse("backup --keep 14 --throttle 9 --force -", &command));
	assert_int_equal(command.keep, 14);
	assert_int_equal(command.throttle, 9);
	assert_string_equal(command.argument, "-");
	assert_true((command.options & VERB_FORCE) != 0);
	assert_true(parse("reindex --throttle 2000 --restart", &command));
	assert_int_equal(command.options, VERB_THROTTLE | VERB_RESTART);
	assert_int_equal(command.throttle, 2000);
	assert_true(parse("backup --keep=14 --throttle=9 -", &command));
	assert_int_equal(command.keep, 14);
	assert_int_equal(command.throttle, 9);
	assert_true(parse("dead-letters show abc --json", &command));
	assert_string_equal(command.argument, "abc");
	assert_true(parse("dead-letters show -- --json", &command));
	assert_string_equal(command.argument, "--json");
}

static void refuses_what_it_does_not_know(void **state)
{
	static const char *const lines[] = {
		"",
		"nonsense",
		"--nonsense",
		"demo --json",
		"help frobnicate",
		"help backup restore",
		"help dead-letters eat",
		"--version extra",
		"backup --force=1 a",
		"backup --keep= a",
		"status --help=1",
		"reset --force",
		"queues -j",
		"queues extra",
		"dead-letters",
		"dead-letters eat",
		"dead-letters show",
		"dead-letters show a b",
		"dead-letters replay",
		"dead-letters drop a --all",
		"reindex --throttle",
		"reindex --throttle 0",
		"reindex --throttle 2k",
		"reindex --throttle -1",
		"status --throttle 5",
		"backup",
		"backup a b",
		"backup --keep",
		"backup --keep 0 a",
		"backup --replace a",
		"restore",
		"restore --force a",
		"restore --keep 2 a",
		"seed-summary seed",
		"migrat",
		"migrate-all",
		"list",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(lines); i++) {
		struct command command;

		assert_false(parse(lines[i], &command));
	}
}

static void asks_for_the_missing_setting(void **state)
{
	struct settings settings;
	char text[256] = "";
	FILE *errors = fmemopen(text, sizeof(text), "w");

	(void)state;
	assert_non_null(errors);
	assert_int_equal(unsetenv("DATABASE_HOST"), 0);
	assert_int_equal(unsetenv("REDIS_URL"), 0);
	assert_int_equal(setenv("CONFAB_API_URL", "http://127.0.0.1:1", 1), 0);
	assert_true(config_load(settings_options, &settings, errors));
	assert_true(settings_suffice(&settings, NEED_API, "demo", errors));
	assert_false(settings_suffice(&settings, NEED_API | NEED_REDIS, "reset",
				      errors));
	fclose(errors);
	assert_non_null(strstr(text, "reset needs REDIS_URL"));
}

static void help_names_all(void **state)
{
	static char text[16384];
	const struct command all = { .help = true };
	FILE *out = fmemopen(text, sizeof(text), "w");

	(void)state;
	assert_non_null(out);
	help_print(&all, out);
	for (const struct verb *verb = verbs; verb->name != NULL; verb++)
		help_print(&(struct command){ .verb = verb }, out);
	fclose(out);
	for (const struct verb *verb = verbs; verb->name != NULL; verb++)
		assert_non_null(strstr(text, verb->summary));
	assert_non_null(strstr(text, "\n\nBuild the search index anew from the "
				     "rows. The old index"));
	for (const struct verb_flag *flag = verb_flags; flag->name; flag++)
		assert_non_null(strstr(text, flag->help));
	assert_non_null(strstr(text, "DATABASE_HOST"));
}

static void finds_the_help(void **state)
{
	static const char *const lines[] = { "help", "--help", "-h" };
	struct command command;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(lines); i++) {
		assert_true(parse(lines[i], &command));
		assert_true(command.help);
		assert_null(command.verb);
		assert_null(command.group);
	}
	assert_true(parse("help backup", &command));
	assert_string_equal(command.verb->name, "backup");
	assert_true(parse("help dead-letters show", &command));
	assert_string_equal(command.verb->name, "dead-letters show");
	assert_true(parse("dead-letters show -h", &command));
	assert_true(command.help);
	assert_true(parse("help dead-letters", &command));
	assert_string_equal(command.group, "dead-letters");
	assert_true(parse("dead-letters --help", &command));
	assert_string_equal(command.group, "dead-letters");
}

static void guesses_what_was_meant(void **state)
{
	static const struct {
		const char *line, *meant;
	} slips[] = {
		{ "statsu", "did you mean status?" },
		{ "stat", "did you mean status?" },
		{ "re-index", "did you mean reindex?" },
		{ "help bakcup", "did you mean backup?" },
		{ "dead-letter list", "did you mean dead-letters?" },
		{ "deadletters", "did you mean dead-letters?" },
		{ "dead-letters sho", "did you mean dead-letters show?" },
		{ "replay", "did you mean dead-letters replay?" },
		{ "status --jsn", "did you mean --json?" },
		{ "reset --ye", "did you mean --yes?" },
		{ "backup --keeep=3 x", "did you mean --keep?" },
	};
	struct command command;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(slips); i++) {
		assert_false(parse(slips[i].line, &command));
		if (strstr(sentence, slips[i].meant) == NULL)
			fail_msg("%s: %s", slips[i].line, sentence);
	}
	assert_false(parse("frobnicate", &command));
	assert_null(strstr(sentence, "mean"));
	assert_false(parse("\xff\xfe\xfd", &command));
	assert_null(strstr(sentence, "mean"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_every_verb),
		cmocka_unit_test(has_the_promised_verbs),
		cmocka_unit_test(table_is_sound),
		cmocka_unit_test(takes_options),
		cmocka_unit_test(refuses_what_it_does_not_know),
		cmocka_unit_test(asks_for_the_missing_setting),
		cmocka_unit_test(help_names_all),
		cmocka_unit_test(finds_the_help),
		cmocka_unit_test(guesses_what_was_meant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
