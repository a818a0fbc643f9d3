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
	const char *labels;	    /* `type="chat"`, or "" */
	atomic_uint_fast64_t value; /* gauges hold an int64_t */
};

#define METRIC_BUCKETS 16

/* Upper bounds in microseconds: 100 us to 10 s; the last is +Inf. */
struct metric_histogram {
	const char *labels;
	atomic_uint_fast64_t buckets[METRIC_BUCKETS];
	atomic_uint_fast64_t sum_us;
};

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

struct metric_family {
	const char
		*name; /* NULL ends a table; a histogram's ends in _seconds */
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

void metric_observe(struct metric_histogram *histogram, int64_t us);
/* Appends the families and, in front, confab_build_info and the process's
 * resident memory and CPU seconds. */
void metrics_render(const struct metric_family *families, struct buf *out);

/*
 * confab_dead_letters_total{queue,reason}: reasons are words of a fixed, small
 * vocabulary, so series appear as they are counted.
 */
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
