#include "api/search_engine.h"

#include "api/search_query.h"
#include "common/clock.h"

static int64_t time_left(const struct search_request *request)
{
	int64_t left = request->deadline_ms - clock_monotonic_ms();

	return left < SEARCH_ENGINE_TIMEOUT_MS ? left
					       : SEARCH_ENGINE_TIMEOUT_MS;
}

static enum fault send_query(struct elastic *elastic,
			     const struct search_request *request,
			     const struct text_query *query, int timeout_ms,
			     struct elastic_answer *answer_r,
			     struct error *error)
{
	struct buf path = BUF_INIT, body = BUF_INIT;
	int own_ms = timeout_ms - SEARCH_ENGINE_MARGIN_MS;
	enum fault fault;

	search_query_append_path(request, &path);
	search_query_append_body(request, query, own_ms > 0 ? own_ms : 1,
				 &body);
	if (path.failed || body.failed)
		fault = error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	else
		fault = elastic_request(elastic, "POST", path.data, body.data,
					body.length, NULL, timeout_ms, answer_r,
					error);
	buf_release(&path);
	buf_release(&body);
	return fault;
}

static enum fault ask(struct elastic *elastic,
		      const struct search_request *request,
		      const struct text_query *query, int timeout_ms,
		      struct search_result *result, struct error *error)
{
	struct elastic_answer answer = { 0 };
	enum fault fault =
		send_query(elastic, request, query, timeout_ms, &answer, error);

	if (fault != FAULT_NONE)
		return fault;
	if (answer.status != 200) {
		fault = elastic_classify(answer.status);
		return error_set(
			error, fault == FAULT_NONE ? FAULT_PERMANENT : fault,
			(int)answer.status, "_search: HTTP %ld", answer.status);
	}
	return search_query_parse(request, answer.body, answer.length, result,
				  error);
}

/* A request that the engine refuses for good says nothing of its health. */
static enum search_outcome judge(enum fault fault, int64_t took_ms,
				 int64_t timeout_ms)
{
	if (fault == FAULT_NONE || fault == FAULT_PERMANENT)
		return SEARCH_ANSWERED;
	return took_ms >= timeout_ms ? SEARCH_TIMED_OUT : SEARCH_FAILED;
}

enum fault search_engine_run(struct elastic *elastic,
			     struct search_breaker *breaker,
			     const struct search_request *request,
			     const struct text_query *query,
			     struct search_result *result_r,
			     struct error *error)
{
	struct search_result result = SEARCH_RESULT_INIT;
	int64_t start = clock_monotonic_ms();
	int64_t timeout_ms = time_left(request);
	enum fault fault;
	int64_t now;

	if (timeout_ms <= 0 || !search_breaker_admit(breaker, start))
		return error_set(error, FAULT_TEMPORARY, SEARCH_ENGINE_SHUT,
				 "the engine is not asked now");
	fault = ask(elastic, request, query, (int)timeout_ms, &result, error);
	now = clock_monotonic_ms();
	search_breaker_report(breaker, judge(fault, now - start, timeout_ms),
			      now);
	if (fault == FAULT_NONE)
		*result_r = result;
	return fault;
}
