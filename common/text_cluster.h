#ifndef CONFAB_COMMON_TEXT_CLUSTER_H
#define CONFAB_COMMON_TEXT_CLUSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <unitypes.h>

/*
 * The part of folding that knows Unicode. A cluster is a character with the
 * marks and invisible characters behind it; clusters fold independently of
 * each other.
 */

/* True when `point` belongs to the cluster of the character before it. */
bool text_cluster_joins(ucs4_t point);
/* The folded cluster, `*length_r` points, maybe none; free() it. NULL when
 * memory ran out. */
ucs4_t *text_cluster_fold(const ucs4_t *points, size_t length, size_t *length_r)
	__attribute__((warn_unused_result));

#endif
