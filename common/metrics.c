#include "common/metrics.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* in microseconds; the last bucket is +Inf */
static const int64_t bounds_us[METRIC_BUCKETS - 1] = {
	100,   250,    500,    1000,   2500,	5000,	 10000,	   25000,
	50000, 100000, 250000, 500000, 1000000, 2500000, 10000000,
};

static const char *const bound_texts[METRIC_BUCKETS] = {
	"0.0001", "0.00025", "0.0005", "0.001", "0.0025", "0.005",
	"0.01",	  "0.025",   "0.05",   "0.1",	"0.25",	  "0.5",
	"1",	  "2.5",     "10",     "+Inf",
};

void metric_observe(struct metric_histogram *histogram, int64_t us)
{
	unsigned i = 0;

	while (i < METRIC_BUCKETS - 1 && us > bounds_us[i])
		i++;
	atomic_fetch_add_explicit(&histogram->buckets[i], 1,
				  memory_order_relaxed);
	atomic_fetch_add_explicit(&histogram->sum_us, (uint64_t)us,
				  memory_order_relaxed);
}

/* ---- dead letters: series that appear as they are counted ---- */

#define DEAD_SERIES_MAX 64

static struct dead_series {
	char queue[64];
	char reason[64];
	uint64_t count;
} dead_series[DEAD_SERIES_MAX];
static unsigned dead_count;
static pthread_mutex_t dead_lock = PTHREAD_MUTEX_INITIALIZER;

static struct dead_series *find_dead(const char *queue, const char *reason)
{
	struct dead_series *series;

	for (unsigned i = 0; i < dead_count; i++)
		if (strcmp(dead_series[i].queue, queue) == 0 &&
		    strcmp(dead_series[i].reason, reason) == 0)
			return &dead_series[i];
	if (dead_count == DEAD_SERIES_MAX)
		return &dead_series[DEAD_SERIES_MAX - 1];
	series = &dead_series[dead_count++];
	snprintf(series->queue, sizeof(series->queue), "%s", queue);
	snprintf(series->reason, sizeof(series->reason), "%s", reason);
	return series;
}

void metrics_count_dead_letter(const char *queue, const char *reason)
{
	pthread_mutex_lock(&dead_lock);
	find_dead(queue, reason)->count++;
	pthread_mutex_unlock(&dead_lock);
}

static void render_dead_letters(struct buf *out)
{
	buf_append_text(out,
			"# HELP confab_dead_letters_total Events that went to "
			"the dead-letter queue.\n"
			"# TYPE confab_dead_letters_total counter\n");
	pthread_mutex_lock(&dead_lock);
	for (unsigned i = 0; i < dead_count; i++)
		buf_printf(out,
			   "confab_dead_letters_total{queue=\"%s\","
			   "reason=\"%s\"} %" PRIu64 "\n",
			   dead_series[i].queue, dead_series[i].reason,
			   dead_series[i].count);
	pthread_mutex_unlock(&dead_lock);
}

/* ---- text format ---- */

static void render_series(const struct metric_family *family, struct buf *out)
{
	for (unsigned i = 0; i < family->count; i++) {
		struct metric_series *series = &family->series[i];
		uint64_t value = metric_get(series);

		buf_append_text(out, family->name);
		if (*series->labels)
			buf_printf(out, "{%s}", series->labels);
		buf_append_char(out, ' ');
		if (family->kind == METRIC_GAUGE)
			buf_append_i64(out, (int64_t)value);
		else
			buf_append_u64(out, value);
		buf_append_char(out, '\n');
	}
}

static void render_histogram(const char *name, struct metric_histogram *h,
			     struct buf *out)
{
	const char *comma = *h->labels ? "," : "";
	const char *open = *h->labels ? "{" : "";
	const char *close = *h->labels ? "}" : "";
	uint64_t total = 0;

	for (unsigned i = 0; i < METRIC_BUCKETS; i++) {
		total += atomic_load_explicit(&h->buckets[i],
					      memory_order_relaxed);
		buf_printf(out, "%s_bucket{%s%sle=\"%s\"} %" PRIu64 "\n", name,
			   h->labels, comma, bound_texts[i], total);
	}
	buf_printf(
		out, "%s_sum%s%s%s %.6f\n", name, open, h->labels, close,
		(double)atomic_load_explicit(&h->sum_us, memory_order_relaxed) /
			1e6);
	buf_printf(out, "%s_count%s%s%s %" PRIu64 "\n", name, open, h->labels,
		   close, total);
}

static void render_family(const struct metric_family *family, struct buf *out)
{
	static const char *const kinds[] = { "counter", "gauge", "histogram" };

	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", family->name,
		   family->help, family->name, kinds[family->kind]);
	if (family->kind != METRIC_HISTOGRAM) {
		render_series(family, out);
		return;
	}
	for (unsigned i = 0; i < family->count; i++)
		render_histogram(family->name, &family->histograms[i], out);
}

static long resident_bytes(void)
{
	long pages = 0;
	FILE *file = fopen("/proc/self/statm", "r");

	if (!file)
		return 0;
	if (fscanf(file, "%*d %ld", &pages) != 1)
		pages = 0;
	fclose(file);
	return pages * sysconf(_SC_PAGESIZE);
}

static void render_process(struct buf *out)
{
	struct rusage usage;

	buf_append_text(out, "# HELP confab_build_info The version that runs.\n"
			     "# TYPE confab_build_info gauge\n"
			     "confab_build_info{version=\"" CONFAB_VERSION
			     "\"} 1\n");
	buf_printf(out,
		   "# HELP process_resident_memory_bytes Resident memory.\n"
		   "# TYPE process_resident_memory_bytes gauge\n"
		   "process_resident_memory_bytes %ld\n",
		   resident_bytes());
	if (getrusage(RUSAGE_SELF, &usage) != 0)
		return;
	buf_printf(out,
		   "# HELP process_cpu_seconds_total CPU time spent.\n"
		   "# TYPE process_cpu_seconds_total counter\n"
		   "process_cpu_seconds_total %.3f\n",
		   (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
			   (double)(usage.ru_utime.tv_usec +
				    usage.ru_stime.tv_usec) /
				   1e6);
}

void metrics_render(const struct metric_family *families, struct buf *out)
{
	render_process(out);
	for (; families->name; families++)
		render_family(families, out);
	render_dead_letters(out);
}
