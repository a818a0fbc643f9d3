#include "api/search_breaker.h"

bool search_breaker_admit(struct search_breaker *breaker, int64_t now_ms)
{
	bool admitted;

	pthread_mutex_lock(&breaker->mutex);
	if (breaker->try_at_ms == 0) {
		admitted = true;
	} else {
		admitted = !breaker->trying && now_ms >= breaker->try_at_ms;
		breaker->trying = breaker->trying || admitted;
	}
	pthread_mutex_unlock(&breaker->mutex);
	return admitted;
}

void search_breaker_report(struct search_breaker *breaker,
			   enum search_outcome outcome, int64_t now_ms)
{
	pthread_mutex_lock(&breaker->mutex);
	if (outcome == SEARCH_ANSWERED) {
		breaker->failures = 0;
		breaker->try_at_ms = 0;
	} else {
		breaker->failures++;
		if (outcome == SEARCH_TIMED_OUT || breaker->try_at_ms ||
		    breaker->failures >= SEARCH_BREAKER_FAILURES)
			breaker->try_at_ms = now_ms + SEARCH_BREAKER_OPEN_MS;
	}
	breaker->trying = false;
	pthread_mutex_unlock(&breaker->mutex);
}

bool search_breaker_is_open(struct search_breaker *breaker)
{
	bool open;

	pthread_mutex_lock(&breaker->mutex);
	open = breaker->try_at_ms != 0;
	pthread_mutex_unlock(&breaker->mutex);
	return open;
}
