#include "tests/model/model.h"

#include <string.h>

#include "tests/model/model_private.h"

const struct rule_text model_rules[RULES] = {
	[RULE_MARK] = { "mark", "a number counts only if the mark of its "
				"generation was there afterwards" },
	[RULE_RUN] = { "run",
		       "a Redis that was restarted counts as lost; a beat "
		       "that went back does not tell everybody" },
	[RULE_NAMES] = { "names", "counters are named by their generation" },
	[RULE_LEASE] = { "lease", "no 202 later than 5 s after the number" },
	[RULE_WAIT] = { "wait", "a recovery waits until leases are over" },
	[RULE_CONFIRM] = { "confirm", "no 202 before the broker's confirm" },
	[RULE_NACK] = { "nack", "a nack leaves the outcome unknown" },
	[RULE_DRAIN] = { "drain", "a recovery waits until all is stored" },
	[RULE_UNACKED] = { "unacked", "also what other consumers hold" },
	[RULE_PROVEN] = { "proven", "a persister opens only the generation "
				    "that it has proved" },
	[RULE_ORDER] = { "order", "the generation is raised before the mark is "
				  "deleted" },
	[RULE_ONCE] = { "once", "a generation gets its mark once" },
	[RULE_RECHECK] = { "recheck", "who sets the mark looks again before "
				      "it gives numbers" },
	[RULE_LOAD] = { "load", "a value read from the rows serves only the "
				"generation it was read in" },
	[RULE_LETTERS] = { "letters", "dead letters count as promised" },
	[RULE_VOIDS] = { "voids", "tombstones count as promised" },
	[RULE_REPLAY] = { "replay", "a replayed dead letter stays until it "
				    "is a row" },
	[RULE_NEWER] = { "newer", "the newer generation gets the row" },
	[RULE_OLDER] = { "older", "an older generation never gets it" },
	[RULE_LATE_VOID] = { "late-void", "tombstones of an older generation "
					  "are not stored" },
	[RULE_KEYED_VOID] = { "keyed-void", "a number that a key has is never "
					    "voided" },
	[RULE_SAME_ID] = { "same-id", "a repeated key publishes the same "
				      "event" },
	[RULE_KEY_ROWS] = { "key-rows", "a new generation looks for keys in "
					"the rows" },
	[RULE_KEY_GENERATION] = { "key-generation",
				  "such a look serves only the generation it "
				  "was made in" },
	[RULE_LATE_KEY] = { "late-key", "an older generation's late events "
					"with keys are not stored" },
	[RULE_LETTER_KEY] = { "letter-key", "a dead letter's key is stored" },
	[RULE_ACK] = { "ack", "nothing is acknowledged before it is stored" },
};

static unsigned removed_rules;
struct setting model_setting;

void model_set(unsigned removed, const struct setting *setting)
{
	removed_rules = removed;
	model_setting = *setting;
}

bool model_has(enum rule rule)
{
	return (removed_rules & bit(rule)) == 0;
}

bool model_may(enum may may)
{
	return (model_setting.may & may) != 0;
}

bool model_spend_fault(struct state *state, enum may may)
{
	if (!model_may(may) || state->faults == model_setting.faults)
		return false;
	state->faults++;
	return true;
}

unsigned pair_get(unsigned pairs, unsigned at)
{
	return pairs >> 2 * at & 3;
}

unsigned pair_with(unsigned pairs, unsigned at, unsigned value)
{
	return (pairs & ~(3u << 2 * at)) | value << 2 * at;
}

unsigned row_get(const struct sql *sql, unsigned number)
{
	return pair_get(sql->rows, number - 1);
}

void row_set(struct sql *sql, unsigned number, unsigned event)
{
	sql->rows = pair_with(sql->rows, number - 1, event);
}

/* A system that runs: generation 1 is open in both API processes, nothing was
 * created yet. */
void model_start(struct state *state_r)
{
	memset(state_r, 0, sizeof(*state_r));
	state_r->sql.gen = 1;
	state_r->redis.mark = state_r->old_copy.mark = 1;
	for (unsigned i = 0; i < APIS; i++)
		state_r->apis[i].gen = 1;
	for (unsigned i = 0; i < PERSISTERS; i++)
		state_r->persisters[i].connected = 1;
}

static void take_steps(const struct state *state, const struct step *steps,
		       model_emit_fn *emit, void *context)
{
	for (const struct step *step = steps; step->text; step++)
		for (unsigned i = 0; i < step->who_count * step->which_count;
		     i++) {
			unsigned who = i / step->which_count;
			struct state next = *state;

			if (step->take(&next, who, i % step->which_count))
				emit(context, &next, step->text, who + 1);
		}
}

void model_successors(const struct state *state, model_emit_fn *emit,
		      void *context)
{
	take_steps(state, api_steps, emit, context);
	take_steps(state, recovery_steps, emit, context);
	take_steps(state, persister_steps, emit, context);
	take_steps(state, world_steps, emit, context);
}

void model_canonical(struct state *state)
{
	int order = model_compare(&state->apis[0], &state->apis[1],
				  sizeof(struct api));

	if (order > 0 || (order == 0 && state->sql.lock == 2)) {
		struct api api = state->apis[0];

		state->apis[0] = state->apis[1];
		state->apis[1] = api;
		if (state->sql.lock != 0)
			state->sql.lock = 3 - state->sql.lock;
	}
	if (model_compare(&state->persisters[0], &state->persisters[1],
			  sizeof(struct persister)) > 0) {
		struct persister persister = state->persisters[0];

		state->persisters[0] = state->persisters[1];
		state->persisters[1] = persister;
	}
}

/* ---- what must be true ---- */

static bool is_row(const struct state *state, unsigned event)
{
	return row_get(&state->sql, state->events[event].number) == event;
}

static bool is_in_queue(const struct state *state, unsigned event)
{
	if (state->ready & bit(event))
		return true;
	for (unsigned i = 0; i < PERSISTERS; i++)
		if (state->persisters[i].connected &&
		    state->persisters[i].event == event)
			return true;
	return false;
}

static const char *broken_promise(const struct state *state, unsigned event)
{
	if (state->sql.collided & bit(event))
		return "a promised message gave way to another one";
	if (!is_row(state, event) && !is_in_queue(state, event) &&
	    !(state->sql.rejected & bit(event)))
		return "a promised message is lost";
	for (unsigned other = 1; other < event; other++) {
		if (!(state->promised & bit(other)))
			continue;
		if (state->events[event].number == state->events[other].number)
			return "a number was promised twice";
		if (state->events[event].keyed && state->events[other].keyed)
			return "a key was promised two numbers";
	}
	return NULL;
}

/* Its client sees one message twice. */
static bool has_second_row(const struct state *state, unsigned event)
{
	for (unsigned other = 1; other < event; other++)
		if (state->events[event].keyed && state->events[other].keyed &&
		    is_row(state, event) && is_row(state, other))
			return true;
	return false;
}

const char *model_broken(const struct state *state)
{
	for (unsigned event = 1; event <= state->used; event++) {
		const char *broken = NULL;

		if (state->promised & bit(event))
			broken = broken_promise(state, event);
		if (broken)
			return broken;
		if (has_second_row(state, event))
			return "a key has two rows";
		if ((state->denied & bit(event)) && is_row(state, event))
			return "a message is stored that was refused";
	}
	for (unsigned number = 1; number <= NUMBERS; number++)
		if ((state->sql.voids & bit(number)) &&
		    (state->promised & bit(row_get(&state->sql, number))))
			return "a promised message came where readers had "
			       "been told that none would";
	return NULL;
}

/* ---- what must have happened ---- */

const char *const model_witnesses[WITNESSES] = {
	"a promise in the second generation, and one in the first",
	"a promise in the third generation",
	"a row that gave way to a newer generation",
	"a late event that became a dead letter",
	"a tombstone",
	"a key that two processes published",
	"a promised message among the dead letters of the store",
};

static bool has_promise(const struct state *state, unsigned gen)
{
	for (unsigned event = 1; event <= state->used; event++)
		if ((state->promised & bit(event)) &&
		    state->events[event].gen == gen)
			return true;
	return false;
}

/* `newer`: the row is of a newer generation than the event that lost. */
static bool has_loser(const struct state *state, bool promised)
{
	for (unsigned event = 1; event <= state->used; event++) {
		unsigned row =
			row_get(&state->sql, state->events[event].number);

		if ((state->sql.collided & bit(event)) &&
		    ((state->promised & bit(row)) != 0) == promised)
			return true;
	}
	return false;
}

unsigned model_witnessed(const struct state *state)
{
	const struct api *a = &state->apis[0], *b = &state->apis[1];
	unsigned seen = 0;

	seen |= (has_promise(state, 1) && has_promise(state, 2)) << 0;
	seen |= has_promise(state, 3) << 1;
	seen |= has_loser(state, false) << 2;
	seen |= has_loser(state, true) << 3;
	seen |= (state->sql.voids != 0) << 4;
	seen |= (a->event != 0 && a->event == b->event) << 5;
	seen |= ((state->sql.rejected & state->promised) != 0) << 6;
	return seen;
}
