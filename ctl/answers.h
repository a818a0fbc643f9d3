#ifndef CONFAB_CTL_ANSWERS_H
#define CONFAB_CTL_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/fault.h"
#include "ctl/http.h"

/* Reading what the API answers. */

bool answers_u64(const struct http_answer *answer, const char *member,
		 uint64_t *value_r) __attribute__((warn_unused_result));
/* NUL-terminated into text_r; false when it does not fit, too. */
bool answers_text(const struct http_answer *answer, const char *member,
		  char *text_r, size_t size)
	__attribute__((warn_unused_result));

/* The fault of an answer that is not the one wanted: 429 and 503 TEMPORARY,
 * else PERMANENT; status and the problem's detail go into *error. */
enum fault answers_refusal(const struct http_answer *answer,
			   struct error *error);

#endif
