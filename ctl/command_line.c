#include "ctl/command_line.h"

#include <stdlib.h>
#include <string.h>

#include "ctl/config.h"

static const struct {
	const char *name;
	unsigned option;
	const char *help;
} options[] = {
	{ "--json", VERB_JSON, "print JSON" },
	{ "--yes", VERB_YES, "do not ask" },
	{ "--all", VERB_ALL, "take all of them" },
	{ "--restart", VERB_RESTART, "begin anew" },
	{ "--throttle", VERB_THROTTLE, "N: at most so many in a second" },
	{ "--force", VERB_FORCE, "replace the file" },
	{ "--keep", VERB_KEEP, "N: keep so many of the folder's backups" },
	{ "--replace", VERB_REPLACE, "delete what the system holds" },
};

#define OPTIONS (sizeof(options) / sizeof(options[0]))

static bool take_option(struct command *command, const char *word, FILE *errors)
{
	if (strcmp(word, "--help") == 0) {
		command->help = true;
		return true;
	}
	for (size_t i = 0; i < OPTIONS; i++) {
		if (strcmp(word, options[i].name) != 0 ||
		    (command->verb->options & options[i].option) == 0)
			continue;
		command->options |= options[i].option;
		return true;
	}
	fprintf(errors,
		"confabctl: %s has no option %s; see confabctl %s --help\n",
		command->verb->name, word, command->verb->name);
	return false;
}

/* Where the number goes that the option wants behind it; NULL: it wants none.
 */
static uint64_t *number_of(struct command *command, const char *option)
{
	if (strcmp(option, "--throttle") == 0)
		return &command->throttle;
	return strcmp(option, "--keep") == 0 ? &command->keep : NULL;
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

/* Options begin at words[*at]; a number may follow. */
static bool take_option_at(struct command *command, int count,
			   char *const *words, int *at, FILE *errors)
{
	const char *option = words[*at];
	uint64_t *number = number_of(command, option);

	if (!take_option(command, option, errors))
		return false;
	if (number == NULL)
		return true;
	++*at;
	return take_number(option, *at < count ? words[*at] : NULL, number,
			   errors);
}

static bool arguments_fit(const struct command *command, int arguments,
			  FILE *errors)
{
	const struct verb *verb = command->verb;
	bool all = (command->options & VERB_ALL) != 0;

	if (command->help)
		return true;
	if (arguments > verb->most || (all && arguments > 0)) {
		fprintf(errors, "confabctl: %s takes %s; see its --help\n",
			verb->name,
			verb->most == 0 ? "no argument" : "one argument only");
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

static bool refuse(const char *word, FILE *errors)
{
	if (word == NULL)
		fputs("confabctl: a verb is missing; see confabctl --help\n",
		      errors);
	else if (verbs_is_group(word))
		fprintf(errors,
			"confabctl: %s needs one of its own verbs; "
			"see confabctl --help\n",
			word);
	else
		fprintf(errors,
			"confabctl: there is no %s %s; "
			"see confabctl --help\n",
			word[0] == '-' ? "option" : "verb", word);
	return false;
}

bool command_line_parse(int count, char *const *words,
			struct command *command_r, FILE *errors)
{
	struct command command = { 0 };
	int taken, arguments = 0;
	bool options_end = false;

	command.verb = verbs_find(count, words, &taken);
	if (command.verb == NULL)
		return refuse(count > 0 ? words[0] : NULL, errors);
	for (int i = taken; i < count; i++) {
		if (!options_end && strcmp(words[i], "--") == 0) {
			options_end = true;
		} else if (!options_end && words[i][0] == '-' &&
			   words[i][1] != '\0') {
			if (!take_option_at(&command, count, words, &i, errors))
				return false;
		} else if (arguments++ == 0) {
			command.argument = words[i];
		}
	}
	if (!arguments_fit(&command, arguments, errors))
		return false;
	*command_r = command;
	return true;
}

void command_line_print_help(FILE *out)
{
	fputs("confabctl VERB [OPTION...]: set up, look after and repair "
	      "Confab\n\n",
	      out);
	for (const struct verb *verb = verbs; verb->name != NULL; verb++)
		fprintf(out, "  %-20s %s\n", verb->name, verb->summary);
	fputs("\nconfabctl VERB --help tells more.\n\n"
	      "  --check-config   look at the settings, then exit "
	      "(100: bad)\n"
	      "  --print-config   print the settings, secrets masked\n"
	      "  --version        print the version\n"
	      "  --help           print this\n\n"
	      "Exit codes: 0 done, 1 failed, 2 wrong usage.\n"
	      "Settings come from the environment; a verb needs only those "
	      "that it uses:\n\n",
	      out);
	config_print_help(settings_options, out);
}

void command_line_print_verb_help(const struct verb *verb, FILE *out)
{
	fprintf(out, "confabctl %s%s%s", verb->name,
		verb->arguments[0] != '\0' ? " " : "", verb->arguments);
	for (size_t i = 0; i < OPTIONS; i++)
		if ((verb->options & options[i].option & ~VERB_ALL) != 0)
			fprintf(out, " [%s]", options[i].name);
	fprintf(out, ": %s\n", verb->summary);
	if (verb->details != NULL)
		fprintf(out, "\n%s\n", verb->details);
	if (verb->options != 0)
		fputc('\n', out);
	for (size_t i = 0; i < OPTIONS; i++)
		if ((verb->options & options[i].option) != 0)
			fprintf(out, "  %-10s %s\n", options[i].name,
				options[i].help);
}
