#ifndef CONFAB_API_HEADERS_H
#define CONFAB_API_HEADERS_H

#include "api/request.h"

/* What a request may have besides its body; beyond: 414, 431. */
#define HEADERS_TARGET_MAX 8192u
#define HEADERS_SIZE_MAX 32768u /* all header lines with their CR LF */

/*
 * Reads the request's headers once and refuses what must not pass: a framing
 * in doubt (framing.h), a target or headers that are too long, an expectation
 * that we do not know, an encoded body, a repeated header that may stand there
 * once only, a key that is none. False: the answer is set.
 */
bool headers_read(struct request *request, const char *method,
		  const char *version) __attribute__((warn_unused_result));

#endif
