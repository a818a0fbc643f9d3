#include "ctl/texts.h"

#include <stdlib.h>
#include <string.h>

struct kept {
	struct kept *next;
	char *text;
};

static struct kept *all;

const char *texts_keep(struct buf *text)
{
	struct kept *kept;

	for (kept = all; kept != NULL && !text->failed; kept = kept->next)
		if (strcmp(kept->text, text->data) == 0)
			break;
	if (kept == NULL && !text->failed) {
		kept = calloc(1, sizeof(*kept));
		if (kept != NULL) {
			kept->text = buf_take(text, NULL);
			kept->next = all;
			all = kept;
		}
	}
	buf_release(text);
	return kept != NULL ? kept->text : NULL;
}
