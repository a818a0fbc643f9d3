#ifndef CONFAB_TESTS_CHAOS_PLAN_H
#define CONFAB_TESTS_CHAOS_PLAN_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Which faults come when: a pure function of the seed and the length, so that
 * a run can be repeated.
 */
enum plan_kind {
	PLAN_KILL,	/* -9; target: processes with + between them */
	PLAN_FREEZE,	/* SIGSTOP, SIGCONT */
	PLAN_RESTART,	/* asked to end, away for a while, started */
	PLAN_LINK,	/* what the proxy does to a link */
	PLAN_FILL,	/* a server's disk is full */
	PLAN_MEMORY,	/* RabbitMQ's memory alarm */
	PLAN_DISK,	/* RabbitMQ's disk alarm */
	PLAN_READ_ONLY, /* SQL refuses writes */
	PLAN_CROWDED,	/* SQL has too many connections */
	PLAN_FLUSH,	/* Redis loses everything */
	PLAN_ROLL_BACK, /* Redis comes back from an old copy */
	PLAN_FORGET,	/* Redis forgets its scripts */
	PLAN_KINDS
};

struct plan_fault {
	int64_t begins_ms, ends_ms; /* equal: nothing to heal */
	enum plan_kind kind;
	char target[64];
	const char *manner; /* PLAN_LINK: the proxy's word */
	int parameter;
};

struct plan {
	struct plan_fault *faults; /* by begins_ms */
	unsigned count;
};

/* False when memory is out. */
bool plan_make(uint64_t seed, int64_t length_ms, struct plan *plan_r)
	__attribute__((warn_unused_result));
void plan_release(struct plan *plan);

const char *plan_kind_word(enum plan_kind kind);
/* "kill api", "stall api-redis"; valid until the next call. */
const char *plan_describe(const struct plan_fault *fault);

/* The links that the plan knows, as "DAEMON SERVER", NULL at the end. Clients
 * are a daemon here. */
extern const char *const plan_links[];

#endif
