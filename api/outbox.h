#ifndef CONFAB_API_OUTBOX_H
#define CONFAB_API_OUTBOX_H

#include "common/metrics.h"

/*
 * The relay of changes that start in SQL: an edit and its event are committed
 * together; this thread publishes the events in their order with confirms and
 * then deletes them. Of several API processes one at a time does so (GET_LOCK),
 * so that the edits of a message stay in order. A crash between publish and
 * delete publishes twice, which the sinks take as once: revisions order the
 * texts.
 */
struct server;
struct outbox;

struct outbox *outbox_new(struct server *server);
void outbox_free(struct outbox **outbox);
/* There is something new. Any thread. */
void outbox_wake(struct outbox *outbox);

extern struct metric_series outbox_published;
/* How long the oldest edit waits that this process was to publish and could
 * not; 0: none does. Any thread. */
int64_t outbox_age_ms(void);

#endif
