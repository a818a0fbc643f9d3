#ifndef CONFAB_API_OLD_KEYS_H
#define CONFAB_API_OLD_KEYS_H

#include "api/allocator.h"
#include "common/sql.h"

/*
 * A request whose key was given its number some time ago. Whether its event
 * was ever published is not known, and readers may have given up waiting for
 * the number (api/holes.h), so that it must not be promised any more.
 */
#define OLD_KEYS_MS 30000
/* So long what the rows said is worth something: much less than what a reader
 * waits. */
#define OLD_KEYS_CHECKED_MS 10000

enum old_key {
	OLD_KEY_STORED,	  /* its event is a row: the promise is kept */
	OLD_KEY_GIVEN_UP, /* nobody waits for it: it needs another number */
	OLD_KEY_AWAITED	  /* its event may be published (again) */
};

/* As the key's record has them: number, event id. */
MUST_CHECK enum fault old_keys_look(struct sql *sql,
				    const struct allocation *allocation,
				    enum old_key *key_r, struct error *error);

#endif
