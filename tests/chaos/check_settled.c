#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "tests/chaos/check.h"
#include "tests/chaos/journal.h"
#include "tests/chaos/report.h"
#include "tests/integration/http.h"

/* What the product promises, and where the waiting ends. */
#define SETTLED_MS 120000
#define PATIENCE_MS 360000
/* The broker's figures are up to 5 s old. */
#define FIGURES_MS 6000

static uint64_t waiting_in(const char *queue)
{
	const struct http_reply *reply;
	const cJSON *messages;
	uint64_t count = UINT64_MAX;
	char url[512];
	cJSON *json;

	snprintf(url, sizeof(url), "%s/api/queues/%%2F/%s",
		 environment("RABBITMQ_MANAGEMENT_URL"), queue);
	reply = http_send("GET", NULL, NULL, url);
	json = cJSON_ParseWithLength(reply->body, reply->length);
	messages = cJSON_GetObjectItemCaseSensitive(json, "messages");
	if (reply->status == 200 && cJSON_IsNumber(messages))
		count = (uint64_t)messages->valuedouble;
	cJSON_Delete(json);
	return count;
}

#define UNKNOWN UINT64_MAX

static uint64_t documents(void)
{
	const struct http_reply *reply;
	uint64_t count = UNKNOWN;
	const char *at;
	char url[512];

	snprintf(url, sizeof(url), "%s/confab-messages/_refresh",
		 environment("ELASTICSEARCH_URL"));
	if (http_send("POST", NULL, NULL, url)->status != 200)
		return count;
	snprintf(url, sizeof(url), "%s/confab-messages/_count",
		 environment("ELASTICSEARCH_URL"));
	reply = http_send("GET", NULL, NULL, url);
	at = strstr(reply->body, "\"count\":");
	if (reply->status != 200 || !at ||
	    sscanf(at, "\"count\":%" SCNu64, &count) != 1)
		return UNKNOWN;
	return count;
}

#define WRONG_COUNTS                                                           \
	"SELECT (SELECT COUNT(*) FROM chats c LEFT JOIN (SELECT "              \
	"application_id, chat_number, COUNT(*) AS n FROM messages GROUP BY "   \
	"application_id, chat_number) m ON m.application_id = "                \
	"c.application_id AND m.chat_number = c.number WHERE "                 \
	"c.messages_count <> COALESCE(m.n, 0)) + (SELECT COUNT(*) FROM "       \
	"applications a WHERE a.chats_count <> (SELECT COUNT(*) FROM chats c " \
	"WHERE c.application_id = a.id) OR a.messages_count <> (SELECT "       \
	"COUNT(*) FROM messages m WHERE m.application_id = a.id))"

struct leftover {
	uint64_t persist, index, count, outbox, undocumented, wrong_counts;
};

/* Where there are more than rows, check_index() asks whose they are. */
static uint64_t undocumented(uint64_t rows, uint64_t found)
{
	if (found == UNKNOWN)
		return UNKNOWN;
	return found < rows ? rows - found : 0;
}

static struct leftover look(MYSQL *sql)
{
	bool engine = environment("ELASTICSEARCH_URL")[0] != '\0';
	uint64_t rows = database_number(sql, "SELECT COUNT(*) FROM messages");
	uint64_t found = engine ? documents() : rows;

	return (struct leftover){
		.persist = waiting_in("confab.persist"),
		.index = waiting_in("confab.index"),
		.count = waiting_in("confab.count"),
		.outbox = database_number(sql, "SELECT COUNT(*) FROM outbox"),
		.undocumented = undocumented(rows, found),
		.wrong_counts = database_number(sql, WRONG_COUNTS),
	};
}

static bool nothing(const struct leftover *left)
{
	return left->persist == 0 && left->index == 0 && left->count == 0 &&
	       left->outbox == 0 && left->undocumented == 0 &&
	       left->wrong_counts == 0;
}

static void report(const struct leftover *left, int64_t took_ms)
{
	report_check(left->persist == 0 && left->index == 0 && left->count == 0,
		     "the queues are empty",
		     "persist %" PRId64 ", index %" PRId64 ", count %" PRId64,
		     (int64_t)left->persist, (int64_t)left->index,
		     (int64_t)left->count);
	report_check(left->outbox == 0, "the outbox is empty",
		     "%" PRIu64 " edits", left->outbox);
	report_check(left->wrong_counts == 0, "the counts are right",
		     "%" PRIu64 " wrong", left->wrong_counts);
	journal_say("  settled after %.1f s%s", (double)took_ms / 1000,
		    took_ms > SETTLED_MS ? ", later than it should" : "");
}

void check_settled(MYSQL *sql)
{
	int64_t started_ms = clock_monotonic_ms(), empty_ms = -1, now_ms;
	struct leftover left;

	do {
		left = look(sql);
		now_ms = clock_monotonic_ms();
		if (!nothing(&left))
			empty_ms = -1;
		else if (empty_ms < 0)
			empty_ms = now_ms;
		if (empty_ms >= 0 && now_ms - empty_ms >= FIGURES_MS)
			break;
		journal_status("settling for %3d s: queues %" PRId64 " %" PRId64
			       " %" PRId64 ", outbox %" PRIu64
			       ", not in the index %" PRId64
			       ", wrong counts %" PRIu64,
			       (int)((now_ms - started_ms) / 1000),
			       (int64_t)left.persist, (int64_t)left.index,
			       (int64_t)left.count, left.outbox,
			       (int64_t)left.undocumented, left.wrong_counts);
		clock_sleep_ms(500);
	} while (now_ms - started_ms < PATIENCE_MS);
	report(&left, (empty_ms < 0 ? now_ms : empty_ms) - started_ms);
}
