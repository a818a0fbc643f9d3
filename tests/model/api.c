#include "tests/model/model_private.h"

/* An API process: api/creates.c, allocator.c, committer*.c. */

static void empty_hand(struct api *api)
{
	api->hand = HAND_EMPTY;
	api->event = api->late = api->replay = api->keyed = 0;
	api->key_gen = api->load = api->load_gen = 0;
}

/* ---- the key ---- */

/* In a new generation Redis does not know the keys of the one before. */
static bool ask_rows_for_key(struct state *state, unsigned who, unsigned which)
{
	struct api *api = &state->apis[who];

	(void)which;
	if (!model_may(MAY_KEY) || api->hand != HAND_EMPTY || api->gen == 0)
		return false;
	if (model_has(RULE_KEY_ROWS) && api->gen > 1 && state->sql.key != 0) {
		state->promised |= bit(state->sql.key);
		return true;
	}
	api->hand = HAND_WANTS;
	api->keyed = 1;
	api->key_gen = api->gen;
	return true;
}

/* ---- the counter ---- */

/* Counters that have no generation in their names are all one. */
static unsigned counter_of(unsigned gen)
{
	return model_has(RULE_NAMES) ? gen : 0;
}

static unsigned highest_number(const struct state *state)
{
	unsigned letters = state->sql.rejected | state->sql.collided;
	unsigned highest = 0;

	for (unsigned number = 1; number <= NUMBERS; number++)
		if (row_get(&state->sql, number) != 0 ||
		    (model_has(RULE_VOIDS) &&
		     (state->sql.voids & bit(number)) != 0))
			highest = number;
	for (unsigned event = 1; event <= state->used; event++)
		if (model_has(RULE_LETTERS) && (letters & bit(event)) &&
		    state->events[event].number > highest)
			highest = state->events[event].number;
	return highest;
}

static bool read_highest(struct state *state, unsigned who, unsigned which)
{
	struct api *api = &state->apis[who];

	(void)which;
	if ((api->hand != HAND_EMPTY && api->hand != HAND_WANTS) ||
	    api->gen == 0 || (state->redis.set & bit(counter_of(api->gen))))
		return false;
	api->hand = HAND_LOADED;
	api->load = highest_number(state);
	api->load_gen = api->gen;
	return true;
}

/* ---- the pipeline ---- */

static unsigned make_event(struct state *state, unsigned number, unsigned gen,
			   bool keyed)
{
	struct event_fact *event;

	if (state->used == model_setting.events)
		return 0;
	event = &state->events[++state->used];
	event->number = number & 3;
	event->gen = gen & 3;
	event->keyed = keyed;
	return state->used;
}

/* The next number, 0 when there is none. */
static unsigned count_up(struct redis *redis, unsigned gen)
{
	unsigned at = counter_of(gen), number;

	if (!(redis->set & bit(at)))
		return 0;
	number = pair_get(redis->counts, at);
	if (number == NUMBERS)
		return 0;
	redis->counts = pair_with(redis->counts, at, number + 1) & 0xff;
	return number + 1;
}

static void load_counter(struct redis *redis, const struct api *api)
{
	unsigned at = counter_of(api->gen);

	if (api->hand != HAND_LOADED || (redis->set & bit(at)) ||
	    (model_has(RULE_LOAD) && api->load_gen != api->gen))
		return;
	redis->set |= bit(at);
	redis->counts = pair_with(redis->counts, at, api->load) & 0xff;
}

/* The script: the number is the key's, or a new one. False: none. */
static bool give(struct state *state, struct api *api)
{
	struct redis *redis = &state->redis;
	unsigned known = pair_get(redis->key_event, api->gen), number;

	api->replay = api->keyed && known != 0;
	if (api->replay && model_has(RULE_SAME_ID)) {
		api->event = known;
		return true;
	}
	number = api->replay ? state->events[known].number
			     : count_up(redis, api->gen);
	api->event =
		number ? make_event(state, number, api->gen, api->keyed) : 0;
	if (api->event != 0 && api->keyed && !api->replay)
		redis->key_event =
			pair_with(redis->key_event, api->gen, api->event) &
			0xff;
	return api->event != 0;
}

static bool is_lost(const struct state *state, const struct api *api)
{
	/* a restart cuts the connection, and the next one tells */
	return (model_has(RULE_RUN) && state->run != api->run) ||
	       (model_has(RULE_MARK) && state->redis.mark != api->gen);
}

static void lose_generation(struct api *api)
{
	api->lost = api->gen;
	api->gen = 0;
}

/* Of an idle process; a request of its own waits elsewhere meanwhile. */
static bool beat(struct state *state, unsigned who, unsigned which)
{
	struct api *api = &state->apis[who];

	(void)which;
	if (api->gen == 0 || !is_lost(state, api))
		return false;
	lose_generation(api);
	return true;
}

/* Without RULE_RUN, a beat that goes back is all that shows a roll-back. */
static bool beats(struct state *state, struct api *api)
{
	struct redis *redis = &state->redis;
	unsigned seen = api->beat;

	if (model_has(RULE_RUN))
		return true;
	redis->beat++;
	api->beat = redis->beat;
	return redis->beat > seen;
}

/* True when the request ends here. */
static bool is_refused(struct state *state, struct api *api)
{
	if (model_has(RULE_RUN) && state->run != api->run) {
		lose_generation(api);
		return true;
	}
	api->run = state->run;
	if (api->keyed && model_has(RULE_KEY_GENERATION) &&
	    api->key_gen != api->gen)
		return true;
	load_counter(&state->redis, api);
	if (!is_lost(state, api) && beats(state, api))
		return false;
	/* a number may have been spent on nobody */
	(void)count_up(&state->redis, api->gen);
	lose_generation(api);
	return true;
}

static bool allocate(struct state *state, unsigned who, unsigned which)
{
	struct api *api = &state->apis[who];
	bool waits = api->hand != HAND_EMPTY;

	(void)which;
	if (api->hand > HAND_LOADED || api->gen == 0)
		return false;
	if (is_refused(state, api)) {
		empty_hand(api);
		return true;
	}
	if (!give(state, api)) {
		empty_hand(api);
		return waits;
	}
	api->hand = HAND_GIVEN;
	api->load = api->load_gen = 0;
	return true;
}

/* ---- the broker ---- */

static bool send(struct state *state, unsigned who, unsigned which)
{
	struct api *api = &state->apis[who];

	(void)which;
	if (api->hand != HAND_GIVEN)
		return false;
	state->ready |= bit(api->event);
	api->hand = HAND_SENT;
	return true;
}

static void promise(struct state *state, const struct api *api)
{
	if (!state->events[api->event].is_void)
		state->promised |= bit(api->event);
}

static bool hear_confirm(struct state *state, unsigned who, unsigned which)
{
	struct api *api = &state->apis[who];

	(void)which;
	if (api->hand != HAND_SENT)
		return false;
	if (!api->late || !model_has(RULE_LEASE))
		promise(state, api);
	empty_hand(api);
	return true;
}

static bool promise_at_once(struct state *state, unsigned who, unsigned which)
{
	struct api *api = &state->apis[who];

	(void)which;
	if (model_has(RULE_CONFIRM) || api->hand != HAND_GIVEN || api->late ||
	    (state->promised & bit(api->event)))
		return false;
	promise(state, api);
	return true;
}

/* The number becomes a tombstone, the next event of this process, and the key
 * is free again. */
static bool void_number(struct state *state, struct api *api)
{
	unsigned spent = api->event;
	const struct event_fact *fact = &state->events[spent];
	struct redis *redis = &state->redis;

	if (pair_get(redis->key_event, fact->gen) == spent)
		redis->key_event =
			pair_with(redis->key_event, fact->gen, 0) & 0xff;
	state->denied |= bit(spent);
	empty_hand(api);
	api->event = make_event(state, fact->number, fact->gen, false);
	if (api->event == 0)
		return false;
	state->events[api->event].is_void = 1;
	api->hand = HAND_GIVEN;
	return true;
}

/* In no queue for certain (basic.return, or the bytes never left). */
static bool be_returned(struct state *state, unsigned who, unsigned which)
{
	struct api *api = &state->apis[who];

	(void)which;
	if (api->hand != HAND_GIVEN || state->events[api->event].is_void ||
	    !model_spend_fault(state, MAY_RETURN))
		return false;
	if (api->replay || (api->keyed && model_has(RULE_KEYED_VOID))) {
		empty_hand(api);
		return true;
	}
	return void_number(state, api);
}

/* Some queue did not take it; this one may have. */
static bool be_nacked(struct state *state, unsigned who, unsigned which)
{
	struct api *api = &state->apis[who];

	if (api->hand != HAND_GIVEN || state->events[api->event].is_void ||
	    !model_spend_fault(state, MAY_RETURN))
		return false;
	if (which == 1)
		state->ready |= bit(api->event);
	if (api->replay || model_has(RULE_NACK) ||
	    (api->keyed && model_has(RULE_KEYED_VOID))) {
		empty_hand(api);
		return true;
	}
	return void_number(state, api);
}

static bool be_killed(struct state *state, unsigned who, unsigned which)
{
	const struct api fresh = { 0 };

	(void)which;
	if (!model_spend_fault(state, MAY_DIE))
		return false;
	state->apis[who] = fresh;
	if (state->sql.lock == who + 1)
		state->sql.lock = 0;
	return true;
}

const struct step api_steps[] = {
	{ "api %u looks for the key", ask_rows_for_key, APIS, 1 },
	{ "api %u reads the highest number from SQL", read_highest, APIS, 1 },
	{ "api %u asks Redis for a number", allocate, APIS, 1 },
	{ "api %u sees that Redis lost its data", beat, APIS, 1 },
	{ "api %u: its client gets a 202 already", promise_at_once, APIS, 1 },
	{ "api %u: the broker takes its event", send, APIS, 1 },
	{ "api %u reads the confirm", hear_confirm, APIS, 1 },
	{ "api %u: its event comes back", be_returned, APIS, 1 },
	{ "api %u: the broker answers with a nack", be_nacked, APIS, 2 },
	{ "api %u is killed and starts again", be_killed, APIS, 1 },
	{ 0 },
};
