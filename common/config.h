#ifndef CONFAB_COMMON_CONFIG_H
#define CONFAB_COMMON_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Settings come from the environment only, through one static table per
 * program. A table ends with { 0 }.
 */
enum config_type {
	CONFIG_TEXT,   /* field: const char *, lives as long as the process */
	CONFIG_NUMBER, /* field: int64_t, min..max */
	CONFIG_CHOICE, /* field: const char *, one of `choices`, "a|b|c" */
	CONFIG_URL     /* field: const char *, scheme one of `choices` */
};

struct config_option {
	const char *name;
	enum config_type type;
	size_t offset;	    /* of the field in the program's struct */
	const char *preset; /* NULL: required; "" is an empty text */
	int64_t min, max;
	const char *choices;
	bool secret;	  /* masked when printed */
	const char *help; /* one line, for --help and the reference */
};

/*
 * Fills `settings` from the environment, and from the files that it names (see
 * config_text()). On the first bad value, or a CONFAB_ name that no Confab
 * program knows, writes one sentence that names the variable to `errors` and
 * returns false.
 */
bool config_load(const struct config_option *options, void *settings,
		 FILE *errors) __attribute__((warn_unused_result));
/* NAME=value lines; secrets and passwords inside URLs are masked. */
void config_print(const struct config_option *options, const void *settings,
		  FILE *out);
/* A line per option for --help. */
void config_print_help(const struct config_option *options, FILE *out);

/*
 * What every program's command line has: --check-config, --print-config,
 * --version, --help. Returns -1 to go on, else the code to exit with. `usage`
 * is the first line of the help. Arguments that are not one of the four are
 * left to the caller when `extra` is true (it has checked them), else refused.
 */
int config_command_line(int argc, char **argv, const char *program,
			const char *usage, const struct config_option *options,
			void *settings, bool extra);

/*
 * The text of a setting, so that a secret need not be in the environment:
 * variable NAME; else the file that NAME_FILE names; else the file confab_NAME
 * or NAME in the folder CREDENTIALS_DIRECTORY (of systemd's LoadCredential=). A
 * file's last line end is not part of it. Empty counts as not set: *text_r is
 * NULL then. False: a file cannot be used, or NAME and NAME_FILE are both set;
 * the sentence is on `errors`. The text lives as long as the process.
 */
bool config_text(const char *name, const char **text_r, FILE *errors)
	__attribute__((warn_unused_result));

/* A URL of ours taken apart: scheme://user:password@host:port/path, percent
 * escapes resolved. Free with config_url_release(). */
struct config_url {
	char *user, *password, *host, *path; /* NULL where absent */
	uint16_t port;			     /* 0 where absent */
	bool tls;			     /* amqps, rediss, https */
};
bool config_url_parse(const char *text, struct config_url *url_r)
	__attribute__((warn_unused_result));
void config_url_release(struct config_url *url);
/* "host:port", "[::1]:port" or ":port" -> parts; host "" for any. */
bool config_listen_parse(const char *text, char *host_r, size_t host_size,
			 uint16_t *port_r) __attribute__((warn_unused_result));

#endif
