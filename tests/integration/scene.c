#include "tests/integration/scene.h"

#include <string.h>

#include "common/clock.h"
#include "tests/integration/broker_admin.h"
#include "tests/integration/processes.h"
#include "tests/integration/stores.h"

void scene_begin(struct scene *scene)
{
	static const char *const texts[] = { "before" };

	create_talk(&scene->talk, texts, 1);
	scene->api = stack_pid("api");
	scene->ingest = stack_pid("ingest");
	scene->persister = stack_pid("persister");
	scene->since_ms = clock_wall_ms();
}

const struct http_reply *scene_post(const struct scene *scene)
{
	return api("POST", "{\"body\":\"one more\"}",
		   "/applications/%s/chats/1/messages", scene->talk.token);
}

void scene_assert_refused(const struct scene *scene)
{
	const struct http_reply *reply = scene_post(scene);

	assert_status(reply, 503);
	assert_non_null(http_header(reply, "Retry-After"));
}

bool scene_is_accepted(void *context)
{
	return scene_post(context)->status == 202;
}

/* Of both roles, and without a create that would show it. */
bool scene_is_red(void *context)
{
	const struct http_reply *reply = ingest("GET", NULL, "/ready");

	(void)context;
	if (reply->status != 503)
		return false;
	assert_string_equal(reply_text(reply, "dependencies.rabbitmq"), "down");
	return api("GET", NULL, "/ready")->status == 503;
}

bool scene_is_settled(void *context)
{
	const struct scene *scene = context;
	uint64_t rows = store_rows(scene->talk.application);

	return rows >= 2 && store_documents(scene->talk.application) == rows &&
	       store_counts_are_right(scene->talk.application);
}

/* As an operator would; then all works again, and nobody was restarted. */
void scene_put_right(struct scene *scene)
{
	broker_import();
	assert_becomes(scene_is_accepted, scene, DRAINED_MS);
	assert_becomes(scene_is_settled, scene, DRAINED_MS);
	/* what was refused did not happen */
	assert_int_equal(store_rows(scene->talk.application), 2);
	assert_int_equal(stack_pid("api"), scene->api);
	assert_int_equal(stack_pid("ingest"), scene->ingest);
	assert_int_equal(stack_pid("persister"), scene->persister);
}

bool scene_says(const struct scene *scene, const char *service,
		const char *text)
{
	return broker_log_says(service, scene->since_ms, text);
}
