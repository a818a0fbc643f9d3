#include "ctl/restore_letters.h"

#include <stdio.h>
#include <string.h>

#include "common/amqp.h"
#include "common/dead_letter.h"
#include "ctl/ctl.h"
#include "ctl/query.h"
#include "ctl/table_walk.h"

/* Copies of a letter that are given to the broker at once. */
#define GROUP 64u

static const char *const columns[] = { "event_id", "queue", "type", "reason",
				       "event",	   "times", NULL };

struct restoring {
	struct ctl *ctl;
	struct dead_letters *letters; /* of `queue`; NULL: of none yet */
	char queue[65];
	struct error *error;
	enum fault fault;
};

static void copy_text(char *text_r, size_t size, const struct sql_value *column)
{
	snprintf(text_r, size, "%.*s", (int)column->as.bytes.length,
		 column->as.bytes.data);
}

static enum fault publish(struct dead_letters *letters,
			  struct dead_letter *letter, uint64_t times,
			  struct error *error)
{
	struct dead_letter *list[GROUP];
	enum fault fault = FAULT_NONE;

	for (size_t i = 0; i < GROUP; i++)
		list[i] = letter;
	while (fault == FAULT_NONE && times > 0) {
		size_t done = 0;

		fault = dead_letters_record(letters, list,
					    times < GROUP ? times : GROUP,
					    &done, error);
		times -= done;
	}
	return fault;
}

/* Most letters are of one queue, so one connection serves them all. */
static enum fault choose_queue(struct restoring *restoring,
			       const struct sql_value *column,
			       struct error *error)
{
	char queue[sizeof(restoring->queue)];

	copy_text(queue, sizeof(queue), column);
	if (restoring->letters != NULL && strcmp(queue, restoring->queue) == 0)
		return FAULT_NONE;
	dead_letters_free(&restoring->letters);
	memcpy(restoring->queue, queue, sizeof(queue));
	restoring->letters = dead_letters_new(
		restoring->ctl->settings->rabbitmq_url, restoring->queue, NULL);
	return restoring->letters != NULL
		       ? FAULT_NONE
		       : error_set(error, FAULT_TEMPORARY, 0, "out of memory");
}

static enum fault restore_row(struct restoring *restoring,
			      const struct sql_value *row, struct error *error)
{
	char type[65], reason[65];
	struct event event = { .generation = 0 };
	struct dead_letter letter = { .line = row[4].as.bytes.data,
				      .length = row[4].as.bytes.length,
				      .routing_key = type,
				      .reason = reason,
				      .detail = "" };
	enum fault fault = choose_queue(restoring, &row[1], error);

	copy_text(type, sizeof(type), &row[2]);
	copy_text(reason, sizeof(reason), &row[3]);
	if (row[0].as.bytes.length == sizeof(event.id.bytes) &&
	    strcmp(type, "unknown") != 0) {
		memcpy(event.id.bytes, row[0].as.bytes.data,
		       sizeof(event.id.bytes));
		letter.event = &event;
	}
	if (fault == FAULT_NONE)
		fault = publish(restoring->letters, &letter,
				query_value_u64(&row[5]), error);
	return fault;
}

static bool take_row(void *context, const struct sql_value *row, size_t count)
{
	struct restoring *restoring = context;

	(void)count;
	restoring->fault = restore_row(restoring, row, restoring->error);
	return restoring->fault == FAULT_NONE;
}

static enum fault look_at_queue(struct ctl *ctl, bool *empty_r,
				struct error *error)
{
	struct amqp_link *link = NULL;
	uint32_t ready = 0, consumers = 0;
	enum fault fault = amqp_link_new(ctl->settings->rabbitmq_url,
					 "confabctl", &link, error);

	if (fault == FAULT_NONE)
		fault = amqp_link_queue_depth(link, AMQP_QUEUE_DEAD, &ready,
					      &consumers, error);
	amqp_link_free(&link);
	*empty_r = ready == 0;
	return fault;
}

static enum fault publish_all(struct ctl *ctl, struct error *error)
{
	const struct backup_table *table =
		&backup_tables[backup_tables_find("dead_letters")];
	struct restoring restoring = { .ctl = ctl, .error = error };
	struct table_walk walk;
	size_t rows = 1;
	enum fault fault =
		table_walk_init(&walk, table, table->name, columns, error);

	while (fault == FAULT_NONE && rows > 0) {
		fault = table_walk_next(&walk, ctl->sql, take_row, &restoring,
					&rows, error);
		if (restoring.fault != FAULT_NONE)
			fault = restoring.fault;
	}
	dead_letters_free(&restoring.letters);
	table_walk_release(&walk);
	return fault;
}

enum fault restore_letters(struct ctl *ctl, struct error *error)
{
	bool empty = false;
	enum fault fault = look_at_queue(ctl, &empty, error);

	return fault == FAULT_NONE && empty ? publish_all(ctl, error) : fault;
}
