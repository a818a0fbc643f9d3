#ifndef CONFAB_COMMON_METRICS_H
#define CONFAB_COMMON_METRICS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"

/*
 * Prometheus text exposition format 0.0.4
 * (prometheus.io/docs/instrumenting/exposition_formats). Series are static
 * objects of the module that counts; a program lists its families in one table.
 */
struct metric_series {
	const char *labels;	    /* `type="chat"`, or ""; NULL: not shown */
	atomic_uint_fast64_t value; /* gauges hold an int64_t */
};

#define METRIC_BUCKETS 16

/* Upper bounds of buckets, the last being +Inf, and how they are printed. */
struct metric_scale {
	int64_t bounds[METRIC_BUCKETS - 1];
	const char *texts[METRIC_BUCKETS - 1];
	double unit; /* what is observed, in one of what is printed */
};
extern const struct metric_scale metric_scale_calls; /* us, 100 us to 10 s */
extern const struct metric_scale metric_scale_lag;   /* us, 10 ms to 1 h */
extern const struct metric_scale metric_scale_sizes; /* 1 to 4096 */

struct metric_histogram {
	const char *labels;
	const struct metric_scale *scale; /* NULL: metric_scale_calls */
	atomic_uint_fast64_t buckets[METRIC_BUCKETS];
	atomic_uint_fast64_t sum;
};

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

struct metric_family {
	const char *name; /* NULL ends a table */
	const char *help;
	enum metric_kind kind;
	struct metric_series *series;
	struct metric_histogram *histograms;
	unsigned count;
};

static inline void metric_add(struct metric_series *series, uint64_t n)
{
	atomic_fetch_add_explicit(&series->value, n, memory_order_relaxed);
}

static inline void metric_set(struct metric_series *series, int64_t value)
{
	atomic_store_explicit(&series->value, (uint64_t)value,
			      memory_order_relaxed);
}

static inline uint64_t metric_get(struct metric_series *series)
{
	return atomic_load_explicit(&series->value, memory_order_relaxed);
}

/* Two additions, neither a lock nor an allocation. A value below 0, as of a
 * clock that was set back, counts as 0. */
void metric_observe(struct metric_histogram *histogram, int64_t value);
/* Appends the families and what all processes have: build, memory, CPU time,
 * start, connections to servers, dead letters. */
void metrics_render(const struct metric_family *families, struct buf *out);
/* The families alone. */
void metrics_render_families(const struct metric_family *families,
			     struct buf *out);

/* ---- metrics_process.c: what all processes have ---- */

void metrics_render_process(struct buf *out);

/* A connection to a server was made, or could not be. */
enum metric_server {
	METRIC_SQL,
	METRIC_RABBITMQ,
	METRIC_REDIS,
	METRIC_SERVERS
};
void metrics_count_connection(enum metric_server server, bool made);
/* A call that hung was ended (watchdog.h). */
void metrics_count_hung_call(void);

/*
 * confab_dead_letters_total{queue,reason}: reasons are words of a fixed, small
 * vocabulary. A series appears when it is named, with 0, or counted.
 */
void metrics_name_dead_letter(const char *queue, const char *reason);
void metrics_count_dead_letter(const char *queue, const char *reason);

/*
 * The workers' small HTTP listener: /metrics, /up and /ready (200 or 503 by
 * `ready`, which may be called from its thread). `listen` as in
 * config_listen_parse(). NULL on failure, reason in errno.
 */
struct metrics_server;
struct metrics_server *metrics_server_new(const char *listen,
					  const struct metric_family *families,
					  bool (*ready)(void *context),
					  void *context);
void metrics_server_free(struct metrics_server **server);

#endif
