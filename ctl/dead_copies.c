#include "ctl/dead_copies.h"

#include <openssl/sha.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/amqp.h"

/* More than this a quorum queue does not hand out unacknowledged. */
#define PREFETCH 2000
#define IDLE_MS 1000

struct copy {
	unsigned char digest[SHA256_DIGEST_LENGTH]; /* of the line */
	uint64_t times;
};

struct dead_copies {
	struct copy *list;
	size_t count, capacity;
};

struct dead_copies *dead_copies_new(void)
{
	return calloc(1, sizeof(struct dead_copies));
}

void dead_copies_free(struct dead_copies **copies)
{
	if (*copies == NULL)
		return;
	free((*copies)->list);
	free(*copies);
	*copies = NULL;
}

static void digest_line(const char *line, size_t length,
			unsigned char digest_r[SHA256_DIGEST_LENGTH])
{
	if (length > 0 && line[length - 1] == '\n')
		length--;
	SHA256((const unsigned char *)line, length, digest_r);
}

enum fault dead_copies_expect(struct dead_copies *copies, const char *line,
			      size_t length, uint64_t times,
			      struct error *error)
{
	struct copy *copy;

	if (copies->count == copies->capacity) {
		size_t capacity =
			copies->capacity > 0 ? copies->capacity * 2 : 64;
		struct copy *grown =
			realloc(copies->list, capacity * sizeof(*grown));

		if (grown == NULL)
			return error_set(error, FAULT_TEMPORARY, 0,
					 "out of memory");
		copies->list = grown;
		copies->capacity = capacity;
	}
	copy = &copies->list[copies->count++];
	digest_line(line, length, copy->digest);
	copy->times = times;
	return FAULT_NONE;
}

size_t dead_copies_mark(const struct dead_copies *copies)
{
	return copies->count;
}

void dead_copies_back_to(struct dead_copies *copies, size_t mark)
{
	copies->count = mark;
}

static int compare(const void *a, const void *b)
{
	const struct copy *left = a, *right = b;

	return memcmp(left->digest, right->digest, sizeof(left->digest));
}

/* True when the delivery is one of those to go. */
static bool take(struct dead_copies *copies,
		 const struct amqp_delivery *delivery)
{
	struct copy key, *copy;

	digest_line(delivery->body, delivery->length, key.digest);
	copy = bsearch(&key, copies->list, copies->count, sizeof(key), compare);
	if (copy == NULL || copy->times == 0)
		return false;
	copy->times--;
	return true;
}

/* Reads what the queue hands out until nothing comes. What is not to go stays
 * unacknowledged: closing the link puts it back. */
static enum fault drain(struct dead_copies *copies, struct amqp_link *link,
			uint64_t wanted, uint64_t *removed_r,
			struct error *error)
{
	while (*removed_r < wanted) {
		struct amqp_delivery *delivery;
		enum fault fault =
			amqp_link_receive(link, IDLE_MS, &delivery, error);

		if (fault != FAULT_NONE || delivery == NULL)
			return fault;
		if (take(copies, delivery)) {
			fault = amqp_link_ack(link, delivery->tag, false,
					      error);
			++*removed_r;
		}
		amqp_delivery_free(&delivery);
		if (fault != FAULT_NONE)
			return fault;
	}
	return FAULT_NONE;
}

/* A channel passes the acknowledgements of a quorum queue on bit by bit, and
 * drops the rest when it closes (seen with 3.10); cancelling the consumer makes
 * it pass on all of them. */
static enum fault let_settle(struct amqp_link *link, struct error *error)
{
	struct amqp_delivery *delivery = NULL;
	enum fault fault = amqp_link_cancel(link, error);

	if (fault == FAULT_NONE)
		fault = amqp_link_receive(link, IDLE_MS, &delivery, error);
	amqp_delivery_free(&delivery);
	return fault;
}

enum fault dead_copies_remove(struct dead_copies *copies,
			      const char *rabbitmq_url, uint64_t *removed_r,
			      struct error *error)
{
	struct amqp_link *link = NULL;
	uint64_t wanted = 0;
	enum fault fault;

	*removed_r = 0;
	for (size_t i = 0; i < copies->count; i++)
		wanted += copies->list[i].times;
	if (wanted == 0)
		return FAULT_NONE;
	qsort(copies->list, copies->count, sizeof(*copies->list), compare);
	fault = amqp_link_new(rabbitmq_url, "confabctl", &link, error);
	if (fault == FAULT_NONE)
		fault = amqp_link_consume(link, AMQP_QUEUE_DEAD, PREFETCH,
					  error);
	if (fault == FAULT_NONE)
		fault = drain(copies, link, wanted, removed_r, error);
	if (fault == FAULT_NONE)
		fault = let_settle(link, error);
	amqp_link_free(&link);
	return fault;
}
