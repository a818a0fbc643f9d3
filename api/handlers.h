#ifndef CONFAB_API_HANDLERS_H
#define CONFAB_API_HANDLERS_H

#include "api/config.h"
#include "api/request.h"
#include "api/worker.h"

/* What the route table names; routes.h tells when each is called. */

/* applications.c */
void applications_prepare(struct request *request);
void applications_create(struct request *request, struct worker *worker);
void applications_show(struct request *request, struct worker *worker);
void applications_rename(struct request *request, struct worker *worker);
void applications_list(struct request *request, struct worker *worker);
void applications_message_count(struct request *request, struct worker *worker);

/* chats.c */
void chats_prepare_create(struct request *request);
void chats_list(struct request *request, struct worker *worker);
void chats_show(struct request *request, struct worker *worker);
void chats_message_count(struct request *request, struct worker *worker);
void chats_list_all(struct request *request, struct worker *worker);

/* messages.c */
void messages_prepare_create(struct request *request);
void messages_list(struct request *request, struct worker *worker);
void messages_search(struct request *request, struct worker *worker);
void messages_show(struct request *request, struct worker *worker);
void messages_list_all(struct request *request, struct worker *worker);

/* edits.c */
void edits_prepare(struct request *request);
void edits_run(struct request *request, struct worker *worker);

/* search.c */
/* False when q and query are absent or blank. */
bool search_has_text(struct request *request);
void search_chat(struct request *request, struct worker *worker);
void search_application(struct request *request, struct worker *worker);
void search_system(struct request *request, struct worker *worker);
/* True while the engine failed so often that it is not asked. Any thread. */
bool search_avoids_engine(void);
extern struct metric_series search_answers[2]; /* by the engine, by SQL */
extern struct metric_series search_fallbacks;

/* jobs.c */
void jobs_show(struct request *request, struct worker *worker);

/* system.c */
void system_up(struct request *request, struct worker *worker);
void system_ready(struct request *request, struct worker *worker);

/* system_metrics.c */
/* Before the first request. */
void system_metrics_init(const struct api_config *config);
void system_metrics(struct request *request, struct worker *worker);

/* openapi.c */
void openapi_show(struct request *request, struct worker *worker);

/* creates.c */
/* In a pool thread: finds the parent (token, counters) and submits. */
void creates_resolve(struct request *request, struct worker *worker);
/* In the connection's thread: submits at once when the parent is known.
 * False: creates_resolve() must do it. */
bool creates_submit_known(struct request *request);
/* The committer's callback. */
void creates_done(struct commit *commit);
/* In the connection's thread: renders what the committer said. */
void creates_render(struct request *request);

#endif
