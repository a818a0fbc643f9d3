#include "common/inflight.h"

#include <stdlib.h>
#include <string.h>

/* `at` is the pointer that leads to the entry. */
static void drop(struct inflight *inflight, struct inflight_entry **at)
{
	struct inflight_entry *entry = *at;

	*at = entry->next;
	if (inflight->end == &entry->next)
		inflight->end = at;
	if (inflight->uncut == entry)
		inflight->uncut = entry->next;
	inflight->count--;
	inflight->bytes -= entry->delivery->length;
	amqp_delivery_free(&entry->delivery);
	free(entry);
}

void inflight_clear(struct inflight *inflight)
{
	while (inflight->first)
		drop(inflight, &inflight->first);
}

bool inflight_add(struct inflight *inflight, struct amqp_delivery **delivery)
{
	struct inflight_entry *entry = calloc(1, sizeof(*entry));

	if (!entry)
		return false;
	entry->delivery = *delivery;
	*delivery = NULL;
	if (!inflight->first)
		inflight->end = &inflight->first;
	*inflight->end = entry;
	inflight->end = &entry->next;
	if (!inflight->uncut)
		inflight->uncut = entry;
	inflight->count++;
	inflight->bytes += entry->delivery->length;
	return true;
}

static bool blank(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (text[i] != ' ' && text[i] != '\t' && text[i] != '\r')
			return false;
	return true;
}

/* The line at `cut`, without its newline; *next_r is where the next begins. */
static struct inflight_line look(struct inflight_entry *entry, size_t *next_r)
{
	const char *text = entry->delivery->body + entry->cut;
	size_t left = entry->delivery->length - entry->cut;
	const char *newline = memchr(text, '\n', left);
	size_t length = newline ? (size_t)(newline - text) : left;

	*next_r = entry->cut + length + (newline ? 1 : 0);
	return (struct inflight_line){ entry, text, length };
}

static bool cut_up(const struct inflight_entry *entry)
{
	return entry->cut == entry->delivery->length;
}

/* Afterwards `cut` is at a line or at the end. */
static void skip_blank_lines(struct inflight_entry *entry)
{
	while (!cut_up(entry)) {
		size_t next;
		struct inflight_line line = look(entry, &next);

		if (!blank(line.text, line.length))
			return;
		entry->cut = next;
	}
}

bool inflight_next_line(struct inflight *inflight, size_t room,
			struct inflight_line *line_r)
{
	while (inflight->uncut) {
		struct inflight_entry *entry = inflight->uncut;
		struct inflight_line line;
		size_t next;

		skip_blank_lines(entry);
		if (cut_up(entry)) {
			inflight->uncut = entry->next;
			continue;
		}
		line = look(entry, &next);
		if (line.length > room)
			return false;
		entry->cut = next;
		entry->open++;
		skip_blank_lines(entry);
		*line_r = line;
		return true;
	}
	return false;
}

void inflight_settle(struct inflight_entry *entry)
{
	entry->open--;
}

static bool done(const struct inflight_entry *entry)
{
	return entry->open == 0 && cut_up(entry);
}

bool inflight_next_ack(struct inflight *inflight, uint64_t *tag_r,
		       bool *multiple_r)
{
	struct inflight_entry **at = &inflight->first;
	unsigned run = 0;

	while (*at && done(*at)) {
		*tag_r = (*at)->delivery->tag;
		drop(inflight, at);
		run++;
	}
	*multiple_r = run > 1;
	if (run > 0)
		return true;
	while (*at && !done(*at))
		at = &(*at)->next;
	if (!*at)
		return false;
	*tag_r = (*at)->delivery->tag;
	drop(inflight, at);
	return true;
}
