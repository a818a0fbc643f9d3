#ifndef CONFAB_API_CURSOR_H
#define CONFAB_API_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/jobs.h"
#include "common/buf.h"

/*
 * Where a reader has got to in a list: whole numbers, among them database ids,
 * sealed under the key that seals job ids. The scope names the list (and what
 * else a cursor is bound to): a cursor of one is none of another, and no job
 * id is one.
 */
#define CURSOR_PARTS_MAX 5u

enum cursor_result {
	CURSOR_GOOD,
	CURSOR_FOREIGN, /* not made by cursor_encode() for this scope */
	CURSOR_NO_KEY	/* the key is not known yet */
};

/* Appends to `out`. False when the key is not known or memory is out. */
bool cursor_encode(struct job_key *key, struct seal_scope scope,
		   const uint64_t *parts, unsigned count, struct buf *out)
	__attribute__((warn_unused_result));
enum cursor_result cursor_decode(struct job_key *key, struct seal_scope scope,
				 const char *text, size_t length,
				 uint64_t *parts_r, unsigned count)
	__attribute__((warn_unused_result));

#endif
