#include "tests/model/model_private.h"

/* What nobody decides, and the operator. */

static bool spend_loss(struct state *state)
{
	if (state->losses == model_setting.losses)
		return false;
	state->losses++;
	return true;
}

/* The process goes on, its data is gone. (Restarted with an empty set it is no
 * less: the mark is missing in both.) */
static bool flush(struct state *state, unsigned who, unsigned which)
{
	const struct redis empty = { 0 };

	(void)who;
	(void)which;
	if (!spend_loss(state))
		return false;
	state->redis = empty;
	return true;
}

static bool copy(struct state *state, unsigned who, unsigned which)
{
	(void)who;
	(void)which;
	if (!model_may(MAY_ROLL_BACK) || state->copied ||
	    state->losses == model_setting.losses)
		return false;
	state->copied = 1;
	state->old_copy = state->redis;
	return true;
}

/* A restart that lost the last writes, an old copy, a replica that lagged. */
static bool roll_back(struct state *state, unsigned who, unsigned which)
{
	(void)who;
	(void)which;
	if (!model_may(MAY_ROLL_BACK) || !spend_loss(state))
		return false;
	state->redis = state->old_copy;
	state->run++;
	return true;
}

/* The operator publishes a dead letter again. */
static bool replay(struct state *state, unsigned who, unsigned which)
{
	unsigned event = which + 1;

	(void)who;
	if (!(state->sql.rejected & bit(event)) || state->replayed)
		return false;
	state->replayed = 1;
	state->ready |= bit(event);
	if (!model_has(RULE_REPLAY))
		state->sql.rejected &= ~bit(event) & 0xf;
	return true;
}

const struct step world_steps[] = {
	{ "Redis loses all its data", flush, 1, 1 },
	{ "a copy of Redis' data is made", copy, 1, 1 },
	{ "Redis restarts with an older state", roll_back, 1, 1 },
	{ "the operator replays a dead letter", replay, 1, EVENTS },
	{ 0 },
};
