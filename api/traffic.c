#include "api/traffic.h"

#include <stdio.h>

#define CLASSES 5u
#define SERIES (ROUTES_COUNT + 1) /* the last one: no route */

static char labels[SERIES][CLASSES + 1][128];
static struct metric_series requests[SERIES * CLASSES];
static struct metric_histogram seconds[SERIES];
static struct metric_series aborted = { .labels = "" };

const struct metric_family traffic_metrics[] = {
	{ "confab_http_requests_total",
	  "Answers, by route and class of status.", METRIC_COUNTER, requests,
	  NULL, SERIES *CLASSES },
	{ "confab_http_request_seconds",
	  "From the request line to the answer, by route.", METRIC_HISTOGRAM,
	  NULL, seconds, SERIES },
	{ "confab_http_aborted_total",
	  "Requests that ended before their answer was sent.", METRIC_COUNTER,
	  &aborted, NULL, 1 },
	{ .name = NULL },
};

static void name_series(size_t index, const struct route *route)
{
	const char *method = routes_method(route);
	const char *pattern = routes_pattern(route);

	for (unsigned class = 0; class < CLASSES; class ++) {
		char *text = labels[index][class];

		snprintf(text, sizeof(labels[0][0]),
			 "method=\"%s\",route=\"%s\",status=\"%uxx\"", method,
			 pattern, class + 1);
		requests[index * CLASSES + class].labels = text;
	}
	snprintf(labels[index][CLASSES], sizeof(labels[0][0]),
		 "method=\"%s\",route=\"%s\"", method, pattern);
	seconds[index].labels = labels[index][CLASSES];
}

void traffic_init(bool ingest)
{
	for (size_t i = 0; i < ROUTES_COUNT; i++)
		if (!ingest || routes_at(i)->ingest)
			name_series(i, routes_at(i));
	name_series(ROUTES_COUNT, NULL);
}

void traffic_count(const struct route *route, unsigned status, int64_t us)
{
	size_t index = routes_index(route);
	unsigned class = status / 100;

	if (class >= 1 && class <= CLASSES)
		metric_add(&requests[index * CLASSES + class - 1], 1);
	metric_observe(&seconds[index], us);
}

void traffic_count_aborted(void)
{
	metric_add(&aborted, 1);
}
