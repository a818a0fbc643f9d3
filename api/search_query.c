#include "api/search_query.h"

#include "api/search_pattern.h"
#include "common/elastic.h"
#include "common/json.h"
#include "common/text.h"
#include "common/text_match.h"

/* The index's fields (common/elastic.h). Prefixes have their own, hidden one.
 */
#define FIELD_TEXT "text"
#define FIELD_STARTS "text._index_prefix"

void search_query_append_path(const struct search_request *request,
			      struct buf *out)
{
	buf_append_text(out, "/" ELASTIC_ALIAS "/_search");
	if (request->application_id) {
		buf_append_text(out, "?routing=");
		buf_append_u64(out, request->application_id);
	}
}

/* ---- clauses ---- */

/* A clause is written as {"constant_score":{"filter":...,"boost":score}}. */
static void open_clause(struct buf *out)
{
	buf_append_text(out, "{\"constant_score\":{\"filter\":");
}

static void close_clause(struct buf *out, float score)
{
	buf_printf(out, ",\"boost\":%g}}", (double)score);
}

/* {"prefix":{"text":{"value":"hel"}}} */
static void append_value(struct buf *out, const char *kind, const char *field,
			 const char *text, size_t length)
{
	buf_printf(out, "{\"%s\":{\"%s\":{\"value\":", kind, field);
	json_append_string(out, text, length);
	buf_append_text(out, "}}}");
}

/* "kind" is match_phrase or match_phrase_prefix. */
static void append_phrase(struct buf *out, const char *kind, const char *text,
			  size_t length, size_t slop)
{
	buf_printf(out, "{\"%s\":{\"" FIELD_TEXT "\":{\"query\":", kind);
	json_append_string(out, text, length);
	buf_printf(out, ",\"slop\":%zu}}}", slop);
}

/* Without the rewrite only the 50 nearest words would be looked for. */
static void append_fuzzy(struct buf *out, const struct text_term *term)
{
	open_clause(out);
	buf_append_text(out, "{\"fuzzy\":{\"" FIELD_TEXT "\":{\"value\":");
	json_append_string(out, term->text, term->length);
	buf_printf(out,
		   ",\"fuzziness\":%u,\"transpositions\":true,"
		   "\"rewrite\":\"constant_score\"}}}",
		   term->edits);
	close_clause(out, TEXT_SCORE_FUZZY);
}

static void append_fuzzy_start(struct buf *out, const struct text_term *term)
{
	struct buf pattern = BUF_INIT;

	search_pattern_append(term->text, term->length, &pattern);
	out->failed = out->failed || pattern.failed;
	open_clause(out);
	buf_append_text(out, "{\"regexp\":{\"" FIELD_TEXT "\":{\"value\":");
	if (pattern.data)
		json_append_string(out, pattern.data, pattern.length);
	buf_append_text(out, ",\"flags\":\"NONE\","
			     "\"rewrite\":\"constant_score\"}}}");
	close_clause(out, TEXT_SCORE_FUZZY_START);
	buf_release(&pattern);
}

static void append_start(struct buf *out, const struct text_term *term)
{
	open_clause(out);
	append_value(out, "prefix", FIELD_TEXT, term->text, term->length);
	close_clause(out, TEXT_SCORE_START);
}

/* What a hit must have for the term; the best that applies counts. */
static void append_required(struct buf *out, const struct text_term *term)
{
	if (term->words > 1) {
		open_clause(out);
		append_phrase(out, "match_phrase", term->text, term->length, 0);
		close_clause(out, TEXT_SCORE_START + TEXT_SCORE_WHOLE);
	} else if (term->whole) {
		open_clause(out);
		append_value(out, "term", FIELD_TEXT, term->text, term->length);
		close_clause(out, TEXT_SCORE_START + TEXT_SCORE_WHOLE);
	} else if (term->edits == 0) {
		append_start(out, term);
	} else {
		buf_append_text(out, "{\"dis_max\":{\"queries\":[");
		append_start(out, term);
		buf_append_char(out, ',');
		append_fuzzy(out, term);
		if (term->start_edits) {
			buf_append_char(out, ',');
			append_fuzzy_start(out, term);
		}
		buf_append_text(out, "]}}");
	}
}

static void append_must(struct buf *out, const struct text_query *query)
{
	buf_append_text(out, "\"must\":[");
	for (size_t i = 0; i < query->count; i++) {
		if (i > 0)
			buf_append_char(out, ',');
		append_required(out, &query->terms[i]);
	}
	buf_append_char(out, ']');
}

static void append_should(struct buf *out, const struct text_query *query)
{
	const char *comma = "";

	buf_append_text(out, ",\"should\":[");
	for (size_t i = 0; i < query->count; i++) {
		const struct text_term *term = &query->terms[i];

		if (term->words > 1 || term->whole)
			continue;
		buf_append_text(out, comma);
		open_clause(out);
		append_value(out, "term", FIELD_TEXT, term->text, term->length);
		close_clause(out, TEXT_SCORE_WHOLE);
		comma = ",";
	}
	if (query->phrase) {
		buf_append_text(out, comma);
		open_clause(out);
		append_phrase(out,
			      query->phrase_open ? "match_phrase_prefix"
						 : "match_phrase",
			      query->phrase, query->phrase_length, 0);
		close_clause(out, TEXT_SCORE_PHRASE);
		comma = ",";
	}
	if (query->near) {
		buf_append_text(out, comma);
		open_clause(out);
		append_phrase(out, "match_phrase", query->near,
			      query->near_length,
			      TEXT_NEAR_SLOP(query->near_words));
		close_clause(out, TEXT_SCORE_NEAR);
	}
	buf_append_char(out, ']');
}

/* ---- the body ---- */

static void append_filter(struct buf *out, const struct search_request *request)
{
	buf_append_text(out, ",\"filter\":[");
	if (request->application_id)
		buf_printf(out, "{\"term\":{\"app\":%llu}}",
			   (unsigned long long)request->application_id);
	if (request->application_id && request->chat_number)
		buf_printf(out, ",{\"term\":{\"chat\":%llu}}",
			   (unsigned long long)request->chat_number);
	buf_append_char(out, ']');
}

static void append_after(struct buf *out, const struct search_place *after)
{
	if (after->score <= 0)
		return;
	buf_printf(out, ",\"search_after\":[%.9g,%lld,%llu,%llu,%llu]",
		   (double)after->score, (long long)after->created_at_ms,
		   (unsigned long long)after->application_id,
		   (unsigned long long)after->chat_number,
		   (unsigned long long)after->number);
}

void search_query_append_body(const struct search_request *request,
			      const struct text_query *query, int timeout_ms,
			      struct buf *out)
{
	buf_printf(out,
		   "{\"size\":%u,\"timeout\":\"%dms\","
		   "\"track_total_hits\":false,\"stored_fields\":\"_none_\","
		   "\"query\":{\"bool\":{",
		   request->limit + 1, timeout_ms);
	append_must(out, query);
	append_should(out, query);
	append_filter(out, request);
	buf_append_text(out, "}},\"sort\":[{\"_score\":\"desc\"},"
			     "{\"created_at\":\"desc\"},{\"app\":\"desc\"},"
			     "{\"chat\":\"desc\"},{\"number\":\"desc\"}]");
	append_after(out, &request->after);
	buf_append_char(out, '}');
}
