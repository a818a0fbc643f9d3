#include "counter/parent.h"

#include <stdlib.h>

static int compare(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

int parent_compare(const void *left, const void *right)
{
	const struct parent *a = left, *b = right;

	if (a->application_id != b->application_id)
		return compare(a->application_id, b->application_id);
	return compare(a->chat_number, b->chat_number);
}

struct parent *parent_find(struct parent *parents, size_t n,
			   uint64_t application_id, uint64_t chat_number)
{
	const struct parent key = { .application_id = application_id,
				    .chat_number = chat_number };

	return bsearch(&key, parents, n, sizeof(*parents), parent_compare);
}
