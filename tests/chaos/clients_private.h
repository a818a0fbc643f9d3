#ifndef CONFAB_TESTS_CHAOS_CLIENTS_PRIVATE_H
#define CONFAB_TESTS_CHAOS_CLIENTS_PRIVATE_H

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>

#include "tests/chaos/clients.h"
#include "tests/chaos/dice.h"
#include "tests/integration/http_exchange.h"

/* The parts of clients.c. */

/* Ops with a time each, first in, first out. */
struct clients_queue {
	struct clients_due {
		uint32_t op;
		int64_t due_ms;
	} * items;
	uint32_t first, count, room;
};

struct clients_slot {
	struct http_exchange exchange;
	struct buf url, body;
	bool busy, replay;
	uint32_t op;
};

#define RECENT 4096u

struct clients {
	struct clients_settings settings;
	struct record *record;
	struct dice dice;
	CURLM *multi;
	struct clients_slot *slots;
	struct clients_queue retries, replays;
	uint32_t recent[RECENT]; /* messages that may be edited */
	uint32_t recent_count;
	uint32_t under_way;
	pthread_t thread;
	atomic_bool creating, running;
	_Atomic uint64_t sent, acknowledged, refused, unanswered, replayed,
		wrong, open;
	_Atomic int64_t accepted_ms[2];
};

/* ---- clients_choose.c ---- */

/* Adds the next op to the record. False: there is nothing to do it to. */
bool clients_choose(struct clients *clients, uint32_t *op_r);
/* Fills the slot for its op. */
void clients_write(struct clients *clients, struct clients_slot *slot);

/* ---- clients_judge.c ---- */

/* Takes the answer to a slot's op into the record. */
void clients_judge(struct clients *clients, struct clients_slot *slot);

/* ---- clients_queue.c ---- */

void clients_queue_add(struct clients_queue *queue, uint32_t op,
		       int64_t due_ms);
/* Takes the first one if it is due. */
bool clients_queue_take(struct clients_queue *queue, int64_t now_ms,
			uint32_t *op_r);

#endif
