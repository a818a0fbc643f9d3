#ifndef CONFAB_PERSISTER_ROWS_H
#define CONFAB_PERSISTER_ROWS_H

#include <stddef.h>

#include "common/consumer.h"
#include "common/event.h"
#include "common/sql.h"

/* The persister's sink: every event becomes the row that it asks for. */
struct rows;

/* `sql` and `rabbitmq_url` must outlive it. NULL when memory is out. */
struct rows *rows_new(struct sql *sql, const char *rabbitmq_url,
		      size_t batch_events);
void rows_free(struct rows **rows);

/* As write() of struct sink; `context` is the struct rows, n at most
 * batch_events. */
MUST_CHECK enum fault rows_write(void *context,
				 const struct event *const *events, size_t n,
				 struct verdict *verdicts, struct error *error);

#endif
