#include "tests/integration/truth.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/integration/broker.h"
#include "tests/integration/faults.h"
#include "tests/integration/processes.h"
#include "tests/integration/stores.h"

#define KEY "Idempotency-Key: before-the-backup"

/* fault_path() and what it gives are overwritten by the next call. */
const char *truth_file(const char *name)
{
	static char path[1024];

	snprintf(path, sizeof(path), "%s", fault_path(name));
	return path;
}

const char *truth_new_file(const char *name)
{
	const char *path = truth_file(name);

	(void)unlink(path);
	return path;
}

void truth_restore(const char *file)
{
	confabctl(0, "reset", "--yes", NULL, NULL);
	assert_int_equal(store_number("SELECT COUNT(*) FROM messages"), 0);
	confabctl(0, "restore", file, NULL, NULL);
}

/* An empty system whose API gives out numbers: a reset begins a generation of
 * them, unless a restore has begun one already. */
struct renewal {
	uint64_t generation;
};

static bool is_renewed(void *context)
{
	const struct renewal *renewal = context;

	return store_number("SELECT COUNT(*) FROM numbering "
			    "WHERE state = 'open' AND generation > %llu",
			    (unsigned long long)renewal->generation) == 1;
}

void truth_reset(void)
{
	struct renewal renewal = {
		store_number("SELECT generation - (state <> 'open') "
			     "FROM numbering"),
	};

	confabctl(0, "reset", "--yes", NULL, NULL);
	assert_becomes(is_renewed, &renewal, DRAINED_MS);
	assert_int_equal(stack_repair(NULL), 0);
}

/* ---- the rows themselves ---- */

#define SAME_MESSAGE                                                           \
	"m.event_id = k.event_id AND m.body = k.body "                         \
	"AND m.revision = k.revision AND m.created_at = k.created_at "         \
	"AND m.updated_at = k.updated_at AND m.generation = k.generation"

void truth_keep_rows(void)
{
	store_execute("DROP TABLE IF EXISTS kept_messages");
	store_execute("CREATE TABLE kept_messages LIKE messages");
	store_execute("INSERT INTO kept_messages SELECT * FROM messages");
}

uint64_t truth_rows_that_differ(void)
{
	return store_number(
		"SELECT COUNT(*) FROM messages m LEFT JOIN kept_messages k "
		"ON m.application_id = k.application_id "
		"AND m.chat_number = k.chat_number AND m.number = k.number "
		"WHERE k.number IS NULL OR NOT (" SAME_MESSAGE ")");
}

/* ---- everything that is truth ---- */

static void copy_body(const struct http_reply *reply, char *text_r, size_t size)
{
	assert_status(reply, 200);
	snprintf(text_r, size, "%s", reply->body);
}

const struct http_reply *truth_post_with_key(const struct truth *truth)
{
	return api_with(KEY, "POST", "{\"message\":{\"body\":\"keyed\"}}",
			"/applications/%s/chats/1/messages", truth->talk.token);
}

/* Each of the three queues has refused it. */
static bool letter_is_there(void *unused)
{
	(void)unused;
	return store_number("SELECT COUNT(*) FROM dead_letters") == 3;
}

bool truth_has_tombstone(void *context)
{
	const struct truth *truth = context;

	return store_number("SELECT COUNT(*) FROM voids "
			    "WHERE application_id = %llu",
			    (unsigned long long)truth->talk.application) == 1;
}

static bool counts_are_right(void *context)
{
	return store_counts_are_right(
		((const struct truth *)context)->talk.application);
}

/* An edit, a key, a job, a dead letter, and a number that will never be. */
void truth_make(struct truth *truth)
{
	static const char *const texts[] = { "one", "two\ttabbed\\n", "three" };

	truth_reset();
	create_talk(&truth->talk, texts, 3);
	assert_status(api("PATCH", "{\"message\":{\"body\":\"two, edited\"}}",
			  "/applications/%s/chats/1/messages/2",
			  truth->talk.token),
		      200);
	truth->job = job_keep(truth_post_with_key(truth));
	job_await(&truth->job, "indexed", STORED_MS);
	broker_publish("message.voided", broker_void_event(&truth->talk, 5));
	broker_publish("message.created", "no event at all");
	assert_becomes(letter_is_there, NULL, STORED_MS);
	assert_becomes(truth_has_tombstone, truth, STORED_MS);
	assert_becomes(counts_are_right, truth, COUNTED_MS);
	copy_body(api("GET", NULL, "/applications/%s/chats/1/messages/2",
		      truth->talk.token),
		  truth->edited, sizeof(truth->edited));
	copy_body(api("GET", NULL, "/applications/%s", truth->talk.token),
		  truth->application, sizeof(truth->application));
}

struct dead {
	unsigned count;
	char payload[64];
};

static void take_dead(void *context, const struct broker_message *message)
{
	struct dead *dead = context;

	dead->count++;
	snprintf(dead->payload, sizeof(dead->payload), "%s %s",
		 message->payload, message->queue);
}

void truth_assert_letter(void)
{
	struct dead dead = { 0 };

	assert_true(letter_is_there(NULL));
	broker_take("confab.dead", take_dead, &dead);
	assert_int_equal(dead.count, 3);
	assert_non_null(strstr(dead.payload, "no event at all confab."));
}

void truth_assert(const struct truth *truth)
{
	const char *token = truth->talk.token;
	const struct http_reply *reply;

	reply = api("GET", NULL, "/applications/%s", token);
	assert_status(reply, 200);
	assert_string_equal(reply->body, truth->application);
	reply = api("GET", NULL, "/applications/%s/chats/1/messages/2", token);
	assert_status(reply, 200);
	assert_string_equal(reply->body, truth->edited);
	assert_true(job_is(&truth->job, "indexed"));
	assert_true(store_counts_are_right(truth->talk.application));
	assert_int_equal(store_documents(truth->talk.application), 4);
	reply = api("GET", NULL,
		    "/applications/%s/chats/1/messages/search?q=edited", token);
	assert_status(reply, 200);
	assert_header(reply, "X-Search-Engine", "elasticsearch");
	assert_int_equal(reply_count(reply, ""), 1);
}

int truth_repair(void **state)
{
	store_execute("DROP TABLE IF EXISTS kept_messages");
	return fault_repair(state);
}
