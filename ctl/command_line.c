#include "ctl/command_line.h"

#include <stdlib.h>
#include <string.h>

#include "ctl/guess.h"

static bool is_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* main() has taken it where it is the only word. */
static bool stands_alone(const char *word)
{
	return strcmp(word, "--version") == 0 ||
	       strcmp(word, "--check-config") == 0 ||
	       strcmp(word, "--print-config") == 0;
}

/* ---- options ---- */

/* The option's name ends at `length`, where "=" and a number may follow. */
static const struct verb_flag *find_flag(const struct verb *verb,
					 const char *word, size_t length)
{
	for (const struct verb_flag *flag = verb_flags; flag->name != NULL;
	     flag++)
		if ((verb->options & flag->option) != 0 &&
		    strlen(flag->name) == length &&
		    strncmp(flag->name, word, length) == 0)
			return flag;
	return NULL;
}

static bool refuse_option(const struct verb *verb, const char *word,
			  FILE *errors)
{
	const struct verb_flag *meant = guess_option(verb, word);

	fprintf(errors, "confabctl: %s has no option %s", verb->name, word);
	if (meant != NULL)
		fprintf(errors, ", did you mean %s? See", meant->name);
	else
		fputs("; see", errors);
	fprintf(errors, " confabctl %s --help\n", verb->name);
	return false;
}

static bool take_number(const char *option, const char *word,
			uint64_t *number_r, FILE *errors)
{
	char *end = NULL;
	unsigned long long number = 0;

	if (word != NULL && *word >= '0' && *word <= '9')
		number = strtoull(word, &end, 10);
	if (number == 0 || number > UINT32_MAX || *end != '\0') {
		fprintf(errors, "confabctl: %s needs a number above 0\n",
			option);
		return false;
	}
	*number_r = number;
	return true;
}

/* The option at words[*at]; a number follows as a word of its own or behind
 * "=". */
static bool take_option(struct command *command, int count, char *const *words,
			int *at, FILE *errors)
{
	const char *word = words[*at], *value = strchr(word, '=');
	size_t length = strcspn(word, "=");
	const struct verb_flag *flag;

	if (is_help(word)) {
		command->help = true;
		return true;
	}
	flag = find_flag(command->verb, word, length);
	if (flag == NULL || (flag->value == NULL && value != NULL))
		return refuse_option(command->verb, word, errors);
	command->options |= flag->option;
	if (flag->value == NULL)
		return true;
	if (value == NULL)
		value = ++*at < count ? words[*at] : NULL;
	else
		value++;
	return take_number(flag->name, value,
			   flag->option == VERB_KEEP ? &command->keep
						     : &command->throttle,
			   errors);
}

/* ---- the verb ---- */

static bool refuse_verb(const char *group, const char *word, FILE *errors)
{
	int length = 0;
	const char *meant = guess_verb(group, word, &length);

	fprintf(errors, "confabctl: there is no verb %s%s%s",
		group != NULL ? group : "", group != NULL ? " " : "", word);
	if (meant != NULL)
		fprintf(errors, ", did you mean %.*s? See", length, meant);
	else
		fputs("; see", errors);
	fputs(" confabctl --help\n", errors);
	return false;
}

static bool refuse(int count, char *const *words, FILE *errors)
{
	if (count == 0) {
		fputs("confabctl: a verb is missing; see confabctl --help\n",
		      errors);
	} else if (verbs_is_group(words[0])) {
		if (count > 1 && words[1][0] != '-')
			return refuse_verb(words[0], words[1], errors);
		fprintf(errors,
			"confabctl: %s needs one of its own verbs; "
			"see confabctl %s --help\n",
			words[0], words[0]);
	} else if (words[0][0] == '-') {
		fprintf(errors, "confabctl: %s%s; see confabctl --help\n",
			stands_alone(words[0]) ? "nothing may follow "
					       : "there is no option ",
			words[0]);
	} else {
		return refuse_verb(NULL, words[0], errors);
	}
	return false;
}

/* What stands behind "help". */
static bool parse_help(int count, char *const *words, struct command *command_r,
		       FILE *errors)
{
	struct command command = { .help = true };
	int taken = 0;

	command.verb = verbs_find(count, words, &taken);
	if (command.verb == NULL && count == 1 && verbs_is_group(words[0])) {
		command.group = words[0];
		taken = 1;
	}
	if (taken == 0 && count > 0)
		return refuse(count, words, errors);
	if (taken < count) {
		fputs("confabctl: help takes one verb only\n", errors);
		return false;
	}
	*command_r = command;
	return true;
}

/* ---- all of it ---- */

static bool arguments_fit(const struct command *command, int arguments,
			  FILE *errors)
{
	const struct verb *verb = command->verb;
	bool all = (command->options & VERB_ALL) != 0;

	if (command->help)
		return true;
	if (arguments > verb->most || (all && arguments > 0)) {
		fprintf(errors,
			"confabctl: %s takes %s; see confabctl %s --help\n",
			verb->name,
			verb->most == 0 ? "no argument" : "one argument only",
			verb->name);
		return false;
	}
	if (arguments < verb->least ||
	    ((verb->options & VERB_ALL) != 0 && !all && arguments == 0)) {
		fprintf(errors, "confabctl: %s needs %s\n", verb->name,
			verb->arguments);
		return false;
	}
	return true;
}

/* Everything behind the verb's own words. */
static bool parse_rest(struct command *command, int count, char *const *words,
		       FILE *errors)
{
	int arguments = 0;
	bool options_end = false;

	for (int i = 0; i < count; i++) {
		if (!options_end && strcmp(words[i], "--") == 0) {
			options_end = true;
		} else if (!options_end && words[i][0] == '-' &&
			   words[i][1] != '\0') {
			if (!take_option(command, count, words, &i, errors))
				return false;
		} else if (arguments++ == 0) {
			command->argument = words[i];
		}
	}
	return arguments_fit(command, arguments, errors);
}

bool command_line_parse(int count, char *const *words,
			struct command *command_r, FILE *errors)
{
	struct command command = { 0 };
	int taken;

	if (count > 0 && (is_help(words[0]) || strcmp(words[0], "help") == 0))
		return parse_help(count - 1, words + 1, command_r, errors);
	if (count == 2 && is_help(words[1]) && verbs_is_group(words[0]))
		return parse_help(1, words, command_r, errors);
	command.verb = verbs_find(count, words, &taken);
	if (command.verb == NULL)
		return refuse(count, words, errors);
	if (!parse_rest(&command, count - taken, words + taken, errors))
		return false;
	*command_r = command;
	return true;
}
