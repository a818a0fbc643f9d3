#include "common/metrics.h"

#include <inttypes.h>

const struct metric_scale metric_scale_calls = {
	{ 100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000,
	  500000, 1000000, 2500000, 10000000 },
	{ "0.0001", "0.00025", "0.0005", "0.001", "0.0025", "0.005", "0.01",
	  "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "10" },
	1e6,
};
const struct metric_scale metric_scale_lag = {
	{ 10000, 25000, 50000, 100000, 250000, 500000, 1000000, 2500000,
	  5000000, 10000000, 30000000, 60000000, 300000000, 900000000,
	  3600000000 },
	{ "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10",
	  "30", "60", "300", "900", "3600" },
	1e6,
};
const struct metric_scale metric_scale_sizes = {
	{ 1, 2, 4, 8, 16, 32, 64, 128, 192, 256, 512, 1024, 1536, 2048, 4096 },
	{ "1", "2", "4", "8", "16", "32", "64", "128", "192", "256", "512",
	  "1024", "1536", "2048", "4096" },
	1,
};

static const struct metric_scale *
scale_of(const struct metric_histogram *histogram)
{
	return histogram->scale ? histogram->scale : &metric_scale_calls;
}

void metric_observe(struct metric_histogram *histogram, int64_t value)
{
	const struct metric_scale *scale = scale_of(histogram);
	unsigned i = 0;

	if (value < 0)
		value = 0;
	while (i < METRIC_BUCKETS - 1 && value > scale->bounds[i])
		i++;
	atomic_fetch_add_explicit(&histogram->buckets[i], 1,
				  memory_order_relaxed);
	atomic_fetch_add_explicit(&histogram->sum, (uint64_t)value,
				  memory_order_relaxed);
}

static void render_series(const struct metric_family *family, struct buf *out)
{
	for (unsigned i = 0; i < family->count; i++) {
		struct metric_series *series = &family->series[i];
		uint64_t value = metric_get(series);

		if (!series->labels)
			continue;
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
	const struct metric_scale *scale = scale_of(h);
	uint64_t total = 0;

	for (unsigned i = 0; i < METRIC_BUCKETS; i++) {
		total += atomic_load_explicit(&h->buckets[i],
					      memory_order_relaxed);
		buf_printf(out, "%s_bucket{%s%sle=\"%s\"} %" PRIu64 "\n", name,
			   h->labels, comma,
			   i < METRIC_BUCKETS - 1 ? scale->texts[i] : "+Inf",
			   total);
	}
	buf_printf(out, "%s_sum%s%s%s %.6f\n", name, open, h->labels, close,
		   (double)atomic_load_explicit(&h->sum, memory_order_relaxed) /
			   scale->unit);
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
		if (family->histograms[i].labels)
			render_histogram(family->name, &family->histograms[i],
					 out);
}

void metrics_render_families(const struct metric_family *families,
			     struct buf *out)
{
	for (; families->name; families++)
		render_family(families, out);
}

void metrics_render(const struct metric_family *families, struct buf *out)
{
	metrics_render_process(out);
	metrics_render_families(families, out);
}
