#include "ctl/seed_load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "ctl/answers.h"
#include "ctl/console.h"
#include "ctl/ctl.h"
#include "ctl/progress_bar.h"
#include "ctl/sample_talk.h"
#include "ctl/seed_post.h"

#define TOKEN_SIZE 33

static const char TOKEN_SQL[] =
	"SELECT token FROM applications WHERE name = ? ORDER BY id LIMIT 1";

/* An application while it is loaded. */
struct sample {
	char token[TOKEN_SIZE];
	uint64_t *chats; /* their numbers, in the order of the talk */
};

struct load {
	struct ctl *ctl;
	size_t applications, chats, lines;
	struct sample *samples;
	struct seed_lane *lanes; /* room for as many as there are chats */
	struct progress_bar progress;
};

static bool take_token(void *context, const struct sql_value *columns,
		       size_t count)
{
	char *token = context;

	if (count == 1 && columns[0].type == SQL_TEXT &&
	    columns[0].as.bytes.length == TOKEN_SIZE - 1) {
		memcpy(token, columns[0].as.bytes.data, TOKEN_SIZE - 1);
		token[TOKEN_SIZE - 1] = '\0';
	}
	return false;
}

static enum fault post_application(struct ctl *ctl, const struct buf *body,
				   char token_r[TOKEN_SIZE],
				   struct error *error)
{
	const struct http_request request = { .method = "POST",
					      .body = body->data,
					      .length = body->length };
	struct http_answer answer;
	enum fault fault =
		http_send_to(ctl->http, ctl->settings->api_url, "/applications",
			     &request, &answer, error);

	if (fault != FAULT_NONE)
		return fault;
	if (answer.status != 201)
		return answers_refusal(&answer, error);
	if (!answers_text(&answer, "token", token_r, TOKEN_SIZE))
		return error_set(error, FAULT_PERMANENT, 0,
				 "the API answered without a token");
	return FAULT_NONE;
}

static enum fault create_application(struct ctl *ctl, const char *name,
				     char token_r[TOKEN_SIZE],
				     struct error *error)
{
	struct buf body = BUF_INIT;
	enum fault fault;

	buf_append_text(&body, "{\"application\":{\"name\":");
	json_append_string(&body, name, strlen(name));
	buf_append_text(&body, "}}");
	if (body.failed)
		fault = error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	else
		fault = post_application(ctl, &body, token_r, error);
	buf_release(&body);
	return fault;
}

/* One after the other, since their order is that of the summary. */
static enum fault load_applications(struct load *load, struct error *error)
{
	for (size_t i = 0; i < load->applications; i++) {
		const char *name = sample_talk[i].name;
		char *token = load->samples[i].token;
		const struct sql_value key = sql_text(name, strlen(name));
		enum fault fault = sql_run(load->ctl->sql, TOKEN_SQL, &key, 1,
					   take_token, token, NULL, error);

		if (fault == FAULT_NONE && token[0] == '\0')
			fault = create_application(load->ctl, name, token,
						   error);
		if (fault != FAULT_NONE)
			return fault;
	}
	return FAULT_NONE;
}

/* NULL when memory is out. chat 0: where chats are created. */
static char *lane_url(const struct load *load, size_t i, uint64_t chat)
{
	struct buf path = BUF_INIT, url = BUF_INIT;

	buf_printf(&path, "/applications/%s/chats", load->samples[i].token);
	if (chat != 0) {
		buf_append_char(&path, '/');
		buf_append_u64(&path, chat);
		buf_append_text(&path, "/messages");
	}
	if (!path.failed)
		http_append_url(&url, load->ctl->settings->api_url, path.data);
	buf_release(&path);
	return buf_take(&url, NULL);
}

static void count_accepted(void *context, size_t accepted)
{
	struct load *load = context;

	progress_bar_update(&load->progress, accepted);
}

/* Posts through the first `count` lanes and frees their URLs. */
static enum fault post(struct load *load, size_t count, const char *doing,
		       uint64_t total, struct error *error)
{
	enum fault fault = FAULT_NONE;

	for (size_t i = 0; i < count; i++)
		if (load->lanes[i].url == NULL)
			fault = error_set(error, FAULT_TEMPORARY, 0,
					  "out of memory");
	progress_bar_start(&load->progress, doing, total);
	if (fault == FAULT_NONE)
		fault = seed_post(load->lanes, count, count_accepted, load,
				  error);
	if (fault == FAULT_NONE)
		progress_bar_finish(&load->progress, total);
	for (size_t i = 0; i < count; i++)
		free(load->lanes[i].url);
	return fault;
}

static enum fault load_chats(struct load *load, struct error *error)
{
	for (size_t i = 0; i < load->applications; i++) {
		load->lanes[i] = (struct seed_lane){
			.url = lane_url(load, i, 0),
			.count = sample_talk_count_chats(&sample_talk[i]),
			.numbers_r = load->samples[i].chats,
		};
	}
	return post(load, load->applications, "posting chats", load->chats,
		    error);
}

static enum fault load_lines(struct load *load, struct error *error)
{
	size_t lane = 0;

	for (size_t i = 0; i < load->applications; i++) {
		const char *const *const *chats = sample_talk[i].chats;

		for (size_t k = 0; chats[k] != NULL; k++, lane++)
			load->lanes[lane] = (struct seed_lane){
				.url = lane_url(load, i,
						load->samples[i].chats[k]),
				.lines = chats[k],
				.count = sample_talk_count_lines(chats[k]),
			};
	}
	return post(load, lane, "posting messages", load->lines, error);
}

/* False when memory is out; load_release() in either case. */
static bool load_init(struct load *load, struct ctl *ctl)
{
	bool done;

	*load = (struct load){ .ctl = ctl };
	sample_talk_total(&load->applications, &load->chats, &load->lines);
	load->samples = calloc(load->applications, sizeof(*load->samples));
	load->lanes = calloc(load->chats, sizeof(*load->lanes));
	done = load->samples != NULL && load->lanes != NULL;
	for (size_t i = 0; done && i < load->applications; i++) {
		size_t chats = sample_talk_count_chats(&sample_talk[i]);

		load->samples[i].chats = calloc(chats, sizeof(uint64_t));
		done = load->samples[i].chats != NULL;
	}
	return done;
}

static void load_release(struct load *load)
{
	for (size_t i = 0; load->samples != NULL && i < load->applications; i++)
		free(load->samples[i].chats);
	free(load->samples);
	free(load->lanes);
}

bool seed_load(struct ctl *ctl)
{
	struct error error = ERROR_INIT;
	struct load load;
	enum fault fault;

	if (!load_init(&load, ctl))
		fault = error_set(&error, FAULT_TEMPORARY, 0, "out of memory");
	else
		fault = load_applications(&load, &error);
	if (fault == FAULT_NONE)
		fault = load_chats(&load, &error);
	if (fault == FAULT_NONE)
		fault = load_lines(&load, &error);
	load_release(&load);
	if (fault != FAULT_NONE)
		console_fault("post the sample data", &error);
	return fault == FAULT_NONE;
}
