#include <amqp.h>
#include <amqp_tcp_socket.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

#include "common/config.h"
#include "tests/integration/faults.h"
#include "tests/integration/harness.h"

/* What each login may do at the broker is what it needs, and nothing more. */

#define CHANNEL 1
#define RPC_S 30

/* ---- what may be tried ---- */

enum deed {
	PUBLISH,
	CONSUME,
	PURGE,
	BIND,
	DELETE_QUEUE,
	DELETE_EXCHANGE,
	DECLARE_QUEUE,
	DECLARE_EXCHANGE
};

static const struct {
	enum deed deed;
	const char *word, *target;
} deeds[] = {
	{ PUBLISH, "publish to", "confab.events" },
	{ PUBLISH, "publish to", "confab.dead" },
	{ PUBLISH, "publish to", "amq.topic" },
	{ PUBLISH, "publish to", "" },
	{ CONSUME, "consume", "confab.persist" },
	{ CONSUME, "consume", "confab.index" },
	{ CONSUME, "consume", "confab.count" },
	{ CONSUME, "consume", "confab.dead" },
	{ PURGE, "purge", "confab.dead" },
	{ BIND, "bind", "confab.persist" },
	{ BIND, "bind", "confab.dead" },
	{ DELETE_QUEUE, "delete", "confab.persist" },
	{ DELETE_QUEUE, "delete", "confab.index" },
	{ DELETE_QUEUE, "delete", "confab.count" },
	{ DELETE_QUEUE, "delete", "confab.dead" },
	{ DELETE_EXCHANGE, "delete", "confab.events" },
	{ DELETE_EXCHANGE, "delete", "confab.dead" },
	{ DECLARE_QUEUE, "declare", "test.rights" },
	{ DECLARE_EXCHANGE, "declare", "test.rights" },
};

static const struct {
	const char *daemon, *writes, *reads;
} logins[] = {
	{ "api", "confab.events", "-" },
	{ "ingest", "confab.events", "-" },
	{ "persister", "confab.dead", "confab.persist" },
	{ "indexer", "confab.dead", "confab.index" },
	{ "counter", "confab.dead", "confab.count" },
};

/* ---- a daemon's login ---- */

/* Its RABBITMQ_URL, valid until the next call. */
static const char *login_of(const char *daemon)
{
	static const char variable[] = "RABBITMQ_URL=";
	static char line[1024];
	char name[64];
	bool found = false;
	FILE *file;

	snprintf(name, sizeof(name), "env/%s.env", daemon);
	file = fopen(fault_path(name), "r");
	assert_non_null(file);
	while (!found && fgets(line, sizeof(line), file))
		found = strncmp(line, variable, strlen(variable)) == 0;
	fclose(file);
	assert_true(found);
	line[strcspn(line, "\n")] = '\0';
	return line + strlen(variable);
}

static amqp_connection_state_t log_in(const char *url)
{
	const struct timeval timeout = { .tv_sec = RPC_S };
	amqp_connection_state_t state = amqp_new_connection();
	amqp_socket_t *socket;
	struct config_url parts;

	assert_true(config_url_parse(url, &parts));
	assert_non_null(state);
	socket = amqp_tcp_socket_new(state);
	assert_non_null(socket);
	assert_int_equal(amqp_socket_open(socket, parts.host, parts.port), 0);
	assert_int_equal(amqp_set_rpc_timeout(state, &timeout), 0);
	assert_int_equal(amqp_login(state, "/", 0, 131072, 0,
				    AMQP_SASL_METHOD_PLAIN, parts.user,
				    parts.password)
				 .reply_type,
			 AMQP_RESPONSE_NORMAL);
	config_url_release(&parts);
	amqp_channel_open(state, CHANNEL);
	assert_int_equal(amqp_get_rpc_reply(state).reply_type,
			 AMQP_RESPONSE_NORMAL);
	return state;
}

/* A blank line is no event. The broker says no at the next question. */
static void publish(amqp_connection_state_t state, amqp_bytes_t exchange)
{
	assert_int_equal(amqp_basic_publish(state, CHANNEL, exchange,
					    amqp_cstring_bytes("message.test"),
					    0, 0, NULL,
					    amqp_cstring_bytes("\n")),
			 0);
	amqp_queue_declare(state, CHANNEL, amqp_cstring_bytes("confab.persist"),
			   1, 0, 0, 0, amqp_empty_table);
}

static void act(amqp_connection_state_t state, enum deed deed,
		amqp_bytes_t target)
{
	switch (deed) {
	case PUBLISH:
		publish(state, target);
		break;
	case CONSUME:
		amqp_basic_consume(state, CHANNEL, target, amqp_empty_bytes, 0,
				   0, 0, amqp_empty_table);
		break;
	case PURGE:
		amqp_queue_purge(state, CHANNEL, target);
		break;
	case BIND:
		amqp_queue_bind(state, CHANNEL, target,
				amqp_cstring_bytes("confab.events"),
				amqp_cstring_bytes("test"), amqp_empty_table);
		break;
	case DELETE_QUEUE:
		amqp_queue_delete(state, CHANNEL, target, 0, 0);
		break;
	case DELETE_EXCHANGE:
		amqp_exchange_delete(state, CHANNEL, target, 0);
		break;
	case DECLARE_QUEUE:
		amqp_queue_declare(state, CHANNEL, target, 0, 1, 0, 0,
				   amqp_empty_table);
		break;
	case DECLARE_EXCHANGE:
		amqp_exchange_declare(state, CHANNEL, target,
				      amqp_cstring_bytes("topic"), 0, 1, 0, 0,
				      amqp_empty_table);
		break;
	}
}

/* The code with which the broker closed the channel, 0: it obeyed. */
static int answer_of(amqp_rpc_reply_t reply)
{
	const amqp_channel_close_t *close = reply.reply.decoded;

	if (reply.reply_type == AMQP_RESPONSE_NORMAL)
		return 0;
	assert_int_equal(reply.reply_type, AMQP_RESPONSE_SERVER_EXCEPTION);
	assert_int_equal(reply.reply.id, AMQP_CHANNEL_CLOSE_METHOD);
	return close->reply_code;
}

static int try(const char *url, enum deed deed, const char *target)
{
	amqp_connection_state_t state = log_in(url);
	int code;

	act(state, deed, amqp_cstring_bytes(target));
	code = answer_of(amqp_get_rpc_reply(state));
	/* Closes the socket too: what was consumed goes back. */
	amqp_destroy_connection(state);
	return code;
}

/* ---- the tests ---- */

static bool allowed(size_t login, size_t deed)
{
	const char *target = deeds[deed].target;

	switch (deeds[deed].deed) {
	case PUBLISH:
		return strcmp(target, logins[login].writes) == 0;
	case CONSUME:
		return strcmp(target, logins[login].reads) == 0;
	default:
		return false;
	}
}

static void test_daemons(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(logins); i++) {
		const char *url = login_of(logins[i].daemon);

		for (size_t j = 0; j < COUNT_OF(deeds); j++) {
			int wanted = allowed(i, j) ? 0 : AMQP_ACCESS_REFUSED;
			int code = try(url, deeds[j].deed, deeds[j].target);

			if (code != wanted)
				fail_msg("%s may %s \"%s\": %d, not %d",
					 logins[i].daemon, deeds[j].word,
					 deeds[j].target, code, wanted);
		}
	}
}

static long monitor(const char *method, const char *body, const char *path)
{
	char url[1024];

	snprintf(url, sizeof(url), "%s/api/%s",
		 setting("RABBITMQ_MONITORING_URL"), path);
	return http_send(method, NULL, body, url)->status;
}

static void test_monitoring(void **state)
{
	static const char get[] =
		"{\"count\":1,\"ackmode\":\"ack_requeue_true\","
		"\"encoding\":\"auto\"}";

	(void)state;
	assert_int_equal(monitor("GET", NULL, "queues/%2F/confab.dead"), 200);
	assert_int_equal(monitor("GET", NULL, "connections"), 200);
	assert_int_equal(monitor("GET", NULL, "nodes"), 200);
	assert_int_equal(monitor("GET", NULL, "users"), 401);
	assert_int_equal(monitor("GET", NULL, "definitions"), 401);
	assert_int_equal(monitor("PUT", "{}", "policies/%2F/test"), 401);
	/* The last three fail at AMQP, which the API makes a 400 or 401. */
	assert_in_range(monitor("POST", get, "queues/%2F/confab.dead/get"), 400,
			403);
	assert_in_range(
		monitor("DELETE", NULL, "queues/%2F/confab.dead/contents"), 400,
		403);
	assert_in_range(monitor("DELETE", NULL, "queues/%2F/confab.dead"), 400,
			403);
	assert_int_equal(monitor("GET", NULL, "queues/%2F/confab.dead"), 200);
}

/* A process is told from another one by the name of its connection. The
 * broker's figures are some seconds old. */
static bool connections_have_names(void *context)
{
	static const char *const names[] = {
		"confab-api: accepted events (", "confab-ingest: accepted",
		"confab-persister: reads confab.persist (",
		"confab-indexer: reads confab.index (",
		"confab-counter: reads confab.count ("
	};
	const struct http_reply *reply;
	char url[1024];
	bool all = true;

	(void)context;
	snprintf(url, sizeof(url), "%s/api/connections",
		 setting("RABBITMQ_MONITORING_URL"));
	reply = http_send("GET", NULL, NULL, url);
	assert_status(reply, 200);
	for (size_t i = 0; i < COUNT_OF(names); i++)
		all = all && strstr(reply->body, names[i]) != NULL;
	return all;
}

static void test_connections_have_names(void **state)
{
	(void)state;
	assert_becomes(connections_have_names, NULL, DRAINED_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_daemons),
		cmocka_unit_test(test_monitoring),
		cmocka_unit_test(test_connections_have_names),
	};

	return cmocka_run_group_tests_name("broker rights", tests, NULL, NULL);
}
