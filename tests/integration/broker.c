#include "tests/integration/broker.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "tests/integration/harness.h"
#include "tests/integration/stores.h"

#define COPY "test.copy"
/* so many messages to one answer */
#define TAKE 500

static const struct http_reply *manage(const char *method, const char *body,
				       const char *path)
{
	char url[1024];

	snprintf(url, sizeof(url), "%s/api/%s",
		 setting("RABBITMQ_MANAGEMENT_URL"), path);
	return http_send(method, NULL, body, url);
}

void broker_publish(const char *routing_key, const char *payload)
{
	const struct http_reply *reply;
	struct buf body = BUF_INIT;

	buf_printf(&body,
		   "{\"properties\":{\"delivery_mode\":2,\"content_type\":"
		   "\"application/x-ndjson\"},\"routing_key\":\"%s\","
		   "\"payload_encoding\":\"string\",\"payload\":",
		   routing_key);
	json_append_string(&body, payload, strlen(payload));
	buf_append_text(&body, "}");
	reply = manage("POST", body.data,
		       "exchanges/%2F/confab.events/publish");
	buf_release(&body);
	assert_status(reply, 200);
	assert_non_null(strstr(reply->body, "true"));
}

static const char *event(const struct talk *talk, const char *type,
			 unsigned number, const char *rest)
{
	static struct buf buf = BUF_INIT;
	unsigned long long application = talk->application;

	buf_clear(&buf);
	buf_printf(&buf,
		   "{\"v\":1,\"type\":\"%s\",\"id\":"
		   "\"01932f5e-7c00-7abc-8def-%06llx%06x\",\"app\":%llu,"
		   "\"chat\":%llu,\"number\":%u,\"at\":1761566400123,"
		   "\"gen\":%u,\"rev\":1%s}\n",
		   type, application, number, application,
		   (unsigned long long)talk->chat, number,
		   (unsigned)store_number("SELECT generation FROM numbering"),
		   rest);
	return buf.data;
}

const char *broker_event(const struct talk *talk, unsigned number,
			 const char *text)
{
	char rest[512];

	snprintf(rest, sizeof(rest), ",\"body\":\"%s\"", text);
	return event(talk, "message.created", number, rest);
}

const char *broker_void_event(const struct talk *talk, unsigned number)
{
	return event(talk, "message.voided", number, "");
}

void broker_copy_start(void)
{
	const struct http_reply *reply =
		manage("PUT", "{\"durable\":true}", "queues/%2F/" COPY);

	assert_true(reply->status == 201 || reply->status == 204);
	reply = manage("POST", "{\"routing_key\":\"#\"}",
		       "bindings/%2F/e/confab.events/q/" COPY);
	assert_status(reply, 201);
}

void broker_copy_stop(void)
{
	assert_status(manage("DELETE", NULL, "queues/%2F/" COPY), 204);
}

int broker_copy_set_up(void **state)
{
	(void)state;
	broker_copy_start();
	return 0;
}

int broker_copy_take_down(void **state)
{
	(void)state;
	broker_copy_stop();
	return 0;
}

static const char *member_text(const cJSON *object, const char *name)
{
	const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);

	return cJSON_IsString(member) ? member->valuestring : "";
}

static void hand_out(const cJSON *item,
		     void (*each)(void *context, const struct broker_message *),
		     void *context)
{
	const cJSON *properties =
		cJSON_GetObjectItemCaseSensitive(item, "properties");
	const cJSON *headers =
		cJSON_GetObjectItemCaseSensitive(properties, "headers");
	struct broker_message message = {
		.routing_key = member_text(item, "routing_key"),
		.payload = member_text(item, "payload"),
		.reason = member_text(headers, "x-confab-reason"),
		.queue = member_text(headers, "x-confab-queue"),
	};

	each(context, &message);
}

void broker_take(const char *queue,
		 void (*each)(void *context, const struct broker_message *),
		 void *context)
{
	const struct http_reply *reply;
	const cJSON *item;
	char path[256], body[128];
	cJSON *items;
	int count;

	snprintf(path, sizeof(path), "queues/%%2F/%s/get", queue);
	snprintf(body, sizeof(body),
		 "{\"count\":%d,\"ackmode\":\"ack_requeue_false\","
		 "\"encoding\":\"auto\"}",
		 TAKE);
	do {
		reply = manage("POST", body, path);
		assert_status(reply, 200);
		items = cJSON_ParseWithLength(reply->body, reply->length);
		assert_true(cJSON_IsArray(items));
		count = cJSON_GetArraySize(items);
		cJSON_ArrayForEach(item, items) hand_out(item, each, context);
		cJSON_Delete(items);
	} while (count > 0);
}

static bool queue_is_empty(const char *queue)
{
	const struct http_reply *reply;
	char path[256];

	snprintf(path, sizeof(path), "queues/%%2F/%s", queue);
	reply = manage("GET", NULL, path);
	return reply->status == 200 && reply_has(reply, "messages") &&
	       reply_number(reply, "messages") == 0;
}

bool broker_is_drained(void *context)
{
	(void)context;
	return queue_is_empty("confab.persist") &&
	       queue_is_empty("confab.index") && queue_is_empty("confab.count");
}
