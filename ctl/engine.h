#ifndef CONFAB_CTL_ENGINE_H
#define CONFAB_CTL_ENGINE_H

#include <cjson/cJSON.h>

#include "common/elastic.h"
#include "common/fault.h"

/* A request to the search engine whose answer is to be 200; `body` may be
 * NULL. The answer's JSON is for the caller to delete, NULL when he does not
 * want it. error->code is the status of another answer. */
MUST_CHECK enum fault engine_call(struct elastic *elastic, const char *method,
				  const char *path, const char *body,
				  cJSON **answer_r, struct error *error);

/* object.a.b for "a.b", NULL when it is not there. */
const cJSON *engine_find(const cJSON *object, const char *path);
/* A whole number, 0 for anything else. */
uint64_t engine_u64(const cJSON *item);

#endif
