#ifndef CONFAB_API_OPERATOR_H
#define CONFAB_API_OPERATOR_H

#include "api/request.h"

/* The key of the system-wide routes: without it the answer (401, 403) is
 * set. */
void operator_check(struct request *request);

#endif
