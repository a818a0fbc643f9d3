#include "ctl/help.h"

#include <ctype.h>
#include <string.h>

#include "ctl/config.h"

#define COLUMNS 79u

/* A line for each verb, or for each of a group. */
static void print_verbs(const char *group, FILE *out)
{
	for (const struct verb *verb = verbs; verb->name != NULL; verb++)
		if (group == NULL ||
		    (strncmp(verb->name, group, strlen(group)) == 0 &&
		     verb->name[strlen(group)] == ' '))
			fprintf(out, "  %-20s %s\n", verb->name, verb->summary);
}

static void print_all(FILE *out)
{
	fputs("confabctl VERB [OPTION...]: set up, look after and repair "
	      "Confab\n\n",
	      out);
	print_verbs(NULL, out);
	fputs("\nconfabctl help VERB, or VERB --help, tells more.\n\n"
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

static void print_flags(const struct verb *verb, FILE *out)
{
	for (const struct verb_flag *flag = verb_flags; flag->name != NULL;
	     flag++) {
		char shown[32];

		if ((verb->options & flag->option) == 0)
			continue;
		snprintf(shown, sizeof(shown), "%s%s%s", flag->name,
			 flag->value != NULL ? " " : "",
			 flag->value != NULL ? flag->value : "");
		fprintf(out, "  %-14s %s\n", shown, flag->help);
	}
}

/* Goes on in `column`; returns the one that it ends in. */
static size_t print_words(const char *text, bool capital, size_t column,
			  FILE *out)
{
	while (*text != '\0') {
		size_t length = strcspn(text, " \n");

		if (column > 0 && column + 1 + length > COLUMNS) {
			fputc('\n', out);
			column = 0;
		} else if (column > 0) {
			fputc(' ', out);
			column++;
		}
		fputc(capital ? toupper((unsigned char)*text) : *text, out);
		fwrite(text + 1, 1, length - 1, out);
		capital = false;
		column += length;
		text += length;
		text += strspn(text, " \n");
	}
	return column;
}

static void print_verb(const struct verb *verb, FILE *out)
{
	size_t column;

	fprintf(out, "confabctl %s%s%s", verb->name,
		verb->arguments[0] != '\0' ? " " : "", verb->arguments);
	/* --all stands with the arguments already */
	for (const struct verb_flag *flag = verb_flags; flag->name != NULL;
	     flag++)
		if ((verb->options & flag->option & ~VERB_ALL) != 0)
			fprintf(out, " [%s%s%s]", flag->name,
				flag->value != NULL ? " " : "",
				flag->value != NULL ? flag->value : "");
	fputs("\n\n", out);
	column = print_words(verb->summary, true, 0, out);
	fputc('.', out);
	if (verb->details != NULL)
		(void)print_words(verb->details, false, column + 1, out);
	fputc('\n', out);
	if (verb->options != 0)
		fputc('\n', out);
	print_flags(verb, out);
}

void help_print(const struct command *command, FILE *out)
{
	if (command->verb != NULL) {
		print_verb(command->verb, out);
	} else if (command->group != NULL) {
		print_verbs(command->group, out);
		fprintf(out, "\nconfabctl %s VERB --help tells more.\n",
			command->group);
	} else {
		print_all(out);
	}
}
