#include "tests/model/model_private.h"

/* A persister: common/consumer.c, persister/store.c, clash.c, hole.c,
 * drain.c. */

static bool connect(struct state *state, unsigned who, unsigned which)
{
	struct persister *persister = &state->persisters[who];

	(void)which;
	if (persister->connected || persister->event != 0)
		return false;
	persister->connected = 1;
	return true;
}

static bool receive(struct state *state, unsigned who, unsigned which)
{
	struct persister *persister = &state->persisters[who];
	unsigned event = which + 1;

	if (!persister->connected || persister->event != 0 ||
	    !(state->ready & bit(event)))
		return false;
	state->ready &= ~bit(event) & 0xf;
	persister->event = event & 3;
	return true;
}

/* ---- the transaction ---- */

static bool is_late(const struct state *state, const struct event_fact *fact)
{
	return fact->gen < state->sql.gen;
}

static void store_key(struct state *state, unsigned event)
{
	const struct event_fact *fact = &state->events[event];

	if (fact->keyed && state->sql.key == 0)
		state->sql.key = event & 3;
}

/* A keyed event that comes after a recovery, unless it was known before as one
 * that was promised. */
static bool is_refused_as_late(const struct state *state, unsigned event)
{
	const struct event_fact *fact = &state->events[event];
	unsigned open = state->sql.state == NUMBERING_OPEN ? 0 : 1;

	return model_has(RULE_LATE_KEY) && fact->keyed &&
	       fact->gen < state->sql.gen - open && state->sql.key != event &&
	       !(state->sql.rejected & bit(event)) &&
	       row_get(&state->sql, fact->number) != event;
}

static void replace_row(struct state *state, unsigned old, unsigned event)
{
	struct sql *sql = &state->sql;

	sql->collided |= bit(old);
	if (sql->key == old)
		sql->key = 0;
	row_set(sql, state->events[event].number, event);
}

static bool gives_way(const struct state *state, unsigned old, unsigned event)
{
	unsigned have = state->events[old].gen,
		 comes = state->events[event].gen;

	if (comes > have)
		return model_has(RULE_NEWER);
	return comes < have && !model_has(RULE_OLDER);
}

static void store_created(struct state *state, unsigned event)
{
	struct sql *sql = &state->sql;
	unsigned number = state->events[event].number;
	unsigned old = row_get(sql, number);

	if (is_refused_as_late(state, event)) {
		sql->collided |= bit(event);
		return;
	}
	if (model_has(RULE_REPLAY))
		sql->rejected &= ~bit(event) & 0xf;
	if (old == event)
		return;
	if (old == 0) {
		row_set(sql, number, event);
	} else if (gives_way(state, old, event)) {
		replace_row(state, old, event);
	} else {
		sql->collided |= bit(event);
		return;
	}
	store_key(state, event);
}

static void store_void(struct state *state, unsigned event)
{
	const struct event_fact *fact = &state->events[event];

	if (model_has(RULE_LATE_VOID) && is_late(state, fact))
		return;
	if (row_get(&state->sql, fact->number) == 0)
		state->sql.voids |= bit(fact->number);
}

static void commit(struct state *state, struct persister *persister)
{
	if (state->events[persister->event].is_void)
		store_void(state, persister->event);
	else
		store_created(state, persister->event);
}

/* Also one whose connection is gone: its statement may have been on its way. */
static bool store(struct state *state, unsigned who, unsigned which)
{
	struct persister *persister = &state->persisters[who];

	(void)which;
	if (persister->event == 0)
		return false;
	commit(state, persister);
	persister->event = 0;
	return true;
}

/* SQL refuses the row for good: a dead letter. */
static bool refuse(struct state *state, unsigned who, unsigned which)
{
	struct persister *persister = &state->persisters[who];
	const struct event_fact *fact = &state->events[persister->event];

	(void)which;
	if (persister->event == 0 || fact->is_void ||
	    row_get(&state->sql, fact->number) == persister->event ||
	    is_refused_as_late(state, persister->event) ||
	    !model_spend_fault(state, MAY_REFUSE))
		return false;
	state->sql.rejected |= bit(persister->event);
	if (model_has(RULE_LETTER_KEY))
		store_key(state, persister->event);
	persister->event = 0;
	return true;
}

/* ---- ends ---- */

static void give_back(struct state *state, struct persister *persister)
{
	if (persister->connected && model_has(RULE_ACK))
		state->ready |= bit(persister->event) & ~1u;
	persister->connected = 0;
	persister->look = persister->look_gen = 0;
}

/* The process still has what it had in hand, and may write it. */
static bool lose_connection(struct state *state, unsigned who, unsigned which)
{
	struct persister *persister = &state->persisters[who];
	unsigned look = persister->look, look_gen = persister->look_gen;

	(void)which;
	if (!persister->connected || !model_spend_fault(state, MAY_FREEZE))
		return false;
	give_back(state, persister);
	/* what it had proved stays proved */
	if (look == 2) {
		persister->look = look & 3;
		persister->look_gen = look_gen & 3;
	}
	return true;
}

/* Before the commit, or between the commit and the acknowledgement. */
static bool be_killed(struct state *state, unsigned who, unsigned which)
{
	struct persister *persister = &state->persisters[who];

	if (!model_spend_fault(state, MAY_DIE))
		return false;
	if (which == 1 && persister->event != 0)
		commit(state, persister);
	give_back(state, persister);
	persister->event = 0;
	return true;
}

/* Closes its connection: another one drains. */
static bool stand_aside(struct state *state, unsigned who, unsigned which)
{
	struct persister *persister = &state->persisters[who];

	(void)which;
	if (!persister->connected || state->sql.state != NUMBERING_DRAINING)
		return false;
	give_back(state, persister);
	persister->event = 0;
	return true;
}

/* ---- the proof ---- */

static bool look_at_queue(struct state *state, unsigned who, unsigned which)
{
	struct persister *persister = &state->persisters[who];

	(void)which;
	if (!persister->connected || state->ready != 0 ||
	    state->sql.state != NUMBERING_DRAINING)
		return false;
	for (unsigned i = 0; model_has(RULE_UNACKED) && i < PERSISTERS; i++)
		if (i != who && state->persisters[i].connected)
			return false;
	persister->look = 1;
	persister->look_gen = state->sql.gen;
	return true;
}

static bool look_at_hands(struct state *state, unsigned who, unsigned which)
{
	struct persister *persister = &state->persisters[who];

	(void)which;
	(void)state;
	if (persister->look != 1 || persister->event != 0)
		return false;
	persister->look = 2;
	return true;
}

static bool open_numbering(struct state *state, unsigned who, unsigned which)
{
	struct persister *persister = &state->persisters[who];
	struct sql *sql = &state->sql;

	(void)which;
	if (persister->look != 2)
		return false;
	if (sql->state == NUMBERING_DRAINING &&
	    (sql->gen == persister->look_gen || !model_has(RULE_PROVEN)))
		sql->state = NUMBERING_DRAINED;
	persister->look = persister->look_gen = 0;
	return true;
}

const struct step persister_steps[] = {
	{ "persister %u connects", connect, PERSISTERS, 1 },
	{ "persister %u receives an event", receive, PERSISTERS, EVENTS },
	{ "persister %u commits and acknowledges it", store, PERSISTERS, 1 },
	{ "persister %u makes a dead letter of it", refuse, PERSISTERS, 1 },
	{ "persister %u loses its connection and does not know yet",
	  lose_connection, PERSISTERS, 1 },
	{ "persister %u is killed", be_killed, PERSISTERS, 2 },
	{ "persister %u stands aside", stand_aside, PERSISTERS, 1 },
	{ "persister %u sees nothing ready and no other consumer",
	  look_at_queue, PERSISTERS, 1 },
	{ "persister %u has nothing in hand", look_at_hands, PERSISTERS, 1 },
	{ "persister %u says that all is stored", open_numbering, PERSISTERS,
	  1 },
	{ 0 },
};
