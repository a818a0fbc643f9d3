#include <stdio.h>
#include <string.h>

#include "tests/integration/faults.h"
#include "tests/integration/harness.h"
#include "tests/integration/processes.h"
#include "tests/integration/stores.h"

/* What confabctl prints, and where: data for programs, sentences for people,
 * bars and colours for terminals. */

/* Runs a line of bash in which $ctl is confabctl and $folder a folder for
 * files; the test fails when it does not exit with `expected`. What it printed
 * is valid until the next call. */
static const char *bash(int expected, const char *line)
{
	static struct buf output = BUF_INIT;
	static char script[4096];
	const char *const argv[] = { "bash", "-c", script, NULL };
	int code;

	snprintf(script, sizeof(script),
		 "set -o pipefail; ctl='%s'; folder='%s'; %s",
		 process_path("confabctl"), fault_path(""), line);
	buf_clear(&output);
	code = process_run(argv, &output);
	if (code != expected)
		fail_msg("exit code %d of: %s\n%s", code, line, output.data);
	return output.data;
}

static void assert_says(const char *text, const char *wanted)
{
	if (strstr(text, wanted) == NULL)
		fail_msg("\"%s\" is not in:\n%s", wanted, text);
}

static void assert_silent(const char *text, const char *unwanted)
{
	if (strstr(text, unwanted) != NULL)
		fail_msg("\"%s\" is in:\n%s", unwanted, text);
}

/* ---- data ---- */

/* With --json there is exactly one value on stdout, and it is of that form. */
static void test_json(void **state)
{
	static const struct {
		const char *words, *form;
	} verbs[] = {
		{ "status", ".figures.messages >= 2" },
		{ "health", ".status == \"ok\" and (.parts | length) >= 8" },
		{ "queues", "length == 4 and all(.ready >= 0)" },
		{ "seed-summary", "all(.token | length == 32)" },
		{ "seed", "all(.token | length == 32)" },
		{ "migrate", ".schema > 0 and .applied == [] and "
			     ".search_index" },
		{ "reconcile", ".messages >= 2 and .chats >= 1 and "
			       ".applications >= 1 and .corrected >= 0" },
		{ "reindex", ".messages >= 2 and .refused == 0 and "
			     "(.index | startswith(\"confab-messages\"))" },
		{ "backup --force $folder/all.backup",
		  ".rows >= 4 and .tables.messages.rows >= 2 and "
		  "(.sha256 | length) == 64" },
		{ "dead-letters list", "type == \"array\"" },
		{ "dead-letters drop --all --yes", ".dropped == .selected" },
		{ "dead-letters replay --all",
		  ".replayed + .skipped == .selected" },
		{ "restore --replace --yes $folder/all.backup",
		  ".tables.messages.rows >= 2" },
		{ "reset --yes", ".applications >= 1 and .redis_keys >= 0" },
	};
	static const char *const texts[] = { "one", "two" };
	struct talk talk;

	(void)state;
	create_talk(&talk, texts, 2);
	for (size_t i = 0; i < COUNT_OF(verbs); i++) {
		char line[512];

		snprintf(line, sizeof(line),
			 "$ctl %s --json 2>/dev/null | "
			 "jq -es 'length == 1 and (.[0] | %s)'",
			 verbs[i].words, verbs[i].form);
		(void)bash(0, line);
	}
}

/* The manual names all members, but for figures and tables, which have their
 * own names. */
static void test_json_is_documented(void **state)
{
	static const char *const verbs[] = {
		"status",
		"health",
		"queues",
		"seed",
		"migrate",
		"reconcile",
		"reindex",
		"seed-summary",
		"dead-letters drop --all --yes",
		"backup --force $folder/all.backup",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(verbs); i++) {
		char line[512];

		snprintf(line, sizeof(line),
			 "{ $ctl %s --json 2>/dev/null || :; } | jq -r '"
			 "if type == \"object\" then del(.figures) | "
			 "if .tables then .tables |= .messages else . end "
			 "else . end | "
			 ".. | objects | keys[]' | sort -u | "
			 "while read -r name; do "
			 "grep -qw -- \"$name\" man/confabctl.1 || "
			 "{ echo \"$name is not in the manual\"; exit 1; }; "
			 "done",
			 verbs[i]);
		(void)bash(0, line);
	}
}

/* A failure is a sentence on stderr and an exit code; stdout has nothing, or
 * JSON that says so. */
static void test_json_of_failures(void **state)
{
	static const char *const verbs[] = {
		"status",
		"health",
		"seed-summary",
		"seed",
		"migrate",

		"reindex",
		"backup $folder/none.backup",
		"reset --yes",
		"dead-letters list",
		"dead-letters replay --all",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(verbs); i++) {
		char line[512];

		snprintf(line, sizeof(line),
			 "DATABASE_PORT=1 $ctl %s --json 2>$folder/said "
			 ">$folder/data; [ $? = 1 ] && jq -s . $folder/data",
			 verbs[i]);
		(void)bash(0, line);
	}
	assert_says(bash(0, "cat $folder/said"), "confabctl: cannot ");
}

static void test_usage(void **state)
{
	static const char *const wrong[] = {
		"",
		"nonsense",
		"status nonsense",
		"status --nonsense",
		"backup",
		"backup a b",
		"dead-letters",
		"dead-letters nonsense",
		"dead-letters show",
		"dead-letters show no-id",
		"dead-letters drop",
		"help nonsense",
		"--version nonsense",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		char line[256];
		const char *said;

		snprintf(line, sizeof(line), "$ctl %s >$folder/data", wrong[i]);
		said = bash(2, line);
		assert_memory_equal(said, "confabctl: ", 11);
		assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
		(void)bash(0, "[ ! -s $folder/data ]");
	}
	(void)bash(0, "$ctl help backup 2>&1 | cmp - <($ctl backup --help)");
	(void)bash(0, "$ctl help 2>&1 | cmp - <($ctl --help)");
	assert_says(bash(2, "DATABASE_PORT=abc $ctl status"), "DATABASE_PORT");
	assert_says(bash(2, "unset REDIS_URL; $ctl reset --yes"),
		    "reset needs REDIS_URL");
}

/* ---- who reads it ---- */

static void test_nobody_reads(void **state)
{
	(void)state;
	/* a pipe whose reader has gone away */
	assert_string_equal(bash(141,
				 "mkfifo $folder/pipe; exec 3<>$folder/pipe "
				 "4>$folder/pipe 3>&-; rm $folder/pipe; "
				 "$ctl queues >&4"),
			    "");
	assert_says(bash(1, "$ctl queues >/dev/full"),
		    "standard output could not be written");
	assert_says(bash(1, "$ctl --help >/dev/full"),
		    "standard output could not be written");
	assert_says(bash(1, "$ctl backup - >/dev/full"), "No space left");
}

/* A disk that takes no more, as far as a backup can tell. */
static void test_no_room(void **state)
{
	(void)state;
	assert_says(
		bash(1,
		     "rm -f $folder/full.backup; (trap '' XFSZ; ulimit -f 0; "
		     "$ctl backup --force $folder/full.backup 2>&1) | "
		     "cat"),
		"File too large");
	(void)bash(0, "! ls $folder/full.backup*");
}

/* ---- terminals ---- */

#define AT_TERMINAL(words)                                                     \
	"TERM=xterm script -qec \"stty cols 60; " words "\" /dev/null "        \
	"</dev/null"

static bool is_counted(void *context)
{
	const struct talk *talk = context;

	return store_counts_are_right(talk->application);
}

static void test_progress(void **state)
{
	static const char *const texts[] = { "one", "two", "three" };
	struct talk talk;
	const char *said;

	(void)state;
	create_talk(&talk, texts, 3);
	/* the total is the count */
	assert_becomes(is_counted, &talk, COUNTED_MS);
	said = bash(0, AT_TERMINAL("$ctl reindex"));
	assert_says(said, "\r");
	assert_says(said, "[##########");
	assert_says(said, "] 100%");
	/* nothing is wider than the window */
	(void)bash(0,
		   AT_TERMINAL("$ctl reindex") " | tr '\\r' '\\n' | "
					       "grep -v '^the index' | "
					       "awk 'length > 59 { exit 1 }'");
	said = bash(0, "$ctl reindex 2>&1");
	assert_says(said, "indexing: ");
	assert_silent(said, "\r");
	assert_silent(said, "[#");
	said = bash(0, "TERM=dumb script -qec \"$ctl reindex\" /dev/null "
		       "</dev/null");
	assert_silent(said, "[#");
}

static void test_colours(void **state)
{
	(void)state;
	assert_says(bash(0, AT_TERMINAL("$ctl health")), "\033[32mup\033[0m");
	assert_says(bash(1, "REDIS_URL=redis://127.0.0.1:1 " AT_TERMINAL(
				    "$ctl health")),
		    "\033[31maway\033[0m");
	assert_silent(bash(0, "NO_COLOR=1 " AT_TERMINAL("$ctl health")),
		      "\033");
	assert_silent(bash(0, "TERM=xterm $ctl health"), "\033");
}

/* ---- asking ---- */

static void test_questions(void **state)
{
	static const char *const verbs[] = {
		"reset",
		"reseed",
		"restore --replace $folder/asked.backup",
	};

	(void)state;
	create_application((char[TOKEN_SIZE]){ 0 });
	(void)bash(0, "$ctl backup --force $folder/asked.backup");
	for (size_t i = 0; i < COUNT_OF(verbs); i++) {
		char line[256];

		snprintf(line, sizeof(line), "$ctl %s </dev/null", verbs[i]);
		assert_says(bash(2, line), "give --yes");
		snprintf(line, sizeof(line),
			 "echo no | script -qec \"$ctl %s\" /dev/null",
			 verbs[i]);
		assert_says(bash(1, line), "nothing was changed");
	}
	(void)bash(0, "$ctl seed-summary --json | jq -e 'length > 0'");
}

/* ---- servers ---- */

/* Whoever is away is named. */
static void test_servers_away(void **state)
{
	static const struct {
		const char *line, *says;
	} away[] = {
		{ "DATABASE_PORT=1 $ctl migrate", "127.0.0.1" },
		{ "DATABASE_PASSWORD=wrong $ctl seed-summary",
		  "Access denied" },
		{ "DATABASE_PORT=1 $ctl backup $folder/away.backup",
		  "127.0.0.1" },
		{ "REDIS_URL=redis://127.0.0.1:1 $ctl reset --yes",
		  "Redis at 127.0.0.1 port 1" },
		{ "RABBITMQ_URL=amqp://a:b@127.0.0.1:1/ $ctl queues",
		  "RabbitMQ: connecting to 127.0.0.1 port 1" },
		{ "RABBITMQ_MANAGEMENT_URL=http://a:b@127.0.0.1:1 $ctl queues",
		  "RabbitMQ's management: " },
		{ "ELASTICSEARCH_URL=http://127.0.0.1:1 $ctl reindex",
		  "search index" },
		{ "CONFAB_API_URL=http://127.0.0.1:1 $ctl demo", "127.0.0.1" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(away); i++)
		assert_says(bash(1, away[i].line), away[i].says);
	(void)bash(0, "[ ! -e $folder/away.backup ]");
}

/* ---- demo ---- */

/* What it prints can be pasted, and is answered as it says. */
static void test_demo(void **state)
{
	(void)state;
	(void)bash(0, "$ctl demo >$folder/demo && "
		      "[ $(grep -c '^curl ' $folder/demo) -ge 10 ] && "
		      "[ $(grep -c '^20[0-9] [[{]' $folder/demo) = "
		      "$(grep -c '^curl ' $folder/demo) ]");
	(void)bash(0, "grep '^curl ' $folder/demo | while read -r line; do "
		      "bash -c \"$line --fail --silent\" | jq -e . || exit; "
		      "done");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_usage),
		cmocka_unit_test_teardown(test_json, fault_repair),
		cmocka_unit_test(test_json_is_documented),
		cmocka_unit_test(test_json_of_failures),
		cmocka_unit_test(test_nobody_reads),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_progress),
		cmocka_unit_test(test_colours),
		cmocka_unit_test(test_questions),
		cmocka_unit_test_teardown(test_servers_away, fault_repair),
		cmocka_unit_test(test_demo),
	};

	return cmocka_run_group_tests_name("ctl_output", tests, NULL, NULL);
}
