#include "ctl/publisher.h"

#define CONFIRM_TIMEOUT_MS 10000

enum fault publisher_open(struct publisher *publisher, const char *rabbitmq_url,
			  struct error *error)
{
	enum fault fault = amqp_link_new(rabbitmq_url, "confabctl",
					 &publisher->link, error);

	if (fault != FAULT_NONE)
		return fault;
	return amqp_link_confirm_select(publisher->link, error);
}

void publisher_close(struct publisher *publisher)
{
	amqp_link_free(&publisher->link);
	buf_release(&publisher->message);
}

enum fault publisher_flush(struct publisher *publisher, struct error *error)
{
	char id[UUID_TEXT_SIZE];
	const struct amqp_publication what = {
		.exchange = AMQP_EXCHANGE_EVENTS,
		.routing_key = event_type_name(publisher->type),
		.content_type = EVENT_CONTENT_TYPE,
		.message_id = id,
		.body = publisher->message.data,
		.length = publisher->message.length,
	};
	enum fault fault;

	if (publisher->message.failed)
		return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	if (publisher->message.length == 0)
		return FAULT_NONE;
	uuid_format(&publisher->first_id, id);
	fault = amqp_link_publish_wait(publisher->link, &what,
				       CONFIRM_TIMEOUT_MS, error);
	buf_clear(&publisher->message);
	return fault;
}

enum fault publisher_add(struct publisher *publisher, const struct event *event,
			 const struct buf *line, struct error *error)
{
	size_t more = line != NULL ? line->length : 0;
	enum fault fault = FAULT_NONE;

	if (publisher->message.length > 0 &&
	    (publisher->type != event->type ||
	     publisher->message.length + more > AMQP_MESSAGE_BYTES))
		fault = publisher_flush(publisher, error);
	if (fault != FAULT_NONE)
		return fault;
	if (publisher->message.length == 0)
		publisher->first_id = event->id;
	publisher->type = event->type;
	if (line != NULL)
		buf_append(&publisher->message, line->data, line->length);
	else
		event_encode(event, &publisher->message);
	return FAULT_NONE;
}
