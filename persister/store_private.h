#ifndef CONFAB_PERSISTER_STORE_PRIVATE_H
#define CONFAB_PERSISTER_STORE_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/dead_letter.h"
#include "persister/fence.h"
#include "persister/statements.h"
#include "persister/store.h"

/* What store.c, bulk.c, keys.c, clash.c and hole.c share. */

/* A row that gave way: its event, for the queue of dead letters. */
struct replaced {
	struct replaced *next;
	struct event event;
	struct buf line;
	struct dead_letter letter;
};

struct store {
	struct sql *sql;
	struct statements *statements;
	struct dead_letters *dead; /* its rows are written by us */
	struct sql_value *params;  /* room for the largest statement */
	struct row **list;	   /* room for max_rows */

	/* of the transaction under way */
	struct fence fence; /* where keys or voids are among the rows */
	struct replaced *replaced;
	uint64_t inserted[EVENT_TYPES], repeated[EVENT_TYPES];
};

/* Writes one row's parameters, returns how many. */
typedef size_t store_fill_fn(const struct row *row, struct sql_value *params);

store_fill_fn store_fill_key; /* the primary key, of chats and messages */

/*
 * Runs an INSERT for all of the list, in statements of fixed sizes. `after`
 * (may be NULL) is told of each which rows it had and how many are new.
 */
typedef enum fault store_after_fn(struct store *store, struct row **list,
				  size_t n, uint64_t affected,
				  struct error *error);
MUST_CHECK enum fault store_insert(struct store *store, enum statement which,
				   store_fill_fn *fill, struct row **list,
				   size_t n, store_after_fn *after,
				   struct error *error);
/* Runs a statement that takes keys for all of the list. */
MUST_CHECK enum fault store_by_key(struct store *store, enum statement which,
				   struct row **list, size_t n,
				   sql_row_fn *found, void *context,
				   struct error *error);

/* Marks the rows that must not be stored, see fence_is_late(). */
MUST_CHECK enum fault store_find_late(struct store *store, struct row *rows,
				      size_t count, struct error *error);
/* Stores the idempotency keys of rows that have one, in the transaction under
 * way; late ones are left out. */
MUST_CHECK enum fault store_keys(struct store *store, struct row *rows,
				 size_t count, struct error *error);

/* After an INSERT that found some of the rows there: whose are they? */
MUST_CHECK enum fault clash_resolve(struct store *store, struct row **list,
				    size_t n, struct error *error);
/* Hands the replaced events to the queue of dead letters. */
MUST_CHECK enum fault clash_publish(struct store *store, struct error *error);
void clash_forget(struct store *store);

/* Deletes the voids whose numbers these rows have. */
MUST_CHECK enum fault hole_close(struct store *store, struct row **list,
				 size_t n, struct error *error);
/* Stores voids, in the transaction under way; late ones are left out. */
MUST_CHECK enum fault hole_insert(struct store *store, struct row **list,
				  size_t n, struct error *error);
/* Once that is committed, in another transaction: deletes those that have a
 * row. All of one kind. */
MUST_CHECK enum fault hole_review(struct store *store, struct row **list,
				  size_t n, struct error *error);

#endif
