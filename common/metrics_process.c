#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/metrics.h"

static struct metric_series made[METRIC_SERVERS] = {
	[METRIC_SQL] = { .labels = "server=\"mysql\"" },
	[METRIC_RABBITMQ] = { .labels = "server=\"rabbitmq\"" },
	[METRIC_REDIS] = { .labels = "server=\"redis\"" },
};
static struct metric_series failed[METRIC_SERVERS] = {
	[METRIC_SQL] = { .labels = "server=\"mysql\"" },
	[METRIC_RABBITMQ] = { .labels = "server=\"rabbitmq\"" },
	[METRIC_REDIS] = { .labels = "server=\"redis\"" },
};
static struct metric_series hung_calls = { .labels = "" };

static const struct metric_family families[] = {
	{ "confab_server_connections_total",
	  "Connections that were made to a server.", METRIC_COUNTER, made, NULL,
	  METRIC_SERVERS },
	{ "confab_server_connection_failures_total",
	  "Connections to a server that could not be made.", METRIC_COUNTER,
	  failed, NULL, METRIC_SERVERS },
	{ "confab_hung_calls_total",
	  "Calls to RabbitMQ that hung and were cut off.", METRIC_COUNTER,
	  &hung_calls, NULL, 1 },
	{ .name = NULL },
};

void metrics_count_connection(enum metric_server server, bool is_made)
{
	metric_add(is_made ? &made[server] : &failed[server], 1);
}

void metrics_count_hung_call(void)
{
	metric_add(&hung_calls, 1);
}

/* ---- dead letters ---- */

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

void metrics_name_dead_letter(const char *queue, const char *reason)
{
	pthread_mutex_lock(&dead_lock);
	(void)find_dead(queue, reason);
	pthread_mutex_unlock(&dead_lock);
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

/* ---- the process ---- */

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

/* Field 22 of /proc/self/stat, behind the name in parentheses: clock ticks from
 * the machine's start. 0 when it cannot be read. */
static double ticks_at_start(void)
{
	unsigned long long ticks = 0;
	char text[1024];
	size_t length;
	const char *at;
	FILE *file = fopen("/proc/self/stat", "r");

	if (!file)
		return 0;
	length = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[length] = '\0';
	at = strrchr(text, ')');
	for (unsigned field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	if (!at || sscanf(at, "%llu", &ticks) != 1)
		return 0;
	return (double)ticks;
}

/* Computed once: the wall clock moves against the other one, and a start that
 * moves looks like another start. */
static double start_seconds;

static void compute_start(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_BOOTTIME, &now) != 0)
		return;
	start_seconds = (double)clock_wall_ms() / 1e3 -
			((double)now.tv_sec + (double)now.tv_nsec / 1e9) +
			ticks_at_start() / (double)sysconf(_SC_CLK_TCK);
}

static void render_process(struct buf *out)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct rusage usage;

	pthread_once(&once, compute_start);
	buf_append_text(out, "# HELP confab_build_info The version that runs.\n"
			     "# TYPE confab_build_info gauge\n"
			     "confab_build_info{version=\"" CONFAB_VERSION
			     "\"} 1\n");
	buf_printf(out,
		   "# HELP process_resident_memory_bytes Resident memory.\n"
		   "# TYPE process_resident_memory_bytes gauge\n"
		   "process_resident_memory_bytes %ld\n",
		   resident_bytes());
	buf_printf(out,
		   "# HELP process_start_time_seconds When it was started, "
		   "Unix time.\n"
		   "# TYPE process_start_time_seconds gauge\n"
		   "process_start_time_seconds %.2f\n",
		   start_seconds);
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

void metrics_render_process(struct buf *out)
{
	render_process(out);
	metrics_render_families(families, out);
	render_dead_letters(out);
}
