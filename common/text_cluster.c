#include "common/text_cluster.h"

#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>

#define ZERO_WIDTH_SPACE 0x200B
#define TATWEEL 0x0640
#define ARABIC_ALEF 0x0627

static bool is_mark(ucs4_t point)
{
	return uc_is_general_category(point, UC_CATEGORY_M);
}

static bool is_spacing_mark(ucs4_t point)
{
	return uc_is_general_category(point, UC_CATEGORY_Mc);
}

static bool is_invisible(ucs4_t point)
{
	return point == TATWEEL ||
	       (point != ZERO_WIDTH_SPACE &&
		uc_is_property_default_ignorable_code_point(point));
}

/* Hangul vowels and finals, which compose with the letter before them. */
static bool is_jamo_tail(ucs4_t point)
{
	return (point >= 0x1161 && point <= 0x1175) ||
	       (point >= 0x11A8 && point <= 0x11C2);
}

bool text_cluster_joins(ucs4_t point)
{
	ucs4_t parts[UC_DECOMPOSITION_MAX_LENGTH];
	ucs4_t first = point;
	int tag;

	/* the half-width voiced sound mark, say, is a mark only then */
	while (uc_decomposition(first, &tag, parts) > 0)
		first = parts[0];
	return is_invisible(first) || is_mark(first) || is_jamo_tail(first);
}

static bool is_script(ucs4_t point, const char *name)
{
	const uc_script_t *script = uc_script(point);

	return script && strcmp(script->name, name) == 0;
}

static bool drops_from_arabic(ucs4_t base, ucs4_t mark)
{
	return base == ARABIC_ALEF || mark < 0x0653 || mark > 0x0655;
}

/* The acute and the grave of a vowel are stress; Macedonian ѓ and ќ are
 * letters. */
static bool drops_from_cyrillic(ucs4_t base, ucs4_t mark)
{
	static const ucs4_t vowels[] = { 0x0430, 0x0435, 0x0438, 0x043E,
					 0x0443, 0x044B, 0x044D, 0x044E,
					 0x044F, 0x0456, 0x0454 };
	ucs4_t small = uc_tolower(base);

	if (mark == 0x0308)
		return small == 0x0435;
	if (mark != 0x0300 && mark != 0x0301)
		return false;
	for (size_t i = 0; i < sizeof(vowels) / sizeof(vowels[0]); i++)
		if (vowels[i] == small)
			return true;
	return false;
}

static bool drops_mark(ucs4_t base, ucs4_t mark)
{
	if (is_spacing_mark(mark))
		return false;
	if (is_script(base, "Arabic"))
		return drops_from_arabic(base, mark);
	if (is_script(base, "Cyrillic"))
		return drops_from_cyrillic(base, mark);
	return base == 0 || is_script(base, "Latin") ||
	       is_script(base, "Common") || is_script(base, "Greek") ||
	       is_script(base, "Hebrew");
}

/* Drops, in place, what makes no difference; returns the new length. */
static size_t drop_marks(ucs4_t *points, size_t length)
{
	ucs4_t base = 0;
	size_t kept = 0;

	for (size_t i = 0; i < length; i++) {
		if (is_invisible(points[i]))
			continue;
		if (!is_mark(points[i]))
			base = points[i];
		else if (drops_mark(base, points[i]))
			continue;
		points[kept++] = points[i];
	}
	return kept;
}

/* Letters without a decomposition, by what people type instead of them. */
static const struct letter {
	ucs4_t point;
	char plain[3];
} letters[] = {
	{ 0x00E6, "ae" }, /* æ */
	{ 0x00F0, "d" },  /* ð */
	{ 0x00F8, "o" },  /* ø */
	{ 0x00FE, "th" }, /* þ */
	{ 0x0111, "d" },  /* đ */
	{ 0x0127, "h" },  /* ħ */
	{ 0x0131, "i" },  /* ı */
	{ 0x0142, "l" },  /* ł */
	{ 0x014B, "n" },  /* ŋ */
	{ 0x0153, "oe" }, /* œ */
	{ 0x0167, "t" },  /* ŧ */
	{ 0x02BB, "'" },  /* ʻ */
	{ 0x02BC, "'" },  /* ʼ */
	{ 0x2018, "'" },  /* ‘ */
	{ 0x2019, "'" },  /* ’ */
	{ 0x201B, "'" },  /* ‛ */
};

static ucs4_t plain_arabic(ucs4_t point)
{
	if (point == 0x0649 || point == 0x06CC)
		return 0x064A; /* yeh */
	if (point == 0x06A9)
		return 0x0643; /* kaf */
	return point;
}

/* Writes one or two points; returns how many. */
static size_t plain_letter(ucs4_t point, ucs4_t *out)
{
	int digit = uc_decimal_value(point);

	out[0] = digit >= 0 ? (ucs4_t)('0' + digit) : plain_arabic(point);
	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
		if (letters[i].point != point)
			continue;
		out[0] = (ucs4_t)letters[i].plain[0];
		out[1] = (ucs4_t)letters[i].plain[1];
		return out[1] ? 2 : 1;
	}
	return 1;
}

static ucs4_t *plain_letters(const ucs4_t *points, size_t length,
			     size_t *length_r)
{
	ucs4_t *plain = malloc((2 * length + 1) * sizeof(*plain));
	size_t at = 0;

	if (!plain)
		return NULL;
	for (size_t i = 0; i < length; i++)
		at += plain_letter(points[i], plain + at);
	*length_r = at;
	return plain;
}

/* Marks go before case is folded: the dot of İ would outlive it, and the iota
 * subscript would become a letter. */
static ucs4_t *fold_once(const ucs4_t *points, size_t length, size_t *length_r)
{
	ucs4_t *apart, *folded = NULL, *plain = NULL;
	size_t n;

	apart = u32_normalize(UNINORM_NFKD, points, length, NULL, &n);
	if (!apart)
		return NULL;
	n = drop_marks(apart, n);
	folded = u32_casefold(apart, n, NULL, NULL, NULL, &n);
	if (folded)
		plain = plain_letters(folded, n, length_r);
	free(folded);
	free(apart);
	return plain;
}

ucs4_t *text_cluster_fold(const ucs4_t *points, size_t length, size_t *length_r)
{
	ucs4_t *once, *twice = NULL, *composed = NULL;
	size_t n;

	once = fold_once(points, length, &n);
	/* case folding can bring up what decomposes once more */
	if (once)
		twice = fold_once(once, n, &n);
	if (twice)
		composed = u32_normalize(UNINORM_NFC, twice, n, NULL, length_r);
	free(once);
	free(twice);
	return composed;
}
