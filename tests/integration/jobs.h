#ifndef CONFAB_TESTS_INTEGRATION_JOBS_H
#define CONFAB_TESTS_INTEGRATION_JOBS_H

#include "tests/integration/harness.h"

/* What a create's job_id says at GET /jobs/:job_id. */

struct job {
	char id[256];
	const char *base;   /* of another API process, or NULL */
	const char *status; /* job_await()'s own */
};

/* Of a create's answer, which must be a 202. */
struct job job_keep(const struct http_reply *reply);
struct job job_post_chat(const char *token);
/* In the application's first chat; the text needs no escapes. */
struct job job_post_message(const char *token, const char *text);

const struct http_reply *job_show(const struct job *job);
/* The test fails when there is no such job. */
bool job_is(const struct job *job, const char *status);
/* Waits until it has that status. */
void job_await(struct job *job, const char *status, int timeout_ms);

#endif
