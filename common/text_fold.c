#include "common/text_fold.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistr.h>

#include "common/text_cluster.h"

/*
 * What is known of a character: the one that it folds to by itself, or that
 * it is not so simple, and whether it joins the one before it. Entries are
 * filled when first asked for; threads that race write the same.
 */
#define KNOWN_POINTS 0x20000u
#define KNOWN UINT32_C(0x80000000)
#define JOINS UINT32_C(0x40000000)
#define SEVERAL UINT32_C(0x20000000) /* folds to none or to several */
#define POINT UINT32_C(0x001FFFFF)

static _Atomic uint32_t known[KNOWN_POINTS];

struct folding {
	const uint8_t *text;
	size_t length;
	struct buf *out;
	struct buf *sources; /* or NULL */
};

/* 0 when memory ran out. */
static uint32_t learn(ucs4_t point)
{
	uint32_t entry = KNOWN;
	size_t length;
	ucs4_t *folded = text_cluster_fold(&point, 1, &length);

	if (!folded)
		return 0;
	entry |= length == 1 ? folded[0] : SEVERAL;
	if (text_cluster_joins(point))
		entry |= JOINS;
	free(folded);
	return entry;
}

static uint32_t look_up(struct folding *folding, ucs4_t point)
{
	uint32_t entry = 0;

	if (point < KNOWN_POINTS)
		entry = atomic_load_explicit(&known[point],
					     memory_order_relaxed);
	if (entry)
		return entry;
	entry = learn(point);
	if (!entry)
		folding->out->failed = true;
	else if (point < KNOWN_POINTS)
		atomic_store_explicit(&known[point], entry,
				      memory_order_relaxed);
	return entry;
}

static size_t decode(const struct folding *folding, size_t at, ucs4_t *point_r)
{
	return (size_t)u8_mbtouc(point_r, folding->text + at,
				 folding->length - at);
}

static void append_source(struct folding *folding, size_t at)
{
	uint32_t offset = (uint32_t)at;

	if (folding->sources)
		buf_append(folding->sources, &offset, sizeof(offset));
}

static void append_point(struct folding *folding, ucs4_t point, size_t at)
{
	uint8_t bytes[6];
	int n = u8_uctomb(bytes, point, sizeof(bytes));

	for (int i = 0; i < n; i++)
		append_source(folding, at);
	if (n > 0)
		buf_append(folding->out, bytes, (size_t)n);
}

/* The end of the ASCII bytes at `at`, without one that a mark follows. */
static size_t ascii_end(struct folding *folding, size_t at)
{
	size_t end = at;
	ucs4_t next;

	while (end < folding->length && folding->text[end] < 0x80)
		end++;
	if (end == at || end == folding->length)
		return end;
	decode(folding, end, &next);
	return look_up(folding, next) & JOINS ? end - 1 : end;
}

static void append_ascii(struct folding *folding, size_t at, size_t end)
{
	char *to = buf_reserve(folding->out, end - at);

	if (!to)
		return;
	for (size_t i = at; i < end; i++) {
		uint8_t c = folding->text[i];

		*to++ = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
	}
	folding->out->length += end - at;
	for (size_t i = at; folding->sources && i < end; i++)
		append_source(folding, i);
}

/* Decodes the cluster at `at` into `points`; returns its end. */
static size_t read_cluster(struct folding *folding, size_t at,
			   struct buf *points)
{
	ucs4_t point;

	do {
		at += decode(folding, at, &point);
		buf_append(points, &point, sizeof(point));
		if (at == folding->length)
			break;
		decode(folding, at, &point);
	} while (look_up(folding, point) & JOINS);
	return at;
}

static size_t append_cluster(struct folding *folding, size_t at)
{
	struct buf points = BUF_INIT;
	size_t end = read_cluster(folding, at, &points);
	ucs4_t *folded = NULL;
	size_t length = 0;

	if (!points.failed)
		folded = text_cluster_fold((const ucs4_t *)(void *)points.data,
					   points.length / sizeof(ucs4_t),
					   &length);
	for (size_t i = 0; i < length; i++)
		append_point(folding, folded[i], at);
	if (!folded)
		folding->out->failed = true;
	free(folded);
	buf_release(&points);
	return end;
}

static size_t append_character(struct folding *folding, size_t at)
{
	ucs4_t point, next;
	size_t end = at + decode(folding, at, &point);
	uint32_t entry = look_up(folding, point);

	if (entry & SEVERAL)
		return append_cluster(folding, at);
	if (end < folding->length && folding->text[end] >= 0x80) {
		decode(folding, end, &next);
		if (look_up(folding, next) & JOINS)
			return append_cluster(folding, at);
	}
	append_point(folding, entry & POINT, at);
	return end;
}

bool text_fold(const char *text, size_t length, struct buf *out,
	       struct buf *sources)
{
	struct folding folding = { (const uint8_t *)text, length, out,
				   sources };
	size_t at = 0;

	while (at < length && !out->failed) {
		size_t end = ascii_end(&folding, at);

		append_ascii(&folding, at, end);
		at = end < length ? append_character(&folding, end) : end;
	}
	append_source(&folding, length);
	return !out->failed && !(sources && sources->failed);
}
