#ifndef CONFAB_TESTS_CHAOS_RECORD_H
#define CONFAB_TESTS_CHAOS_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"

/*
 * What the clients remember: each thing that they asked for, and what they
 * were promised. One thread at a time uses it. Memory that runs out ends the
 * program.
 */
enum op_type { OP_CHAT, OP_MESSAGE, OP_EDIT };

enum op_state {
	OP_OPEN,	 /* not acknowledged yet; at the end: unknown */
	OP_REFUSED,	 /* 503 and no second try: stored or not */
	OP_ACKNOWLEDGED, /* 202, or 200 for an edit */
};

struct op {
	enum op_type type;
	enum op_state state;
	bool keyed;  /* Idempotency-Key, and tries until acknowledged */
	bool ingest; /* asks the ingest role */
	uint16_t attempts;
	uint16_t unclear; /* attempts without any answer */
	uint32_t app;
	uint64_t chat, number;
	uint64_t job;	  /* hash of the job id */
	char *job_id;	  /* of some only, else NULL */
	uint32_t target;  /* an edit's message, by its op */
	uint32_t edited;  /* a message's last acknowledged edit, its op + 1 */
	uint32_t editing; /* an edit that may or may not be done, its op + 1 */
	int64_t first_ms, acknowledged_ms;
	uint16_t rows; /* the checker's: how often it is stored */
};

struct record_app {
	char token[33];
	uint64_t id; /* in SQL; set by the checker */
	struct record_chat *chats;
	uint64_t chats_size; /* `chats` goes by number, 0 is unused */
	uint64_t *known;     /* acknowledged chats in the order of their 202 */
	uint32_t known_count;
};

struct record_chat {
	uint32_t op;	    /* the op that was promised this number, + 1 */
	uint32_t *messages; /* the same for its messages, by number */
	uint64_t messages_size;
};

struct record {
	uint64_t seed;
	struct op **chunks;
	uint32_t count;
	struct record_app *apps;
	uint32_t app_count;
	uint64_t clashes; /* numbers that were promised to two ops */
};

void record_init(struct record *record, uint64_t seed, uint32_t apps);
void record_release(struct record *record);

/* A new op, all 0; returns its index. */
uint32_t record_add(struct record *record);
struct op *record_op(const struct record *record, uint32_t index);

/* Notes the number that the op was promised. False when another op has it. */
bool record_promise(struct record *record, uint32_t index, uint64_t number)
	__attribute__((warn_unused_result));
/* The op + 1 that was promised this number; 0: none. chat 0: a chat's. */
uint32_t record_promised(const struct record *record, uint32_t app,
			 uint64_t chat, uint64_t number);

/* The text that an op sends: the same each time. Appends. */
void record_text(const struct record *record, uint32_t index, struct buf *out);
/* Which op sent this text; false when none did. */
bool record_find_text(const struct record *record, const char *text,
		      size_t length, uint32_t *index_r)
	__attribute__((warn_unused_result));

#endif
