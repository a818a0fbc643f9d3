#include "ctl/status.h"

#include <inttypes.h>
#include <stdio.h>

#include "ctl/console.h"
#include "ctl/ctl.h"
#include "ctl/lags.h"
#include "ctl/parts.h"
#include "ctl/query.h"
#include "ctl/queues.h"
#include "ctl/redis.h"
#include "ctl/search_index.h"

/* Figures from the rows: name, unit for people, statement. */
static const struct {
	const char *name;
	const char *meaning;
	const char *statement;
} row_figures[] = {
	{ "applications", "", "SELECT COUNT(*) FROM applications" },
	{ "chats", "", "SELECT COUNT(*) FROM chats" },
	{ "messages", "", "SELECT COUNT(*) FROM messages" },
	{ "dead_letters", "see confabctl dead-letters list",
	  "SELECT COUNT(*) FROM dead_letters" },
	{ "outbox", "edits to be published", "SELECT COUNT(*) FROM outbox" },
	{ "counts_due", "chats whose count is not settled",
	  "SELECT COUNT(*) FROM dirty_chats" },
	{ "generation", "of the numbers",
	  "SELECT generation FROM numbering WHERE id = 1" },
	{ "numbers_in_recovery", "1: creates wait",
	  "SELECT state <> 'open' FROM numbering WHERE id = 1" },
};

enum {
	MESSAGES = 2, /* in the table above */
	ROW_FIGURES = sizeof(row_figures) / sizeof(row_figures[0])
};

/* Where the figures go: a line or a JSON member each. */
struct printer {
	bool json;
	bool begun;
	bool failed; /* a figure could not be read */
};

static void print_figure(struct printer *printer, const char *name,
			 uint64_t value, const char *meaning)
{
	if (printer->json)
		printf("%s\"%s\":%" PRIu64, printer->begun ? "," : "", name,
		       value);
	else
		printf("%-21s %12" PRIu64 "%s%s\n", name, value,
		       meaning[0] != '\0' ? "  " : "", meaning);
	printer->begun = true;
}

static void fail(struct printer *printer, const char *name,
		 const struct error *error)
{
	char doing[64];

	snprintf(doing, sizeof(doing), "read %s", name);
	console_fault(doing, error);
	printer->failed = true;
}

static void print_rows(struct ctl *ctl, struct printer *printer,
		       uint64_t *messages_r)
{
	struct error error = ERROR_INIT;

	*messages_r = 0;
	for (int i = 0; i < ROW_FIGURES; i++) {
		uint64_t value = 0;

		if (query_u64(ctl->sql, row_figures[i].statement, NULL, 0,
			      &value, &error) != FAULT_NONE) {
			fail(printer, row_figures[i].name, &error);
			return;
		}
		if (i == MESSAGES)
			*messages_r = value;
		print_figure(printer, row_figures[i].name, value,
			     row_figures[i].meaning);
	}
}

static void print_build(struct ctl *ctl, struct printer *printer)
{
	struct elastic_state state = { 0 };
	struct error error = ERROR_INIT;
	bool running = false;

	if (elastic_read_state(ctl->elastic, &state, &error) != FAULT_NONE ||
	    query_lock_taken(ctl->sql, SEARCH_INDEX_LOCK, &running, &error) !=
		    FAULT_NONE) {
		fail(printer, "reindex_messages", &error);
		return;
	}
	if (*state.building.name)
		print_figure(printer, "reindex_messages", state.progress.rows,
			     running ? "in the index that is being built"
				     : "so far, then it was interrupted; "
				       "confabctl reindex goes on");
}

static void print_documents(struct ctl *ctl, struct printer *printer,
			    uint64_t messages)
{
	struct error error = ERROR_INIT;
	uint64_t documents;

	if (ctl->elastic == NULL)
		return;
	if (search_index_count(ctl->elastic, &documents, &error) !=
	    FAULT_NONE) {
		fail(printer, "documents", &error);
		return;
	}
	print_figure(printer, "documents", documents, "in the search index");
	print_figure(printer, "documents_missing",
		     messages > documents ? messages - documents : 0,
		     "messages that are not searchable");
	print_figure(printer, "documents_without_row",
		     documents > messages ? documents - messages : 0,
		     "not stored yet, or of no message");
	print_build(ctl, printer);
}

static void print_keys(struct ctl *ctl, struct printer *printer)
{
	struct error error = ERROR_INIT;
	struct redis *redis = NULL;
	uint64_t keys = 0;
	enum fault fault;

	if (ctl->settings->redis_url[0] == '\0')
		return;
	fault = redis_connect(ctl->settings->redis_url, &redis, &error);
	if (fault == FAULT_NONE)
		fault = redis_count_keys(redis, &keys, &error);
	redis_free(&redis);
	if (fault == FAULT_NONE)
		print_figure(printer, "redis_keys", keys, "");
	else
		fail(printer, "redis_keys", &error);
}

/* Without the queues it is not known what waits in them. */
static void print_lags(struct ctl *ctl, struct printer *printer,
		       const struct broker_queue *queues)
{
	struct error error = ERROR_INIT;
	struct lag lags[LAGS];

	if (lags_read(ctl, queues, lags, &error) != FAULT_NONE) {
		fail(printer, "the workers' progress", &error);
		return;
	}
	for (int i = 0; i < LAGS; i++)
		if (lags[i].known)
			print_figure(printer, lags[i].name, lags[i].seconds,
				     lags[i].meaning);
}

/* True when all of them were there. */
static bool print_queues(struct ctl *ctl, struct printer *printer,
			 struct broker_queue queues_r[BROKER_QUEUES])
{
	if (ctl->settings->rabbitmq_management_url[0] == '\0')
		return false;
	fputs(printer->json ? ",\"queues\":" : "\n", stdout);
	if (queues_print(ctl, printer->json, queues_r) == CTL_DONE)
		return true;
	printer->failed = true;
	return false;
}

enum ctl_exit status_run(struct ctl *ctl)
{
	struct printer printer = { .json = ctl_json(ctl) };
	struct broker_queue queues[BROKER_QUEUES];
	struct part parts[PARTS];
	uint64_t messages = 0;
	bool queues_known;

	parts_look(ctl, parts);
	if (printer.json) {
		fputc('{', stdout);
		parts_print_json(parts, stdout);
	} else {
		parts_print(parts, stdout);
	}
	queues_known = print_queues(ctl, &printer, queues);
	fputs(printer.json ? ",\"figures\":{" : "\n", stdout);
	print_rows(ctl, &printer, &messages);
	if (queues_known)
		print_lags(ctl, &printer, queues);
	print_documents(ctl, &printer, messages);
	print_keys(ctl, &printer);
	if (printer.json)
		fputs("}}\n", stdout);
	return parts_well(parts) && !printer.failed ? CTL_DONE : CTL_FAILED;
}
