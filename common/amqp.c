#include "common/amqp.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "common/amqp_private.h"

amqp_bytes_t amqp_text(const char *text)
{
	return (amqp_bytes_t){ strlen(text), (void *)text };
}

void amqp_copy_text(char *out, size_t size, amqp_bytes_t bytes)
{
	size_t length = bytes.len < size ? bytes.len : size - 1;

	if (length > 0)
		memcpy(out, bytes.bytes, length);
	out[length] = '\0';
}

/* ---- lifetime ---- */

enum fault amqp_link_new(const char *url, const char *name,
			 struct amqp_link **link_r, struct error *error)
{
	struct amqp_link *link = calloc(1, sizeof(*link));
	enum fault fault;

	if (!link)
		return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	fault = amqp_link_open(link, url, name, error);
	if (fault == FAULT_NONE)
		*link_r = link;
	else
		amqp_link_free(&link);
	return fault;
}

/* A blocked connection is not read by the broker: it would not answer. */
static void close_politely(struct amqp_link *link)
{
	const struct timeval timeout = { .tv_sec = AMQP_CLOSE_S };

	if (link->gone || link->blocked || !link->watch ||
	    amqp_set_rpc_timeout(link->state, &timeout) != AMQP_STATUS_OK)
		return;
	watchdog_arm(link->watch, AMQP_CALL_MS);
	(void)amqp_connection_close(link->state, AMQP_REPLY_SUCCESS);
	watchdog_disarm(link->watch);
}

void amqp_link_free(struct amqp_link **link)
{
	struct amqp_link *old = *link;

	if (!old)
		return;
	close_politely(old);
	if (old->state)
		(void)amqp_destroy_connection(old->state);
	watchdog_remove(&old->watch);
	amqp_delivery_free(&old->delivery);
	free(old->notices);
	free(old);
	*link = NULL;
}

int amqp_link_socket(const struct amqp_link *link)
{
	return watchdog_socket(link->watch);
}

/* ---- errors ---- */

enum fault amqp_link_good(const struct amqp_link *link, struct error *error)
{
	if (!link->gone)
		return FAULT_NONE;
	if (error)
		*error = link->error;
	return link->error.fault;
}

enum fault amqp_link_fail(struct amqp_link *link, struct error *error,
			  enum fault fault, const char *format, ...)
{
	char text[sizeof(link->error.text)];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (!link->gone)
		(void)error_set(&link->error, fault, 0, "%s", text);
	link->gone = true;
	/* The library may have closed its descriptor, or not: either way the
	 * broker is to see the end now. */
	if (link->watch)
		watchdog_shut(link->watch);
	return amqp_link_good(link, error);
}

enum fault amqp_link_check(struct amqp_link *link, int status,
			   const char *doing, struct error *error)
{
	if (status >= AMQP_STATUS_OK)
		return FAULT_NONE;
	if (link->watch && watchdog_fired(link->watch))
		return amqp_link_fail(link, error, FAULT_TEMPORARY,
				      "%s: no progress for %d s", doing,
				      AMQP_CALL_MS / 1000);
	return amqp_link_fail(link, error, FAULT_TEMPORARY, "%s: %s", doing,
			      amqp_error_string2(status));
}

enum fault amqp_link_closed(struct amqp_link *link, const char *doing,
			    uint16_t code, amqp_bytes_t words,
			    struct error *error)
{
	char text[200];

	amqp_copy_text(text, sizeof(text), words);
	return amqp_link_fail(link, error, FAULT_TEMPORARY,
			      "%s: the broker says %u %s", doing, code, text);
}

/* Some failures inside the library come without a number. */
static int library_status(const amqp_rpc_reply_t *reply)
{
	int status = reply->library_error;

	return status < 0 ? status : AMQP_STATUS_CONNECTION_CLOSED;
}

enum fault amqp_link_check_rpc(struct amqp_link *link, amqp_rpc_reply_t reply,
			       const char *doing, int *code_r,
			       struct error *error)
{
	if (code_r)
		*code_r = 0;
	if (reply.reply_type == AMQP_RESPONSE_NORMAL)
		return FAULT_NONE;
	if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION)
		return amqp_link_check(link, library_status(&reply), doing,
				       error);
	if (reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION &&
	    reply.reply.id == AMQP_CONNECTION_CLOSE_METHOD) {
		const amqp_connection_close_t *m = reply.reply.decoded;

		if (code_r)
			*code_r = m->reply_code;
		return amqp_link_closed(link, doing, m->reply_code,
					m->reply_text, error);
	}
	if (reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION &&
	    reply.reply.id == AMQP_CHANNEL_CLOSE_METHOD) {
		const amqp_channel_close_t *m = reply.reply.decoded;

		if (code_r)
			*code_r = m->reply_code;
		return amqp_link_closed(link, doing, m->reply_code,
					m->reply_text, error);
	}
	return amqp_link_fail(link, error, FAULT_TEMPORARY,
			      "%s: unexpected answer", doing);
}

/* ---- looking ---- */

static enum fault not_there(struct error *error)
{
	if (error)
		error->fault = FAULT_PERMANENT;
	return FAULT_PERMANENT;
}

enum fault amqp_link_queue_depth(struct amqp_link *link, const char *queue,
				 uint32_t *ready_r, uint32_t *consumers_r,
				 struct error *error)
{
	const amqp_queue_declare_ok_t *answer;
	enum fault fault = amqp_link_good(link, error);
	int code;

	if (fault != FAULT_NONE)
		return fault;
	watchdog_arm(link->watch, AMQP_CALL_MS);
	answer =
		amqp_queue_declare(link->state, AMQP_CHANNEL, amqp_text(queue),
				   true, false, false, false, amqp_empty_table);
	watchdog_disarm(link->watch);
	fault = amqp_link_check_rpc(link, amqp_get_rpc_reply(link->state),
				    "looking at the queue", &code, error);
	if (code == AMQP_NOT_FOUND)
		return not_there(error);
	if (fault != FAULT_NONE)
		return fault;
	*ready_r = answer->message_count;
	*consumers_r = answer->consumer_count;
	amqp_maybe_release_buffers(link->state);
	return FAULT_NONE;
}

enum fault amqp_link_find_exchange(struct amqp_link *link, const char *exchange,
				   struct error *error)
{
	enum fault fault = amqp_link_good(link, error);
	int code;

	if (fault != FAULT_NONE)
		return fault;
	watchdog_arm(link->watch, AMQP_CALL_MS);
	/* the type is of no concern to a passive declare */
	amqp_exchange_declare(link->state, AMQP_CHANNEL, amqp_text(exchange),
			      amqp_text("topic"), true, false, false, false,
			      amqp_empty_table);
	watchdog_disarm(link->watch);
	fault = amqp_link_check_rpc(link, amqp_get_rpc_reply(link->state),
				    "looking at the exchange", &code, error);
	if (code == AMQP_NOT_FOUND)
		return not_there(error);
	if (fault == FAULT_NONE)
		amqp_maybe_release_buffers(link->state);
	return fault;
}
