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

static void mdoc_flags(const struct verb *verb)
{
	for (const struct verb_flag *it = verb_flags; it->name; it++)
		/* --all stands with the arguments already */
		if ((verb->options & it->option & ~VERB_ALL) != 0)
			printf(" Oo Fl Fl %s%s%s Oc", it->name + 2,
			       it->value ? " Ar " : "",
			       it->value ? it->value : "");
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
	mdoc_flags(verb);
	printf("\n%c%s.\n", verb->summary[0] & ~0x20, verb->summary + 1);
	if (verb->details)
		mdoc_text(verb->details);
}

static void print_verbs(void)
{
	for (const struct verb *verb = verbs; verb->name; verb++)
		mdoc_verb(verb);
}

static void print_options(void)
{
	for (const struct verb_flag *it = verb_flags; it->name; it++)
		printf(".It Fl Fl %s%s%s\n%c%s.\n", it->name + 2,
		       it->value ? " Ar " : "", it->value ? it->value : "",
		       it->help[0] & ~0x20, it->help + 1);
}

/* ---- completion ---- */

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

/* Behind these comes a number, for which there is nothing to offer. */
static void print_valued(void)
{
	const char *between = "\t";

	for (const struct verb_flag *it = verb_flags; it->name; it++) {
		if (!it->value)
			continue;
		printf("%s%s", between, it->name);
		between = " | ";
	}
	puts(") return 0 ;;");
}

static void print_completion(void)
{
	const char *last = "";

	fputs("\t'') echo '", stdout);
	print_first_words();
	puts("help --help --version --check-config --print-config' ;;");
	for (const struct verb *verb = verbs; verb->name; verb++) {
		size_t length = strcspn(verb->name, " ");

		if (verb->name[length] &&
		    strncmp(last, verb->name, length + 1) != 0) {
			print_second_words(verb->name, length);
			last = verb->name;
		}
		printf("\t'%s') echo '--help", verb->name);
		for (const struct verb_flag *it = verb_flags; it->name; it++)
			if ((verb->options & it->option) != 0)
				printf(" %s", it->name);
		printf("%s' ;;\n",
		       strcmp(verb->arguments, "FILE") == 0 ? " FILE" : "");
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
	} else if (strcmp(what, "completion-valued") == 0) {
		print_valued();
	} else {
		fputs("usage: reference settings-markdown|settings-mdoc|"
		      "verbs-mdoc|options-mdoc|completion|"
		      "completion-valued\n",
		      stderr);
		return EXIT_USAGE;
	}
	return fflush(stdout) == 0 ? EXIT_STOPPED : EXIT_TEMPORARY;
}
