#include "common/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/fault.h"

extern char **environ;

/*
 * One environment file may serve all programs, so a program knows the others'
 * names too; every other CONFAB_ name is a mistake.
 */
static const char *const known_names[] = {
	"CONFAB_API_URL",	 "CONFAB_BATCHES_IN_FLIGHT",
	"CONFAB_BATCH_EVENTS",	 "CONFAB_CONNECTIONS",
	"CONFAB_CORS_ORIGINS",	 "CONFAB_COUNT_FLUSH_MS",
	"CONFAB_INGEST_URL",	 "CONFAB_LISTEN",
	"CONFAB_LOG_FORMAT",	 "CONFAB_LOG_LEVEL",
	"CONFAB_METRICS_LISTEN", "CONFAB_OPERATOR_KEY",
	"CONFAB_PREFETCH",	 "CONFAB_RECONCILE_MINUTES",
	"CONFAB_THREADS",	 "CONFAB_TOKEN",
	"CONFAB_TRACE_RATE",
};

static bool known(const char *entry, size_t length)
{
	for (size_t i = 0; i < sizeof(known_names) / sizeof(known_names[0]);
	     i++)
		if (strlen(known_names[i]) == length &&
		    memcmp(known_names[i], entry, length) == 0)
			return true;
	return false;
}

static bool refuse_unknown(FILE *errors)
{
	for (char **entry = environ; *entry; entry++) {
		const char *end = strchr(*entry, '=');
		size_t length = end ? (size_t)(end - *entry) : 0;

		if (strncmp(*entry, "CONFAB_", 7) != 0 || !end ||
		    known(*entry, length) ||
		    (length > 5 && memcmp(end - 5, "_FILE", 5) == 0 &&
		     known(*entry, length - 5)))
			continue;
		fprintf(errors, "%.*s is not a setting of Confab.\n",
			(int)(end - *entry), *entry);
		return true;
	}
	return false;
}

static bool parse_number(const char *text, int64_t *number_r)
{
	char *end;

	if (!*text || strchr(" \t\n+", *text))
		return false;
	errno = 0;
	*number_r = strtoll(text, &end, 10);
	return errno == 0 && *end == '\0';
}

static bool one_of(const char *choices, const char *text, size_t length)
{
	while (*choices) {
		size_t choice = strcspn(choices, "|");

		if (choice == length && memcmp(choices, text, length) == 0)
			return true;
		choices += choice;
		if (*choices)
			choices++;
	}
	return false;
}

static bool set_number(const struct config_option *option, const char *text,
		       void *field, FILE *errors)
{
	int64_t number;

	if (!parse_number(text, &number) || number < option->min ||
	    number > option->max) {
		fprintf(errors,
			"%s must be a whole number from %lld to %lld.\n",
			option->name, (long long)option->min,
			(long long)option->max);
		return false;
	}
	memcpy(field, &number, sizeof(number));
	return true;
}

static bool url_fits(const struct config_option *option, const char *text)
{
	const char *colon = strstr(text, "://");
	struct config_url url;

	if (!colon || !one_of(option->choices, text, (size_t)(colon - text)) ||
	    !config_url_parse(text, &url))
		return false;
	config_url_release(&url);
	return true;
}

static bool set_text(const struct config_option *option, const char *text,
		     void *field, FILE *errors)
{
	if (option->type == CONFIG_CHOICE &&
	    !one_of(option->choices, text, strlen(text))) {
		fprintf(errors, "%s must be one of %s.\n", option->name,
			option->choices);
		return false;
	}
	if (option->type == CONFIG_URL && *text && !url_fits(option, text)) {
		fprintf(errors, "%s must be a URL with the scheme %s.\n",
			option->name, option->choices);
		return false;
	}
	memcpy(field, &text, sizeof(text));
	return true;
}

static bool set(const struct config_option *option, void *settings,
		FILE *errors)
{
	void *field = (char *)settings + option->offset;
	const char *text;

	if (!config_text(option->name, &text, errors))
		return false;
	if (!text)
		text = option->preset;
	if (!text) {
		fprintf(errors, "%s must be set: %s.\n", option->name,
			option->help);
		return false;
	}
	if (option->type == CONFIG_NUMBER)
		return set_number(option, text, field, errors);
	return set_text(option, text, field, errors);
}

bool config_load(const struct config_option *options, void *settings,
		 FILE *errors)
{
	if (refuse_unknown(errors))
		return false;
	for (; options->name; options++)
		if (!set(options, settings, errors))
			return false;
	return true;
}

/* ---- showing ---- */

/* scheme://user:password@host becomes scheme://user:***@host */
static void print_url(const char *url, FILE *out)
{
	const char *start = strstr(url, "://");
	const char *at = start ? strrchr(start, '@') : NULL;
	const char *colon =
		at ? memchr(start + 3, ':', (size_t)(at - start - 3)) : NULL;

	if (!colon) {
		fputs(url, out);
		return;
	}
	fprintf(out, "%.*s***%s", (int)(colon + 1 - url), url, at);
}

void config_print(const struct config_option *options, const void *settings,
		  FILE *out)
{
	for (; options->name; options++) {
		const void *field = (const char *)settings + options->offset;
		const char *text;
		int64_t number;

		fprintf(out, "%s=", options->name);
		if (options->type == CONFIG_NUMBER) {
			memcpy(&number, field, sizeof(number));
			fprintf(out, "%lld\n", (long long)number);
			continue;
		}
		memcpy(&text, field, sizeof(text));
		if (options->secret && *text)
			fputs("***", out);
		else if (options->type == CONFIG_URL)
			print_url(text, out);
		else
			fputs(text, out);
		fputc('\n', out);
	}
}

void config_print_help(const struct config_option *options, FILE *out)
{
	for (; options->name; options++) {
		fprintf(out, "  %-26s %s", options->name, options->help);
		if (!options->preset)
			fputs(" (required)", out);
		else if (*options->preset && !options->secret)
			fprintf(out, " (default %s)", options->preset);
		fputc('\n', out);
	}
}

static void print_help(const char *program, const char *usage,
		       const struct config_option *options)
{
	printf("%s\n\n"
	       "  --check-config   look at the settings, then exit (100: bad)\n"
	       "  --print-config   print the settings, secrets masked\n"
	       "  --version        print the version\n"
	       "  --help           print this\n\n"
	       "%s takes its settings from the environment; NAME_FILE names "
	       "a file with\nthe text of NAME:\n\n",
	       usage, program);
	config_print_help(options, stdout);
}

static int finish(void)
{
	return fflush(stdout) == 0 ? EXIT_STOPPED : EXIT_TEMPORARY;
}

int config_command_line(int argc, char **argv, const char *program,
			const char *usage, const struct config_option *options,
			void *settings, bool extra)
{
	bool check = false, print = false;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--version") == 0) {
			printf("%s %s\n", program, CONFAB_VERSION);
			return finish();
		}
		if (strcmp(argv[i], "--help") == 0) {
			print_help(program, usage, options);
			return finish();
		}
		if (strcmp(argv[i], "--check-config") == 0) {
			check = true;
		} else if (strcmp(argv[i], "--print-config") == 0) {
			print = true;
		} else if (!extra) {
			fprintf(stderr,
				"%s: unknown argument %s; see --help.\n",
				program, argv[i]);
			return EXIT_USAGE;
		}
	}
	if (!config_load(options, settings, stderr))
		return EXIT_USAGE;
	if (print)
		config_print(options, settings, stdout);
	return check || print ? finish() : -1;
}
