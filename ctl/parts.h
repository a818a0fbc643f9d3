#ifndef CONFAB_CTL_PARTS_H
#define CONFAB_CTL_PARTS_H

#include <stdbool.h>
#include <stdio.h>

struct ctl;

/*
 * The parts of a running system as far as they can be seen from here: each
 * server by a real operation, the API by its own word, a worker by its
 * consumer at the broker.
 */
enum part_state {
	PART_UNKNOWN, /* its setting is empty: not looked for */
	PART_UP,
	PART_AWAY
};

struct part {
	const char *name; /* static */
	enum part_state state;
	char detail[256]; /* why it is away, or "" */
};

enum { PARTS = 9 };

void parts_look(struct ctl *ctl, struct part parts_r[PARTS]);
/* True when none is away. */
bool parts_well(const struct part parts[PARTS]);

/* A line each. */
void parts_print(const struct part parts[PARTS], FILE *out);
/* "status":"ok","parts":[...] without the braces around. */
void parts_print_json(const struct part parts[PARTS], FILE *out);

#endif
