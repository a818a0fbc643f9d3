#include "tests/model/model_private.h"

/* An API process that has no open generation: api/numbers.c. */

static bool agree(const struct state *state, const struct api *api)
{
	return state->redis.mark != 0 && state->redis.mark == state->sql.gen &&
	       state->sql.state == NUMBERING_OPEN &&
	       state->redis.mark != api->lost &&
	       (!model_has(RULE_RUN) || state->sql.run == state->run);
}

static bool open_agreed(struct state *state, unsigned who, unsigned which)
{
	struct api *api = &state->apis[who];

	(void)which;
	if (api->gen != 0 || api->step != RECOVERY_NONE || !agree(state, api))
		return false;
	api->gen = state->sql.gen;
	api->run = state->run;
	api->beat = 0;
	return true;
}

static void copy_numbering(const struct state *state, struct api *api)
{
	api->copy_gen = state->sql.gen;
	api->copy_state = state->sql.state;
}

static bool take_lock(struct state *state, unsigned who, unsigned which)
{
	struct api *api = &state->apis[who];

	(void)which;
	if (api->gen != 0 || api->step != RECOVERY_NONE ||
	    state->sql.lock != 0 || agree(state, api))
		return false;
	state->sql.lock = (who + 1) & 3;
	copy_numbering(state, api);
	api->step = model_has(RULE_ORDER) ? RECOVERY_RAISE : RECOVERY_DELETE;
	return true;
}

/* Back to the start, with the lock given back if it is still its own. */
static void end(struct state *state, unsigned who)
{
	struct api *api = &state->apis[who];

	api->step = RECOVERY_NONE;
	api->copy_gen = api->copy_state = 0;
	if (state->sql.lock == who + 1)
		state->sql.lock = 0;
}

static bool delete_mark(struct state *state, unsigned who, unsigned which)
{
	struct api *api = &state->apis[who];

	(void)which;
	if (api->step != RECOVERY_DELETE)
		return false;
	state->redis.mark = 0;
	api->step = model_has(RULE_ORDER) ? RECOVERY_LEASE : RECOVERY_RAISE;
	return true;
}

static bool raise_generation(struct state *state, unsigned who, unsigned which)
{
	struct api *api = &state->apis[who];
	struct sql *sql = &state->sql;

	(void)which;
	if (api->step != RECOVERY_RAISE)
		return false;
	if (api->copy_state == NUMBERING_OPEN && sql->gen == api->copy_gen &&
	    sql->state == NUMBERING_OPEN) {
		if (sql->gen == GENERATIONS)
			return false;
		sql->gen++;
		sql->state = NUMBERING_LEASING;
	}
	copy_numbering(state, api);
	api->step = model_has(RULE_ORDER) ? RECOVERY_DELETE : RECOVERY_LEASE;
	return true;
}

/* All that was allocated when the wait began is older than the lease at its
 * end. */
static bool wait_out_lease(struct state *state, unsigned who, unsigned which)
{
	struct api *api = &state->apis[who];
	struct sql *sql = &state->sql;

	(void)which;
	if (api->step != RECOVERY_LEASE)
		return false;
	for (unsigned i = 0; model_has(RULE_WAIT) && i < APIS; i++)
		if (state->apis[i].hand >= HAND_GIVEN)
			state->apis[i].late = 1;
	if (api->copy_state == NUMBERING_LEASING && sql->gen == api->copy_gen &&
	    sql->state == NUMBERING_LEASING)
		sql->state = model_has(RULE_DRAIN) ? NUMBERING_DRAINING
						   : NUMBERING_DRAINED;
	api->step = RECOVERY_DRAIN;
	return true;
}

/* One statement: from "drained" to "open", with the Redis that it connected to
 * noted. Who finds it open already was too slow. */
static bool see_drained(struct state *state, unsigned who, unsigned which)
{
	struct api *api = &state->apis[who];
	struct sql *sql = &state->sql;

	(void)which;
	if (api->step != RECOVERY_DRAIN ||
	    (sql->state != NUMBERING_DRAINED && sql->state != NUMBERING_OPEN))
		return false;
	if (sql->state == NUMBERING_OPEN && model_has(RULE_ONCE)) {
		end(state, who);
		return true;
	}
	sql->state = NUMBERING_OPEN;
	sql->run = state->run;
	api->run = state->run;
	copy_numbering(state, api);
	api->step = RECOVERY_MARK;
	return true;
}

static void open_generation(struct state *state, unsigned who)
{
	struct api *api = &state->apis[who];

	api->gen = api->copy_gen;
	api->beat = 0;
	end(state, who);
}

/* Where there is none; the connection is of the Redis that was noted. */
static bool set_mark(struct state *state, unsigned who, unsigned which)
{
	struct api *api = &state->apis[who];

	(void)which;
	if (api->step != RECOVERY_MARK)
		return false;
	if (api->run == state->run && state->redis.mark == 0)
		state->redis.mark = api->copy_gen;
	if (api->run != state->run || state->redis.mark != api->copy_gen)
		end(state, who);
	else if (model_has(RULE_RECHECK))
		api->step = RECOVERY_CHECK;
	else
		open_generation(state, who);
	return true;
}

static bool look_again(struct state *state, unsigned who, unsigned which)
{
	struct api *api = &state->apis[who];

	(void)which;
	if (api->step != RECOVERY_CHECK)
		return false;
	if (state->sql.gen == api->copy_gen &&
	    state->sql.state == NUMBERING_OPEN)
		open_generation(state, who);
	else
		end(state, who);
	return true;
}

/* The session that has the lock ends, and the process does not see it. */
static bool lose_lock(struct state *state, unsigned who, unsigned which)
{
	(void)which;
	if (state->sql.lock != who + 1 || !model_spend_fault(state, MAY_UNLOCK))
		return false;
	state->sql.lock = 0;
	return true;
}

const struct step recovery_steps[] = {
	{ "api %u finds mark and copy in agreement and opens", open_agreed,
	  APIS, 1 },
	{ "api %u begins a recovery", take_lock, APIS, 1 },
	{ "api %u deletes the mark", delete_mark, APIS, 1 },
	{ "api %u raises the generation", raise_generation, APIS, 1 },
	{ "api %u waits out the lease and lets the queue drain", wait_out_lease,
	  APIS, 1 },
	{ "api %u sees it drained and opens the copy", see_drained, APIS, 1 },
	{ "api %u sets the mark", set_mark, APIS, 1 },
	{ "api %u looks at the copy again and opens", look_again, APIS, 1 },
	{ "api %u loses its session with SQL, and the lock", lose_lock, APIS,
	  1 },
	{ 0 },
};
