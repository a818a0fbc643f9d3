#include "ctl/lanes.h"

#include <stdint.h>
#include <stdlib.h>

#include "common/clock.h"

#define CONNECTIONS 16L
#define POLL_MS 100
#define AGAIN_MS 500 /* where the answer did not say when */

enum lane_state { LANE_DUE, LANE_FLYING, LANE_DONE };

struct lane {
	struct http *http;
	struct http_request request;
	enum lane_state state;
	bool again; /* `request` is to be sent once more */
	int64_t due_ms;
};

struct lanes {
	const struct lanes_work *work;
	CURLM *multi;
	struct lane *lane; /* work->count of them */
	size_t open;	   /* lanes that are not done */
	int64_t step_ms;   /* when a lane last made a step */
};

static enum fault lanes_open(struct lanes *lanes, struct error *error)
{
	size_t count = lanes->work->count;

	lanes->lane = calloc(count, sizeof(*lanes->lane));
	lanes->multi = curl_multi_init();
	if (lanes->lane == NULL || lanes->multi == NULL)
		return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	(void)curl_multi_setopt(lanes->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS,
				CONNECTIONS);
	for (size_t i = 0; i < count; i++) {
		lanes->lane[i].http = http_new();
		if (lanes->lane[i].http == NULL)
			return error_set(error, FAULT_TEMPORARY, 0,
					 "out of memory");
	}
	lanes->open = count;
	lanes->step_ms = clock_monotonic_ms();
	return FAULT_NONE;
}

static void lanes_close(struct lanes *lanes)
{
	for (size_t i = 0; lanes->lane != NULL && i < lanes->work->count; i++)
		http_free(&lanes->lane[i].http);
	free(lanes->lane);
	/* The easy handles took themselves out when they were freed. */
	if (lanes->multi != NULL)
		(void)curl_multi_cleanup(lanes->multi);
}

static enum fault start(struct lanes *lanes, size_t i, struct error *error)
{
	const struct lanes_work *work = lanes->work;
	struct lane *lane = &lanes->lane[i];
	CURL *curl;

	if (!lane->again && !work->next(work->context, i, &lane->request)) {
		lane->state = LANE_DONE;
		lanes->open--;
		return FAULT_NONE;
	}
	lane->again = false;
	curl = http_prepare(lane->http, &lane->request);
	if (curl == NULL ||
	    curl_easy_setopt(curl, CURLOPT_PRIVATE, (char *)lane) != CURLE_OK ||
	    curl_multi_add_handle(lanes->multi, curl) != CURLM_OK)
		return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	lane->state = LANE_FLYING;
	return FAULT_NONE;
}

static enum fault start_due(struct lanes *lanes, struct error *error)
{
	int64_t now = clock_monotonic_ms();

	for (size_t i = 0; i < lanes->work->count; i++) {
		enum fault fault;

		if (lanes->lane[i].state != LANE_DUE ||
		    lanes->lane[i].due_ms > now)
			continue;
		fault = start(lanes, i, error);
		if (fault != FAULT_NONE)
			return fault;
	}
	return FAULT_NONE;
}

/* Takes one finished request off. */
static enum fault land(struct lanes *lanes, CURL *curl, CURLcode code,
		       struct error *error)
{
	const struct lanes_work *work = lanes->work;
	struct http_answer answer = { 0 };
	struct lane *lane = NULL;
	enum fault fault;

	(void)curl_easy_getinfo(curl, CURLINFO_PRIVATE, (char **)&lane);
	(void)curl_multi_remove_handle(lanes->multi, curl);
	fault = http_finish(lane->http, code, &answer, error);
	if (fault == FAULT_NONE)
		fault = work->answered(work->context,
				       (size_t)(lane - lanes->lane), &answer,
				       error);
	lane->state = LANE_DUE;
	switch (fault) {
	case FAULT_NONE:
		lanes->step_ms = clock_monotonic_ms();
		return FAULT_NONE;
	case FAULT_TEMPORARY:
	case FAULT_UNSURE:
		lane->again = true;
		lane->due_ms =
			clock_monotonic_ms() +
			(answer.retry_after_s > 0 ? answer.retry_after_s * 1000
						  : AGAIN_MS);
		return FAULT_NONE;
	default:
		return fault;
	}
}

static enum fault land_finished(struct lanes *lanes, struct error *error)
{
	enum fault fault = FAULT_NONE;
	const CURLMsg *message;
	int left;

	while (fault == FAULT_NONE &&
	       (message = curl_multi_info_read(lanes->multi, &left)) != NULL)
		if (message->msg == CURLMSG_DONE)
			fault = land(lanes, message->easy_handle,
				     message->data.result, error);
	return fault;
}

static enum fault lanes_turn(struct lanes *lanes, struct error *error)
{
	enum fault fault = start_due(lanes, error);
	int running;

	if (fault != FAULT_NONE)
		return fault;
	/* Returns at once when a request was just added. */
	if (curl_multi_poll(lanes->multi, NULL, 0, POLL_MS, NULL) != CURLM_OK ||
	    curl_multi_perform(lanes->multi, &running) != CURLM_OK)
		return error_set(error, FAULT_BUG, 0, "libcurl cannot go on");
	return land_finished(lanes, error);
}

static enum fault lanes_loop(struct lanes *lanes, int64_t patience_ms,
			     struct error *error)
{
	while (lanes->open > 0) {
		enum fault fault = lanes_turn(lanes, error);

		if (fault != FAULT_NONE)
			return fault;
		if (clock_monotonic_ms() - lanes->step_ms <= patience_ms)
			continue;
		/* *error still holds why the last attempt failed. */
		if (error->fault != FAULT_NONE)
			return error->fault;
		return error_set(error, FAULT_UNSURE, 0,
				 "no answer for too long");
	}
	return FAULT_NONE;
}

enum fault lanes_run(const struct lanes_work *work, int patience_s,
		     struct error *error)
{
	struct lanes lanes = { .work = work };
	enum fault fault = lanes_open(&lanes, error);

	if (fault == FAULT_NONE)
		fault = lanes_loop(&lanes, (int64_t)patience_s * 1000, error);
	lanes_close(&lanes);
	return fault;
}
