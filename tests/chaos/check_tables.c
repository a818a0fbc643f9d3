#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/chaos/check.h"
#include "tests/chaos/journal.h"
#include "tests/chaos/report.h"
#include "tests/integration/http.h"

/* ---- dead letters ---- */

struct letters {
	const struct record *record;
	uint64_t explained, bad;
};

/* The op whose text the event has. */
static const struct op *sender_of(const struct record *record,
				  const char *event, unsigned long length)
{
	cJSON *json = cJSON_ParseWithLength(event, length);
	const cJSON *body = cJSON_GetObjectItemCaseSensitive(json, "body");
	const struct op *op = NULL;
	uint32_t index;

	if (cJSON_IsString(body) &&
	    record_find_text(record, body->valuestring,
			     strlen(body->valuestring), &index))
		op = record_op(record, index);
	cJSON_Delete(json);
	return op;
}

/* A number that Redis gave out before it lost its data may be given to another
 * one afterwards, as long as nobody was promised it: then the older event
 * becomes a dead letter. Nothing else explains one. */
static bool is_explained(const struct letters *letters, char **columns,
			 const unsigned long *lengths)
{
	uint64_t number = strtoull(columns[4], NULL, 10);
	const struct op *op;

	if (strcmp(columns[2], "collision") != 0)
		return false;
	/* a chat's event has no text; whose number it is, its row tells */
	if (strcmp(columns[1], "chat.created") == 0)
		return columns[7] && strcmp(columns[7], "0") == 0;
	op = sender_of(letters->record, columns[6], lengths[6]);
	return op && op->type == OP_MESSAGE &&
	       (op->state != OP_ACKNOWLEDGED || op->number != number);
}

static void take_letter(void *context, char **columns,
			const unsigned long *lengths)
{
	struct letters *letters = context;

	if (is_explained(letters, columns, lengths)) {
		letters->explained++;
		journal_write("dead-letter explained: %s of chat %s number %s",
			      columns[1], columns[3], columns[4]);
		return;
	}
	letters->bad++;
	report_problem("dead letter: %s of %s, %s: %s; chat %s number %s",
		       columns[1], columns[0], columns[2], columns[5],
		       columns[3], columns[4]);
}

static void check_letters(MYSQL *sql, const struct record *record)
{
	struct letters letters = { .record = record };

	database_each(sql,
		      "SELECT d.queue, d.type, d.reason, d.chat_number, "
		      "d.number, d.detail, d.event, (SELECT COUNT(*) FROM "
		      "chats c WHERE c.application_id = d.application_id AND "
		      "c.number = d.number AND c.event_id = d.event_id) "
		      "FROM dead_letters d",
		      take_letter, &letters);
	report_check(letters.bad == 0, "dead letters are explained",
		     "%" PRIu64 " were never acknowledged and lost their "
		     "number, %" PRIu64 " others",
		     letters.explained, letters.bad);
}

void check_tables(MYSQL *sql, const struct record *record)
{
	check_letters(sql, record);
	report_check(database_number(sql, "SELECT COUNT(*) FROM numbering "
					  "WHERE state = 'open'") == 1,
		     "numbers are given out", "generation %" PRIu64,
		     database_number(sql, "SELECT generation FROM numbering"));
}

/* ---- jobs ---- */

static bool job_is_done(const struct op *op)
{
	const char *due =
		op->type == OP_MESSAGE && environment("ELASTICSEARCH_URL")[0]
			? "indexed"
			: "stored";
	const struct http_reply *reply;
	const cJSON *status, *number;
	char url[512];
	cJSON *json;
	bool done;

	snprintf(url, sizeof(url), "%s/jobs/%s", environment("CONFAB_API_URL"),
		 op->job_id);
	reply = http_send("GET", NULL, NULL, url);
	json = cJSON_ParseWithLength(reply->body, reply->length);
	status = cJSON_GetObjectItemCaseSensitive(json, "status");
	number = cJSON_GetObjectItemCaseSensitive(json, "number");
	done = cJSON_IsString(status) &&
	       strcmp(status->valuestring, due) == 0 &&
	       cJSON_IsNumber(number) &&
	       (uint64_t)number->valuedouble == op->number;
	if (!done)
		report_problem("job of number %" PRIu64 ": %ld %.200s",
			       op->number, reply->status, reply->body);
	cJSON_Delete(json);
	return done;
}

void check_jobs(const struct record *record)
{
	unsigned asked = 0, done = 0;

	for (uint32_t i = 0; i < record->count && asked < 500; i++) {
		const struct op *op = record_op(record, i);

		if (!op->job_id || op->state != OP_ACKNOWLEDGED)
			continue;
		asked++;
		done += job_is_done(op);
	}
	report_check(asked == done, "jobs are done", "%u of %u", done, asked);
}
