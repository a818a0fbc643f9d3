#include "api/search_result.h"

#include <stdlib.h>

void search_result_release(struct search_result *result)
{
	free(result->places);
	*result = (struct search_result)SEARCH_RESULT_INIT;
}
