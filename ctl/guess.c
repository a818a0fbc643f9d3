#include "ctl/guess.h"

#include <stdbool.h>
#include <string.h>

#include "common/text.h"
#include "common/text_fuzzy.h"
#include "common/utf8.h"

/* `edits` 0: it is the beginning of the name. */
static bool is_near(const char *name, const char *word, size_t typed,
		    size_t length, unsigned edits)
{
	if (typed < 2 || typed > TEXT_WORD_BYTES || edits * 2 >= typed)
		return false;
	if (edits == 0)
		return typed < length && strncmp(name, word, typed) == 0;
	return utf8_valid(word, typed) &&
	       text_fuzzy_match(word, typed, name, length, edits, 0) !=
		       TEXT_FUZZY_NONE;
}

const char *guess_verb(const char *group, const char *word, int *length_r)
{
	size_t typed = strlen(word);

	for (unsigned edits = 0; edits <= TEXT_EDITS_MAX; edits++) {
		for (const struct verb *verb = verbs; verb->name != NULL;
		     verb++) {
			size_t first = strcspn(verb->name, " ");
			const char *second = verb->name + first;

			*length_r = (int)first;
			if (group == NULL &&
			    is_near(verb->name, word, typed, first, edits))
				return verb->name;
			if (*second == '\0' ||
			    (group != NULL &&
			     strncmp(verb->name, group, first) != 0))
				continue;
			*length_r = (int)strlen(verb->name);
			if (is_near(second + 1, word, typed, strlen(second + 1),
				    edits))
				return verb->name;
		}
	}
	return NULL;
}

const struct verb_flag *guess_option(const struct verb *verb, const char *word)
{
	size_t typed;

	word += strspn(word, "-");
	typed = strcspn(word, "=");
	for (unsigned edits = 0; edits <= TEXT_EDITS_MAX; edits++)
		for (const struct verb_flag *flag = verb_flags;
		     flag->name != NULL; flag++)
			if ((verb->options & flag->option) != 0 &&
			    is_near(flag->name + 2, word, typed,
				    strlen(flag->name + 2), edits))
				return flag;
	return NULL;
}
