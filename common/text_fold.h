#ifndef CONFAB_COMMON_TEXT_FOLD_H
#define CONFAB_COMMON_TEXT_FOLD_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"

/*
 * Folding: texts that a reader takes for the same become the same bytes.
 *
 * - Compatibility forms (full width, ligatures, superscripts, presentation
 *   forms) become plain, case is folded in full (Straße, STRASSE: strasse).
 * - Marks go from Latin, Greek and Hebrew letters and from digits and symbols;
 *   from Arabic letters too, but a hamza goes from alef only; from Cyrillic
 *   only the stress of a vowel and the dots of ё: й, ї and ў are letters of
 *   their own. Elsewhere (Indic, Thai, kana) a mark is part of the spelling.
 * - æ, ø, ł, ı and their like become the letters people type instead; the
 *   typographic apostrophes become '; digits of any script become 0 to 9;
 *   Persian and final yeh and keheh become the Arabic letters.
 * - Tatweel and invisible characters (soft hyphen, joiners, variation
 *   selectors, direction marks) go; the zero-width space stays, it parts words.
 *
 * The result is in NFC, and folding it again changes nothing. Bytes that are
 * not UTF-8 become U+FFFD.
 */

/*
 * Appends the folded text to `out`. `sources`, if not NULL, gets one uint32_t
 * for each byte appended, the offset in `text` of what the byte came from, and
 * a last one, `length`. False when memory ran out.
 */
bool text_fold(const char *text, size_t length, struct buf *out,
	       struct buf *sources) __attribute__((warn_unused_result));

#endif
