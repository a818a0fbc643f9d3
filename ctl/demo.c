#include "ctl/demo.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "ctl/answers.h"
#include "ctl/console.h"
#include "ctl/ctl.h"

/* How long a message may take to be stored and searchable. */
#define PATIENCE_MS 15000
#define POLL_MS 100

/* A step of the walk. $T in a path is the token, $C the chat's number. Bodies
 * hold no single quote, so that they can be pasted. */
struct step {
	const char *says;
	const char *method;
	const char *path;
	const char *body;  /* or NULL */
	long status;	   /* that is waited for */
	const char *holds; /* what the answer is waited to hold, or NULL */
};

static const struct step steps[] = {
	{ "Create an application. Its token is the key to all that is in it.",
	  "POST", "/applications", "{\"application\":{\"name\":\"Demo\"}}", 201,
	  NULL },
	{ "Create a chat. The number is yours at once; the row follows.",
	  "POST", "/applications/$T/chats", NULL, 202, NULL },
	{ "Post messages; numbers count from 1 in every chat.", "POST",
	  "/applications/$T/chats/$C/messages",
	  "{\"message\":{\"body\":\"Hello from the demo!\"}}", 202, NULL },
	{ NULL, "POST", "/applications/$T/chats/$C/messages",
	  "{\"message\":{\"body\":\"Shall we meet in the café?\"}}", 202,
	  NULL },
	{ NULL, "POST", "/applications/$T/chats/$C/messages",
	  "{\"message\":{\"body\":\"Yes, at ten. こんにちは!\"}}", 202, NULL },
	{ "Read the chat.", "GET", "/applications/$T/chats/$C/messages", NULL,
	  200, "\"number\":3" },
	{ "Read one message.", "GET", "/applications/$T/chats/$C/messages/2",
	  NULL, 200, NULL },
	{ "Edit a message.", "PATCH", "/applications/$T/chats/$C/messages/3",
	  "{\"message\":{\"body\":\"Yes, at eleven. こんにちは!\"}}", 200,
	  NULL },
	{ "Search by word start; case and accents make no difference.", "GET",
	  "/applications/$T/chats/$C/messages/search?q=CAF", NULL, 200,
	  "\"number\":2" },
	{ "The edit is searchable, too.", "GET",
	  "/applications/$T/chats/$C/messages/search?q=eleven", NULL, 200,
	  "\"number\":3" },
	{ "The counts follow within seconds.", "GET", "/applications/$T", NULL,
	  200, "\"messages_count\":3" },
};

struct demo {
	struct ctl *ctl;
	char token[33];
	uint64_t chat;
	struct buf path, url;
};

static void fill_path(struct demo *demo, const char *pattern)
{
	buf_clear(&demo->path);
	for (; *pattern != '\0'; pattern++) {
		if (*pattern != '$')
			buf_append_char(&demo->path, *pattern);
		else if (*++pattern == 'T')
			buf_append_text(&demo->path, demo->token);
		else
			buf_append_u64(&demo->path, demo->chat);
	}
}

static void print_curl(const struct demo *demo, const struct step *step)
{
	if (step->says != NULL)
		printf("\n# %s\n", step->says);
	fputs("curl", stdout);
	if (strcmp(step->method, "GET") != 0)
		printf(" -X %s", step->method);
	if (step->body != NULL)
		printf(" -H 'Content-Type: application/json' -d '%s'",
		       step->body);
	printf(" '%s'\n", demo->url.data);
	fflush(stdout);
}

static bool fits(const struct step *step, const struct http_answer *answer)
{
	return answer->status == step->status &&
	       (step->holds == NULL ||
		strstr(answer->body, step->holds) != NULL);
}

static enum fault explain(const struct step *step,
			  const struct http_answer *answer, struct error *error)
{
	if (answer->status != step->status)
		return answers_refusal(answer, error);
	return error_set(error, FAULT_TEMPORARY, 0,
			 "what was posted does not show up; "
			 "see confabctl health");
}

/* A GET that comes too early is asked again; what is shown is the answer that
 * was waited for. */
static enum fault perform(struct demo *demo, const struct step *step,
			  struct http_answer *answer_r, struct error *error)
{
	const struct http_request request = {
		.method = step->method,
		.url = demo->url.data,
		.body = step->body,
		.length = step->body != NULL ? strlen(step->body) : 0,
	};
	int64_t deadline = clock_monotonic_ms() + PATIENCE_MS;

	for (;;) {
		enum fault fault =
			http_send(demo->ctl->http, &request, answer_r, error);

		if (fault != FAULT_NONE || fits(step, answer_r))
			return fault;
		if (strcmp(step->method, "POST") == 0 ||
		    clock_monotonic_ms() >= deadline)
			return explain(step, answer_r, error);
		clock_sleep_ms(POLL_MS);
	}
}

/* Takes what later steps name. */
static void remember(struct demo *demo, const struct http_answer *answer)
{
	if (demo->token[0] == '\0' &&
	    !answers_text(answer, "token", demo->token, sizeof(demo->token)))
		demo->token[0] = '\0';
	else if (demo->chat == 0 && !answers_u64(answer, "number", &demo->chat))
		demo->chat = 0;
}

static enum fault run_step(struct demo *demo, const struct step *step,
			   struct error *error)
{
	struct http_answer answer;
	enum fault fault;

	fill_path(demo, step->path);
	if (demo->path.failed)
		return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	buf_clear(&demo->url);
	http_append_url(&demo->url, demo->ctl->settings->api_url,
			demo->path.data);
	if (demo->url.failed)
		return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	print_curl(demo, step);
	fault = perform(demo, step, &answer, error);
	if (fault != FAULT_NONE)
		return fault;
	printf("%ld %s\n", answer.status, answer.body);
	remember(demo, &answer);
	return FAULT_NONE;
}

enum ctl_exit demo_run(struct ctl *ctl)
{
	struct demo demo = { .ctl = ctl, .path = BUF_INIT, .url = BUF_INIT };
	struct error error = ERROR_INIT;
	enum fault fault = FAULT_NONE;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		fault = run_step(&demo, &steps[i], &error);
		if (fault != FAULT_NONE)
			break;
	}
	buf_release(&demo.path);
	buf_release(&demo.url);
	if (fault == FAULT_NONE)
		return CTL_DONE;
	console_fault("go on with the walk", &error);
	return CTL_FAILED;
}
