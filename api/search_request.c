#include "api/search_request.h"

#include <math.h>
#include <string.h>

#include "common/event.h"

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

/* ---- cursors: six hexadecimal numbers with a dash between ---- */

enum field {
	FIELD_SCORE, /* the float's bits */
	FIELD_CREATED_AT,
	FIELD_APPLICATION, /* 0 when the request says it */
	FIELD_CHAT,
	FIELD_NUMBER,
	FIELD_CHECK,
	FIELDS
};

#define CURSOR_SIZE (FIELDS * 17)

/* FNV-1a, 64 bit, by numbers: it tells searches apart, it keeps no secret. */
static uint64_t hash_number(uint64_t hash, uint64_t number)
{
	return (hash ^ number) * UINT64_C(0x100000001b3);
}

static uint64_t hash_search(const struct search_request *request,
			    const uint64_t *fields)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	hash = hash_number(hash, request->application_id);
	hash = hash_number(hash, request->chat_number);
	hash = hash_number(hash, request->fuzzy);
	for (int i = 0; i < FIELD_CHECK; i++)
		hash = hash_number(hash, fields[i]);
	for (size_t i = 0; i < request->length; i++)
		hash = hash_number(hash, (unsigned char)request->text[i]);
	return (hash >> 32) ^ (hash & UINT32_MAX);
}

static void append_fields(const uint64_t *fields, struct buf *out)
{
	for (int i = 0; i < FIELDS; i++)
		buf_printf(out, "%s%llx", i ? "-" : "",
			   (unsigned long long)fields[i]);
}

void search_cursor_encode(const struct search_request *request,
			  const struct search_place *last, struct buf *out)
{
	uint64_t fields[FIELDS];
	uint32_t bits;

	memcpy(&bits, &last->score, sizeof(bits));
	fields[FIELD_SCORE] = bits;
	fields[FIELD_CREATED_AT] = (uint64_t)last->created_at_ms;
	fields[FIELD_APPLICATION] =
		request->application_id ? 0 : last->application_id;
	fields[FIELD_CHAT] = last->chat_number;
	fields[FIELD_NUMBER] = last->number;
	fields[FIELD_CHECK] = hash_search(request, fields);
	append_fields(fields, out);
}

static bool read_hex(const char **at, const char *end, uint64_t *value_r)
{
	uint64_t value = 0;
	const char *start = *at;

	for (; *at < end; ++*at) {
		char c = **at;

		if (c >= '0' && c <= '9')
			value = value << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			value = value << 4 | (uint64_t)(c - 'a' + 10);
		else
			break;
	}
	*value_r = value;
	/* one form for each number */
	return *at > start && *at - start <= 16 &&
	       (*start != '0' || *at == start + 1);
}

static bool read_fields(const char *cursor, size_t length, uint64_t *fields)
{
	const char *end = cursor + length;

	for (int i = 0; i < FIELDS; i++) {
		if (i > 0 && (cursor == end || *cursor++ != '-'))
			return false;
		if (!read_hex(&cursor, end, &fields[i]))
			return false;
	}
	return cursor == end;
}

static bool is_number(uint64_t value)
{
	return value >= 1 && value <= EVENT_NUMBER_MAX;
}

/* True when the fields can be a hit's in the request's scope. */
static bool fits(const struct search_request *request, const uint64_t *fields,
		 float score)
{
	uint64_t chat = request->chat_number;

	return isfinite(score) && score > 0 &&
	       fields[FIELD_CREATED_AT] <= EVENT_NUMBER_MAX &&
	       is_number(fields[FIELD_CHAT]) &&
	       is_number(fields[FIELD_NUMBER]) &&
	       (chat == 0 || chat == fields[FIELD_CHAT]) &&
	       (request->application_id ? fields[FIELD_APPLICATION] == 0
					: is_number(fields[FIELD_APPLICATION]));
}

bool search_cursor_decode(struct search_request *request, const char *cursor,
			  size_t length)
{
	uint64_t fields[FIELDS];
	uint32_t bits;
	float score;

	if (length > CURSOR_SIZE || !read_fields(cursor, length, fields) ||
	    fields[FIELD_SCORE] > UINT32_MAX ||
	    fields[FIELD_CHECK] != hash_search(request, fields))
		return false;
	bits = (uint32_t)fields[FIELD_SCORE];
	memcpy(&score, &bits, sizeof(score));
	if (!fits(request, fields, score))
		return false;
	request->after = (struct search_place){
		.score = score,
		.created_at_ms = (int64_t)fields[FIELD_CREATED_AT],
		.application_id = request->application_id
					  ? request->application_id
					  : fields[FIELD_APPLICATION],
		.chat_number = fields[FIELD_CHAT],
		.number = fields[FIELD_NUMBER],
	};
	return true;
}
