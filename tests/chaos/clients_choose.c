#include <inttypes.h>
#include <stdio.h>

#include "common/clock.h"
#include "common/json.h"
#include "tests/chaos/clients_private.h"

/* Half of the talk is in few chats, the rest in all; some of it in the chat
 * that was made just now. */
static uint64_t choose_chat(struct dice *dice, const struct record_app *app)
{
	unsigned chance = dice_below(dice, 10);

	if (chance == 0)
		return app->known[app->known_count - 1];
	if (chance < 6)
		return app->known[dice_below(
			dice, app->known_count < 4 ? app->known_count : 4)];
	return app->known[dice_below(dice, app->known_count)];
}

/* A second edit would leave open which text is the last one, if it is unclear
 * whether the first is still on its way. */
static bool may_be_edited(const struct op *message)
{
	return message->state == OP_ACKNOWLEDGED && message->editing == 0;
}

static bool choose_edit(struct clients *clients, struct op *edit)
{
	struct record *record = clients->record;
	uint32_t among =
		clients->recent_count < RECENT ? clients->recent_count : RECENT;
	const struct op *message;

	if (among == 0)
		return false;
	edit->target = clients->recent[dice_below(&clients->dice, among)];
	message = record_op(record, edit->target);
	if (!may_be_edited(message))
		return false;
	edit->type = OP_EDIT;
	edit->keyed = true;
	edit->app = message->app;
	edit->chat = message->chat;
	edit->number = message->number;
	return true;
}

static void choose_create(struct clients *clients, struct op *op)
{
	struct record *record = clients->record;

	op->app = dice_below(&clients->dice, record->app_count);
	op->type = dice_below(&clients->dice, 25) == 0 ? OP_CHAT : OP_MESSAGE;
	op->keyed = dice_below(&clients->dice, 10) != 0;
	op->ingest = dice_below(&clients->dice, 2) == 0;
	if (op->type == OP_MESSAGE)
		op->chat = choose_chat(&clients->dice, &record->apps[op->app]);
}

bool clients_choose(struct clients *clients, uint32_t *op_r)
{
	struct op op = { .state = OP_OPEN };

	if (dice_below(&clients->dice, 10) == 0) {
		if (!choose_edit(clients, &op))
			return false;
	} else {
		choose_create(clients, &op);
	}
	op.first_ms = clock_monotonic_ms();
	*op_r = record_add(clients->record);
	*record_op(clients->record, *op_r) = op;
	if (op.type == OP_EDIT)
		record_op(clients->record, op.target)->editing = *op_r + 1;
	return true;
}

static void write_url(const struct clients *clients, const struct op *op,
		      struct buf *url)
{
	buf_append_text(url, op->ingest ? clients->settings.ingest_url
					: clients->settings.api_url);
	buf_printf(url, "/applications/%s/chats",
		   clients->record->apps[op->app].token);
	if (op->type != OP_CHAT)
		buf_printf(url, "/%" PRIu64 "/messages", op->chat);
	if (op->type == OP_EDIT)
		buf_printf(url, "/%" PRIu64, op->number);
}

static void write_body(const struct record *record, uint32_t index,
		       struct buf *body)
{
	struct buf text = BUF_INIT;

	if (record_op(record, index)->type == OP_CHAT) {
		buf_append_text(body, "{}");
		return;
	}
	record_text(record, index, &text);
	buf_append_text(body, "{\"message\":{\"body\":");
	json_append_string(body, text.data, text.length);
	buf_append_text(body, "}}");
	buf_release(&text);
}

/* libcurl sends a request again by itself when a kept connection turns out to
 * be dead: for those without a key that would be a second try. */
static void keep_to_one_try(CURL *easy, const struct op *op)
{
	curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, op->keyed ? 0L : 1L);
	curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, op->keyed ? 0L : 1L);
}

/* Longer than the product ever takes: how long it took is judged. */
#define ANSWER_MS (WAITS_SQL_BOUND_MS + 1000L)
#define CONNECT_MS 3000L

void clients_write(struct clients *clients, struct clients_slot *slot)
{
	struct op *op = record_op(clients->record, slot->op);
	char headers[128] = "";

	buf_clear(&slot->url);
	buf_clear(&slot->body);
	write_url(clients, op, &slot->url);
	write_body(clients->record, slot->op, &slot->body);
	if (op->keyed && op->type != OP_EDIT)
		snprintf(headers, sizeof(headers),
			 "Idempotency-Key: %" PRIu64 "-%" PRIu32,
			 clients->record->seed, slot->op);
	http_exchange_prepare(
		&slot->exchange, op->type == OP_EDIT ? "PATCH" : "POST",
		headers, slot->url.data, slot->body.data, slot->body.length);
	curl_easy_setopt(slot->exchange.easy, CURLOPT_TIMEOUT_MS, ANSWER_MS);
	curl_easy_setopt(slot->exchange.easy, CURLOPT_CONNECTTIMEOUT_MS,
			 CONNECT_MS);
	curl_easy_setopt(slot->exchange.easy, CURLOPT_PRIVATE, slot);
	keep_to_one_try(slot->exchange.easy, op);
	if (!slot->replay)
		op->attempts++;
}
