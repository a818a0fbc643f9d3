#ifndef CONFAB_PERSISTER_ORDER_H
#define CONFAB_PERSISTER_ORDER_H

#include <stdbool.h>
#include <stddef.h>

#include "common/event.h"

/* In the order in which a transaction writes them. */
enum row_kind { ROW_CHAT, ROW_MESSAGE, ROW_CHAT_VOID, ROW_MESSAGE_VOID };

struct row {
	const struct event *event;
	enum row_kind kind;
	size_t index;  /* of the event in its batch */
	bool collided; /* its number belongs to another id */
	bool late;     /* not stored: a retry of its key may have a number */
};

/* An event that is in the batch more than once shares its row's fate. */
struct twin {
	size_t index; /* of the event */
	size_t of;    /* of the event that has the row */
};

/*
 * The rows that `n` events ask for: by kind, then by primary key, so that two
 * persisters never wait for each other in a circle; among different events of
 * one number the highest generation comes first. Each event once. Events that
 * need no row (updates) are left out. Both arrays have room for n; returns how
 * many rows, *twins_r how many twins.
 */
size_t order_rows(const struct event *const *events, size_t n, struct row *rows,
		  struct twin *twins, size_t *twins_r);

/* By primary key: negative, 0, positive. */
int order_compare_key(const struct event *a, const struct event *b);

#endif
