#include "tests/chaos/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/chaos/dice.h"

/* How long after its end a process is left alone, so that it can come back. */
struct target {
	const char *name;
	int rest_ms;
};

static const struct target targets[] = {
	{ "api", 3000 },       { "ingest", 3000 },
	{ "persister", 3000 }, { "persister-2", 3000 },
	{ "indexer", 3000 },   { "indexer-2", 3000 },
	{ "counter", 3000 },   { "counter-2", 3000 },
	{ "redis", 4000 },     { "sql", 8000 },
	{ "rabbitmq", 15000 }, { "elasticsearch", 30000 },
};

#define TARGETS (sizeof(targets) / sizeof(targets[0]))
#define DAEMONS 8u
enum { REDIS = 8, SQL, RABBITMQ, ELASTICSEARCH };

const char *const plan_links[] = { "clients api",
				   "clients ingest",
				   "api redis",
				   "api rabbitmq",
				   "api sql",
				   "api elasticsearch",
				   "ingest redis",
				   "ingest rabbitmq",
				   "ingest sql",
				   "persister rabbitmq",
				   "persister sql",
				   "persister-2 rabbitmq",
				   "persister-2 sql",
				   "indexer rabbitmq",
				   "indexer sql",
				   "indexer elasticsearch",
				   "indexer-2 rabbitmq",
				   "indexer-2 sql",
				   "indexer-2 elasticsearch",
				   "counter rabbitmq",
				   "counter sql",
				   "counter-2 rabbitmq",
				   "counter-2 sql",
				   NULL };

#define LINKS (sizeof(plan_links) / sizeof(plan_links[0]) - 1)

struct manner {
	const char *word;
	int weight, shortest_ms, longest_ms, least, most;
};

static const struct manner manners[] = {
	{ "latency", 4, 2000, 15000, 5, 400 },
	{ "slice", 4, 2000, 10000, 0, 0 },
	{ "slow", 3, 2000, 10000, 8000, 200000 },
	{ "stall", 5, 1000, 20000, 0, 0 },
	{ "hole", 4, 1000, 20000, 0, 0 },
	{ "refuse", 3, 500, 8000, 0, 0 },
	{ "half", 4, 5000, 20000, 0, 0 },
	{ "reset", 6, 0, 0, 0, 0 },
};

#define MANNERS (sizeof(manners) / sizeof(manners[0]))

static const struct {
	const char *word;
	int weight, shortest_ms, longest_ms;
} kinds[PLAN_KINDS] = {
	[PLAN_KILL] = { "kill", 34, 0, 0 },
	[PLAN_FREEZE] = { "freeze", 14, 1000, 20000 },
	[PLAN_RESTART] = { "restart", 10, 0, 8000 },
	[PLAN_LINK] = { "link", 34, 0, 0 },
	[PLAN_FILL] = { "fill", 4, 3000, 12000 },
	[PLAN_MEMORY] = { "memory alarm", 3, 3000, 12000 },
	[PLAN_DISK] = { "disk alarm", 2, 3000, 12000 },
	[PLAN_READ_ONLY] = { "read-only", 4, 2000, 15000 },
	[PLAN_CROWDED] = { "crowded", 2, 3000, 10000 },
	[PLAN_FLUSH] = { "flush", 3, 0, 0 },
	[PLAN_ROLL_BACK] = { "roll back", 2, 4000, 15000 },
	[PLAN_FORGET] = { "forget scripts", 3, 0, 0 },
};

struct maker {
	struct dice dice;
	int64_t now_ms, length_ms;
	int64_t busy_ms[TARGETS]; /* until then it is left alone */
	int64_t link_busy_ms[LINKS];
	struct plan plan;
	unsigned room;
};

const char *plan_kind_word(enum plan_kind kind)
{
	return kinds[kind].word;
}

const char *plan_describe(const struct plan_fault *fault)
{
	static char text[128];

	if (fault->kind != PLAN_LINK)
		snprintf(text, sizeof(text), "%s %s", kinds[fault->kind].word,
			 fault->target);
	else if (fault->parameter)
		snprintf(text, sizeof(text), "%s %s %d", fault->manner,
			 fault->target, fault->parameter);
	else
		snprintf(text, sizeof(text), "%s %s", fault->manner,
			 fault->target);
	return text;
}

static enum plan_kind choose_kind(struct dice *dice)
{
	int sum = 0, at;
	unsigned kind = 0;

	for (unsigned i = 0; i < PLAN_KINDS; i++)
		sum += kinds[i].weight;
	at = (int)dice_below(dice, (unsigned)sum);
	while (at >= kinds[kind].weight)
		at -= kinds[kind++].weight;
	return (enum plan_kind)kind;
}

static const struct manner *choose_manner(struct dice *dice)
{
	int sum = 0, at;
	unsigned manner = 0;

	for (unsigned i = 0; i < MANNERS; i++)
		sum += manners[i].weight;
	at = (int)dice_below(dice, (unsigned)sum);
	while (at >= manners[manner].weight)
		at -= manners[manner++].weight;
	return &manners[manner];
}

/* All is healed when the plan ends. */
static int64_t choose_end(struct maker *maker, int shortest_ms, int longest_ms)
{
	int64_t end = maker->now_ms +
		      dice_between(&maker->dice, shortest_ms, longest_ms);

	return end < maker->length_ms ? end : maker->length_ms;
}

static void occupy(struct maker *maker, unsigned target,
		   const struct plan_fault *fault)
{
	maker->busy_ms[target] = fault->ends_ms + targets[target].rest_ms;
}

static bool is_free(const struct maker *maker, unsigned target)
{
	return maker->busy_ms[target] <= maker->now_ms;
}

/* Daemons are cheap to start; servers, the slow ones least, get their turn too.
 */
static unsigned choose_target(struct maker *maker)
{
	unsigned chance = dice_below(&maker->dice, 100);

	if (chance < 62)
		return dice_below(&maker->dice, DAEMONS);
	if (chance < 74)
		return REDIS;
	if (chance < 86)
		return SQL;
	return chance < 95 ? RABBITMQ : ELASTICSEARCH;
}

static bool aim(struct maker *maker, struct plan_fault *fault, unsigned target)
{
	if (!is_free(maker, target))
		return false;
	snprintf(fault->target, sizeof(fault->target), "%s",
		 targets[target].name);
	occupy(maker, target, fault);
	return true;
}

/* Several at the same moment, as when a machine loses power. */
static bool aim_at_many(struct maker *maker, struct plan_fault *fault)
{
	unsigned wanted = 2 + dice_below(&maker->dice, 4);
	size_t length = 0;

	for (unsigned i = 0; i < wanted; i++) {
		unsigned target = choose_target(maker);

		if (!is_free(maker, target))
			continue;
		length += (size_t)snprintf(
			fault->target + length, sizeof(fault->target) - length,
			"%s%s", length ? "+" : "", targets[target].name);
		occupy(maker, target, fault);
	}
	return length > 0;
}

static bool aim_at_link(struct maker *maker, struct plan_fault *fault)
{
	const struct manner *manner = choose_manner(&maker->dice);
	unsigned link = dice_below(&maker->dice, LINKS);

	if (maker->link_busy_ms[link] > maker->now_ms)
		return false;
	fault->manner = manner->word;
	fault->parameter = manner->most == 0
				   ? 0
				   : dice_between(&maker->dice, manner->least,
						  manner->most);
	fault->ends_ms =
		choose_end(maker, manner->shortest_ms, manner->longest_ms);
	snprintf(fault->target, sizeof(fault->target), "%s", plan_links[link]);
	*strchr(fault->target, ' ') = '-';
	maker->link_busy_ms[link] = fault->ends_ms;
	return true;
}

static bool aim_fault(struct maker *maker, struct plan_fault *fault)
{
	switch (fault->kind) {
	case PLAN_KILL:
		if (dice_below(&maker->dice, 8) == 0)
			return aim_at_many(maker, fault);
		return aim(maker, fault, choose_target(maker));
	case PLAN_FREEZE:
	case PLAN_RESTART:
		return aim(maker, fault, choose_target(maker));
	case PLAN_LINK:
		return aim_at_link(maker, fault);
	case PLAN_FILL:
		return aim(maker, fault, REDIS + dice_below(&maker->dice, 4));
	case PLAN_MEMORY:
	case PLAN_DISK:
		return aim(maker, fault, RABBITMQ);
	case PLAN_READ_ONLY:
	case PLAN_CROWDED:
		return aim(maker, fault, SQL);
	case PLAN_FLUSH:
	case PLAN_ROLL_BACK:
	case PLAN_FORGET:
		return aim(maker, fault, REDIS);
	case PLAN_KINDS:
		break;
	}
	return false;
}

static bool add_fault(struct maker *maker, const struct plan_fault *fault)
{
	struct plan *plan = &maker->plan;
	struct plan_fault *faults;

	if (plan->count == maker->room) {
		maker->room = maker->room ? maker->room * 2 : 64;
		faults = realloc(plan->faults,
				 maker->room * sizeof(*plan->faults));
		if (!faults)
			return false;
		plan->faults = faults;
	}
	plan->faults[plan->count++] = *fault;
	return true;
}

/* Mostly in quick succession, so that faults overlap; now and then long enough
 * for everything to recover. */
static int choose_gap(struct dice *dice)
{
	unsigned chance = dice_below(dice, 10);

	if (chance < 6)
		return dice_between(dice, 200, 2500);
	if (chance < 9)
		return dice_between(dice, 2500, 7000);
	return dice_between(dice, 7000, 15000);
}

#define QUIET_START_MS 3000
#define QUIET_END_MS 2000

bool plan_make(uint64_t seed, int64_t length_ms, struct plan *plan_r)
{
	struct maker maker = { .dice = { seed }, .length_ms = length_ms };

	maker.now_ms = QUIET_START_MS;
	while (maker.now_ms < length_ms - QUIET_END_MS) {
		struct plan_fault fault = { .begins_ms = maker.now_ms };

		fault.kind = choose_kind(&maker.dice);
		fault.ends_ms =
			choose_end(&maker, kinds[fault.kind].shortest_ms,
				   kinds[fault.kind].longest_ms);
		if (!aim_fault(&maker, &fault)) {
			maker.now_ms += 100;
			continue;
		}
		if (!add_fault(&maker, &fault)) {
			plan_release(&maker.plan);
			return false;
		}
		maker.now_ms += choose_gap(&maker.dice);
	}
	*plan_r = maker.plan;
	return true;
}

void plan_release(struct plan *plan)
{
	free(plan->faults);
	*plan = (struct plan){ 0 };
}
