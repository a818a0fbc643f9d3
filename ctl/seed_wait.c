#include "ctl/seed_wait.h"

#include <stdint.h>

#include "common/clock.h"
#include "ctl/answers.h"
#include "ctl/console.h"
#include "ctl/ctl.h"
#include "ctl/progress_bar.h"
#include "ctl/query.h"
#include "ctl/sample_talk.h"
#include "ctl/search_index.h"

#define READY_TIMEOUT_MS 60000
#define STORED_TIMEOUT_MS 60000
#define FOLLOW_TIMEOUT_MS 30000 /* counts and documents */
#define POLL_MS 100

static const char CHATS_SQL[] = "SELECT COUNT(*) FROM chats";
static const char MESSAGES_SQL[] = "SELECT COUNT(*) FROM messages";
static const char COUNTED_CHATS_SQL[] =
	"SELECT CAST(SUM(chats_count) AS UNSIGNED) FROM applications";
static const char COUNTED_MESSAGES_SQL[] =
	"SELECT CAST(SUM(messages_count) AS UNSIGNED) FROM applications";

static enum fault ask_ready(struct ctl *ctl, struct error *error)
{
	const struct http_request request = { .method = "GET" };
	struct http_answer answer;
	enum fault fault = http_send_to(ctl->http, ctl->settings->api_url,
					"/ready", &request, &answer, error);

	if (fault == FAULT_NONE && answer.status != 200)
		return answers_refusal(&answer, error);
	return fault;
}

bool seed_wait_ready(struct ctl *ctl)
{
	int64_t deadline = clock_monotonic_ms() + READY_TIMEOUT_MS;
	struct error error = ERROR_INIT;
	bool said = false;

	while (ask_ready(ctl, &error) != FAULT_NONE) {
		if (clock_monotonic_ms() >= deadline) {
			console_fault("wait any longer for the API", &error);
			return false;
		}
		if (!said)
			console_error("waiting until the API is ready: %s",
				      error.text);
		said = true;
		clock_sleep_ms(POLL_MS);
	}
	return true;
}

/* One thing to wait for: `figure` reaches `wanted`. */
struct goal {
	const char *doing;
	uint64_t wanted;
	int64_t timeout_ms;
	const char *statement; /* NULL: documents in the index */
};

static enum fault figure(struct ctl *ctl, const struct goal *goal,
			 uint64_t *value_r, struct error *error)
{
	if (goal->statement == NULL)
		return search_index_count(ctl->elastic, value_r, error);
	return query_u64(ctl->sql, goal->statement, NULL, 0, value_r, error);
}

static enum fault reach(struct ctl *ctl, const struct goal *goal,
			struct error *error)
{
	int64_t deadline = clock_monotonic_ms() + goal->timeout_ms;
	struct progress_bar progress;
	uint64_t value = 0;

	progress_bar_start(&progress, goal->doing, goal->wanted);
	while (clock_monotonic_ms() < deadline) {
		enum fault fault = figure(ctl, goal, &value, error);

		if (fault != FAULT_NONE)
			return fault;
		if (value >= goal->wanted) {
			progress_bar_finish(&progress, value);
			return FAULT_NONE;
		}
		progress_bar_update(&progress, value);
		clock_sleep_ms(POLL_MS);
	}
	progress_bar_finish(&progress, value);
	return error_set(error, FAULT_TEMPORARY, 0,
			 "it takes too long; see confabctl health");
}

static bool reach_all(struct ctl *ctl, size_t chats, size_t lines)
{
	const struct goal goals[] = {
		{ "storing chats", chats, STORED_TIMEOUT_MS, CHATS_SQL },
		{ "storing messages", lines, STORED_TIMEOUT_MS, MESSAGES_SQL },
		{ "counting chats", chats, FOLLOW_TIMEOUT_MS,
		  COUNTED_CHATS_SQL },
		{ "counting messages", lines, FOLLOW_TIMEOUT_MS,
		  COUNTED_MESSAGES_SQL },
		{ "indexing messages", lines, FOLLOW_TIMEOUT_MS, NULL },
	};
	const size_t vital = 2;
	struct error error = ERROR_INIT;

	for (size_t i = 0; i < sizeof(goals) / sizeof(goals[0]); i++) {
		if (goals[i].statement == NULL && ctl->elastic == NULL)
			continue;
		if (reach(ctl, &goals[i], &error) == FAULT_NONE)
			continue;
		console_error("%s: %s", goals[i].doing, error.text);
		if (i < vital)
			return false;
	}
	return true;
}

bool seed_wait_stored(struct ctl *ctl)
{
	size_t applications, chats, lines;

	sample_talk_total(&applications, &chats, &lines);
	return reach_all(ctl, chats, lines);
}
