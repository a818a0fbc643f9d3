#ifndef CONFAB_TESTS_INTEGRATION_SCENE_H
#define CONFAB_TESTS_INTEGRATION_SCENE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "tests/integration/harness.h"

/* One chat with one message, and who was running when it was made: what a test
 * that breaks the broker's topology looks at. */
struct scene {
	struct talk talk;
	pid_t api, ingest, persister;
	int64_t since_ms; /* Unix ms */
};

void scene_begin(struct scene *scene);
/* Posts one more message. */
const struct http_reply *scene_post(const struct scene *scene);
/* It gets a 503 with Retry-After. */
void scene_assert_refused(const struct scene *scene);
/* A line of the service's log since the beginning has the text. */
bool scene_says(const struct scene *scene, const char *service,
		const char *text);
/* Imports the definitions, as an operator would; then one more message is
 * accepted and stored, none of those before were, and nobody was restarted. */
void scene_put_right(struct scene *scene);

/* Conditions; the context is the scene. One more message is accepted; both
 * roles say in /ready that the broker is down; two rows at least, and
 * documents and counts agree with them. */
bool scene_is_accepted(void *scene);
bool scene_is_red(void *scene);
bool scene_is_settled(void *scene);

#endif
