#include "api/window.h"

#include <string.h>

bool window_add(struct window *window, const struct publication *publication)
{
	for (unsigned i = 0; i < WINDOW_SLOTS; i++)
		if (window->slots[i].sequence == 0) {
			window->slots[i] = *publication;
			window->used++;
			window->bytes += publication->bytes;
			return true;
		}
	return false;
}

static void settle(struct window *window, struct publication *slot,
		   enum settlement settlement)
{
	struct publication publication = *slot;

	memset(slot, 0, sizeof(*slot));
	window->used--;
	window->bytes -= publication.bytes;
	window->settle(window->context, &publication, settlement);
}

static bool covers(const struct amqp_notice *notice, uint64_t sequence)
{
	if (sequence == 0)
		return false;
	return notice->multiple ? sequence <= notice->sequence
				: sequence == notice->sequence;
}

static void mark_returned(struct window *window, const char *message_id)
{
	for (unsigned i = 0; i < WINDOW_SLOTS; i++)
		if (window->slots[i].sequence != 0 &&
		    strcmp(window->slots[i].message_id, message_id) == 0)
			window->slots[i].returned = true;
}

static enum settlement settlement_of(const struct amqp_notice *notice,
				     const struct publication *slot)
{
	if (slot->returned)
		return SETTLED_REFUSED;
	return notice->kind == AMQP_NACK ? SETTLED_UNSURE : SETTLED_CONFIRMED;
}

void window_notice(struct window *window, const struct amqp_notice *notice)
{
	if (notice->kind == AMQP_RETURN) {
		/* its ack comes next, and settles it as refused */
		mark_returned(window, notice->message_id);
		return;
	}
	if (notice->kind != AMQP_ACK && notice->kind != AMQP_NACK)
		return;
	for (unsigned i = 0; i < WINDOW_SLOTS && window->used > 0; i++) {
		struct publication *slot = &window->slots[i];

		if (covers(notice, slot->sequence))
			settle(window, slot, settlement_of(notice, slot));
	}
}

void window_lose_all(struct window *window)
{
	for (unsigned i = 0; i < WINDOW_SLOTS; i++)
		if (window->slots[i].sequence != 0)
			settle(window, &window->slots[i], SETTLED_UNSURE);
}
