#ifndef CONFAB_API_CONNECTION_H
#define CONFAB_API_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/answer.h"
#include "api/chunks.h"
#include "common/buf.h"

/*
 * One client's connection: its bytes become requests for http.h, one after the
 * other, and their answers become bytes. It belongs to the thread of its loop;
 * while a request is worked on elsewhere it neither reads nor ends. A silent
 * one holds some hundred bytes.
 */
struct loop;
struct request;

enum connection_state {
	CONNECTION_HEAD,   /* between requests, or a head is coming */
	CONNECTION_BODY,   /* the head was read */
	CONNECTION_WORK,   /* all was read; the answer is being made */
	CONNECTION_ANSWER, /* and sent */
	CONNECTION_LINGER, /* ours is said; the client may still be talking */
	CONNECTION_CLOSED
};

struct connection {
	struct loop *loop;
	struct connection *next, **link; /* all of the loop's */
	struct connection *again;	 /* the next one that has more to do */
	bool listed;			 /* among those */
	enum connection_state state;
	int fd;
	/* as far as is known: until a call says otherwise */
	bool readable, writable;
	bool hung_up;	 /* no more will come than is there */
	bool persistent; /* the client may send more requests */
	bool old;	 /* HTTP/1.0 */
	bool closing;	 /* when the answer is sent */
	bool lingers;	 /* what the client still sends is no request */
	bool headless;	 /* HEAD: the answer's body is not sent */
	int64_t due_ms;	 /* INT64_MAX: nothing is due from the client */

	struct buf head; /* of the request under way, which points into it */
	size_t searched; /* for its end */
	struct buf rest; /* came behind the request under way */
	size_t rest_at;	 /* and was taken so far */
	bool chunked;
	struct chunks chunks;
	uint64_t body_left;
	struct request *request;

	struct buf out, body; /* the answer's head and body */
	size_t sent;
};

/* Takes the socket over; NULL without memory. */
struct connection *connection_new(struct loop *loop, int fd);
/* Also frees the request under way; the loop frees the memory. */
void connection_close(struct connection *connection);
/* What epoll says; goes on as far as that allows. */
void connection_event(struct connection *connection, uint32_t events);
/* Goes on after an answer was set, or after so many requests that others had
 * to have their turn. The connection may be closed then. */
void connection_go_on(struct connection *connection);
/* Closes it if the client's time is over. */
void connection_check_time(struct connection *connection, int64_t now_ms);

/* Sets the answer to the request under way, to be sent by who goes on. */
void connection_answer(struct connection *connection, struct answer *answer,
		       const char *request_id);

#endif
