#include "common/metrics.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

static struct metric_series accepted[] = {
	{ "type=\"chat.created\"", 0 },
	{ "type=\"message.created\"", 0 },
};
static struct metric_series depth[] = { { "", 0 } };
static struct metric_histogram took[] = { { .labels = "" } };
static struct metric_histogram routes[] = { { .labels = "route=\"up\"" } };

static struct metric_histogram sizes[] = {
	{ .labels = "", .scale = &metric_scale_sizes },
	{ .labels = NULL, .scale = &metric_scale_sizes },
};
static struct metric_histogram lag[] = {
	{ .labels = "", .scale = &metric_scale_lag },
};
static struct metric_series some[] = { { "shown=\"yes\"", 0 }, { NULL, 0 } };

static const struct metric_family families[] = {
	{ "test_accepted_total", "Events accepted.", METRIC_COUNTER, accepted,
	  NULL, 2 },
	{ "test_depth", "Batches outstanding.", METRIC_GAUGE, depth, NULL, 1 },
	{ "test_took_seconds", "Time taken.", METRIC_HISTOGRAM, NULL, took, 1 },
	{ "test_route_seconds", "Time by route.", METRIC_HISTOGRAM, NULL,
	  routes, 1 },
	{ "test_batch_size", "Events.", METRIC_HISTOGRAM, NULL, sizes, 2 },
	{ "test_lag_seconds", "Age.", METRIC_HISTOGRAM, NULL, lag, 1 },
	{ "test_some_total", "Of some.", METRIC_COUNTER, some, NULL, 2 },
	{ 0 },
};

static void assert_has(const struct buf *text, const char *part)
{
	if (!strstr(text->data, part))
		fail_msg("\"%s\" is not in:\n%s", part, text->data);
}

static void test_counters_and_gauges(void **state)
{
	struct buf text = BUF_INIT;

	(void)state;
	metric_add(&accepted[0], 3);
	metric_add(&accepted[0], 4);
	metric_set(&depth[0], -2);
	assert_int_equal(metric_get(&accepted[0]), 7);
	metrics_render(families, &text);
	assert_has(&text, "# HELP test_accepted_total Events accepted.\n"
			  "# TYPE test_accepted_total counter\n"
			  "test_accepted_total{type=\"chat.created\"} 7\n"
			  "test_accepted_total{type=\"message.created\"} 0\n");
	assert_has(&text, "# TYPE test_depth gauge\ntest_depth -2\n");
	buf_release(&text);
}

static void test_histograms_are_cumulative(void **state)
{
	struct buf text = BUF_INIT;

	(void)state;
	metric_observe(&took[0], 100); /* a bound belongs to its bucket */
	metric_observe(&took[0], 101);
	metric_observe(&took[0], 700000);
	metric_observe(&took[0], 60000000);
	metrics_render(families, &text);
	assert_has(&text, "# TYPE test_took_seconds histogram\n"
			  "test_took_seconds_bucket{le=\"0.0001\"} 1\n"
			  "test_took_seconds_bucket{le=\"0.00025\"} 2\n");
	assert_has(&text, "test_took_seconds_bucket{le=\"0.5\"} 2\n"
			  "test_took_seconds_bucket{le=\"1\"} 3\n");
	assert_has(&text, "test_took_seconds_bucket{le=\"10\"} 3\n"
			  "test_took_seconds_bucket{le=\"+Inf\"} 4\n"
			  "test_took_seconds_sum 60.700201\n"
			  "test_took_seconds_count 4\n");
	buf_release(&text);
}

static void test_histograms_with_labels(void **state)
{
	struct buf text = BUF_INIT;

	(void)state;
	metric_observe(&routes[0], 1);
	metrics_render(families, &text);
	assert_has(&text,
		   "test_route_seconds_bucket{route=\"up\",le=\"+Inf\"} 1\n"
		   "test_route_seconds_sum{route=\"up\"} 0.000001\n"
		   "test_route_seconds_count{route=\"up\"} 1\n");
	buf_release(&text);
}

static void test_histograms_of_other_scales(void **state)
{
	struct buf text = BUF_INIT;

	(void)state;
	metric_observe(&sizes[0], 1);
	metric_observe(&sizes[0], 300);
	metric_observe(&sizes[0], 5000);
	metric_observe(&lag[0], 45000000);
	metric_observe(&lag[0], -5); /* the clock was set back */
	metrics_render(families, &text);
	assert_has(&text, "test_batch_size_bucket{le=\"1\"} 1\n");
	assert_has(&text, "test_batch_size_bucket{le=\"256\"} 1\n");
	assert_has(&text, "test_batch_size_bucket{le=\"512\"} 2\n");
	assert_has(&text, "test_batch_size_bucket{le=\"+Inf\"} 3\n"
			  "test_batch_size_sum 5301.000000\n"
			  "test_batch_size_count 3\n");
	assert_has(&text, "test_lag_seconds_bucket{le=\"0.01\"} 1\n");
	assert_has(&text, "test_lag_seconds_bucket{le=\"30\"} 1\n"
			  "test_lag_seconds_bucket{le=\"60\"} 2\n");
	assert_has(&text, "test_lag_seconds_sum 45.000000\n");
	buf_release(&text);
}

static void test_series_without_labels_are_not_shown(void **state)
{
	struct buf text = BUF_INIT;

	(void)state;
	metrics_render(families, &text);
	/* the last family */
	assert_string_equal(strstr(text.data, "test_some_total{"),
			    "test_some_total{shown=\"yes\"} 0\n");
	buf_release(&text);
}

static void test_connections_by_server(void **state)
{
	struct buf text = BUF_INIT;

	(void)state;
	metrics_count_connection(METRIC_REDIS, true);
	metrics_count_connection(METRIC_REDIS, false);
	metrics_count_connection(METRIC_SQL, false);
	metrics_render(families, &text);
	assert_has(&text, "confab_server_connections_total"
			  "{server=\"redis\"} 1\n");
	assert_has(&text, "confab_server_connection_failures_total"
			  "{server=\"mysql\"} 1\n");
	assert_has(&text, "confab_server_connections_total"
			  "{server=\"mysql\"} 0\n");
	buf_release(&text);
}

/* A start that moves would look like another start. */
static void test_start_stays(void **state)
{
	struct buf first = BUF_INIT, second = BUF_INIT;
	const char *a, *b;

	(void)state;
	metrics_render(families, &first);
	metrics_render(families, &second);
	a = strstr(first.data, "\nprocess_start_time_seconds ");
	b = strstr(second.data, "\nprocess_start_time_seconds ");
	assert_non_null(a);
	assert_non_null(b);
	assert_memory_equal(a, b, strcspn(a + 1, "\n") + 1);
	assert_true(strtod(strchr(a, ' '), NULL) > 1.7e9);
	buf_release(&first);
	buf_release(&second);
}

static void test_dead_letters_appear_as_they_are_counted(void **state)
{
	struct buf text = BUF_INIT;

	(void)state;
	metrics_render(families, &text);
	assert_has(&text, "# TYPE confab_dead_letters_total counter\n");
	assert_null(strstr(text.data, "confab_dead_letters_total{"));
	buf_clear(&text);
	metrics_name_dead_letter("confab.count", "rejected");
	metrics_render(families, &text);
	assert_has(&text, "confab_dead_letters_total{queue=\"confab.count\","
			  "reason=\"rejected\"} 0\n");
	buf_clear(&text);
	metrics_count_dead_letter("confab.persist", "malformed");
	metrics_count_dead_letter("confab.persist", "malformed");
	metrics_count_dead_letter("confab.index", "malformed");
	metrics_render(families, &text);
	assert_has(&text, "confab_dead_letters_total{queue=\"confab.persist\","
			  "reason=\"malformed\"} 2\n");
	assert_has(&text, "confab_dead_letters_total{queue=\"confab.index\","
			  "reason=\"malformed\"} 1\n");
	buf_release(&text);
}

/* name{labels} value, with nothing else on the line. */
static void assert_sample(const char *line, size_t length)
{
	const char *space = memrchr(line, ' ', length);
	char *end;

	assert_non_null(space);
	strtod(space + 1, &end);
	if (end != line + length)
		fail_msg("no sample: %.*s", (int)length, line);
}

static void test_every_line_is_a_comment_or_a_sample(void **state)
{
	struct buf text = BUF_INIT;
	const char *at;

	(void)state;
	metrics_render(families, &text);
	assert_has(&text, "confab_build_info{version=\"");
	assert_has(&text, "process_resident_memory_bytes ");
	assert_has(&text, "process_cpu_seconds_total ");
	for (at = text.data; *at; at += strcspn(at, "\n") + 1)
		if (strncmp(at, "# HELP ", 7) != 0 &&
		    strncmp(at, "# TYPE ", 7) != 0)
			assert_sample(at, strcspn(at, "\n"));
	assert_int_equal(at[-1], '\n');
	buf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counters_and_gauges),
		cmocka_unit_test(test_histograms_are_cumulative),
		cmocka_unit_test(test_histograms_with_labels),
		cmocka_unit_test(test_histograms_of_other_scales),
		cmocka_unit_test(test_series_without_labels_are_not_shown),
		cmocka_unit_test(test_connections_by_server),
		cmocka_unit_test(test_start_stays),
		cmocka_unit_test(test_dead_letters_appear_as_they_are_counted),
		cmocka_unit_test(test_every_line_is_a_comment_or_a_sample),
	};

	return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
