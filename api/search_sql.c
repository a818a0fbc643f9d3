#include "api/search_sql.h"

#include "api/pages.h"
#include "api/search_top.h"
#include "common/clock.h"
#include "common/text_match.h"

#define COLUMNS "application_id, chat_number, number, created_at, body"

enum column {
	COLUMN_APPLICATION,
	COLUMN_CHAT,
	COLUMN_NUMBER,
	COLUMN_CREATED_AT,
	COLUMN_BODY,
	COLUMN_COUNT
};

static const char select_chat[] =
	"SELECT " COLUMNS " FROM messages"
	" WHERE application_id = ? AND chat_number = ? AND number < ?"
	" ORDER BY number DESC LIMIT ?";

static const char select_application[] =
	"SELECT " COLUMNS " FROM messages"
	" WHERE application_id = ? AND"
	" (chat_number < ? OR (chat_number = ? AND number < ?))"
	" ORDER BY chat_number DESC, number DESC LIMIT ?";

static const char select_system[] =
	"SELECT " COLUMNS " FROM messages"
	" WHERE application_id < ? OR (application_id = ? AND"
	" (chat_number < ? OR (chat_number = ? AND number < ?)))"
	" ORDER BY application_id DESC, chat_number DESC, number DESC LIMIT ?";

struct scan {
	const struct search_request *request;
	const struct text_query *query;
	struct text_matcher matcher;
	struct search_top top;
	struct search_place at; /* the row that was read last */
	size_t rows, page_rows;
	int64_t deadline_ms;
	bool late;   /* the deadline has passed */
	bool failed; /* memory ran out */
};

/* ---- rows ---- */

static bool is_after(const struct search_request *request,
		     const struct search_place *place)
{
	return request->after.score <= 0 ||
	       search_place_compare(place, &request->after) > 0;
}

static bool match_row(struct scan *scan, const char *body, size_t length)
{
	struct search_place place = scan->at;
	enum text_verdict verdict = text_match(&scan->matcher, scan->query,
					       body, length, &place.score);

	if (verdict == TEXT_NO_MEMORY)
		return false;
	if (verdict == TEXT_MISS || !is_after(scan->request, &place))
		return true;
	search_top_add(&scan->top, &place);
	return true;
}

static bool take_row(void *context, const struct sql_value *columns,
		     size_t count)
{
	struct scan *scan = context;
	const struct sql_value *body = &columns[COLUMN_BODY];

	(void)count;
	scan->at = (struct search_place){
		.application_id = columns[COLUMN_APPLICATION].as.u64,
		.chat_number = columns[COLUMN_CHAT].as.u64,
		.number = columns[COLUMN_NUMBER].as.u64,
		.created_at_ms = columns[COLUMN_CREATED_AT].as.i64,
	};
	scan->rows++;
	scan->page_rows++;
	if (!match_row(scan, body->as.bytes.data, body->as.bytes.length))
		scan->failed = true;
	scan->late = clock_monotonic_ms() >= scan->deadline_ms;
	return !scan->failed && !scan->late;
}

/* ---- pages ---- */

static enum fault read_page(struct sql *sql, struct scan *scan, size_t rows,
			    struct error *error)
{
	const struct search_place *at = &scan->at;
	struct sql_value application = sql_u64(at->application_id);
	struct sql_value chat = sql_u64(at->chat_number);
	struct sql_value number = sql_u64(at->number);
	struct sql_value limit = sql_u64(rows);

	scan->page_rows = 0;
	if (scan->request->application_id && scan->request->chat_number) {
		struct sql_value in_chat[] = { application, chat, number,
					       limit };

		return sql_run(sql, select_chat, in_chat, 4, take_row, scan,
			       NULL, error);
	}
	if (scan->request->application_id) {
		struct sql_value in_application[] = { application, chat, chat,
						      number, limit };

		return sql_run(sql, select_application, in_application, 5,
			       take_row, scan, NULL, error);
	}
	struct sql_value in_system[] = { application, application, chat,
					 chat,	      number,	   limit };

	return sql_run(sql, select_system, in_system, 6, take_row, scan, NULL,
		       error);
}

static size_t next_page_rows(const struct scan *scan)
{
	size_t left = SEARCH_SQL_ROWS_MAX - scan->rows;

	return left < PAGE_TEXT_ROWS ? left : PAGE_TEXT_ROWS;
}

/* Reads until the scope or a bound ends. */
static enum fault read_pages(struct sql *sql, struct scan *scan,
			     bool *truncated_r, struct error *error)
{
	size_t rows;
	enum fault fault;

	do {
		rows = next_page_rows(scan);
		if (rows == 0) {
			*truncated_r = true;
			return FAULT_NONE;
		}
		fault = read_page(sql, scan, rows, error);
		if (fault != FAULT_NONE)
			return fault;
		if (scan->failed)
			return error_set(error, FAULT_TEMPORARY, 0,
					 "out of memory");
	} while (scan->page_rows == rows && !scan->late);
	*truncated_r = scan->late;
	return FAULT_NONE;
}

/* ---- the search ---- */

static bool scan_init(struct scan *scan, const struct search_request *request,
		      const struct text_query *query)
{
	int64_t latest = clock_monotonic_ms() + SEARCH_SQL_TIMEOUT_MS;
	uint64_t application = request->application_id;
	uint64_t chat = request->chat_number;

	*scan = (struct scan){
		.request = request,
		.query = query,
		.matcher = TEXT_MATCHER_INIT,
		.at = { .application_id =
				application ? application : UINT64_MAX,
			.chat_number = chat ? chat : UINT64_MAX,
			.number = UINT64_MAX },
		.deadline_ms = request->deadline_ms < latest
				       ? request->deadline_ms
				       : latest,
	};
	return search_top_init(&scan->top, request->limit);
}

enum fault search_sql_run(struct sql *sql, const struct search_request *request,
			  const struct text_query *query,
			  struct search_result *result_r, struct error *error)
{
	struct scan scan;
	struct search_result result = SEARCH_RESULT_INIT;
	enum fault fault;

	if (!scan_init(&scan, request, query))
		return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	fault = read_pages(sql, &scan, &result.truncated, error);
	if (fault == FAULT_NONE) {
		search_top_finish(&scan.top, &result);
		*result_r = result;
	}
	search_top_release(&scan.top);
	text_matcher_release(&scan.matcher);
	return fault;
}
