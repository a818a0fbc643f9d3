/*
 * Fills queues with message events: NDJSON in persistent AMQP messages, as many
 * events in each as the API puts there under load, straight into the queues
 * that are named, each confirmed. Needs RABBITMQ_URL.
 */
#include <amqp.h>
#include <amqp_tcp_socket.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/synthetic.h"

#define CHANNEL 1
#define EVENTS_A_MESSAGE 256u
#define MESSAGE_BYTES (128u * 1024u)
#define UNCONFIRMED_MAX 32u

struct publisher {
	amqp_connection_state_t connection;
	uint64_t published, confirmed;
};

static void fail(const char *what)
{
	fprintf(stderr, "publish: %s\n", what);
	exit(1);
}

static void check(amqp_rpc_reply_t reply, const char *what)
{
	if (reply.reply_type != AMQP_RESPONSE_NORMAL)
		fail(what);
}

static void open_link(struct publisher *publisher)
{
	const char *url = getenv("RABBITMQ_URL");
	char *copy = strdup(url ? url : "");
	struct amqp_connection_info info;
	amqp_socket_t *socket;

	if (!copy || amqp_parse_url(copy, &info) != AMQP_STATUS_OK)
		fail("RABBITMQ_URL is missing or wrong");
	publisher->connection = amqp_new_connection();
	socket = publisher->connection
			 ? amqp_tcp_socket_new(publisher->connection)
			 : NULL;
	if (!socket || amqp_socket_open(socket, info.host, info.port) != 0)
		fail("cannot connect");
	check(amqp_login(publisher->connection, info.vhost, 0, 131072, 0,
			 AMQP_SASL_METHOD_PLAIN, info.user, info.password),
	      "cannot log in");
	if (!amqp_channel_open(publisher->connection, CHANNEL) ||
	    !amqp_confirm_select(publisher->connection, CHANNEL))
		fail("cannot open a channel");
	free(copy);
}

/* Anything but a confirm (a return, a nack, a closed channel) ends it. */
static void read_confirm(struct publisher *publisher)
{
	amqp_frame_t frame;
	const amqp_basic_ack_t *ack;

	if (amqp_simple_wait_frame(publisher->connection, &frame) !=
		    AMQP_STATUS_OK ||
	    frame.frame_type != AMQP_FRAME_METHOD ||
	    frame.payload.method.id != AMQP_BASIC_ACK_METHOD)
		fail("the broker did not take a message");
	ack = frame.payload.method.decoded;
	publisher->confirmed =
		ack->multiple ? ack->delivery_tag : publisher->confirmed + 1;
	amqp_maybe_release_buffers(publisher->connection);
}

static void publish(struct publisher *publisher, const char *queue,
		    const char *bytes, size_t length)
{
	const amqp_basic_properties_t properties = {
		._flags = AMQP_BASIC_DELIVERY_MODE_FLAG |
			  AMQP_BASIC_CONTENT_TYPE_FLAG,
		.delivery_mode = AMQP_DELIVERY_PERSISTENT,
		.content_type = amqp_cstring_bytes("application/x-ndjson"),
	};
	const amqp_bytes_t body = { length, (void *)bytes };

	if (amqp_basic_publish(publisher->connection, CHANNEL, amqp_empty_bytes,
			       amqp_cstring_bytes(queue), 1, 0, &properties,
			       body) != AMQP_STATUS_OK)
		fail("cannot publish");
	publisher->published++;
	while (publisher->published - publisher->confirmed > UNCONFIRMED_MAX)
		read_confirm(publisher);
}

/* One message's events from `n` on; returns where the next one begins. */
static uint64_t fill(const struct synthetic *synthetic, uint64_t n,
		     uint64_t end, char *out, size_t *length_r)
{
	size_t most = SYNTHETIC_EVENT_MAX + synthetic->size;
	uint64_t first = n;

	*length_r = 0;
	while (n < end && n - first < EVENTS_A_MESSAGE &&
	       (n == first || *length_r + most <= MESSAGE_BYTES))
		*length_r += synthetic_event(synthetic, n++, out + *length_r);
	return n;
}

int main(int argc, char **argv)
{
	struct publisher publisher = { NULL, 0, 0 };
	struct synthetic synthetic;
	uint64_t n, end;
	size_t length;
	char *out;

	if (argc < 8) {
		fputs("usage: publish APPLICATION CHATS GENERATION SIZE"
		      " BEFORE COUNT QUEUE...\n"
		      "BEFORE: messages that were made before, 0 at first\n",
		      stderr);
		return 2;
	}
	synthetic_parse(&synthetic, argv + 1);
	n = strtoull(argv[5], NULL, 10);
	end = n + synthetic_number(argv[6], "COUNT");
	out = malloc(MESSAGE_BYTES + SYNTHETIC_EVENT_MAX + synthetic.size);
	if (!out)
		fail("out of memory");
	open_link(&publisher);
	while (n < end) {
		n = fill(&synthetic, n, end, out, &length);
		for (int i = 7; i < argc; i++)
			publish(&publisher, argv[i], out, length);
	}
	while (publisher.confirmed < publisher.published)
		read_confirm(&publisher);
	check(amqp_connection_close(publisher.connection, AMQP_REPLY_SUCCESS),
	      "cannot close the connection");
	if (amqp_destroy_connection(publisher.connection) != AMQP_STATUS_OK)
		fail("cannot close the connection");
	free(out);
	return 0;
}
