#include "api/connection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "api/head.h"
#include "api/http.h"
#include "api/intake.h"
#include "api/loop.h"

#define LINGER_MS 2000
#define STEPS_A_TURN 64

struct connection *connection_new(struct loop *loop, int fd)
{
	struct connection *connection = calloc(1, sizeof(*connection));

	if (!connection)
		return NULL;
	connection->loop = loop;
	connection->fd = fd;
	connection->due_ms = loop_now_ms(loop) + HTTP_REQUEST_TIMEOUT_MS;
	/* not readable: epoll says so if it is */
	connection->writable = true;
	metric_add(&http_connections, 1);
	return connection;
}

static void end_request(struct connection *connection, bool answered)
{
	if (connection->request)
		http_ended(connection->request, answered);
	connection->request = NULL;
	buf_release(&connection->head);
	buf_release(&connection->out);
	buf_release(&connection->body);
	connection->searched = 0;
	connection->sent = 0;
}

void connection_close(struct connection *connection)
{
	end_request(connection, false);
	buf_release(&connection->rest);
	/* nothing to be done about an error, the descriptor is gone anyway */
	(void)close(connection->fd);
	connection->state = CONNECTION_CLOSED;
	metric_add(&http_connections, (uint64_t)-1);
	loop_drop(connection->loop, connection);
}

void connection_check_time(struct connection *connection, int64_t now_ms)
{
	if (now_ms >= connection->due_ms)
		connection_close(connection);
}

/* ---- the answer ---- */

void connection_answer(struct connection *connection, struct answer *answer,
		       const char *request_id)
{
	struct answer_frame frame = {
		.request_id = request_id,
		.date = loop_date(connection->loop),
		.close = answer->close || !connection->persistent,
		.old = connection->old,
	};

	connection->closing = frame.close;
	connection->lingers = answer->close;
	answer_write(answer, &frame, &connection->out);
	/* without memory for its head the connection is closed instead */
	if (connection->out.failed) {
		buf_clear(&connection->out);
		connection->closing = true;
	} else if (!connection->headless) {
		connection->body = answer->body;
		answer->body = (struct buf)BUF_INIT;
	}
	connection->due_ms =
		loop_now_ms(connection->loop) + HTTP_ANSWER_TIMEOUT_MS +
		(int64_t)connection->body.length / HTTP_ANSWER_BYTES_PER_MS;
	connection->state = CONNECTION_ANSWER;
}

/* Something is there or on its way that will not be read as a request. */
static bool has_unread(const struct connection *connection)
{
	return connection->lingers || connection->body_left > 0 ||
	       connection->rest_at < connection->rest.length;
}

static bool answered(struct connection *connection)
{
	end_request(connection, true);
	connection->due_ms =
		loop_now_ms(connection->loop) + HTTP_IDLE_TIMEOUT_MS;
	connection->state = CONNECTION_HEAD;
	if (!connection->closing)
		return true;
	if (!has_unread(connection) || shutdown(connection->fd, SHUT_WR) != 0) {
		connection_close(connection);
		return false;
	}
	/* closing at once would take the answer with it (RFC 9112, 9.6) */
	connection->due_ms = loop_now_ms(connection->loop) + LINGER_MS;
	connection->state = CONNECTION_LINGER;
	return true;
}

/* False: no more for now, or the connection is closed; as all that follow. */
static bool send_answer(struct connection *connection)
{
	struct buf *out = &connection->out, *body = &connection->body;
	size_t done = connection->sent;
	size_t of_body = done > out->length ? done - out->length : 0;
	size_t of_out = done - of_body;
	struct iovec parts[2] = {
		{ out->data + of_out, out->length - of_out },
		{ body->data + of_body, body->length - of_body },
	};
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
	ssize_t length;

	if (done == out->length + body->length)
		return answered(connection);
	if (!connection->writable)
		return false;
	length = sendmsg(connection->fd, &message, MSG_NOSIGNAL);
	if (length >= 0) {
		connection->sent += (size_t)length;
	} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
		connection->writable = false;
	} else if (errno != EINTR) {
		connection_close(connection);
		return false;
	}
	return true;
}

/* ---- the request ---- */

static void complete(struct connection *connection)
{
	connection->state = CONNECTION_WORK;
	connection->due_ms = INT64_MAX;
	http_complete(connection->request);
}

/* A short answer on a connection that has just been quiet: if its buffer
 * does not take it, nothing will. */
static bool send_continue(struct connection *connection)
{
	static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";

	return send(connection->fd, text, sizeof(text) - 1, MSG_NOSIGNAL) ==
	       (ssize_t)sizeof(text) - 1;
}

static bool start_body(struct connection *connection, const struct head *head,
		       bool more)
{
	struct request *request = connection->request;

	connection->chunked = head->chunked;
	connection->chunks = (struct chunks){ 0 };
	connection->body_left = head->chunked ? 1 : head->length;
	connection->state = CONNECTION_BODY;
	if (intake_refused_at_once(request)) {
		http_answer(request);
		return true;
	}
	if (connection->body_left == 0)
		complete(connection);
	else if (request->expects && !more)
		return send_continue(connection);
	return true;
}

/* `size` of the head; 0 with what is wrong with one whose end never came. */
static bool start_request(struct connection *connection, size_t size,
			  unsigned status, bool more)
{
	struct head head;

	if (size > 0)
		head_begin(&head, connection->head.data, size);
	else
		head_refuse(&head, status);
	connection->headless = strcmp(head.method, "HEAD") == 0;
	connection->request = http_begin(connection, &head);
	if (!connection->request)
		return false;
	connection->persistent = head.persistent;
	connection->old = head.old;
	return start_body(connection, &head, more);
}

/* RFC 9112, 2.2: line ends that were too many. */
static size_t skip_line_ends(const char *bytes, size_t length)
{
	size_t skipped = 0;

	while (skipped < length &&
	       (bytes[skipped] == '\r' || bytes[skipped] == '\n'))
		skipped++;
	return skipped;
}

/* A first request gets no more time by beginning late. */
static void set_due(struct connection *connection)
{
	int64_t due = loop_now_ms(connection->loop) + HTTP_REQUEST_TIMEOUT_MS;

	if (due < connection->due_ms)
		connection->due_ms = due;
}

/* Adds to the head what is of it. Returns how many bytes, and the size of the
 * head when it is whole. */
static size_t add_to_head(struct connection *connection, const char *bytes,
			  size_t length, size_t *size_r)
{
	struct buf *head = &connection->head;
	size_t before = head->length;

	/* mostly it comes whole, and what follows need not be copied */
	*size_r = before > 0
			  ? 0
			  : head_find_end(bytes, length, &connection->searched);
	if (*size_r > 0)
		length = *size_r;
	buf_append(head, bytes, length);
	if (head->failed || *size_r > 0)
		return length;
	*size_r =
		head_find_end(head->data, head->length, &connection->searched);
	if (*size_r > 0)
		head->length = *size_r;
	return head->length - before;
}

/* Returns how many of the bytes were of the head; 0: the connection is to be
 * closed. */
static size_t take_head(struct connection *connection, const char *bytes,
			size_t length)
{
	struct buf *head = &connection->head;
	unsigned status = 0;
	size_t taken, size;

	if (head->length == 0) {
		size_t skipped = skip_line_ends(bytes, length);

		if (skipped > 0)
			return skipped;
		set_due(connection);
	}
	taken = add_to_head(connection, bytes, length, &size);
	if (head->failed)
		return 0;
	if (size == 0)
		status = head_overflows(head->data, head->length);
	if (size == 0 && status == 0)
		return taken;
	return start_request(connection, size, status, taken < length) ? taken
								       : 0;
}

static void give_body(struct connection *connection, const char *bytes,
		      size_t length)
{
	intake_body(connection->request, bytes, length);
	if (intake_refused_at_once(connection->request))
		http_answer(connection->request);
}

static size_t take_chunks(struct connection *connection, const char *bytes,
			  size_t length)
{
	const char *at = bytes, *data;
	size_t size;

	while (connection->state == CONNECTION_BODY) {
		switch (chunks_take(&connection->chunks, &at, bytes + length,
				    &data, &size)) {
		case CHUNKS_MORE:
			return length;
		case CHUNKS_DATA:
			if (connection->chunks.left > REQUEST_SWALLOW_MAX)
				intake_endless_body(connection->request);
			give_body(connection, data, size);
			break;
		case CHUNKS_BAD:
			intake_bad_body(connection->request);
			http_answer(connection->request);
			break;
		case CHUNKS_END:
			connection->body_left = 0;
			complete(connection);
		}
	}
	return (size_t)(at - bytes);
}

static size_t take_body(struct connection *connection, const char *bytes,
			size_t length)
{
	if (connection->chunked)
		return take_chunks(connection, bytes, length);
	if (length > connection->body_left)
		length = (size_t)connection->body_left;
	connection->body_left -= length;
	give_body(connection, bytes, length);
	if (connection->body_left == 0 && connection->state == CONNECTION_BODY)
		complete(connection);
	return length;
}

/* Returns how much was taken: all of it, unless a request is whole. SIZE_MAX:
 * the connection is closed. */
static size_t take(struct connection *connection, const char *bytes,
		   size_t length)
{
	size_t done = 0;

	while (done < length && connection->state <= CONNECTION_BODY) {
		size_t more;

		if (connection->state == CONNECTION_BODY)
			more = take_body(connection, bytes + done,
					 length - done);
		else
			more = take_head(connection, bytes + done,
					 length - done);
		if (more == 0) {
			connection_close(connection);
			return SIZE_MAX;
		}
		done += more;
	}
	return done;
}

/* ---- reading ---- */

static bool take_rest(struct connection *connection)
{
	struct buf *rest = &connection->rest;
	size_t done = take(connection, rest->data + connection->rest_at,
			   rest->length - connection->rest_at);

	if (done == SIZE_MAX)
		return false;
	connection->rest_at += done;
	if (connection->rest_at == rest->length) {
		buf_release(rest);
		connection->rest_at = 0;
	}
	return true;
}

/* Up to LOOP_SCRATCH bytes in the loop's memory; 0: none for now, or the
 * connection is closed. */
static size_t receive(struct connection *connection)
{
	ssize_t length;

	if (!connection->readable)
		return 0;
	do {
		length = recv(connection->fd, loop_scratch(connection->loop),
			      LOOP_SCRATCH, 0);
	} while (length < 0 && errno == EINTR);
	/* less than was asked for: the next bytes are an event of their own */
	if (length > 0 && length < (ssize_t)LOOP_SCRATCH)
		connection->readable = connection->hung_up;
	if (length > 0)
		return (size_t)length;
	if (length < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		connection->readable = false;
	else
		connection_close(connection);
	return 0;
}

static bool read_more(struct connection *connection)
{
	const char *bytes = loop_scratch(connection->loop);
	size_t length, done;

	if (connection->rest_at < connection->rest.length)
		return take_rest(connection);
	length = receive(connection);
	if (length == 0)
		return false;
	done = take(connection, bytes, length);
	if (done == SIZE_MAX)
		return false;
	if (done < length)
		buf_append(&connection->rest, bytes + done, length - done);
	/* without memory for what follows this request is the last one */
	if (connection->rest.failed) {
		buf_release(&connection->rest);
		connection->persistent = false;
		connection->closing = true;
	}
	return true;
}

/* What a client still says that has its last answer; until it closes. */
static bool discard(struct connection *connection)
{
	return receive(connection) > 0;
}

static bool step(struct connection *connection)
{
	switch (connection->state) {
	case CONNECTION_HEAD:
	case CONNECTION_BODY:
		return read_more(connection);
	case CONNECTION_ANSWER:
		return send_answer(connection);
	case CONNECTION_LINGER:
		return discard(connection);
	default:
		return false;
	}
}

void connection_go_on(struct connection *connection)
{
	unsigned steps = 0;

	while (step(connection))
		if (++steps >= STEPS_A_TURN) {
			loop_again(connection->loop, connection);
			return;
		}
}

void connection_event(struct connection *connection, uint32_t events)
{
	const uint32_t in = EPOLLIN | EPOLLRDHUP, gone = EPOLLHUP | EPOLLERR;

	if (events & (in | gone))
		connection->readable = true;
	if (events & (EPOLLRDHUP | gone))
		connection->hung_up = true;
	if (events & (EPOLLOUT | gone))
		connection->writable = true;
	connection_go_on(connection);
}
