#include "ctl/message_pages.h"

#include "ctl/query.h"

/* Written out by columns, since neither server reads a range of the key for
 * the shorter (a, b, c) > (?, ?, ?). */
static const char PAGE_SQL[] =
	"SELECT application_id, chat_number, number, generation,"
	" revision, body, created_at, updated_at FROM messages"
	" WHERE application_id > ?"
	" OR (application_id = ? AND chat_number > ?)"
	" OR (application_id = ? AND chat_number = ? AND number > ?)"
	" ORDER BY application_id, chat_number, number LIMIT 1000";

struct page {
	struct message_pages *pages;
	bool (*take)(void *context, const struct event *event);
	void *context;
	size_t rows;
};

static bool take_row(void *context, const struct sql_value *columns,
		     size_t count)
{
	struct page *page = context;
	struct event event = { .type = EVENT_MESSAGE_CREATED };

	if (count != 8)
		return false;
	event.application_id = query_value_u64(&columns[0]);
	event.chat_number = query_value_u64(&columns[1]);
	event.number = query_value_u64(&columns[2]);
	event.generation = (uint32_t)query_value_u64(&columns[3]);
	event.revision = (uint32_t)query_value_u64(&columns[4]);
	event.body = columns[5].as.bytes.data;
	event.body_length = columns[5].as.bytes.length;
	event.created_at_ms = columns[6].as.i64;
	event.at_ms = event.created_at_ms;
	if (event.revision > 1) {
		event.type = EVENT_MESSAGE_UPDATED;
		event.at_ms = columns[7].as.i64;
	}
	page->pages->application_id = event.application_id;
	page->pages->chat_number = event.chat_number;
	page->pages->number = event.number;
	page->rows++;
	return page->take(page->context, &event);
}

enum fault message_pages_next(struct message_pages *pages,
			      bool (*take)(void *context, const struct event *),
			      void *context, size_t *rows_r,
			      struct error *error)
{
	struct page page = { pages, take, context, 0 };
	const struct sql_value params[] = {
		sql_u64(pages->application_id), sql_u64(pages->application_id),
		sql_u64(pages->chat_number),	sql_u64(pages->application_id),
		sql_u64(pages->chat_number),	sql_u64(pages->number),
	};
	enum fault fault = sql_run(pages->sql, PAGE_SQL, params, 6, take_row,
				   &page, NULL, error);

	if (fault == FAULT_NONE)
		*rows_r = page.rows;
	return fault;
}
