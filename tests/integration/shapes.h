#ifndef CONFAB_TESTS_INTEGRATION_SHAPES_H
#define CONFAB_TESTS_INTEGRATION_SHAPES_H

#include "tests/integration/harness.h"

/*
 * The object at `path` has exactly these members, in any order, and each is of
 * its kind: "number:count body:text created_at:time". Kinds: text, count (a
 * whole number from 0 on), score (a number), time, token, job.
 */
void assert_shape(const struct http_reply *reply, const char *path,
		  const char *shape);
/* The whole is an array of `count` such objects. */
void assert_shapes(const struct http_reply *reply, unsigned count,
		   const char *shape);

#endif
