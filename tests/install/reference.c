/* Prints what the tables in the code know, for the documents: see generate. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/config.h"
#include "common/fault.h"
#include "counter/config.h"
#include "ctl/command_line.h"
#include "ctl/config.h"
#include "indexer/config.h"
#include "persister/config.h"

static const struct program {
	const char *name;
	const struct config_option *options;
} programs[] = {
	{ "confab-api", api_config_options },
	{ "confab-persister", persister_config_options },
	{ "confab-indexer", indexer_config_options },
	{ "confab-counter", counter_config_options },
	{ "confabctl", settings_options },
};

#define PROGRAMS (sizeof(programs) / sizeof(programs[0]))

/* ---- settings ---- */

static const struct config_option *find(const struct program *program,
					const char *name)
{
	const struct config_option *it = program->options;

	while (it->name && strcmp(it->name, name) != 0)
		it++;
	return it->name ? it : NULL;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same(const struct config_option *a, const struct config_option *b)
{
	return a->type == b->type && same_text(a->preset, b->preset) &&
	       a->min == b->min && a->max == b->max &&
	       same_text(a->choices, b->choices) && same_text(a->help, b->help);
}

/* True when one of the programs before `end` has it, in this form if `form`. */
static bool seen(size_t end, const struct config_option *option, bool form)
{
	for (size_t i = 0; i < end; i++) {
		const struct config_option *other =
			find(&programs[i], option->name);

		if (other && (!form || same(other, option)))
			return true;
	}
	return false;
}

/* All programs that have it in this form, from `first` on. */
static void print_programs(size_t first, const struct config_option *option)
{
	const char *between = "";

	for (size_t i = first; i < PROGRAMS; i++) {
		const struct config_option *other =
			find(&programs[i], option->name);

		if (!other || !same(other, option))
			continue;
		printf("%s%s", between, programs[i].name);
		between = ", ";
	}
}

/* "a|b|c" as "a, b or c" between marks. */
static void print_choices(const char *choices, const char *mark)
{
	for (;;) {
		int length = (int)strcspn(choices, "|");

		printf("%s%.*s%s", mark, length, choices, mark);
		choices += length;
		if (!*choices)
			return;
		choices++;
		fputs(strchr(choices, '|') ? ", " : " or ", stdout);
	}
}

static void print_values(const struct config_option *option, const char *mark)
{
	switch (option->type) {
	case CONFIG_NUMBER:
		printf("%lld to %lld", (long long)option->min,
		       (long long)option->max);
		break;
	case CONFIG_CHOICE:
		print_choices(option->choices, mark);
		break;
	case CONFIG_URL:
		fputs("URL: ", stdout);
		print_choices(option->choices, mark);
		break;
	case CONFIG_TEXT:
		fputs(option->secret ? "text, secret" : "text", stdout);
		break;
	}
}

static void print_preset(const struct config_option *option, const char *mark)
{
	if (!option->preset)
		fputs("required", stdout);
	else if (*option->preset)
		printf("%s%s%s", mark, option->preset, mark);
	else
		fputs("empty", stdout);
}

static void markdown_row(size_t program, const struct config_option *option,
			 bool first)
{
	if (first)
		printf("| `%s` | ", option->name);
	else
		fputs("| | ", stdout);
	print_programs(program, option);
	fputs(" | ", stdout);
	print_preset(option, "`");
	fputs(" | ", stdout);
	print_values(option, "`");
	printf(" | %s |\n", option->help);
}

static void mdoc_row(size_t program, const struct config_option *option,
		     bool first)
{
	if (first)
		printf(".It Ev %s\n", option->name);
	else
		puts(".Pp");
	print_programs(program, option);
	printf(":\n%s.\nValue: ", option->help);
	print_values(option, "");
	fputs("; default: ", stdout);
	print_preset(option, "");
	puts(".");
}

typedef void (*row_printer)(size_t program, const struct config_option *option,
			    bool first);

/* The setting in the form of program `i`, then in the others' own forms. */
static void print_setting(size_t i, const struct config_option *it,
			  row_printer row)
{
	row(i, it, true);
	for (size_t j = i + 1; j < PROGRAMS; j++) {
		const struct config_option *other =
			find(&programs[j], it->name);

		if (other && !seen(j, other, true))
			row(j, other, false);
	}
}

static void print_settings(row_printer row)
{
	for (size_t i = 0; i < PROGRAMS; i++) {
		const struct config_option *it = programs[i].options;

		for (; it->name; it++)
			if (!seen(i, it, false))
				print_setting(i, it, row);
	}
}

/* ---- verbs ---- */

/* Calls `each` with every option that the verb's help has a line for, and with
 * what that line says. */
static void each_option(const struct verb *verb,
			void (*each)(const char *option, const char *text))
{
	char *help = NULL, *line, *rest;
	size_t size;
	FILE *out = open_memstream(&help, &size);

	if (!out)
		exit(EXIT_TEMPORARY);
	command_line_print_verb_help(verb, out);
	if (fclose(out) != 0)
		exit(EXIT_TEMPORARY);
	for (line = strtok_r(help, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		char *end = line + 2 + strcspn(line + 2, " ");

		if (strncmp(line, "  --", 4) != 0 || !*end)
			continue;
		*end++ = '\0';
		each(line + 2, end + strspn(end, " "));
	}
	free(help);
}

/* True when the text is of an option that takes a number, "N: ...". */
static bool takes_number(const char *text)
{
	return strncmp(text, "N: ", 3) == 0;
}

static void mdoc_flag(const char *option, const char *text)
{
	/* stands with the arguments already */
	if (strcmp(option, "--all") != 0)
		printf(" Op Fl Fl %s%s", option + 2,
		       takes_number(text) ? " Ar N" : "");
}

#define LINE 80

/* Lines end with a sentence, as the format wants it, or where they are full. */
static void mdoc_text(const char *text)
{
	size_t column = 0;

	while (*text) {
		size_t length = strcspn(text, " \n");

		if (column > 0 && column + 1 + length > LINE) {
			putchar('\n');
			column = 0;
		}
		column += (size_t)printf("%s%.*s", column > 0 ? " " : "",
					 (int)length, text);
		text += length;
		if (text[-1] == '.') {
			putchar('\n');
			column = 0;
		}
		text += strspn(text, " \n");
	}
}

static void mdoc_verb(const struct verb *verb)
{
	printf(".It Cm %s", verb->name);
	if (strcmp(verb->arguments, "ID|--all") == 0)
		fputs(" Ar ID | Fl Fl all", stdout);
	else if (*verb->arguments)
		printf(" Ar %s", verb->arguments);
	each_option(verb, mdoc_flag);
	printf("\n%c%s.\n", verb->summary[0] & ~0x20, verb->summary + 1);
	if (verb->details)
		mdoc_text(verb->details);
}

static void print_verbs(void)
{
	for (const struct verb *verb = verbs; verb->name; verb++)
		mdoc_verb(verb);
}

/* An option means the same everywhere, so the first verb's text is all. */
static void mdoc_option(const char *option, const char *text)
{
	static char known[512];
	size_t length = strlen(known), room = sizeof(known) - length;

	if (strstr(known, option))
		return;
	if (snprintf(known + length, room, "%s ", option) >= (int)room)
		exit(EXIT_TEMPORARY);
	if (takes_number(text))
		printf(".It Fl Fl %s Ar N\n%s.\n", option + 2, text + 3);
	else
		printf(".It Fl Fl %s\n%s.\n", option + 2, text);
}

static void print_options(void)
{
	for (const struct verb *verb = verbs; verb->name; verb++)
		each_option(verb, mdoc_option);
}

static void print_word(const char *option, const char *text)
{
	(void)text;
	printf(" %s", option);
}

/* The first words; of a group its name once, since its verbs stand together. */
static void print_first_words(void)
{
	const char *last = "";

	for (const struct verb *verb = verbs; verb->name; verb++) {
		int length = (int)strcspn(verb->name, " ");

		if (strncmp(last, verb->name, (size_t)length + 1) != 0)
			printf("%.*s ", length, verb->name);
		last = verb->name[length] ? verb->name : "";
	}
}

static void print_second_words(const char *group, size_t length)
{
	printf("\t'%.*s') echo '", (int)length, group);
	for (const struct verb *verb = verbs; verb->name; verb++)
		if (strncmp(verb->name, group, length + 1) == 0)
			printf("%s ", verb->name + length + 1);
	puts("--help' ;;");
}

static void print_completion(void)
{
	const char *last = "";

	fputs("\t'') echo '", stdout);
	print_first_words();
	puts("--help --version --check-config --print-config' ;;");
	for (const struct verb *verb = verbs; verb->name; verb++) {
		size_t length = strcspn(verb->name, " ");

		if (verb->name[length] &&
		    strncmp(last, verb->name, length + 1) != 0) {
			print_second_words(verb->name, length);
			last = verb->name;
		}
		printf("\t'%s') echo '--help", verb->name);
		each_option(verb, print_word);
		puts("' ;;");
	}
}

int main(int argc, char **argv)
{
	const char *what = argc == 2 ? argv[1] : "";

	if (strcmp(what, "settings-markdown") == 0) {
		puts("| setting | programs | default | value | meaning |\n"
		     "|---|---|---|---|---|");
		print_settings(markdown_row);
	} else if (strcmp(what, "settings-mdoc") == 0) {
		print_settings(mdoc_row);
	} else if (strcmp(what, "verbs-mdoc") == 0) {
		print_verbs();
	} else if (strcmp(what, "options-mdoc") == 0) {
		print_options();
	} else if (strcmp(what, "completion") == 0) {
		print_completion();
	} else {
		fputs("usage: reference settings-markdown|settings-mdoc|"
		      "verbs-mdoc|options-mdoc|completion\n",
		      stderr);
		return EXIT_USAGE;
	}
	return fflush(stdout) == 0 ? EXIT_STOPPED : EXIT_TEMPORARY;
}
