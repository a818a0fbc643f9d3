#include "common/text_fuzzy.h"

#include <stdbool.h>
#include <string.h>
#include <unistr.h>

#include "common/text.h"

/*
 * Distances are kept for the diagonals that matter only: cell d of row i is
 * the distance between the first i letters of `wanted` and the first i + d -
 * edits letters of `word`.
 */
#define BAND (2 * TEXT_EDITS_MAX + 1)
#define FAR 100u

struct row {
	unsigned cells[BAND];
};

struct pair {
	ucs4_t wanted[TEXT_WORD_BYTES];
	ucs4_t word[TEXT_WORD_BYTES];
	size_t wanted_letters, letters;
	unsigned edits;
};

static size_t read_letters(const char *text, size_t length, size_t most,
			   ucs4_t *letters)
{
	const uint8_t *bytes = (const uint8_t *)text;
	size_t at = 0, n = 0;

	while (at < length && n < most)
		at += (size_t)u8_mbtouc(&letters[n++], bytes + at, length - at);
	return n;
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static bool is_swap(const struct pair *pair, size_t i, size_t j)
{
	return i > 1 && j > 1 && pair->wanted[i - 1] == pair->word[j - 2] &&
	       pair->wanted[i - 2] == pair->word[j - 1];
}

/* Cell d of row i, the column being j; earlier rows are one and two back. */
static unsigned cell(const struct pair *pair, const struct row *rows, size_t i,
		     size_t j, unsigned d)
{
	const struct row *now = &rows[i % 3], *one = &rows[(i + 2) % 3],
			 *two = &rows[(i + 1) % 3];
	unsigned best;

	if (j == 0)
		return (unsigned)i;
	best = one->cells[d] + (pair->wanted[i - 1] != pair->word[j - 1]);
	if (d + 1 < BAND)
		best = least(best, one->cells[d + 1] + 1);
	if (d > 0)
		best = least(best, now->cells[d - 1] + 1);
	if (is_swap(pair, i, j))
		best = least(best, two->cells[d] + 1);
	return best;
}

/* The word's letter count that cell d of row i is about; false: none. */
static bool column(const struct pair *pair, size_t i, unsigned d, size_t *j_r)
{
	size_t shifted = i + d;

	if (d > 2 * pair->edits || shifted < pair->edits ||
	    shifted - pair->edits > pair->letters)
		return false;
	*j_r = shifted - pair->edits;
	return true;
}

/* Fills row i; returns the least distance in it. */
static unsigned fill_row(const struct pair *pair, struct row *rows, size_t i)
{
	unsigned *cells = rows[i % 3].cells;
	unsigned best = FAR;
	size_t j;

	for (unsigned d = 0; d < BAND; d++)
		cells[d] = FAR;
	for (unsigned d = 0; d < BAND; d++) {
		if (!column(pair, i, d, &j))
			continue;
		cells[d] = i == 0 ? (unsigned)j : cell(pair, rows, i, j, d);
		best = least(best, cells[d]);
	}
	return best;
}

static enum text_fuzzy judge(const struct pair *pair, const struct row *last,
			     bool to_end, unsigned start_edits)
{
	enum text_fuzzy result = TEXT_FUZZY_NONE;
	size_t j;

	for (unsigned d = 0; d < BAND; d++) {
		if (!column(pair, pair->wanted_letters, d, &j))
			continue;
		if (to_end && j == pair->letters &&
		    last->cells[d] <= pair->edits)
			return TEXT_FUZZY_WORD;
		if (last->cells[d] <= start_edits)
			result = TEXT_FUZZY_START;
	}
	return start_edits ? result : TEXT_FUZZY_NONE;
}

enum text_fuzzy text_fuzzy_match(const char *wanted, size_t wanted_length,
				 const char *word, size_t length,
				 unsigned edits, unsigned start_edits)
{
	struct pair pair;
	struct row rows[3];
	size_t most;

	pair.edits = edits > start_edits ? edits : start_edits;
	pair.wanted_letters = read_letters(wanted, wanted_length,
					   TEXT_WORD_BYTES, pair.wanted);
	/* one more than the band reaches shows that the word goes on */
	most = pair.wanted_letters + pair.edits + 1;
	pair.letters = read_letters(
		word, length, most < TEXT_WORD_BYTES ? most : TEXT_WORD_BYTES,
		pair.word);
	if (pair.letters + pair.edits < pair.wanted_letters)
		return TEXT_FUZZY_NONE;
	for (size_t i = 0; i <= pair.wanted_letters; i++)
		if (fill_row(&pair, rows, i) > pair.edits)
			return TEXT_FUZZY_NONE;
	pair.edits = edits;
	return judge(&pair, &rows[pair.wanted_letters % 3], pair.letters < most,
		     start_edits);
}
