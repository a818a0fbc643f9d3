#ifndef CONFAB_CTL_QUERY_H
#define CONFAB_CTL_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/fault.h"
#include "common/sql.h"

/* The whole number in a query's one row and column; 0 for NULL or no row. */
MUST_CHECK enum fault query_u64(struct sql *sql, const char *statement,
				const struct sql_value *params, size_t count,
				uint64_t *value_r, struct error *error);

/* A column's whole number, whichever sign its type has; 0 for NULL. */
uint64_t query_value_u64(const struct sql_value *value);

/*
 * GET_LOCK: one at a time in this database, for as long as the connection
 * lives. FAULT_TEMPORARY when another has held it for `timeout_s`. `what` is
 * one word.
 */
MUST_CHECK enum fault query_lock(struct sql *sql, const char *what,
				 unsigned timeout_s, struct error *error);
/* FAULT_TEMPORARY when the connection, and the lock with it, was lost. */
MUST_CHECK enum fault query_lock_held(struct sql *sql, const char *what,
				      struct error *error);
/* Whether somebody holds it now. */
MUST_CHECK enum fault query_lock_taken(struct sql *sql, const char *what,
				       bool *taken_r, struct error *error);

#endif
