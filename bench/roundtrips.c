/*
 * The ceiling that a single client's create is measured against: what it must
 * wait for, one after the other and nothing else. A round trip to Redis, with
 * a write that is flushed, then a message published to a topic exchange and
 * its confirm from three quorum queues. Shares no code with the product but
 * the histogram; its exchange, queues and key go at the end. REDIS_URL and
 * RABBITMQ_URL of the environment say where.
 *
 * usage: roundtrips SECONDS
 *
 * Prints one JSON object; "both" is the time of the two together.
 */
#include <amqp.h>
#include <amqp_tcp_socket.h>
#include <hiredis.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/latency.h"

#define EXCHANGE "bench.roundtrips"
#define KEY "bench:roundtrips"
#define PAYLOAD 320 /* an event of a message of a hundred characters */
#define TIMEOUT_S 10

static const struct {
	const char *name, *binding;
} queues[] = {
	{ EXCHANGE ".1", "#" },
	{ EXCHANGE ".2", "message.#" },
	{ EXCHANGE ".3", "#" },
};

static redisContext *redis;
static amqp_connection_state_t amqp;
static volatile sig_atomic_t stopped;

static void stop(int number)
{
	(void)number;
	stopped = 1;
}

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void fail(const char *what)
{
	fprintf(stderr, "roundtrips: %s\n", what);
	exit(1);
}

static const char *setting(const char *name)
{
	const char *value = getenv(name);

	if (!value) {
		fprintf(stderr, "roundtrips: %s is not set\n", name);
		exit(2);
	}
	return value;
}

/* ---- Redis ---- */

static void ask_redis(const char *command, const char *first,
		      const char *second)
{
	redisReply *reply = redisCommand(redis, command, first, second);

	if (!reply || reply->type == REDIS_REPLY_ERROR)
		fail(reply ? reply->str : redis->errstr);
	freeReplyObject(reply);
}

static void open_redis(void)
{
	struct timeval timeout = { TIMEOUT_S, 0 };
	char user[64], password[128], host[64];
	int port;

	if (sscanf(setting("REDIS_URL"), "redis://%63[^:]:%127[^@]@%63[^:]:%d",
		   user, password, host, &port) != 4)
		fail("REDIS_URL must be redis://user:password@host:port");
	redis = redisConnectWithTimeout(host, port, timeout);
	if (!redis || redis->err != 0)
		fail("cannot connect to Redis");
	if (redisSetTimeout(redis, timeout) != REDIS_OK)
		fail("cannot set up the connection to Redis");
	ask_redis("AUTH %s %s", user, password);
}

/* ---- RabbitMQ ---- */

static void check(const char *what)
{
	if (amqp_get_rpc_reply(amqp).reply_type != AMQP_RESPONSE_NORMAL)
		fail(what);
}

static void open_amqp(void)
{
	char url[512];
	struct amqp_connection_info where;
	struct timeval timeout = { TIMEOUT_S, 0 };
	amqp_socket_t *socket;

	snprintf(url, sizeof(url), "%s", setting("RABBITMQ_URL"));
	if (amqp_parse_url(url, &where) != AMQP_STATUS_OK)
		fail("RABBITMQ_URL is no amqp:// URL");
	amqp = amqp_new_connection();
	socket = amqp ? amqp_tcp_socket_new(amqp) : NULL;
	if (!socket ||
	    amqp_socket_open_noblock(socket, where.host, where.port,
				     &timeout) != AMQP_STATUS_OK ||
	    amqp_set_rpc_timeout(amqp, &timeout) != AMQP_STATUS_OK)
		fail("cannot connect to RabbitMQ");
	if (amqp_login(amqp, where.vhost, 0, 131072, 0, AMQP_SASL_METHOD_PLAIN,
		       where.user, where.password)
		    .reply_type != AMQP_RESPONSE_NORMAL)
		fail("RabbitMQ refuses the login");
	amqp_channel_open(amqp, 1);
	check("cannot open a channel");
}

static void declare(const char *name, const char *binding)
{
	amqp_table_entry_t entry = {
		.key = amqp_cstring_bytes("x-queue-type"),
		.value = { .kind = AMQP_FIELD_KIND_UTF8,
			   .value.bytes = amqp_cstring_bytes("quorum") },
	};
	amqp_table_t arguments = { 1, &entry };

	amqp_queue_declare(amqp, 1, amqp_cstring_bytes(name), 0, 1, 0, 0,
			   arguments);
	check("cannot declare a queue");
	amqp_queue_bind(amqp, 1, amqp_cstring_bytes(name),
			amqp_cstring_bytes(EXCHANGE),
			amqp_cstring_bytes(binding), amqp_empty_table);
	check("cannot bind a queue");
}

/* Also what an earlier run has left. */
static void remove_all(void)
{
	for (size_t i = 0; i < sizeof(queues) / sizeof(queues[0]); i++) {
		amqp_queue_delete(amqp, 1, amqp_cstring_bytes(queues[i].name),
				  0, 0);
		check("cannot delete a queue");
	}
	amqp_exchange_delete(amqp, 1, amqp_cstring_bytes(EXCHANGE), 0);
	check("cannot delete the exchange");
	ask_redis("DEL %s%s", KEY, "");
}

static void declare_all(void)
{
	amqp_exchange_declare(amqp, 1, amqp_cstring_bytes(EXCHANGE),
			      amqp_cstring_bytes("topic"), 0, 1, 0, 0,
			      amqp_empty_table);
	check("cannot declare the exchange");
	for (size_t i = 0; i < sizeof(queues) / sizeof(queues[0]); i++)
		declare(queues[i].name, queues[i].binding);
	amqp_confirm_select(amqp, 1);
	check("cannot ask for confirms");
}

static void await_confirm(void)
{
	struct timeval timeout = { TIMEOUT_S, 0 };
	amqp_frame_t frame;

	if (amqp_simple_wait_frame_noblock(amqp, &frame, &timeout) !=
	    AMQP_STATUS_OK)
		fail("no confirm came");
	if (frame.frame_type != AMQP_FRAME_METHOD ||
	    frame.payload.method.id != AMQP_BASIC_ACK_METHOD)
		fail("a message was not confirmed");
	amqp_maybe_release_buffers(amqp);
}

static void publish(void)
{
	static char payload[PAYLOAD];
	amqp_basic_properties_t properties = {
		._flags = AMQP_BASIC_DELIVERY_MODE_FLAG,
		.delivery_mode = AMQP_DELIVERY_PERSISTENT,
	};
	amqp_bytes_t body = { PAYLOAD, memset(payload, 'x', PAYLOAD) };

	if (amqp_basic_publish(amqp, 1, amqp_cstring_bytes(EXCHANGE),
			       amqp_cstring_bytes("message.created"), 1, 0,
			       &properties, body) != AMQP_STATUS_OK)
		fail("cannot publish");
	await_confirm();
}

/* ---- the run ---- */

static void run(int seconds)
{
	static struct latency numbers, confirms, both;
	int64_t start = now_us(), begin = start;

	while (!stopped && start < begin + (int64_t)seconds * 1000000) {
		int64_t numbered, end;

		ask_redis("INCRBY %s %s", KEY, "1");
		numbered = now_us();
		publish();
		end = now_us();
		latency_add(&numbers, numbered - start);
		latency_add(&confirms, end - numbered);
		latency_add(&both, end - start);
		start = end;
	}
	printf("{\"rate\":%.1f,\"redis_p50_us\":%lld,\"publish_p50_us\":%lld,"
	       "\"p50_us\":%lld,\"p99_us\":%lld}\n",
	       (double)both.count * 1e6 / (double)(start - begin + 1),
	       (long long)latency_at(&numbers, 0.5),
	       (long long)latency_at(&confirms, 0.5),
	       (long long)latency_at(&both, 0.5),
	       (long long)latency_at(&both, 0.99));
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = stop };
	int seconds = argc == 2 ? atoi(argv[1]) : 0;

	if (seconds <= 0) {
		fprintf(stderr, "usage: roundtrips SECONDS\n");
		return 2;
	}
	if (sigaction(SIGTERM, &action, NULL) != 0 ||
	    sigaction(SIGINT, &action, NULL) != 0)
		fail("cannot catch signals");
	open_redis();
	open_amqp();
	remove_all();
	declare_all();
	run(seconds);
	remove_all();
	amqp_destroy_connection(amqp);
	redisFree(redis);
	return 0;
}
