#include "ctl/verbs.h"

#include <string.h>

#include "ctl/backup.h"
#include "ctl/config.h"
#include "ctl/demo.h"
#include "ctl/health.h"
#include "ctl/letters.h"
#include "ctl/migrate.h"
#include "ctl/queues.h"
#include "ctl/reconcile.h"
#include "ctl/reindex.h"
#include "ctl/replay.h"
#include "ctl/reset.h"
#include "ctl/restore.h"
#include "ctl/seed.h"
#include "ctl/seed_summary.h"
#include "ctl/status.h"

const struct verb_flag verb_flags[] = {
	{ VERB_JSON, "--json", NULL, "print JSON" },
	{ VERB_YES, "--yes", NULL, "do not ask" },
	{ VERB_ALL, "--all", NULL, "take all of them" },
	{ VERB_RESTART, "--restart", NULL, "begin anew" },
	{ VERB_THROTTLE, "--throttle", "N", "at most so many rows a second" },
	{ VERB_FORCE, "--force", NULL, "replace the file" },
	{ VERB_KEEP, "--keep", "N", "keep so many of the folder's backups" },
	{ VERB_REPLACE, "--replace", NULL, "delete what the system holds" },
	{ 0 }
};

const struct verb verbs[] = {
	{ .name = "migrate",
	  .arguments = "",
	  .options = VERB_JSON,
	  .needs = NEED_DATABASE,
	  .works = true,
	  .summary = "bring the tables and the search index up to date",
	  .details = "Applies what the database lacks, each migration once, "
		     "and may run at any time. Creates the search index if "
		     "ELASTICSEARCH_URL is set.",
	  .run = migrate_run },
	{ .name = "seed",
	  .arguments = "",
	  .options = VERB_JSON,
	  .needs = NEED_DATABASE | NEED_API,
	  .works = true,
	  .summary = "post the sample data to an empty system",
	  .details = "5 applications, 46 chats and over 500 messages go "
		     "through the API, as any client's do. A system that "
		     "holds an application is left as it is; a seeding that "
		     "was cut short goes on.",
	  .run = seed_run },
	{ .name = "seed-summary",
	  .arguments = "",
	  .options = VERB_JSON,
	  .needs = NEED_DATABASE,
	  .works = true,
	  .summary = "name the first five applications with token and counts",
	  .run = seed_summary_run },
	{ .name = "reseed",
	  .arguments = "",
	  .options = VERB_JSON | VERB_YES,
	  .needs = NEED_DATABASE | NEED_REDIS | NEED_MANAGEMENT | NEED_API,
	  .works = true,
	  .summary = "delete everything, then seed",
	  .run = reset_run_and_seed },
	{ .name = "reset",
	  .arguments = "",
	  .options = VERB_JSON | VERB_YES,
	  .needs = NEED_DATABASE | NEED_REDIS | NEED_MANAGEMENT,
	  .works = true,
	  .summary = "delete everything; leaves an empty, migrated system",
	  .details = "Empties the tables, the four queues, Confab's keys in "
		     "Redis and the search index. The daemons may go on "
		     "running, and take creates again when it returns. What "
		     "clients post meanwhile may be lost.",
	  .run = reset_run },
	{ .name = "status",
	  .arguments = "",
	  .options = VERB_JSON,
	  .needs = NEED_DATABASE,
	  .summary = "show servers, queues, rows, documents and backlog",
	  .details = "Counts the rows one by one: on large tables this takes "
		     "a while. See health for a quick look.",
	  .run = status_run },
	{ .name = "health",
	  .arguments = "",
	  .options = VERB_JSON,
	  .needs = NEED_DATABASE,
	  .summary = "say what is up and what is away; exit 1 if something is",
	  .run = health_run },
	{ .name = "queues",
	  .arguments = "",
	  .options = VERB_JSON,
	  .needs = NEED_MANAGEMENT,
	  .summary = "show the four queues: depth, consumers, rates",
	  .details = "Counts AMQP messages, each of which carries one event "
		     "or some hundred. The broker renews those unacknowledged "
		     "and the rates every five seconds.",
	  .run = queues_run },
	{ .name = "reconcile",
	  .arguments = "",
	  .options = VERB_JSON,
	  .needs = NEED_DATABASE,
	  .works = true,
	  .summary = "count the rows again and correct the cached counts",
	  .run = reconcile_run },
	{ .name = "reindex",
	  .arguments = "",
	  .options = VERB_JSON | VERB_RESTART | VERB_THROTTLE,
	  .needs = NEED_DATABASE | NEED_SEARCH,
	  .works = true,
	  .summary = "build the search index anew from the rows",
	  .details = "The old index answers and is kept up until the new one "
		     "is complete, then the alias changes over in one step. "
		     "What was broken off goes on where it was.",
	  .run = reindex_run },
	{ .name = "backup",
	  .arguments = "FILE",
	  .least = 1,
	  .most = 1,
	  .options = VERB_JSON | VERB_FORCE | VERB_KEEP | VERB_THROTTLE,
	  .needs = NEED_DATABASE | NEED_REDIS | NEED_RABBITMQ,
	  .summary = "write all that is truth into one file",
	  .details = "Waits until what was accepted before is stored, then "
		     "copies the tables as they are at one moment, while "
		     "everybody reads and writes. A folder as FILE gets a "
		     "file named by the time; - is standard output.",
	  .run = backup_run },
	{ .name = "restore",
	  .arguments = "FILE",
	  .least = 1,
	  .most = 1,
	  .options = VERB_JSON | VERB_REPLACE | VERB_YES,
	  .needs = NEED_DATABASE | NEED_REDIS | NEED_RABBITMQ | NEED_MANAGEMENT,
	  .summary = "put back what a backup holds, into an empty system",
	  .details = "With --replace it deletes what is there, after it has "
		     "asked. Nothing is changed before all of the file was "
		     "read and found right. The daemons may go on running: "
		     "creates get 503 while the tables are exchanged. - is "
		     "standard input.",
	  .run = restore_run },
	{ .name = "dead-letters list",
	  .arguments = "",
	  .options = VERB_JSON,
	  .needs = NEED_DATABASE,
	  .summary = "list the events that could not be stored",
	  .run = letters_list },
	{ .name = "dead-letters show",
	  .arguments = "ID",
	  .least = 1,
	  .most = 1,
	  .options = VERB_JSON,
	  .needs = NEED_DATABASE,
	  .summary = "show one with its event, which may hold a message's text",
	  .run = letters_show },
	{ .name = "dead-letters replay",
	  .arguments = "ID|--all",
	  .most = 1,
	  .options = VERB_JSON | VERB_ALL,
	  .needs = NEED_DATABASE | NEED_RABBITMQ,
	  .works = true,
	  .summary = "publish again, in number order",
	  .details = "For use once the cause is repaired. An event that fails "
		     "again comes back as a dead letter. Dead letters that "
		     "are not events of ours stay.",
	  .run = replay_run },
	{ .name = "dead-letters drop",
	  .arguments = "ID|--all",
	  .most = 1,
	  .options = VERB_JSON | VERB_ALL | VERB_YES,
	  .needs = NEED_DATABASE | NEED_RABBITMQ,
	  .works = true,
	  .summary = "delete for good",
	  .run = replay_drop },
	{ .name = "demo",
	  .arguments = "",
	  .needs = NEED_API,
	  .summary = "walk through the API with an application of its own",
	  .details = "Prints each request as a curl command to paste, and its "
		     "answer.",
	  .run = demo_run },
	{ 0 }
};

/* True when `name` is the words joined by single blanks. */
static bool names(const char *name, int words, char *const *word)
{
	for (int i = 0; i < words; i++) {
		size_t length = strlen(word[i]);

		if (strncmp(name, word[i], length) != 0)
			return false;
		name += length;
		if (*name != (i + 1 < words ? ' ' : '\0'))
			return false;
		name++;
	}
	return true;
}

const struct verb *verbs_find(int count, char *const *words, int *words_r)
{
	for (int n = 1; n <= 2 && n <= count; n++) {
		for (const struct verb *verb = verbs; verb->name != NULL;
		     verb++) {
			if (!names(verb->name, n, words))
				continue;
			*words_r = n;
			return verb;
		}
	}
	return NULL;
}

bool verbs_is_group(const char *word)
{
	size_t length = strlen(word);

	for (const struct verb *verb = verbs; verb->name != NULL; verb++)
		if (strncmp(verb->name, word, length) == 0 &&
		    verb->name[length] == ' ')
			return true;
	return false;
}
