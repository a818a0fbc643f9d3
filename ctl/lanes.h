#ifndef CONFAB_CTL_LANES_H
#define CONFAB_CTL_LANES_H

#include <stdbool.h>
#include <stddef.h>

#include "common/fault.h"
#include "ctl/http.h"

/*
 * Many lines of requests side by side: within a lane one follows the other's
 * answer, so their order holds.
 */
struct lanes_work {
	void *context;
	size_t count; /* lanes */
	/* Gives the lane's next request; false: it has no more. The texts must
	 * stay until it is answered. It must be one that may be sent twice. */
	bool (*next)(void *context, size_t lane,
		     struct http_request *request_r);
	/* FAULT_NONE: go on. FAULT_TEMPORARY: send the same again a little
	 * later. Any other fault stops all lanes. */
	enum fault (*answered)(void *context, size_t lane,
			       const struct http_answer *answer,
			       struct error *error);
};

/* Runs all lanes to their end. A request without an answer is sent again; gives
 * up when no lane made a step for `patience_s`. */
MUST_CHECK enum fault lanes_run(const struct lanes_work *work, int patience_s,
				struct error *error);

#endif
