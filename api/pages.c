#include "api/pages.h"
#include "api/status.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/cursor.h"
#include "api/query.h"
#include "api/server.h"

static bool refuse(struct request *request, const char *detail)
{
	answer_problem(&request->answer, HTTP_BAD_REQUEST, detail);
	return false;
}

static bool start(struct page *page, struct request *request)
{
	memset(page, 0, sizeof(*page));
	page->request = request;
	page->limit = PAGE_LIMIT_MAX;
	if (query_number(request->query, "limit", 1, PAGE_LIMIT_MAX,
			 &page->limit) == QUERY_BAD)
		return refuse(request, "limit must be 1 to 1000.");
	return true;
}

static void open_array(struct page *page)
{
	buf_append_char(answer_json(&page->request->answer, HTTP_OK), '[');
}

bool page_start(struct page *page, struct request *request)
{
	const char *query = request->query;

	if (!start(page, request))
		return false;
	if (query_number(query, "after", 0, EVENT_NUMBER_MAX, &page->after) ==
	    QUERY_BAD)
		return refuse(request, "after must be a number.");
	if (query_number(query, "before", 1, EVENT_NUMBER_MAX, &page->before) ==
	    QUERY_BAD)
		return refuse(request, "before must be a number.");
	if (query_choice(query, "order", "asc", "desc", &page->descending) ==
	    QUERY_BAD)
		return refuse(request, "order must be asc or desc.");
	page->last_number = page->after;
	open_array(page);
	return true;
}

static struct seal_scope scope_of(const struct page *page)
{
	return (struct seal_scope){ page->list, strlen(page->list) };
}

static bool read_cursor(struct page *page)
{
	struct request *request = page->request;
	enum cursor_result result = CURSOR_FOREIGN;
	char *text = NULL;

	switch (query_find(request->query, "cursor", &text)) {
	case QUERY_ABSENT:
		return true;
	case QUERY_FOUND:
		result = cursor_decode(request->server->job_key, scope_of(page),
				       text, strlen(text), page->cursor,
				       page->cursor_parts);
		break;
	case QUERY_BAD:
		break;
	case QUERY_NO_MEMORY:
		answer_unavailable(&request->answer,
				   "The server is out of memory.");
		return false;
	}
	free(text);
	if (result == CURSOR_NO_KEY)
		answer_unavailable(&request->answer, "The server is starting.");
	return result == CURSOR_GOOD ||
	       (result == CURSOR_FOREIGN &&
		refuse(request, "cursor is not one of this list."));
}

bool page_start_cursor(struct page *page, struct request *request,
		       const char *list, unsigned parts)
{
	if (!start(page, request))
		return false;
	page->list = list;
	page->cursor_parts = parts;
	if (!read_cursor(page))
		return false;
	open_array(page);
	return true;
}

struct buf *page_next(struct page *page)
{
	struct buf *body = &page->request->answer.body;

	if (page->count == page->limit ||
	    body->length + PAGE_ROW_BYTES_MAX > PAGE_BYTES_MAX) {
		page->more = true;
		return NULL;
	}
	if (page->count++ > 0)
		buf_append_char(body, ',');
	return body;
}

/* The path as the client knows it, without a trailing slash. */
static void append_path(struct page *page, struct buf *link)
{
	const char *path = page->request->target;
	size_t length = strlen(path);

	while (length > 1 && path[length - 1] == '/')
		length--;
	buf_append_char(link, '<');
	buf_append(link, path, length);
}

static void link_next(struct page *page)
{
	struct buf *link = &page->request->answer.link;

	append_path(page, link);
	buf_printf(link, "?limit=%" PRIu64, page->limit);
	if (page->descending)
		buf_printf(link, "&order=desc&before=%" PRIu64,
			   page->last_number);
	if (!page->descending || page->after > 0)
		buf_printf(link, "&after=%" PRIu64,
			   page->descending ? page->after : page->last_number);
	if (!page->descending && page->before > 0)
		buf_printf(link, "&before=%" PRIu64, page->before);
	buf_append_text(link, ">; rel=\"next\"");
}

void page_end(struct page *page)
{
	buf_append_char(&page->request->answer.body, ']');
	if (page->more)
		link_next(page);
}

void page_end_at_hole(struct page *page)
{
	page->more = true;
	page_end(page);
	page->request->answer.retry_after_s = 1;
}

void page_end_cursor(struct page *page)
{
	struct answer *answer = &page->request->answer;
	struct job_key *key = page->request->server->job_key;

	buf_append_char(&answer->body, ']');
	if (!page->more)
		return;
	append_path(page, &answer->link);
	buf_printf(&answer->link, "?limit=%" PRIu64 "&cursor=", page->limit);
	if (!cursor_encode(key, scope_of(page), page->cursor,
			   page->cursor_parts, &answer->link)) {
		buf_clear(&answer->link);
		answer_unavailable(answer, "The server is starting.");
		return;
	}
	buf_append_text(&answer->link, ">; rel=\"next\"");
}
