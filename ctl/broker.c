#include "ctl/broker.h"

#include <cjson/cJSON.h>
#include <string.h>

#include "common/amqp.h"
#include "common/buf.h"
#include "ctl/ctl.h"

/* of the virtual host "/" */
#define QUEUES_PATH "/api/queues/%2F"

static const char *const names[BROKER_QUEUES] = {
	AMQP_QUEUE_PERSIST, AMQP_QUEUE_INDEX, AMQP_QUEUE_COUNT, AMQP_QUEUE_DEAD
};

static enum fault name_server(const char *name, struct error *error)
{
	const struct error cause = *error;

	return error_set(error, cause.fault, cause.code, "%s: %s", name,
			 cause.text);
}

static enum fault call(struct ctl *ctl, const char *method, const char *path,
		       long wanted, struct http_answer *answer_r,
		       struct error *error)
{
	const struct http_request request = { .method = method };
	enum fault fault =
		http_send_to(ctl->http, ctl->settings->rabbitmq_management_url,
			     path, &request, answer_r, error);

	if (fault != FAULT_NONE)
		return name_server("RabbitMQ's management", error);
	if (answer_r->status == wanted)
		return FAULT_NONE;
	return error_set(
		error,
		answer_r->status >= 500 ? FAULT_TEMPORARY : FAULT_PERMANENT,
		(int)answer_r->status, "RabbitMQ's management answered %ld",
		answer_r->status);
}

/* A queue that was just declared has no figures yet: 0. */
static uint64_t number(const cJSON *queue, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(queue, name);

	return cJSON_IsNumber(item) && item->valuedouble > 0
		       ? (uint64_t)item->valuedouble
		       : 0;
}

static double rate(const cJSON *queue, const char *name)
{
	const cJSON *statistics =
		cJSON_GetObjectItemCaseSensitive(queue, "message_stats");
	const cJSON *details =
		cJSON_GetObjectItemCaseSensitive(statistics, name);
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(details, "rate");

	return cJSON_IsNumber(item) && item->valuedouble > 0 ? item->valuedouble
							     : 0;
}

static void take_queue(const cJSON *queue, struct broker_queue *queues)
{
	const char *name = cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(queue, "name"));

	for (int i = 0; name != NULL && i < BROKER_QUEUES; i++) {
		if (strcmp(name, queues[i].name) != 0)
			continue;
		queues[i].exists = true;
		queues[i].ready = number(queue, "messages_ready");
		queues[i].unacknowledged =
			number(queue, "messages_unacknowledged");
		queues[i].consumers = number(queue, "consumers");
		queues[i].in = rate(queue, "publish_details");
		queues[i].out = rate(queue, "ack_details");
	}
}

static enum fault read_statistics(struct ctl *ctl, struct broker_queue *queues,
				  struct error *error)
{
	struct http_answer answer;
	const cJSON *queue;
	cJSON *list;
	enum fault fault = call(ctl, "GET", QUEUES_PATH, 200, &answer, error);

	if (fault != FAULT_NONE)
		return fault;
	list = cJSON_ParseWithLength(answer.body, answer.length);
	if (!cJSON_IsArray(list)) {
		cJSON_Delete(list);
		return error_set(error, FAULT_PERMANENT, 0,
				 "RabbitMQ's management answered no list");
	}
	cJSON_ArrayForEach(queue, list)
	{
		take_queue(queue, queues);
	}
	cJSON_Delete(list);
	return FAULT_NONE;
}

/* What the queues themselves say, over AMQP. */
static enum fault read_depths(struct ctl *ctl, struct broker_queue *queues,
			      struct error *error)
{
	struct amqp_link *link = NULL;
	enum fault fault = amqp_link_new(ctl->settings->rabbitmq_url,
					 "confabctl", &link, error);

	for (int i = 0; fault == FAULT_NONE && i < BROKER_QUEUES; i++) {
		uint32_t ready = 0, consumers = 0;

		if (!queues[i].exists)
			continue;
		fault = amqp_link_queue_depth(link, queues[i].name, &ready,
					      &consumers, error);
		queues[i].ready = ready;
		queues[i].consumers = consumers;
	}
	amqp_link_free(&link);
	return fault == FAULT_NONE ? fault : name_server("RabbitMQ", error);
}

enum fault broker_queues(struct ctl *ctl,
			 struct broker_queue queues_r[BROKER_QUEUES],
			 struct error *error)
{
	enum fault fault;

	for (int i = 0; i < BROKER_QUEUES; i++)
		queues_r[i] = (struct broker_queue){ .name = names[i] };
	fault = read_statistics(ctl, queues_r, error);
	if (fault == FAULT_NONE && ctl->settings->rabbitmq_url[0] != '\0')
		fault = read_depths(ctl, queues_r, error);
	return fault;
}

enum fault broker_purge(struct ctl *ctl, const char *queue, struct error *error)
{
	struct http_answer answer;
	struct buf path = BUF_INIT;
	enum fault fault;

	buf_append_text(&path, QUEUES_PATH);
	buf_append_char(&path, '/');
	buf_append_text(&path, queue);
	buf_append_text(&path, "/contents");
	fault = path.failed
			? error_set(error, FAULT_TEMPORARY, 0, "out of memory")
			: call(ctl, "DELETE", path.data, 204, &answer, error);
	buf_release(&path);
	return fault;
}
