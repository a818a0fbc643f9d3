#include "api/pages.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/query.h"
#include "common/event.h"

static bool refuse(struct request *request, const char *detail)
{
	answer_problem(&request->answer, MHD_HTTP_BAD_REQUEST, detail);
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
	buf_append_char(answer_json(&page->request->answer, MHD_HTTP_OK), '[');
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

/* Hex of the parts, joined by '-': opaque to clients, strict to us. */
static bool parse_cursor(struct page *page, const char *text)
{
	for (unsigned i = 0; i < page->cursor_parts; i++) {
		size_t digits = strspn(text, "0123456789abcdef");

		if (digits == 0 || digits > 16 ||
		    (digits > 1 && text[0] == '0'))
			return false;
		page->cursor[i] = strtoull(text, NULL, 16);
		text += digits;
		if (i + 1 < page->cursor_parts && *text++ != '-')
			return false;
	}
	return *text == '\0';
}

bool page_start_cursor(struct page *page, struct request *request,
		       unsigned parts)
{
	enum query_result result;
	char *text = NULL;
	bool good = true;

	if (!start(page, request))
		return false;
	page->cursor_parts = parts;
	result = query_find(request->query, "cursor", &text);
	if (result == QUERY_FOUND)
		good = parse_cursor(page, text);
	free(text);
	if (result == QUERY_BAD || !good)
		return refuse(request, "cursor is not one of ours.");
	open_array(page);
	return true;
}

struct buf *page_next(struct page *page)
{
	struct buf *body = &page->request->answer.body;

	if (page->count == page->limit || body->length > PAGE_BYTES_MAX) {
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
	struct buf *link = &page->request->answer.link;

	buf_append_char(&page->request->answer.body, ']');
	if (!page->more)
		return;
	append_path(page, link);
	buf_printf(link, "?limit=%" PRIu64 "&cursor=", page->limit);
	for (unsigned i = 0; i < page->cursor_parts; i++)
		buf_printf(link, "%s%" PRIx64, i > 0 ? "-" : "",
			   page->cursor[i]);
	buf_append_text(link, ">; rel=\"next\"");
}
