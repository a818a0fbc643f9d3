#ifndef CONFAB_TESTS_CHAOS_DICE_H
#define CONFAB_TESTS_CHAOS_DICE_H

#include <stdint.h>

/* Chance that a seed repeats exactly, on every machine (splitmix64). */
struct dice {
	uint64_t state;
};

static inline uint64_t dice_roll(struct dice *dice)
{
	uint64_t z = (dice->state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* 0 to bound - 1. */
static inline unsigned dice_below(struct dice *dice, unsigned bound)
{
	return (unsigned)(dice_roll(dice) % bound);
}

/* least to most. */
static inline int dice_between(struct dice *dice, int least, int most)
{
	return least + (int)dice_below(dice, (unsigned)(most - least + 1));
}

#endif
