#ifndef CONFAB_CTL_CTL_H
#define CONFAB_CTL_CTL_H

#include <stdbool.h>

#include "common/buf.h"
#include "common/elastic.h"
#include "common/sql.h"
#include "ctl/command_line.h"
#include "ctl/config.h"
#include "ctl/http.h"

/* What every verb is given. The clients connect when they are first used. */
struct ctl {
	const struct settings *settings;
	struct command command;
	struct sql *sql;
	struct http *http;
	struct elastic *elastic; /* NULL: there is no search engine */
	struct buf result;	 /* see ctl_set_result() */
};

/* False when memory is out. ctl_release() in either case. `settings` and what
 * `command` points to must outlive it. */
bool ctl_init(struct ctl *ctl, const struct settings *settings,
	      const struct command *command)
	__attribute__((warn_unused_result));
void ctl_release(struct ctl *ctl);

/* Runs the verb. With --json, one that works tells of it on stderr and leaves
 * its result, which is then all that is on stdout. */
enum ctl_exit ctl_run(struct ctl *ctl) __attribute__((warn_unused_result));
/* The JSON that the verb ends with. A verb that is made of others says it after
 * them: the last one counts. */
void ctl_set_result(struct ctl *ctl, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static inline bool ctl_json(const struct ctl *ctl)
{
	return (ctl->command.options & VERB_JSON) != 0;
}

/*
 * For verbs that destroy: asks unless --yes was given. CTL_DONE is consent;
 * else the code to exit with, a sentence was printed.
 */
enum ctl_exit ctl_confirm(const struct ctl *ctl, const char *question)
	__attribute__((warn_unused_result));

#endif
