#ifndef CONFAB_TESTS_CHAOS_CLIENTS_H
#define CONFAB_TESTS_CHAOS_CLIENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/chaos/record.h"
#include "tests/chaos/waits.h"

/*
 * Clients as careful as clients should be, in a thread of their own: most send
 * an Idempotency-Key and try again until they are acknowledged; some have none
 * and try once. Some ask again for what they were promised already.
 */
struct clients;

struct clients_settings {
	const char *api_url, *ingest_url;
	unsigned rate; /* new requests per second */
	unsigned connections;
	struct record *record; /* the thread's own until clients_free() */
	struct waits *waits;
};

/* So far. */
struct clients_figures {
	uint64_t sent;	       /* requests, tries again too */
	uint64_t acknowledged; /* ops */
	uint64_t refused;      /* answers 503 */
	uint64_t unanswered;   /* cut, or no answer in time */
	uint64_t replayed;     /* asked again, answered the same */
	uint64_t wrong;	       /* answers that no client should ever see */
	uint64_t open; /* ops that will be tried again, or are under way */
};

/* Makes the applications and their first chats, then starts the thread. NULL:
 * it was said why. */
struct clients *clients_new(const struct clients_settings *settings);
struct clients_figures clients_figures(struct clients *clients);
/* Monotonic ms: both roles have acknowledged creates that were sent then or
 * later. */
int64_t clients_accepted_since_ms(struct clients *clients);
/* Nothing new; what is open goes on being tried. */
void clients_stop_creating(struct clients *clients);
/* Ends the thread. */
void clients_free(struct clients **clients);

#endif
