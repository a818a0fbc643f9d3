#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/model/explore.h"
#include "tests/model/model.h"

/*
 * Explores the protocol with all its rules in several settings, each of them
 * completely, and must find nothing; then without each rule, and must find an
 * error: a rule that can go is no rule. The output has the form that tests/run
 * counts.
 *
 *   check            all of it
 *   check RULE...    without these rules, with the shortest way to an error
 */
#define MOST_STATES ((size_t)14 * 1000 * 1000)

#define MAY_CRASH (MAY_DIE | MAY_FREEZE | MAY_UNLOCK)

static const struct setting settings[] = {
	{ "two losses", 2, 2, 1, MAY_CRASH },
	{ "roll-back", 2, 1, 1, MAY_CRASH | MAY_ROLL_BACK },
	{ "two roll-backs", 2, 2, 0, MAY_ROLL_BACK },
	{ "three events", 3, 1, 1, MAY_CRASH },
	{ "refusals", 3, 1, 1, MAY_DIE | MAY_RETURN | MAY_REFUSE },
	{ "keys", 2, 1, 1,
	  MAY_KEY | MAY_DIE | MAY_FREEZE | MAY_RETURN | MAY_REFUSE },
	{ "keys, roll-back", 2, 1, 0, MAY_KEY | MAY_ROLL_BACK },
};
enum { SETTINGS = sizeof(settings) / sizeof(settings[0]) };

/* A small setting in which each rule is missed. */
static const struct setting missed[RULES] = {
	[RULE_MARK] = { "", 2, 1, 0, 0 },
	[RULE_RUN] = { "", 2, 1, 0, MAY_ROLL_BACK },
	[RULE_NAMES] = { "", 3, 1, 0, MAY_ROLL_BACK },
	[RULE_LEASE] = { "", 2, 1, 0, 0 },
	[RULE_WAIT] = { "", 2, 1, 0, 0 },
	[RULE_CONFIRM] = { "", 2, 0, 1, MAY_DIE },
	[RULE_NACK] = { "", 2, 0, 1, MAY_RETURN },
	[RULE_DRAIN] = { "", 2, 1, 0, 0 },
	[RULE_UNACKED] = { "", 2, 1, 0, 0 },
	[RULE_PROVEN] = { "", 2, 2, 1, MAY_DIE | MAY_FREEZE },
	[RULE_ORDER] = { "", 2, 2, 1, MAY_UNLOCK },
	[RULE_ONCE] = { "", 2, 2, 1, MAY_UNLOCK },
	[RULE_RECHECK] = { "", 2, 2, 1, MAY_UNLOCK },
	[RULE_LOAD] = { "", 2, 1, 0, 0 },
	[RULE_LETTERS] = { "", 2, 1, 1, MAY_REFUSE },
	[RULE_VOIDS] = { "", 3, 1, 1, MAY_RETURN },
	[RULE_REPLAY] = { "", 2, 1, 1, MAY_REFUSE },
	[RULE_NEWER] = { "", 2, 1, 0, 0 },
	[RULE_OLDER] = { "", 2, 1, 0, 0 },
	[RULE_LATE_VOID] = { "", 3, 1, 1, MAY_RETURN },
	[RULE_KEYED_VOID] = { "", 2, 0, 1, MAY_RETURN | MAY_KEY },
	[RULE_SAME_ID] = { "", 2, 0, 0, MAY_KEY },
	[RULE_KEY_ROWS] = { "", 2, 1, 0, MAY_KEY },
	[RULE_KEY_GENERATION] = { "", 2, 1, 0, MAY_KEY },
	[RULE_LATE_KEY] = { "", 2, 1, 0, MAY_KEY },
	[RULE_LETTER_KEY] = { "", 2, 1, 1, MAY_KEY | MAY_REFUSE },
	[RULE_ACK] = { "", 2, 0, 1, MAY_DIE },
};

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static const char *said(const struct result *result)
{
	if (result->broken)
		return result->broken;
	return result->out_of_memory ? "not finished: memory" : "no error";
}

static void run(struct explorer *explorer, struct result *result_r,
		bool want_error, const char *name)
{
	double since = seconds();
	bool good;

	explorer_run(explorer, result_r);
	good = want_error ? result_r->broken != NULL
			  : !result_r->broken && !result_r->out_of_memory;
	printf("%s %-15s %9zu states %3zu steps %5.1f s  %s\n",
	       good ? "[       OK ]" : "[  FAILED  ]", name, result_r->states,
	       result_r->depth, seconds() - since, said(result_r));
	if (!want_error && result_r->broken)
		explorer_print_trace(explorer, stdout);
	fflush(stdout);
}

/* Returns how many failed. */
static unsigned check_whole(struct explorer *explorer)
{
	unsigned failed = 0, witnessed = 0;

	puts("All rules, every state:");
	for (unsigned i = 0; i < SETTINGS; i++) {
		struct result result;

		model_set(0, &settings[i]);
		run(explorer, &result, false, settings[i].name);
		failed += result.broken || result.out_of_memory;
		witnessed |= result.witnessed;
	}
	for (unsigned i = 0; i < WITNESSES; i++)
		if (!(witnessed & 1u << i)) {
			printf("Never met: %s.\n", model_witnesses[i]);
			failed++;
		}
	return failed;
}

static unsigned check_rules(struct explorer *explorer)
{
	unsigned failed = 0;

	puts("Without one rule, until the first error:");
	for (unsigned rule = 0; rule < RULES; rule++) {
		struct result result;

		model_set(1u << rule, &missed[rule]);
		run(explorer, &result, true, model_rules[rule].name);
		failed += !result.broken;
	}
	return failed;
}

static int check_all(struct explorer *explorer)
{
	const unsigned all = SETTINGS + RULES;
	unsigned failed;

	printf("[==========] Running %u test(s).\n", all);
	failed = check_whole(explorer);
	failed += check_rules(explorer);
	printf("%u passed, %u failed\n", all - failed, failed);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* ---- one way to an error ---- */

static bool find_rule(const char *name, unsigned *rule_r)
{
	for (unsigned rule = 0; rule < RULES; rule++)
		if (strcmp(name, model_rules[rule].name) == 0) {
			*rule_r = rule;
			return true;
		}
	fprintf(stderr, "There is no rule %s. The rules:\n", name);
	for (unsigned rule = 0; rule < RULES; rule++)
		fprintf(stderr, "  %-15s %s\n", model_rules[rule].name,
			model_rules[rule].text);
	return false;
}

static int show_way(struct explorer *explorer, int count, char **names)
{
	struct setting setting = { 0 };
	unsigned removed = 0, rule;
	struct result result;

	for (int i = 0; i < count; i++) {
		if (!find_rule(names[i], &rule))
			return 2;
		printf("Without this rule: %s.\n", model_rules[rule].text);
		removed |= 1u << rule;
		setting = missed[rule];
	}
	model_set(removed, &setting);
	run(explorer, &result, true, names[0]);
	if (result.broken)
		explorer_print_trace(explorer, stdout);
	return result.broken ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	struct explorer *explorer = explorer_new(MOST_STATES);
	int code;

	if (!explorer) {
		fputs("out of memory\n", stderr);
		return EXIT_FAILURE;
	}
	code = argc == 1 ? check_all(explorer)
			 : show_way(explorer, argc - 1, argv + 1);
	explorer_free(&explorer);
	return code;
}
