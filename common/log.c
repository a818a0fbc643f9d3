#include "common/log.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"

#define LINE_MAX_BYTES 2048

static const char *daemon_name = "confab";
static enum log_level least_level = LOG_INFO;
static bool as_json;

static const char *const level_names[] = { "debug", "info", "warning",
					   "error" };

struct line {
	char text[LINE_MAX_BYTES];
	size_t length;
};

void log_init(const char *daemon, enum log_level least, bool json)
{
	daemon_name = daemon;
	least_level = least;
	as_json = json;
}

/* Keeps room for what closes a line. */
static void put(struct line *line, const char *text, size_t length)
{
	size_t room = sizeof(line->text) - 4 - line->length;

	if (length > room)
		length = room;
	memcpy(line->text + line->length, text, length);
	line->length += length;
}

static void put_text(struct line *line, const char *text)
{
	put(line, text, strlen(text));
}

/* Quotes, control characters, DEL and the two line separators of Unicode
 * cannot leave the value, so a value never makes a line of its own. */
static void put_quoted(struct line *line, const char *text)
{
	put(line, "\"", 1);
	for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
		char escape[8];

		if (*at == '"' || *at == '\\') {
			snprintf(escape, sizeof(escape), "\\%c", *at);
			put_text(line, escape);
		} else if (*at < 0x20 || *at == 0x7f) {
			snprintf(escape, sizeof(escape), "\\u%04x", *at);
			put_text(line, escape);
		} else if (at[0] == 0xe2 && at[1] == 0x80 &&
			   (at[2] == 0xa8 || at[2] == 0xa9)) {
			put_text(line, at[2] == 0xa8 ? "\\u2028" : "\\u2029");
			at += 2;
		} else {
			put(line, (const char *)at, 1);
		}
	}
	put(line, "\"", 1);
}

static bool plain(const char *text)
{
	if (!*text)
		return false;
	for (; *text; text++)
		if ((unsigned char)*text <= 0x20 || *text == '"' ||
		    *text == '=' || *text == '\\' ||
		    (unsigned char)*text >= 0x7f)
			return false;
	return true;
}

static void put_number(struct line *line, int64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)number);
	put_text(line, text);
}

static void put_field_text(struct line *line, const struct log_field *field)
{
	put_text(line, " ");
	put_text(line, field->key);
	put_text(line, "=");
	if (!field->text)
		put_number(line, field->number);
	else if (plain(field->text))
		put_text(line, field->text);
	else
		put_quoted(line, field->text);
}

static void put_field_json(struct line *line, const struct log_field *field)
{
	put_text(line, ",");
	put_quoted(line, field->key);
	put_text(line, ":");
	if (field->text)
		put_quoted(line, field->text);
	else
		put_number(line, field->number);
}

static void put_head(struct line *line, enum log_level level,
		     const char *event)
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
	for (; fields->key; fields++) {
		if (as_json)
			put_field_json(&line, fields);
		else
			put_field_text(&line, fields);
	}
	/* put() kept room for these */
	if (as_json)
		line.text[line.length++] = '}';
	line.text[line.length++] = '\n';
	/* One write(2), so lines of several threads do not mix. A log that
	 * cannot be written (full disk) must not stop the daemon. */
	written = write(STDERR_FILENO, line.text, line.length);
	(void)written;
}
