#include "ctl/seed_post.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/json.h"
#include "ctl/answers.h"
#include "ctl/lanes.h"

#define PATIENCE_S 60

struct posting {
	const struct seed_lane *lane;
	size_t at; /* that is posted now */
	char key[32];
	struct buf body;
};

struct posts {
	struct posting *postings; /* one for each lane */
	size_t accepted;
	void (*done)(void *context, size_t accepted);
	void *context;
};

static bool next(void *context, size_t i, struct http_request *request_r)
{
	struct posts *posts = context;
	struct posting *posting = &posts->postings[i];
	const struct seed_lane *lane = posting->lane;

	if (posting->at >= lane->count)
		return false;
	snprintf(posting->key, sizeof(posting->key), "sample-%zu",
		 posting->at + 1);
	*request_r = (struct http_request){ .method = "POST",
					    .url = lane->url,
					    .idempotency_key = posting->key };
	if (lane->lines == NULL)
		return true;
	buf_clear(&posting->body);
	buf_append_text(&posting->body, "{\"message\":{\"body\":");
	json_append_string(&posting->body, lane->lines[posting->at],
			   strlen(lane->lines[posting->at]));
	buf_append_text(&posting->body, "}}");
	request_r->body = posting->body.data;
	request_r->length = posting->body.length;
	return true;
}

static enum fault answered(void *context, size_t i,
			   const struct http_answer *answer,
			   struct error *error)
{
	struct posts *posts = context;
	struct posting *posting = &posts->postings[i];
	uint64_t number;

	if (answer->status != 202)
		return answers_refusal(answer, error);
	if (!answers_u64(answer, "number", &number))
		return error_set(error, FAULT_PERMANENT, 0,
				 "the API answered without a number");
	if (posting->lane->numbers_r != NULL)
		posting->lane->numbers_r[posting->at] = number;
	posting->at++;
	posts->done(posts->context, ++posts->accepted);
	return FAULT_NONE;
}

enum fault seed_post(struct seed_lane *lanes, size_t count,
		     void (*done)(void *context, size_t accepted),
		     void *context, struct error *error)
{
	struct posts posts = { .done = done, .context = context };
	const struct lanes_work work = { .context = &posts,
					 .count = count,
					 .next = next,
					 .answered = answered };
	enum fault fault;

	posts.postings = calloc(count, sizeof(*posts.postings));
	if (posts.postings == NULL)
		return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	for (size_t i = 0; i < count; i++)
		posts.postings[i].lane = &lanes[i];
	fault = lanes_run(&work, PATIENCE_S, error);
	for (size_t i = 0; i < count; i++)
		buf_release(&posts.postings[i].body);
	free(posts.postings);
	return fault;
}
