#ifndef CONFAB_API_HEALTH_H
#define CONFAB_API_HEALTH_H

#include <stdbool.h>

/*
 * Asks SQL and the search engine once a second with a real question, and loads
 * the job key as soon as SQL answers. What creates depend on is the
 * committer's to say.
 */
struct server;
struct health;

struct health *health_new(struct server *server);
void health_free(struct health **health);
bool health_sql(const struct health *health);
/* False also when there is none. */
bool health_engine(const struct health *health);
/* False while the index is known to be of another version: do not search it. */
bool health_index_fits(const struct health *health);

#endif
