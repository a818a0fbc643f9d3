#include "common/trouble.h"

#include <string.h>

#include "common/clock.h"

#define REMIND_MS 60000

/* A number stands for the reason, since texts may hold what varies. */
static bool same(const struct error *a, const struct error *b)
{
	if (a->code != 0 || b->code != 0)
		return a->code == b->code;
	return strcmp(a->text, b->text) == 0;
}

void trouble_note(struct trouble *trouble, enum log_level level,
		  const struct error *error)
{
	int64_t now = clock_monotonic_ms();

	if (trouble->times == 0) {
		trouble->since_ms = now;
		trouble->told = false;
	}
	trouble->times++;
	trouble->untold++;
	if (trouble->told_ms != 0 && same(&trouble->last, error) &&
	    now - trouble->told_ms < REMIND_MS)
		return;
	log_event(level, trouble->event, LOG_TEXT("reason", error->text),
		  LOG_TEXT("fault", fault_name(error->fault)),
		  LOG_NUMBER("times", trouble->untold));
	trouble->last = *error;
	trouble->told = true;
	trouble->told_ms = now;
	trouble->untold = 0;
}

void trouble_end(struct trouble *trouble, const char *ended)
{
	if (trouble->times == 0)
		return;
	if (trouble->told)
		log_event(LOG_INFO, ended,
			  LOG_NUMBER("failures", trouble->times),
			  LOG_NUMBER("ms",
				     clock_monotonic_ms() - trouble->since_ms));
	trouble->times = 0;
}
