#include "api/search_request.h"

#include <string.h>

static int compare_u64(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

int search_place_compare(const struct search_place *a,
			 const struct search_place *b)
{
	if (a->score != b->score)
		return a->score > b->score ? -1 : 1;
	if (a->created_at_ms != b->created_at_ms)
		return a->created_at_ms > b->created_at_ms ? -1 : 1;
	if (a->application_id != b->application_id)
		return compare_u64(b->application_id, a->application_id);
	if (a->chat_number != b->chat_number)
		return compare_u64(b->chat_number, a->chat_number);
	return compare_u64(b->number, a->number);
}

/* ---- cursors ---- */

enum field {
	FIELD_SCORE, /* the float's bits */
	FIELD_CREATED_AT,
	FIELD_APPLICATION,
	FIELD_CHAT,
	FIELD_NUMBER,
	FIELDS
};

/* What a cursor is bound to. Released by the caller. */
static void append_scope(const struct search_request *request, struct buf *out)
{
	buf_append_text(out, "search ");
	buf_append_u64(out, request->application_id);
	buf_append_char(out, ' ');
	buf_append_u64(out, request->chat_number);
	buf_append_text(out, request->fuzzy ? " fuzzy " : " ");
	buf_append(out, request->text, request->length);
}

bool search_cursor_encode(const struct search_request *request,
			  const struct search_place *last, struct buf *out)
{
	struct buf scope = BUF_INIT;
	uint64_t fields[FIELDS];
	uint32_t bits;
	bool done;

	memcpy(&bits, &last->score, sizeof(bits));
	fields[FIELD_SCORE] = bits;
	fields[FIELD_CREATED_AT] = (uint64_t)last->created_at_ms;
	fields[FIELD_APPLICATION] = last->application_id;
	fields[FIELD_CHAT] = last->chat_number;
	fields[FIELD_NUMBER] = last->number;
	append_scope(request, &scope);
	done = !scope.failed &&
	       cursor_encode(request->key,
			     (struct seal_scope){ scope.data, scope.length },
			     fields, FIELDS, out);
	buf_release(&scope);
	return done;
}

enum cursor_result search_cursor_decode(struct search_request *request,
					const char *cursor, size_t length)
{
	enum cursor_result result = CURSOR_FOREIGN;
	struct buf scope = BUF_INIT;
	uint64_t fields[FIELDS];
	uint32_t bits;

	append_scope(request, &scope);
	if (!scope.failed)
		result = cursor_decode(
			request->key,
			(struct seal_scope){ scope.data, scope.length }, cursor,
			length, fields, FIELDS);
	buf_release(&scope);
	if (result != CURSOR_GOOD)
		return result;
	bits = (uint32_t)fields[FIELD_SCORE];
	memcpy(&request->after.score, &bits, sizeof(bits));
	request->after.created_at_ms = (int64_t)fields[FIELD_CREATED_AT];
	request->after.application_id = fields[FIELD_APPLICATION];
	request->after.chat_number = fields[FIELD_CHAT];
	request->after.number = fields[FIELD_NUMBER];
	return CURSOR_GOOD;
}
