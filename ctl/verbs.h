#ifndef CONFAB_CTL_VERBS_H
#define CONFAB_CTL_VERBS_H

#include <stdbool.h>

struct ctl;

/* What confabctl exits with. */
enum ctl_exit { CTL_DONE = 0, CTL_FAILED = 1, CTL_USAGE = 2 };

enum verb_option {
	VERB_JSON = 1,		 /* --json: the answer is data */
	VERB_YES = 2,		 /* --yes: destroys something, asks otherwise */
	VERB_ALL = 4,		 /* --all in place of the arguments */
	VERB_RESTART = 1 << 10,	 /* --restart: not what was begun before */
	VERB_THROTTLE = 1 << 11, /* --throttle N */
	VERB_FORCE = 1 << 14,	 /* --force: replace the file */
	VERB_KEEP = 1 << 15,	 /* --keep N */
	VERB_REPLACE = 1 << 16	 /* --replace what the system holds */
};

/* What an option is called, and what the help says of it. */
struct verb_flag {
	unsigned option;   /* of enum verb_option */
	const char *name;  /* "--json" */
	const char *value; /* what the help calls it; NULL: takes none */
	const char *help;
};

/* In the order of the help. A NULL name ends the table. */
extern const struct verb_flag verb_flags[];

struct verb {
	const char *name;      /* two words where verbs form a group */
	const char *arguments; /* as the help shows them, "" for none */
	int least, most;       /* arguments */
	unsigned options;      /* of enum verb_option */
	unsigned needs;	       /* of enum need */
	bool works;	       /* with --json it prints ctl_set_result() only */
	const char *summary;   /* one line */
	const char *details;   /* for the verb's own help; may be NULL */
	enum ctl_exit (*run)(struct ctl *ctl);
};

/* In the order of the help. A NULL name ends the table. */
extern const struct verb verbs[];

/* The verb that the first one or two of `count` words name; *words_r is how
 * many it took. NULL if there is none. */
const struct verb *verbs_find(int count, char *const *words, int *words_r);
/* True when `word` begins the names of a group, as in "dead-letters list". */
bool verbs_is_group(const char *word);

#endif
