#ifndef CONFAB_TESTS_UNIT_FAKE_BROKER_H
#define CONFAB_TESTS_UNIT_FAKE_BROKER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/buf.h"

/*
 * A broker that shakes hands as RabbitMQ does and then says what the test
 * tells it to: for what a real one says too rarely. It serves one connection,
 * in a thread of its own. All static, since a unit test is one file.
 */

/* AMQP 0-9-1 methods, class << 16 | method */
enum {
	FAKE_START = 0x000a000a,
	FAKE_START_OK = 0x000a000b,
	FAKE_TUNE = 0x000a001e,
	FAKE_OPEN = 0x000a0028,
	FAKE_OPEN_OK = 0x000a0029,
	FAKE_CLOSE = 0x000a0032,
	FAKE_CLOSE_OK = 0x000a0033,
	FAKE_BLOCKED = 0x000a003c,
	FAKE_UNBLOCKED = 0x000a003d,
	FAKE_CHANNEL_OPEN = 0x0014000a,
	FAKE_CHANNEL_OPEN_OK = 0x0014000b,
	FAKE_CHANNEL_CLOSE = 0x00140028,
	FAKE_DECLARE = 0x0032000a,
	FAKE_DECLARE_OK = 0x0032000b,
	FAKE_QOS = 0x003c000a,
	FAKE_QOS_OK = 0x003c000b,
	FAKE_CONSUME = 0x003c0014,
	FAKE_CONSUME_OK = 0x003c0015,
	FAKE_CANCEL = 0x003c001e,
	FAKE_PUBLISH = 0x003c0028,
	FAKE_RETURN = 0x003c0032,
	FAKE_DELIVER = 0x003c003c,
	FAKE_ACK = 0x003c0050,
	FAKE_NACK = 0x003c0078,
	FAKE_SELECT = 0x0055000a,
	FAKE_SELECT_OK = 0x0055000b
};

struct fake_script {
	uint32_t method; /* after the client sent this ... */
	unsigned times;	 /* ... so often, */
	struct buf said; /* these bytes go out, before any answer to it, */
	bool slowly;	 /* one by one, */
	bool hang_up;	 /* and that was it. */
};

struct fake_broker {
	int listener;
	pthread_t thread;
	struct fake_script script;
	char url[64];
};

/* ---- what it says ---- */

static inline void fake_put(struct buf *out, unsigned bytes, uint64_t value)
{
	while (bytes-- > 0)
		buf_append_char(out, (char)(value >> (8 * bytes)));
}

static inline void fake_put_short(struct buf *out, const char *text)
{
	fake_put(out, 1, strlen(text));
	buf_append_text(out, text);
}

static inline void fake_put_long(struct buf *out, const char *text)
{
	fake_put(out, 4, strlen(text));
	buf_append_text(out, text);
}

static inline void fake_frame(struct buf *out, unsigned type, unsigned channel,
			      const void *payload, size_t length)
{
	fake_put(out, 1, type);
	fake_put(out, 2, channel);
	fake_put(out, 4, length);
	buf_append(out, payload, length);
	fake_put(out, 1, 0xce);
}

/* Takes `arguments` and empties it. */
static inline void fake_method(struct buf *out, uint32_t method,
			       struct buf *arguments)
{
	struct buf payload = BUF_INIT;

	fake_put(&payload, 4, method);
	buf_append(&payload, arguments->data, arguments->length);
	fake_frame(out, 1, method >> 16 == 10 ? 0 : 1, payload.data,
		   payload.length);
	buf_release(&payload);
	buf_release(arguments);
}

static inline void fake_say_ack(struct buf *out, uint64_t tag, bool multiple)
{
	struct buf arguments = BUF_INIT;

	fake_put(&arguments, 8, tag);
	fake_put(&arguments, 1, multiple);
	fake_method(out, FAKE_ACK, &arguments);
}

static inline void fake_say_nack(struct buf *out, uint64_t tag, bool multiple)
{
	struct buf arguments = BUF_INIT;

	fake_put(&arguments, 8, tag);
	fake_put(&arguments, 1, multiple);
	fake_method(out, FAKE_NACK, &arguments);
}

/* Header with a message id, then the body in frames of at most `piece`. */
static inline void fake_content(struct buf *out, const char *message_id,
				const char *body, size_t piece)
{
	struct buf header = BUF_INIT;
	size_t left = strlen(body);

	fake_put(&header, 2, 60);
	fake_put(&header, 2, 0);
	fake_put(&header, 8, left);
	fake_put(&header, 2, 1u << 7);
	fake_put_short(&header, message_id);
	fake_frame(out, 2, 1, header.data, header.length);
	buf_release(&header);
	while (left > 0) {
		size_t some = left < piece ? left : piece;

		fake_frame(out, 3, 1, body, some);
		body += some;
		left -= some;
	}
}

static inline void fake_say_return(struct buf *out, const char *message_id,
				   const char *body)
{
	struct buf arguments = BUF_INIT;

	fake_put(&arguments, 2, 312);
	fake_put_short(&arguments, "NO_ROUTE");
	fake_put_short(&arguments, "exchange");
	fake_put_short(&arguments, "key");
	fake_method(out, FAKE_RETURN, &arguments);
	fake_content(out, message_id, body, 4);
}

static inline void fake_say_delivery(struct buf *out, uint64_t tag,
				     const char *body, size_t piece)
{
	struct buf arguments = BUF_INIT;

	fake_put_short(&arguments, "tag");
	fake_put(&arguments, 8, tag);
	fake_put(&arguments, 1, 0);
	fake_put_short(&arguments, "exchange");
	fake_put_short(&arguments, "message.created");
	fake_method(out, FAKE_DELIVER, &arguments);
	fake_content(out, "id", body, piece);
}

static inline void fake_say_blocked(struct buf *out, bool blocked)
{
	struct buf arguments = BUF_INIT;

	if (blocked)
		fake_put_short(&arguments, "low on memory");
	fake_method(out, blocked ? FAKE_BLOCKED : FAKE_UNBLOCKED, &arguments);
}

static inline void fake_say_cancel(struct buf *out)
{
	struct buf arguments = BUF_INIT;

	fake_put_short(&arguments, "tag");
	fake_put(&arguments, 1, 1);
	fake_method(out, FAKE_CANCEL, &arguments);
}

static inline void fake_say_channel_close(struct buf *out, unsigned code,
					  const char *text)
{
	struct buf arguments = BUF_INIT;

	fake_put(&arguments, 2, code);
	fake_put_short(&arguments, text);
	fake_put(&arguments, 4, 0);
	fake_method(out, FAKE_CHANNEL_CLOSE, &arguments);
}

/* A frame that does not end where it should. */
static inline void fake_say_garbage(struct buf *out)
{
	fake_put(out, 1, 1);
	fake_put(out, 2, 1);
	fake_put(out, 4, 4);
	fake_put(out, 5, 0);
}

/* ---- what it answers ---- */

static inline void fake_answer(struct buf *out, uint32_t method)
{
	struct buf arguments = BUF_INIT;

	switch (method) {
	case FAKE_START_OK:
		fake_put(&arguments, 2, 10);
		fake_put(&arguments, 4, 131072);
		fake_put(&arguments, 2, 60);
		fake_method(out, FAKE_TUNE, &arguments);
		return;
	case FAKE_OPEN:
		fake_put_short(&arguments, "");
		fake_method(out, FAKE_OPEN_OK, &arguments);
		return;
	case FAKE_CHANNEL_OPEN:
		fake_put_long(&arguments, "");
		fake_method(out, FAKE_CHANNEL_OPEN_OK, &arguments);
		return;
	case FAKE_DECLARE:
		fake_put_short(&arguments, "queue");
		fake_put(&arguments, 4, 7);
		fake_put(&arguments, 4, 2);
		fake_method(out, FAKE_DECLARE_OK, &arguments);
		return;
	case FAKE_CONSUME:
		fake_put_short(&arguments, "tag");
		fake_method(out, FAKE_CONSUME_OK, &arguments);
		return;
	case FAKE_QOS:
	case FAKE_SELECT:
	case FAKE_CLOSE:
		fake_method(out, method + 1, &arguments);
		return;
	default:
		return;
	}
}

static inline void fake_send(int peer, const struct buf *what, bool slowly)
{
	size_t step = slowly ? 1 : what->length;

	for (size_t at = 0; at < what->length; at += step)
		if (send(peer, what->data + at, step, MSG_NOSIGNAL) < 0)
			return;
}

static inline void fake_greet(int peer)
{
	struct buf arguments = BUF_INIT, out = BUF_INIT;

	fake_put(&arguments, 2, 9); /* version 0-9 */
	fake_put_long(&arguments, "");
	fake_put_long(&arguments, "PLAIN");
	fake_put_long(&arguments, "en_US");
	fake_method(&out, FAKE_START, &arguments);
	fake_send(peer, &out, false);
	buf_release(&out);
}

/* False at the end of the connection. 0 for a frame that is no method. */
static inline bool fake_read_method(int peer, uint32_t *method_r)
{
	unsigned char head[7], body[131072];
	size_t length;

	if (recv(peer, head, sizeof(head), MSG_WAITALL) != sizeof(head))
		return false;
	length = ((size_t)head[3] << 24 | (size_t)head[4] << 16 |
		  (size_t)head[5] << 8 | head[6]) +
		 1;
	if (length > sizeof(body) ||
	    recv(peer, body, length, MSG_WAITALL) != (ssize_t)length)
		return false;
	*method_r = head[0] != 1 ? 0
				 : (uint32_t)body[0] << 24 |
					   (uint32_t)body[1] << 16 |
					   (uint32_t)body[2] << 8 | body[3];
	return true;
}

static inline void fake_serve(struct fake_broker *broker, int peer)
{
	struct fake_script *script = &broker->script;
	unsigned char greeting[8];
	uint32_t method;

	if (recv(peer, greeting, sizeof(greeting), MSG_WAITALL) != 8)
		return;
	fake_greet(peer);
	while (fake_read_method(peer, &method)) {
		struct buf answer = BUF_INIT;

		if (method == script->method && script->times > 0 &&
		    --script->times == 0) {
			fake_send(peer, &script->said, script->slowly);
			if (script->hang_up)
				return;
		}
		fake_answer(&answer, method);
		fake_send(peer, &answer, false);
		buf_release(&answer);
	}
}

static inline void *fake_run(void *context)
{
	struct fake_broker *broker = context;
	const int one = 1;
	int peer = accept(broker->listener, NULL, NULL);

	if (peer < 0)
		return NULL;
	setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	fake_serve(broker, peer);
	close(peer);
	return NULL;
}

/* Takes what the script says. False when it cannot be started. */
static inline bool fake_start(struct fake_broker *broker,
			      struct fake_script script)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t size = sizeof(address);

	broker->script = script;
	broker->listener = socket(AF_INET, SOCK_STREAM, 0);
	if (broker->listener < 0 ||
	    bind(broker->listener, (struct sockaddr *)&address, size) != 0 ||
	    listen(broker->listener, 1) != 0 ||
	    getsockname(broker->listener, (struct sockaddr *)&address, &size) !=
		    0)
		return false;
	snprintf(broker->url, sizeof(broker->url), "amqp://u:p@127.0.0.1:%u/",
		 ntohs(address.sin_port));
	return pthread_create(&broker->thread, NULL, fake_run, broker) == 0;
}

/* After the client has gone. */
static inline void fake_stop(struct fake_broker *broker)
{
	pthread_join(broker->thread, NULL);
	close(broker->listener);
	buf_release(&broker->script.said);
}

#endif
