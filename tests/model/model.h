#ifndef CONFAB_TESTS_MODEL_MODEL_H
#define CONFAB_TESTS_MODEL_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/*
 * The number protocol of docs/numbers.md as a machine of small steps: two API
 * processes, two persisters, Redis, the queue and SQL, all creating messages
 * in one chat. A step is what one of them does without anybody seeing the
 * middle of it. A process that is slow, frozen or killed just takes no step.
 */
enum {
	APIS = 2,
	PERSISTERS = 2,
	NUMBERS = 3, /* 1 to 3 */
	EVENTS = 3,
	GENERATIONS = 3, /* 1 to 3; so Redis can be lost twice */
};

/* What the protocol prescribes; each can be taken out. */
enum rule {
	RULE_MARK,
	RULE_RUN,
	RULE_NAMES,
	RULE_LEASE,
	RULE_WAIT,
	RULE_CONFIRM,
	RULE_NACK,
	RULE_DRAIN,
	RULE_UNACKED,
	RULE_PROVEN,
	RULE_ORDER,
	RULE_ONCE,
	RULE_RECHECK,
	RULE_LOAD,
	RULE_LETTERS,
	RULE_VOIDS,
	RULE_REPLAY,
	RULE_NEWER,
	RULE_OLDER,
	RULE_LATE_VOID,
	RULE_KEYED_VOID,
	RULE_SAME_ID,
	RULE_KEY_ROWS,
	RULE_KEY_GENERATION,
	RULE_LATE_KEY,
	RULE_LETTER_KEY,
	RULE_ACK,
	RULES
};

struct rule_text {
	const char *name;
	const char *text;
};
extern const struct rule_text model_rules[RULES];

/* What may happen besides. */
enum may {
	MAY_DIE = 1,	 /* a process is killed */
	MAY_FREEZE = 2,	 /* a persister's connection is cut, it wakes later */
	MAY_UNLOCK = 4,	 /* an API process loses its lock in SQL */
	MAY_RETURN = 8,	 /* the broker refuses an event */
	MAY_REFUSE = 16, /* SQL refuses an event, the operator replays it */
	MAY_ROLL_BACK = 32, /* Redis comes back with an older state */
	MAY_KEY = 64	    /* one client sends an Idempotency-Key */
};

/* A setting is explored completely. */
struct setting {
	const char *name;
	unsigned events; /* of all clients, tombstones included */
	unsigned losses; /* of Redis' data */
	unsigned faults; /* kills, cuts, refusals */
	unsigned may;
};

enum hand { HAND_EMPTY, HAND_WANTS, HAND_LOADED, HAND_GIVEN, HAND_SENT };

enum recovery {
	RECOVERY_NONE,
	RECOVERY_RAISE, /* holds the lock */
	RECOVERY_DELETE,
	RECOVERY_LEASE,
	RECOVERY_DRAIN,
	RECOVERY_MARK,
	RECOVERY_CHECK
};

enum numbering {
	NUMBERING_OPEN,
	NUMBERING_LEASING,
	NUMBERING_DRAINING,
	NUMBERING_DRAINED
};

/* Events are 1 to EVENTS, 0 is none; sets of them have a bit for each, and so
 * have sets of numbers. Two bytes to a member keep a state short. */
struct api {
	unsigned gen : 2;  /* that it allocates in; 0: none */
	unsigned lost : 2; /* that it saw to be lost */
	unsigned run : 2;  /* of the Redis that it is connected to */
	unsigned step : 3; /* enum recovery */
	unsigned copy_gen : 2, copy_state : 2;
	/* one request at a time */
	unsigned hand : 3;
	unsigned event : 2;
	unsigned late : 1;   /* its lease has run out */
	unsigned replay : 1; /* its key had the number */
	unsigned keyed : 1;
	unsigned key_gen : 2; /* in which rows were asked for the key */
	unsigned beat : 3;    /* the highest it has seen */
	unsigned load : 2, load_gen : 2; /* the value, and when it was read */
};

struct persister {
	unsigned connected : 1;
	unsigned event : 2; /* in hand */
	unsigned look : 2;  /* 1: has looked, 2: has the proof */
	unsigned look_gen : 2;
};

struct redis {
	unsigned mark : 2;
	unsigned beat : 3;   /* kept only where it takes the place of `run` */
	unsigned set : 4;    /* generations whose counter is set */
	unsigned counts : 8; /* two bits for each generation */
	unsigned key_event : 8; /* likewise: what the one key was given */
};

struct sql {
	unsigned gen : 2, state : 2;
	unsigned run : 2;  /* of the Redis that has the mark */
	unsigned lock : 2; /* which API process recovers, + 1 */
	unsigned key : 2;  /* the event of the one key */
	unsigned rows : 6; /* two bits for each number: its event */
	unsigned voids : 4;
	unsigned rejected : 4, collided : 4; /* dead letters */
};

struct event_fact {
	unsigned char number : 2, gen : 2, keyed : 1, is_void : 1;
};

struct state {
	struct api apis[APIS];
	struct redis redis, old_copy;
	struct sql sql;
	struct persister persisters[PERSISTERS];
	struct event_fact events[EVENTS + 1]; /* [0] is none */
	unsigned run : 2;
	unsigned used : 2;
	unsigned ready : 4;    /* events in the queue that nobody holds */
	unsigned promised : 4; /* events whose client has its 202 */
	unsigned denied : 4; /* whose client was told that it is in no queue */
	unsigned copied : 1;
	unsigned losses : 2, faults : 3, replayed : 1;
};

/* Members of `removed`: a bit for each rule that is out. */
void model_set(unsigned removed, const struct setting *setting);
/* All padding is zero, here and in all successors. */
void model_start(struct state *state_r);
/* Which is why they may be compared as bytes. */
static inline int model_compare(const void *a, const void *b, size_t size)
{
	return memcmp(a, b, size);
}
/* Gives all that can come next; `text` has a "%u" for `who`. */
typedef void model_emit_fn(void *context, const struct state *next,
			   const char *text, unsigned who);
void model_successors(const struct state *state, model_emit_fn *emit,
		      void *context);
/* Of the states that differ by who is who only, the same one. */
void model_canonical(struct state *state);
/* The sentence that is not true in it, or NULL. */
const char *model_broken(const struct state *state);

/* What a run must have met, or it proved nothing. */
enum { WITNESSES = 7 };
extern const char *const model_witnesses[WITNESSES];
/* A bit for each that is true in the state. */
unsigned model_witnessed(const struct state *state);

#endif
