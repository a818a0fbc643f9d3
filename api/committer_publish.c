#include <stdlib.h>

#include "api/committer_private.h"
#include "api/old_keys.h"
#include "common/clock.h"

#define VOIDS_PER_MESSAGE 256

/* Room for a batch, which may become two messages, in the window and in what
 * may be on its way unconfirmed. */
bool committer_has_room(const struct committer *it)
{
	return it->window.used < it->settings.window &&
	       it->window.bytes + 2 * AMQP_MESSAGE_BYTES <=
		       AMQP_UNCONFIRMED_BYTES;
}

static enum fault publish(struct committer *it, struct publication *what,
			  enum event_type type, struct error *error)
{
	struct uuid id;
	struct amqp_publication message = {
		.exchange = AMQP_EXCHANGE_EVENTS,
		.routing_key = event_type_name(type),
		.content_type = EVENT_CONTENT_TYPE,
		.message_id = what->message_id,
		.body = it->bytes.data,
		.length = it->bytes.length,
	};
	enum fault fault;

	if (it->bytes.failed || !uuid_new(clock_wall_ms(), &id))
		return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	if (!it->link)
		return error_set(error, FAULT_TEMPORARY, 0, WHY_BROKER);
	uuid_format(&id, what->message_id);
	what->generation = it->generation;
	what->bytes = it->bytes.length;
	what->published_us = clock_monotonic_us();
	fault = amqp_link_publish(it->link, &message, &what->sequence, error);
	if (fault != FAULT_NONE)
		return fault;
	metric_add(&committer_published, 1);
	if (!window_add(&it->window, what))
		return error_set(error, FAULT_BUG, 0, "the window is full");
	metric_set(&committer_in_flight, it->window.used);
	return FAULT_NONE;
}

/* Without memory for the bytes nothing was sent, and a blocked broker took
 * nothing: the link is kept. Any other failure ends it. */
static void give_up(struct committer *it, const struct error *error)
{
	if (it->bytes.failed)
		return;
	if (it->link && amqp_link_blocked(it->link))
		it->blocked = true;
	else
		committer_links_lose_amqp(it, error);
}

static void publish_commits(struct committer *it, struct commit *commits,
			    enum event_type type, int64_t leased_ms)
{
	struct publication what = { .leased_ms = leased_ms,
				    .commits = commits };
	struct error error = ERROR_INIT;
	enum fault fault = publish(it, &what, type, &error);

	if (fault == FAULT_NONE)
		return;
	if (fault == FAULT_TEMPORARY) {
		committer_void_numbers(it, commits);
		committer_finish_all(it, commits, COMMIT_UNAVAILABLE,
				     WHY_BROKER);
	} else {
		committer_finish_all(it, commits, COMMIT_UNSURE, NULL);
	}
	give_up(it, &error);
}

/* Encodes commits from `first` on until a message is full; returns the last
 * one that is in it. A single event may be larger than a message should be. */
static struct commit *encode_message(struct committer *it, struct commit *first)
{
	struct commit *last = NULL;

	buf_clear(&it->bytes);
	for (struct commit *commit = first; commit; commit = commit->next) {
		size_t before = it->bytes.length;
		struct event event = committer_event(it, commit);

		event_encode(&event, &it->bytes);
		if (last && it->bytes.length > AMQP_MESSAGE_BYTES) {
			it->bytes.length = before;
			break;
		}
		last = commit;
	}
	return last;
}

/* Publishes a list of commits of one type, cut into messages of bounded
 * size. */
static void publish_list(struct committer *it, struct commit *commits,
			 enum event_type type, int64_t leased_ms)
{
	while (commits) {
		struct commit *first = commits;
		struct commit *last = encode_message(it, first);

		commits = last->next;
		last->next = NULL;
		publish_commits(it, first, type, leased_ms);
	}
}

void committer_publish_voids(struct committer *it)
{
	struct publication what = { .leased_ms = clock_monotonic_ms() };
	struct error error = ERROR_INIT;
	enum fault fault;

	if (it->voids.count == 0 || committer_links_closed(it) ||
	    !committer_has_room(it))
		return;
	what.voids =
		voids_take(&it->voids, VOIDS_PER_MESSAGE, &what.void_count);
	if (!what.voids)
		return;
	buf_clear(&it->bytes);
	for (size_t i = 0; i < what.void_count; i++)
		event_encode(&what.voids[i], &it->bytes);
	fault = publish(it, &what, what.voids[0].type, &error);
	if (fault == FAULT_NONE)
		return;
	voids_put_back(&it->voids, what.voids, what.void_count);
	free(what.voids);
	give_up(it, &error);
}

/* ---- a batch ---- */

static void append(struct commit ***tail, struct commit *commit)
{
	commit->next = NULL;
	**tail = commit;
	*tail = &commit->next;
}

/* Whether readers may have given up the number that the key was given. */
static bool is_old(const struct commit *commit)
{
	if (clock_wall_ms() - commit->allocation.at_ms < OLD_KEYS_MS)
		return false;
	return commit->checked_ms == 0 ||
	       clock_monotonic_ms() - commit->checked_ms > OLD_KEYS_CHECKED_MS;
}

/* False: it was finished with what Redis said. */
static bool has_number(struct committer *it, struct commit *commit)
{
	enum commit_outcome outcome = COMMIT_OLD_KEY;

	switch (commit->allocation.outcome) {
	case ALLOCATION_GIVEN:
		return true;
	case ALLOCATION_REPLAYED:
		if (!is_old(commit))
			return true;
		break;
	case ALLOCATION_KEY_MISMATCH:
		outcome = COMMIT_KEY_MISMATCH;
		break;
	case ALLOCATION_NO_CHAT:
		outcome = COMMIT_NO_CHAT;
		break;
	case ALLOCATION_LOAD_CHATS:
		outcome = COMMIT_LOAD_CHATS;
		break;
	case ALLOCATION_LOAD_MESSAGES:
		outcome = COMMIT_LOAD_MESSAGES;
		break;
	}
	committer_finish(it, commit, outcome, NULL);
	return false;
}

/* Publishes what has a number, chats and messages apart. */
void committer_publish_batch(struct committer *it, struct commit *batch,
			     int64_t leased_ms)
{
	struct commit *chats = NULL, *messages = NULL;
	struct commit **chats_tail = &chats, **messages_tail = &messages;

	while (batch) {
		struct commit *commit = batch;

		batch = batch->next;
		if (has_number(it, commit))
			append(commit->allocation.chat_number ? &messages_tail
							      : &chats_tail,
			       commit);
	}
	publish_list(it, chats, EVENT_CHAT_CREATED, leased_ms);
	publish_list(it, messages, EVENT_MESSAGE_CREATED, leased_ms);
}
