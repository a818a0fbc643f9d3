#include "tests/chaos/report.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tests/chaos/database.h"
#include "tests/chaos/journal.h"

#define PROBLEMS_SHOWN 30u
#define NAMES 64u

static unsigned passed, failed, problems;

void report_check(bool ok, const char *title, const char *format, ...)
{
	char seen[384];
	va_list args;

	va_start(args, format);
	vsnprintf(seen, sizeof(seen), format, args);
	va_end(args);
	journal_say("  %s  %-51s %s", ok ? "ok    " : "FAILED", title, seen);
	if (ok)
		passed++;
	else
		failed++;
}

void report_problem(const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (problems++ < PROBLEMS_SHOWN)
		journal_say("      %s", text);
	else
		journal_write("problem %s", text);
}

/* ---- faults ---- */

/* How often something was hit, by its name. */
struct tally {
	struct {
		char name[64];
		unsigned count;
	} entries[NAMES];
	unsigned count;
};

static void tally_add(struct tally *tally, const char *name, size_t length)
{
	unsigned i = 0;

	while (i < tally->count &&
	       (strlen(tally->entries[i].name) != length ||
		memcmp(tally->entries[i].name, name, length) != 0))
		i++;
	if (i == NAMES || length >= sizeof(tally->entries[i].name))
		return;
	if (i == tally->count) {
		memcpy(tally->entries[i].name, name, length);
		tally->entries[i].name[length] = '\0';
		tally->entries[i].count = 0;
		tally->count++;
	}
	tally->entries[i].count++;
}

/* "api+redis" counts for both. */
static void tally_targets(struct tally *tally, const char *targets)
{
	while (*targets) {
		size_t length = strcspn(targets, "+");

		tally_add(tally, targets, length);
		targets += length + (targets[length] == '+');
	}
}

static const char *tally_text(const struct tally *tally)
{
	static char text[NAMES * 70];
	size_t length = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < tally->count; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length,
					   "%s%s %u", i ? ", " : "",
					   tally->entries[i].name,
					   tally->entries[i].count);
	return text;
}

struct line {
	struct tally tally;
	unsigned survived, missed, skipped;
	int64_t slowest_ms;
};

static void count_fault(struct line *line, const struct plan_fault *fault,
			const struct fault_result *result)
{
	line->missed += result->outcome == FAULT_MISSED;
	line->skipped += result->outcome == FAULT_SKIPPED;
	if (result->outcome != FAULT_SURVIVED)
		return;
	line->survived++;
	tally_targets(&line->tally, fault->target);
	if (result->recovered_ms > line->slowest_ms)
		line->slowest_ms = result->recovered_ms;
}

static const char *word_of(const struct plan_fault *fault)
{
	return fault->kind == PLAN_LINK ? fault->manner
					: plan_kind_word(fault->kind);
}

static void report_line(const char *word, const struct line *line)
{
	char extra[64] = "";

	if (line->missed || line->skipped)
		snprintf(extra, sizeof(extra), " (%u missed, %u skipped)",
			 line->missed, line->skipped);
	journal_say("  %-14s %4u %6.1f s  %s%s", word, line->survived,
		    (double)line->slowest_ms / 1000, tally_text(&line->tally),
		    extra);
}

static bool said_before(const struct plan *plan, unsigned index)
{
	for (unsigned i = 0; i < index; i++) {
		if (strcmp(word_of(&plan->faults[i]),
			   word_of(&plan->faults[index])) == 0)
			return true;
	}
	return false;
}

void report_faults(const struct plan *plan, const struct faults *faults)
{
	journal_say("Faults survived, and the longest time from a fault's end "
		    "until both roles accepted again");
	for (unsigned i = 0; i < plan->count; i++) {
		const char *word = word_of(&plan->faults[i]);
		struct line line = { 0 };

		if (said_before(plan, i))
			continue;
		for (unsigned j = i; j < plan->count; j++) {
			if (strcmp(word_of(&plan->faults[j]), word) == 0)
				count_fault(&line, &plan->faults[j],
					    faults_result(faults, j));
		}
		report_line(word, &line);
	}
}

/* ---- clients ---- */

void report_clients(const struct clients_figures *figures,
		    const struct record *record)
{
	static const char *const types[] = { "chats", "messages", "edits" };
	uint64_t by[3][3] = { { 0 } };

	for (uint32_t i = 0; i < record->count; i++) {
		const struct op *op = record_op(record, i);

		by[op->type][op->state]++;
	}
	journal_say("%" PRIu64 " requests, %" PRIu64 " answers 503, %" PRIu64
		    " without an answer",
		    figures->sent, figures->refused, figures->unanswered);
	journal_say("  %-10s %12s %9s %9s", "", "acknowledged", "refused",
		    "unknown");
	for (int i = 0; i < 3; i++)
		journal_say("  %-10s %12" PRIu64 " %9" PRIu64 " %9" PRIu64,
			    types[i], by[i][OP_ACKNOWLEDGED], by[i][OP_REFUSED],
			    by[i][OP_OPEN]);
}

/* ---- the line for docs/reliability.md ---- */

/* What was killed, a name a line, as tests/chaos/act noted it; "persister-2" is
 * a persister. Returns how many. */
static unsigned tally_kills(struct tally *tally)
{
	char path[512], name[64];
	unsigned count = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/chaos/killed",
		 environment("STACK_DIR"));
	file = fopen(path, "re");
	while (file && fscanf(file, "%63s", name) == 1) {
		size_t length = strlen(name);

		if (length > 2 && strcmp(name + length - 2, "-2") == 0)
			length -= 2;
		tally_add(tally, name, length);
		count++;
	}
	if (file)
		(void)fclose(file);
	return count;
}

static uint64_t acknowledged(const struct record *record, enum op_type type)
{
	uint64_t count = 0;

	for (uint32_t i = 0; i < record->count; i++) {
		const struct op *op = record_op(record, i);

		count += op->type == type && op->state == OP_ACKNOWLEDGED;
	}
	return count;
}

void report_summary(const struct plan *plan, const struct faults *faults,
		    const struct record *record)
{
	struct tally kills = { .count = 0 };
	unsigned survived = 0, killed = tally_kills(&kills);

	for (unsigned i = 0; i < plan->count; i++)
		survived += faults_result(faults, i)->outcome == FAULT_SURVIVED;
	journal_say("Acknowledged: %" PRIu64 " messages, %" PRIu64
		    " chats, %" PRIu64 " edits; %u faults; %u processes killed "
		    "(-9): %s",
		    acknowledged(record, OP_MESSAGE),
		    acknowledged(record, OP_CHAT),
		    acknowledged(record, OP_EDIT), survived, killed,
		    tally_text(&kills));
}

int report_end(void)
{
	journal_say("%u passed, %u failed", passed, failed);
	return failed == 0 ? 0 : 1;
}
