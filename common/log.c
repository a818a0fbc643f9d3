#include "common/log.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/utf8.h"

#define LINE_MAX_BYTES 2048

static const char *daemon_name = "confab";
static enum log_level least_level = LOG_INFO;
static bool as_json;

static const char *const level_names[] = { "debug", "info", "warning",
					   "error" };

struct line {
	char text[LINE_MAX_BYTES];
	size_t length;
	bool full; /* takes no more */
};

/* What closes a value and a line always finds room. */
#define CLOSE_BYTES 4

enum log_level log_level_parse(const char *name)
{
	int level = LOG_DEBUG;

	while (level < LOG_ERROR && strcmp(level_names[level], name) != 0)
		level++;
	return (enum log_level)level;
}

void log_init(const char *daemon, enum log_level least, bool json)
{
	daemon_name = daemon;
	least_level = least;
	as_json = json;
}

/* All of it or, when there is no room, nothing from here on. */
static void put(struct line *line, const char *text, size_t length)
{
	if (line->length + length > sizeof(line->text) - CLOSE_BYTES)
		line->full = true;
	if (line->full)
		return;
	memcpy(line->text + line->length, text, length);
	line->length += length;
}

static void put_text(struct line *line, const char *text)
{
	put(line, text, strlen(text));
}

/* Only for what closes: CLOSE_BYTES are kept for it. */
static void put_close(struct line *line, char c)
{
	line->text[line->length++] = c;
}

/* The bytes of the code point at `at`, 0 when it is no valid UTF-8. */
static size_t code_point(const char *at)
{
	unsigned char first = (unsigned char)*at;
	size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : 3;

	if (first >= 0xf0)
		length = 4;
	if (strnlen(at, length) < length || !utf8_valid(at, length))
		return 0;
	return length;
}

/* Control characters (C0, DEL, C1) and the two line separators of Unicode. */
static unsigned control(const char *at, size_t length)
{
	const unsigned char *c = (const unsigned char *)at;

	if (length == 1 && (*c < 0x20 || *c == 0x7f))
		return *c;
	if (length == 2 && c[0] == 0xc2 && c[1] < 0xa0)
		return c[1];
	if (length == 3 && c[0] == 0xe2 && c[1] == 0x80 &&
	    (c[2] == 0xa8 || c[2] == 0xa9))
		return 0x2000u + (c[2] & 0x3fu);
	return 0;
}

/* One code point, escaped if it must not stand bare. Returns its length. */
static size_t put_code_point(struct line *line, const char *at)
{
	size_t length = code_point(at);
	unsigned code = length > 0 ? control(at, length) : 0;
	char escape[8];

	if (length == 0) {
		put_text(line, "\\ufffd");
		return 1;
	}
	if (code > 0) {
		snprintf(escape, sizeof(escape), "\\u%04x", code);
		put_text(line, escape);
	} else if (*at == '"' || *at == '\\') {
		snprintf(escape, sizeof(escape), "\\%c", *at);
		put_text(line, escape);
	} else {
		put(line, at, length);
	}
	return length;
}

/* A value never makes a line of its own, and one that is cut short is still
 * closed. False when there was no room for it at all. */
static bool put_quoted(struct line *line, const char *text)
{
	put(line, "\"", 1);
	if (line->full)
		return false;
	while (*text && !line->full)
		text += put_code_point(line, text);
	put_close(line, '"');
	return true;
}

/* Stands without quotes. A long one gets them, to be cut between them. */
static bool plain(const char *text)
{
	if (!*text || strlen(text) > 128)
		return false;
	for (; *text; text++)
		if ((unsigned char)*text <= 0x20 || *text == '"' ||
		    *text == '=' || *text == '\\' ||
		    (unsigned char)*text >= 0x7f)
			return false;
	return true;
}

static bool put_number(struct line *line, int64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)number);
	put_text(line, text);
	return !line->full;
}

static bool put_field_text(struct line *line, const struct log_field *field)
{
	put_text(line, " ");
	put_text(line, field->key);
	put_text(line, "=");
	if (!field->text)
		return put_number(line, field->number);
	if (!plain(field->text))
		return put_quoted(line, field->text);
	put_text(line, field->text);
	return !line->full;
}

static bool put_field_json(struct line *line, const struct log_field *field)
{
	put_text(line, ",");
	put_quoted(line, field->key);
	put_text(line, ":");
	if (line->full)
		return false;
	if (field->text)
		return put_quoted(line, field->text);
	return put_number(line, field->number);
}

/* A field that has no room is left out, so that the line stays readable. */
static void put_field(struct line *line, const struct log_field *field)
{
	size_t before = line->length;

	if (!(as_json ? put_field_json(line, field)
		      : put_field_text(line, field)))
		line->length = before;
}

static void put_head(struct line *line, enum log_level level, const char *event)
{
	char now[CLOCK_ISO_SIZE];

	clock_format_iso(clock_wall_ms(), now);
	if (as_json) {
		put_text(line, "{\"time\":\"");
		put_text(line, now);
		put_text(line, "\",\"level\":\"");
		put_text(line, level_names[level]);
		put_text(line, "\",\"daemon\":");
		put_quoted(line, daemon_name);
		put_text(line, ",\"event\":");
		put_quoted(line, event);
		return;
	}
	put_text(line, now);
	put_text(line, " ");
	put_text(line, level_names[level]);
	put_text(line, " ");
	put_text(line, daemon_name);
	put_text(line, " ");
	put_text(line, event);
}

void log_write(enum log_level level, const char *event,
	       const struct log_field *fields)
{
	struct line line = { .length = 0 };
	ssize_t written;

	if (level < least_level)
		return;
	put_head(&line, level, event);
	for (; fields->key; fields++)
		put_field(&line, fields);
	if (as_json)
		put_close(&line, '}');
	put_close(&line, '\n');
	/* One write(2), so lines of several threads do not mix. A log that
	 * cannot be written (full disk) must not stop the daemon. */
	written = write(STDERR_FILENO, line.text, line.length);
	(void)written;
}
