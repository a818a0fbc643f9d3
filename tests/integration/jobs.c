#include "tests/integration/jobs.h"

#include <stdio.h>
#include <string.h>

struct job job_keep(const struct http_reply *reply)
{
	struct job job = { .base = NULL };

	assert_status(reply, 202);
	reply_copy(reply, "job_id", job.id, sizeof(job.id));
	return job;
}

struct job job_post_chat(const char *token)
{
	return job_keep(api("POST", NULL, "/applications/%s/chats", token));
}

struct job job_post_message(const char *token, const char *text)
{
	char body[128];

	snprintf(body, sizeof(body), "{\"message\":{\"body\":\"%s\"}}", text);
	return job_keep(
		api("POST", body, "/applications/%s/chats/1/messages", token));
}

const struct http_reply *job_show(const struct job *job)
{
	char url[512];

	snprintf(url, sizeof(url), "%s/jobs/%s",
		 job->base ? job->base : setting("CONFAB_API_URL"), job->id);
	return http_send("GET", NULL, NULL, url);
}

bool job_is(const struct job *job, const char *status)
{
	const struct http_reply *reply = job_show(job);

	assert_status(reply, 200);
	return strcmp(reply_text(reply, "status"), status) == 0;
}

static bool job_has_status(void *context)
{
	const struct job *job = context;

	return job_is(job, job->status);
}

void job_await(struct job *job, const char *status, int timeout_ms)
{
	job->status = status;
	assert_becomes(job_has_status, job, timeout_ms);
}
