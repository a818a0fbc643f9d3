#include "ctl/awaited_rows.h"

#include "common/amqp.h"
#include "common/clock.h"
#include "ctl/ctl.h"
#include "ctl/query.h"

#define POLL_MS 100

static const char ROW_SQL[] =
	"SELECT COUNT(*) FROM messages WHERE application_id = ?"
	" AND chat_number = ? AND number = ?";

static enum fault has_row(struct ctl *ctl, const struct listing_place *place,
			  bool *has_r, struct error *error)
{
	const struct sql_value params[] = { sql_u64(place->application_id),
					    sql_u64(place->chat_number),
					    sql_u64(place->number) };
	uint64_t rows = 0;
	enum fault fault =
		query_u64(ctl->sql, ROW_SQL, params, 3, &rows, error);

	*has_r = rows > 0;
	return fault;
}

/* True unless nothing waits in the persisters' queue for certain. */
static bool some_may_come(struct ctl *ctl)
{
	struct amqp_link *link = NULL;
	struct error error = ERROR_INIT;
	uint32_t ready = 1, consumers = 0;
	enum fault fault;

	if (ctl->settings->rabbitmq_url[0] == '\0')
		return true;
	fault = amqp_link_new(ctl->settings->rabbitmq_url, "confabctl", &link,
			      &error);
	if (fault == FAULT_NONE)
		fault = amqp_link_queue_depth(link, AMQP_QUEUE_PERSIST, &ready,
					      &consumers, &error);
	amqp_link_free(&link);
	return fault != FAULT_NONE || ready > 0 || consumers == 0;
}

/* Waits for one row until the deadline; most are there by now. While events
 * wait in the queue, the row may be among them, and is not waited for. */
static enum fault await_row(struct awaited_rows *awaited,
			    const struct listing_place *place, bool *has_r,
			    struct error *error)
{
	enum fault fault = has_row(awaited->ctl, place, has_r, error);

	if (awaited->deadline_ms == 0)
		awaited->deadline_ms = clock_monotonic_ms() + AWAITED_ROWS_MS;
	while (fault == FAULT_NONE && !*has_r && !some_may_come(awaited->ctl) &&
	       clock_monotonic_ms() < awaited->deadline_ms) {
		clock_sleep_ms(POLL_MS);
		fault = has_row(awaited->ctl, place, has_r, error);
	}
	return fault;
}

enum fault awaited_rows_filter(struct awaited_rows *awaited,
			       struct listing_place *places, size_t *count,
			       struct error *error)
{
	size_t kept = 0;
	enum fault fault = FAULT_NONE;

	for (size_t i = 0; i < *count && fault == FAULT_NONE; i++) {
		bool has = false;

		fault = await_row(awaited, &places[i], &has, error);
		if (fault == FAULT_NONE && (has || some_may_come(awaited->ctl)))
			places[kept++] = places[i];
	}
	*count = kept;
	return fault;
}
