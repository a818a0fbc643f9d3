#ifndef CONFAB_CTL_SENDERS_H
#define CONFAB_CTL_SENDERS_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/elastic_state.h"
#include "common/fault.h"

/*
 * Several `_bulk` requests under way at once, each from a thread of its own;
 * one thread fills them, in the order of the rows. A request whose documents
 * are not all taken goes again: what was taken already is not taken twice.
 */
#define SENDERS 4u

struct senders;

/* `url`, `alias` and `stop` must outlive it. Once *stop is set by a signal
 * handler, nothing is tried again. NULL: no memory or no thread. */
struct senders *senders_new(const char *url, const char *alias,
			    const volatile sig_atomic_t *stop);
/* What is not settled is broken off. */
void senders_free(struct senders **senders);

/* An empty body to fill, once one is free. NULL after a failure, which
 * senders_settle() tells, and when it is to stop. */
struct buf *senders_take(struct senders *senders);
/* Sends the body that was taken last; `at` is where the rows are behind it. */
void senders_send(struct senders *senders, size_t actions,
		  const struct elastic_progress *at);
/* Waits for all that was sent. `hurry`: nothing is tried again. */
MUST_CHECK enum fault senders_settle(struct senders *senders, bool hurry,
				     struct error *error);

/* All rows up to *progress_r are in the index; false: nothing is yet. */
bool senders_progress(struct senders *senders,
		      struct elastic_progress *progress_r);
/* Documents that the engine does not take at all. */
uint64_t senders_refused(struct senders *senders);

#endif
