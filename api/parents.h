#ifndef CONFAB_API_PARENTS_H
#define CONFAB_API_PARENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "api/worker.h"

/* The id of the token's application if this process has met it, 0 if not, and
 * while no number is given out: a restore may bring other tokens then, under
 * ids that others had. */
uint64_t parents_known(const struct request *request);
/* Finds request->application_id by its token. False: 404 or 503 is set. */
bool parents_find(struct request *request, struct worker *worker)
	__attribute__((warn_unused_result));

/* Is request->chat_number there? One that is promised only counts, too. False
 * when not, or on failure: then an answer is set. */
bool parents_find_chat(struct request *request, struct worker *worker)
	__attribute__((warn_unused_result));

/* 404; with Retry-After and a detail that says so when the number was handed
 * out but its row is not there yet; 503 when Redis cannot tell now. */
void parents_answer_missing(struct request *request, struct worker *worker,
			    bool of_chat);

/* The highest number among rows, tombstones and dead letters; chat 0 asks for
 * the application's chats. */
MUST_CHECK enum fault parents_highest_number(struct sql *sql,
					     uint64_t application_id,
					     uint64_t chat_number,
					     uint64_t *number_r,
					     struct error *error);

#endif
