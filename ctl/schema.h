#ifndef CONFAB_CTL_SCHEMA_H
#define CONFAB_CTL_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/fault.h"
#include "common/migrations.h"
#include "common/sql.h"

/*
 * The table schema_version and the application of migrations. The caller holds
 * the lock. Which statements of a migration are done is kept beside it, so
 * that one that was cut short goes on where it stopped: DDL cannot be rolled
 * back.
 */
MUST_CHECK enum fault schema_prepare(struct sql *sql, struct error *error);
/* The highest version in the table, 0 when there is none. */
MUST_CHECK enum fault schema_version(struct sql *sql, uint64_t *version_r,
				     struct error *error);
/* *statements_r: how many were run, 0 when the migration was there already. */
MUST_CHECK enum fault schema_apply(struct sql *sql,
				   const struct migration *migration,
				   uint64_t *statements_r, struct error *error);
/* Makes the secret of the job ids unless there is one. */
MUST_CHECK enum fault schema_ensure_secret(struct sql *sql, bool *made_r,
					   struct error *error);

#endif
