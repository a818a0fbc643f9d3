#ifndef CONFAB_API_PROMISED_H
#define CONFAB_API_PROMISED_H

#include "api/redis.h"

struct request;
struct worker;

/* Whether a number without a row was handed out, as Redis knows it. */
enum promised { PROMISED_NO, PROMISED_YES, PROMISED_UNKNOWN };

/* A pool thread's connection for it; all zero at first. */
struct promised_link {
	redisContext *redis; /* NULL: not connected */
	int64_t since_ms;
	char run_id[REDIS_RUN_ID_SIZE];
};

void promised_release(struct promised_link *link);

/*
 * `chat_number` 0: `number` is a chat's. Nobody can tell while Redis is away,
 * has lost its data or the numbers are in recovery; nor when a recovery came
 * between the look at the rows and now, since what was promised before it is a
 * row by now.
 */
enum promised promised_ask(struct request *request, struct worker *worker,
			   uint64_t chat_number, uint64_t number);

#endif
