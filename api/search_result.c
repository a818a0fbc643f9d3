#include "api/search_result.h"

#include <stdlib.h>

#include "common/text_highlight.h"

void search_hit_release(struct search_hit *hit)
{
	free(hit->body);
	free(hit->highlight);
	*hit = (struct search_hit){ 0 };
}

void search_result_release(struct search_result *result)
{
	for (size_t i = 0; i < result->count; i++)
		search_hit_release(&result->hits[i]);
	free(result->hits);
	*result = (struct search_result)SEARCH_RESULT_INIT;
}

static bool highlight(struct search_hit *hit, const struct text_query *query)
{
	struct buf html = BUF_INIT;
	bool done = text_highlight(query, hit->body, hit->body_length, &html);

	if (done) {
		free(hit->highlight);
		hit->highlight = buf_take(&html, &hit->highlight_length);
	}
	buf_release(&html);
	return done;
}

bool search_result_highlight(struct search_result *result,
			     const struct text_query *query)
{
	for (size_t i = 0; i < result->count; i++)
		if (!highlight(&result->hits[i], query))
			return false;
	return true;
}
