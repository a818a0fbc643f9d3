#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/amqp.h"
#include "common/clock.h"
#include "tests/integration/broker.h"
#include "tests/integration/broker_admin.h"
#include "tests/integration/processes.h"
#include "tests/integration/scene.h"
#include "tests/integration/stores.h"

/* The policies of rabbitmq/definitions.json, with one figure made small: a
 * queue that is full loses nothing, and neither does one that gives up. */

#define POSTS 50
#define LINES 12

/* ---- the product's policy ---- */

static const char *const names[] = { "confab.persist", "confab.index",
				     "confab.count", "confab.dead" };

static const struct http_reply *look(const char *queue)
{
	char url[1024];

	snprintf(url, sizeof(url), "%s/api/queues/%%2F/%s",
		 setting("RABBITMQ_MANAGEMENT_URL"), queue);
	return http_send("GET", NULL, NULL, url);
}

/* What the definitions say of that queue, but for one figure. */
static void set_figure(const char *queue, const char *figure, double value)
{
	const struct http_reply *reply = look(queue);
	cJSON *all, *policy;
	char *text;

	assert_status(reply, 200);
	all = cJSON_ParseWithLength(reply->body, reply->length);
	policy = cJSON_GetObjectItemCaseSensitive(
		all, "effective_policy_definition");
	assert_true(cJSON_HasObjectItem(policy, figure));
	cJSON_DeleteItemFromObjectCaseSensitive(policy, figure);
	assert_non_null(cJSON_AddNumberToObject(policy, figure, value));
	text = cJSON_PrintUnformatted(policy);
	assert_non_null(text);
	broker_set_policy(queue, text);
	free(text);
	cJSON_Delete(all);
}

static void test_every_queue_is_bounded(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		const struct http_reply *reply = look(names[i]);
		const char *at = "effective_policy_definition.overflow";

		assert_status(reply, 200);
		assert_string_equal(reply_text(reply, at), "reject-publish");
		at = "effective_policy_definition.max-length";
		assert_in_range(reply_number(reply, at), 1000000, 100000000);
		at = "effective_policy_definition.max-length-bytes";
		assert_true(reply_number(reply, at) >= 1 << 30);
		assert_true(reply_has(reply, "arguments.x-description"));
	}
}

/* ---- full ---- */

struct full {
	struct scene scene;
	uint64_t accepted, last; /* how many, and the highest number */
};

static bool post_is_refused(void *context)
{
	struct full *full = context;
	const struct http_reply *reply = scene_post(&full->scene);

	if (reply->status == 202) {
		full->accepted++;
		full->last = reply_number(reply, "number");
		return false;
	}
	assert_status(reply, 503);
	assert_non_null(http_header(reply, "Retry-After"));
	return true;
}

static bool post_is_accepted(void *context)
{
	return !post_is_refused(context);
}

static bool accepted_are_stored(void *context)
{
	const struct full *full = context;
	uint64_t application = full->scene.talk.application;

	return store_rows(application) >= full->accepted + 1 &&
	       store_documents(application) >= full->accepted + 1 &&
	       store_counts_are_right(application);
}

/* What is refused reaches the other queues, and costs a number: only a batch
 * a second does. */
static void refuse_many(struct full *full)
{
	uint64_t before = full->last;
	int64_t began = clock_monotonic_ms();

	for (int i = 0; i < POSTS; i++)
		assert_true(post_is_refused(full));
	broker_drop_policy();
	assert_becomes(post_is_accepted, full, DRAINED_MS);
	assert_in_range(full->last - before, 1,
			3 + (clock_monotonic_ms() - began) / 1000);
}

static void fill(const char *queue, const char *worker)
{
	struct full full = { .accepted = 0 };

	scene_begin(&full.scene);
	stack_stop(worker);
	set_figure(queue, "max-length", 3);
	assert_becomes(post_is_refused, &full, DRAINED_MS);
	assert_in_range(full.accepted, 1, 1000);
	refuse_many(&full);
	stack_start(worker);
	assert_becomes(accepted_are_stored, &full, DRAINED_MS);
}

static void test_full_queues_refuse(void **state)
{
	(void)state;
	fill("confab.persist", "persister");
	fill("confab.index", "indexer");
	fill("confab.count", "counter");
}

/* ---- dead letters that find no room ---- */

static unsigned ours;

static void count_ours(void *context, const struct broker_message *message)
{
	(void)context;
	ours += strcmp(message->queue, "confab.persist") == 0 &&
		strncmp(message->payload, "no event ", 9) == 0;
}

static bool all_letters_came(void *context)
{
	(void)context;
	broker_take("confab.dead", count_ours, NULL);
	return ours >= LINES;
}

static bool persister_holds_letters(void *context)
{
	return scene_says(context, "persister", "dead_letters_away");
}

static void test_full_dead_letters_are_held(void **state)
{
	struct scene scene;
	char line[32];

	(void)state;
	scene_begin(&scene);
	ours = 0;
	set_figure("confab.dead", "max-length", 1);
	for (unsigned i = 0; i < LINES; i++) {
		snprintf(line, sizeof(line), "no event %u", i);
		broker_publish("message.created", line);
	}
	assert_becomes(persister_holds_letters, &scene, DRAINED_MS);
	assert_becomes(scene_is_accepted, &scene, DRAINED_MS);
	broker_drop_policy();
	assert_becomes(all_letters_came, NULL, DRAINED_MS);
	assert_becomes(scene_is_settled, &scene, DRAINED_MS);
}

/* ---- too many deliveries ---- */

/* One more delivery that is not acknowledged. */
static bool is_given_up(void *context)
{
	struct amqp_delivery *delivery = NULL;
	struct amqp_link *link = NULL;
	struct error error = ERROR_INIT;
	uint32_t ready = 1, consumers;
	enum fault fault =
		amqp_link_new(setting("RABBITMQ_URL"), "test", &link, &error);

	(void)context;
	if (fault == FAULT_NONE)
		fault = amqp_link_queue_depth(link, "confab.persist", &ready,
					      &consumers, &error);
	if (fault == FAULT_NONE)
		fault = amqp_link_consume(link, "confab.persist", 1, &error);
	if (fault == FAULT_NONE)
		fault = amqp_link_receive(link, 1000, &delivery, &error);
	if (fault != FAULT_NONE)
		fail_msg("%s", error.text);
	amqp_link_free(&link);
	amqp_delivery_free(&delivery);
	return ready == 0;
}

static char kept[1024];

static void keep(void *context, const struct broker_message *message)
{
	(void)context;
	if (strcmp(message->reason, "") == 0)
		snprintf(kept, sizeof(kept), "%s", message->payload);
}

static bool letter_is_kept(void *context)
{
	(void)context;
	broker_take("confab.dead", keep, NULL);
	return kept[0] != '\0';
}

/* Without a dead-letter exchange, the broker would drop it. */
static void test_given_up_is_kept(void **state)
{
	struct scene scene;

	(void)state;
	scene_begin(&scene);
	kept[0] = '\0';
	stack_stop("persister");
	set_figure("confab.persist", "delivery-limit", 2);
	assert_status(scene_post(&scene), 202);
	assert_becomes(is_given_up, NULL, DRAINED_MS);
	assert_becomes(letter_is_kept, NULL, DRAINED_MS);
	broker_drop_policy();
	stack_start("persister");
	broker_publish("message.created", kept);
	assert_becomes(scene_is_settled, &scene, DRAINED_MS);
	assert_int_equal(store_rows(scene.talk.application), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_queue_is_bounded),
		cmocka_unit_test_teardown(test_full_queues_refuse, broker_heal),
		cmocka_unit_test_teardown(test_full_dead_letters_are_held,
					  broker_heal),
		cmocka_unit_test_teardown(test_given_up_is_kept, broker_heal),
	};

	return cmocka_run_group_tests_name("broker policies", tests, NULL,
					   NULL);
}
