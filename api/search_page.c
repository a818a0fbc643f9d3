#include "api/search_page.h"

#include <string.h>

#include "api/pages.h"
#include "api/search_documents.h"
#include "api/search_engine.h"
#include "api/system_lists.h"
#include "common/clock.h"
#include "common/text_highlight.h"
#include "common/text_match.h"

#define KEY "(?,?,?)"
#define KEYS_4 KEY "," KEY "," KEY "," KEY
#define KEYS_16 KEYS_4 "," KEYS_4 "," KEYS_4 "," KEYS_4
#define FEW_ROWS 4u
#define KEY_PARTS 3u

#define ESCAPED_BYTES 6u    /* of a byte in JSON at the most: \u00xx */
#define MEMBERS_BYTES 1024u /* of a hit without its texts, at the most */

/* The rows come first, by their keys, and each one's tenant after it. */
#define SELECT_ROWS(keys)                                                      \
	"SELECT STRAIGHT_JOIN m.application_id, m.chat_number, m.number,"      \
	" m.revision, a.token, m.body"                                         \
	" FROM messages AS m FORCE INDEX (PRIMARY)"                            \
	" JOIN applications AS a ON a.id = m.application_id"                   \
	" WHERE (m.application_id, m.chat_number, m.number) IN (" keys ")"

static const char select_few[] = SELECT_ROWS(KEYS_4);
static const char select_many[] = SELECT_ROWS(KEYS_16 "," KEYS_16);

enum column {
	COLUMN_APPLICATION,
	COLUMN_CHAT,
	COLUMN_NUMBER,
	COLUMN_REVISION,
	COLUMN_TOKEN,
	COLUMN_BODY
};

/* A row, or a document; its text is in the memory of all. */
struct row {
	char token[REQUEST_TOKEN_LENGTH + 1]; /* "" of a document */
	uint64_t revision;		      /* 0: not known */
	size_t at, length;		      /* 0: there is none */
};

struct reading {
	struct search_page *page;
	const struct search_place *places; /* that are read now */
	size_t count;
	struct row rows[SEARCH_PAGE_ROWS];
	struct buf texts;
	struct text_matcher matcher;
	struct buf highlight;
	enum fault sql_fault; /* once it fails, the rest does without */
	bool full;
};

/* ---- rows ---- */

static bool is_at(const struct search_place *place,
		  const struct sql_value *columns)
{
	return place->number == columns[COLUMN_NUMBER].as.u64 &&
	       place->chat_number == columns[COLUMN_CHAT].as.u64 &&
	       place->application_id == columns[COLUMN_APPLICATION].as.u64;
}

static void keep(struct reading *reading, struct row *row, const char *text,
		 size_t length)
{
	row->at = reading->texts.length;
	row->length = length;
	buf_append(&reading->texts, text, length);
}

/* Rows come in the order of their keys. */
static bool take_row(void *context, const struct sql_value *columns,
		     size_t count)
{
	struct reading *reading = context;
	const struct sql_value *body = &columns[COLUMN_BODY];
	size_t i = 0;
	struct row *row;

	(void)count;
	while (i < reading->count && !is_at(&reading->places[i], columns))
		i++;
	if (i == reading->count)
		return true;
	row = &reading->rows[i];
	system_lists_copy_token(&columns[COLUMN_TOKEN], row->token);
	row->revision = columns[COLUMN_REVISION].as.u64;
	keep(reading, row, body->as.bytes.data, body->as.bytes.length);
	return !reading->texts.failed;
}

/* Keys of zeros, which no row has, fill the statement up. */
static enum fault read_rows(struct reading *reading, struct sql *sql,
			    struct error *error)
{
	bool few = reading->count <= FEW_ROWS;
	size_t keys = few ? FEW_ROWS : SEARCH_PAGE_ROWS;
	struct sql_value values[SEARCH_PAGE_ROWS * KEY_PARTS];

	for (size_t i = 0; i < keys; i++) {
		struct search_place place = { 0 };

		if (i < reading->count)
			place = reading->places[i];
		values[i * KEY_PARTS] = sql_u64(place.application_id);
		values[i * KEY_PARTS + 1] = sql_u64(place.chat_number);
		values[i * KEY_PARTS + 2] = sql_u64(place.number);
	}
	return sql_run(sql, few ? select_few : select_many, values,
		       keys * KEY_PARTS, take_row, reading, NULL, error);
}

/* ---- documents ---- */

struct wanted {
	struct reading *reading;
	struct search_place places[SEARCH_PAGE_ROWS];
	struct row *rows[SEARCH_PAGE_ROWS];
	size_t count;
};

static void take_document(void *context, size_t i, const char *text,
			  size_t length)
{
	struct wanted *wanted = context;

	keep(wanted->reading, wanted->rows[i], text, length);
}

/* A tenant's token is in SQL alone: searches that show it do without. */
static void read_documents(struct reading *reading)
{
	struct search_page *page = reading->page;
	int64_t left = page->request->deadline_ms - clock_monotonic_ms();
	struct wanted wanted = { .reading = reading };

	if (!page->elastic || page->request->application_id == 0)
		return;
	for (size_t i = 0; i < reading->count; i++)
		if (reading->rows[i].length == 0) {
			wanted.places[wanted.count] = reading->places[i];
			wanted.rows[wanted.count++] = &reading->rows[i];
		}
	if (wanted.count == 0)
		return;
	if (left > SEARCH_ENGINE_TIMEOUT_MS)
		left = SEARCH_ENGINE_TIMEOUT_MS;
	if (left <= 0 ||
	    search_documents_read(page->elastic, wanted.places, wanted.count,
				  (int)left, take_document, &wanted,
				  NULL) != FAULT_NONE)
		page->truncated = true;
}

static enum fault read_texts(struct reading *reading, struct sql *sql,
			     struct error *error)
{
	struct search_page *page = reading->page;

	memset(reading->rows, 0, sizeof(reading->rows));
	buf_clear(&reading->texts);
	if (reading->sql_fault == FAULT_NONE)
		reading->sql_fault = read_rows(reading, sql, error);
	read_documents(reading);
	if (reading->texts.failed)
		return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	/* without SQL a page needs all of its texts from the engine */
	if (!page->elastic || page->request->application_id == 0 ||
	    page->truncated)
		return reading->sql_fault;
	return FAULT_NONE;
}

/* ---- hits ---- */

/* Whatever found the place has seen the only text of a row that was never
 * edited. */
static enum text_verdict judge(struct reading *reading, const struct row *row)
{
	const char *text = reading->texts.data + row->at;
	float score;

	if (row->length == 0)
		return TEXT_MISS;
	if (row->revision == 1)
		return TEXT_HIT;
	return text_match(&reading->matcher, reading->page->query, text,
			  row->length, &score);
}

static bool make_highlight(struct reading *reading, const struct row *row)
{
	buf_clear(&reading->highlight);
	return !reading->page->request->highlight ||
	       text_highlight(reading->page->query,
			      reading->texts.data + row->at, row->length,
			      &reading->highlight);
}

/* A page has one hit at the least. */
static bool has_room(const struct reading *reading, const struct row *row)
{
	size_t length = reading->page->out->length;
	size_t most = ESCAPED_BYTES * (row->length + reading->highlight.length);

	return length <= 1 || length + most + MEMBERS_BYTES <= PAGE_BYTES_MAX;
}

static void render(struct reading *reading, const struct search_place *place,
		   const struct row *row)
{
	struct search_page *page = reading->page;
	struct record record = {
		.token = row->token,
		.chat_number = place->chat_number,
		.number = place->number,
		.body = reading->texts.data + row->at,
		.body_length = row->length,
		.created_at_ms = place->created_at_ms,
		.score = (double)place->score,
		.highlight = reading->highlight.data,
		.highlight_length = reading->highlight.length,
	};

	if (!page->request->highlight)
		record.highlight = NULL;
	if (page->out->length > 1)
		buf_append_char(page->out, ',');
	dialect_render(page->shape, &record, page->out);
}

static enum fault write_rows(struct reading *reading, struct error *error)
{
	for (size_t i = 0; i < reading->count; i++) {
		const struct row *row = &reading->rows[i];
		enum text_verdict verdict = judge(reading, row);

		if (verdict == TEXT_HIT && !make_highlight(reading, row))
			verdict = TEXT_NO_MEMORY;
		if (verdict == TEXT_NO_MEMORY)
			return error_set(error, FAULT_TEMPORARY, 0,
					 "out of memory");
		if (verdict == TEXT_HIT) {
			reading->full = !has_room(reading, row);
			if (reading->full)
				break;
			render(reading, &reading->places[i], row);
		}
		reading->page->passed++;
	}
	return FAULT_NONE;
}

/* ---- the page ---- */

static enum fault write_all(struct reading *reading, struct sql *sql,
			    const struct search_result *result,
			    struct error *error)
{
	enum fault fault = FAULT_NONE;

	while (fault == FAULT_NONE && !reading->full &&
	       reading->page->passed < result->count) {
		size_t left = result->count - reading->page->passed;

		reading->places = result->places + reading->page->passed;
		reading->count =
			left < SEARCH_PAGE_ROWS ? left : SEARCH_PAGE_ROWS;
		fault = read_texts(reading, sql, error);
		if (fault == FAULT_NONE)
			fault = write_rows(reading, error);
	}
	return fault;
}

enum fault search_page_write(struct search_page *page, struct sql *sql,
			     const struct search_result *result,
			     struct error *error)
{
	struct reading reading = {
		.page = page,
		.texts = BUF_INIT,
		.matcher = TEXT_MATCHER_INIT,
		.highlight = BUF_INIT,
	};
	enum fault fault;

	page->passed = 0;
	page->truncated = false;
	buf_append_char(page->out, '[');
	fault = write_all(&reading, sql, result, error);
	buf_append_char(page->out, ']');
	buf_release(&reading.texts);
	buf_release(&reading.highlight);
	text_matcher_release(&reading.matcher);
	return fault;
}
