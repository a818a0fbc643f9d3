#ifndef CONFAB_API_INPUT_H
#define CONFAB_API_INPUT_H

#include <stdbool.h>

#include "api/request.h"

/*
 * Request bodies. 400: not JSON, no object, the wrapper no object, the member
 * absent. 422: the member of another type, null, blank, too long.
 */

/* {"<wrapper>":{"<member>":".."}} or {"<member>":".."} -> request->value.
 * False: the answer is set. */
bool input_text(struct request *request, const char *wrapper,
		const char *member) __attribute__((warn_unused_result));

/* The same rules for a body that nothing is read from: empty, or an object. */
bool input_ignored(struct request *request) __attribute__((warn_unused_result));

/* A digest of what the key of a create stands for. */
bool input_fingerprint(struct request *request)
	__attribute__((warn_unused_result));

#endif
