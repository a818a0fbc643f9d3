#ifndef CONFAB_API_HEADERS_H
#define CONFAB_API_HEADERS_H

#include "api/head.h"
#include "api/request.h"

/*
 * Reads the request's headers once and refuses what must not pass: a framing
 * in doubt (head.h), a target or headers that are too long, an expectation
 * that we do not know, an encoded body, a repeated header that may stand there
 * once only, a key that is none. False: the answer is set.
 */
bool headers_read(struct request *request, struct head *head)
	__attribute__((warn_unused_result));

#endif
