#include "ctl/letters.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/json.h"
#include "common/utf8.h"
#include "common/uuid.h"
#include "ctl/console.h"
#include "ctl/ctl.h"
#include "ctl/query.h"

#define COLUMNS                                                                \
	"event_id, queue, type, application_id, chat_number, number,"          \
	" generation, reason, detail, times, first_at, last_at"

static const char LIST_SQL[] =
	"SELECT " COLUMNS " FROM dead_letters ORDER BY event_id, queue";
static const char SHOW_SQL[] =
	"SELECT " COLUMNS ", event FROM dead_letters WHERE event_id = ?"
	" ORDER BY queue";

/* In the order of COLUMNS; `width` 0: not in the table for people. */
static const struct {
	const char *name;
	size_t width;
} columns_shown[] = {
	{ "id", 36 },	       { "queue", 14 },
	{ "type", 15 },	       { "application_id", 14 },
	{ "chat_number", 11 }, { "number", 10 },
	{ "generation", 0 },   { "reason", 10 },
	{ "detail", 0 },       { "times", 5 },
	{ "first_at", 0 },     { "last_at", 24 },
	{ "event", 0 },
};

enum { LIST_COLUMNS = 12, SHOW_COLUMNS = 13 };

struct listing {
	bool json;
	size_t columns;
	uint64_t rows;
	struct buf line;
};

/* Bytes that are no text are shown in hex. */
static void append_bytes(struct buf *out, const char *data, size_t length,
			 bool json)
{
	if (!utf8_valid(data, length)) {
		buf_append_text(out, json ? "\"0x" : "0x");
		for (size_t i = 0; i < length; i++)
			buf_printf(out, "%02x", (unsigned char)data[i]);
		buf_append_text(out, json ? "\"" : "");
		return;
	}
	if (json) {
		json_append_string(out, data, length);
		return;
	}
	console_append_printable(out, data, length);
}

static void append_quoted(struct buf *out, const char *text, bool json)
{
	buf_append_text(out, json ? "\"" : "");
	buf_append_text(out, text);
	buf_append_text(out, json ? "\"" : "");
}

static void append_id(struct buf *out, const struct sql_value *value, bool json)
{
	char text[UUID_TEXT_SIZE];
	struct uuid id;

	if (value->as.bytes.length != sizeof(id.bytes))
		return;
	memcpy(id.bytes, value->as.bytes.data, sizeof(id.bytes));
	uuid_format(&id, text);
	append_quoted(out, text, json);
}

static void append_value(struct buf *out, size_t column,
			 const struct sql_value *value, bool json)
{
	char time[CLOCK_ISO_SIZE];

	if (column == 0) {
		append_id(out, value, json);
		return;
	}
	switch (value->type) {
	case SQL_TEXT:
	case SQL_BYTES:
		append_bytes(out, value->as.bytes.data, value->as.bytes.length,
			     json);
		break;
	case SQL_TIME:
		clock_format_iso(value->as.i64, time);
		append_quoted(out, time, json);
		break;
	default:
		buf_append_u64(out, query_value_u64(value));
	}
}

static void append_object(struct listing *listing,
			  const struct sql_value *columns)
{
	struct buf *out = &listing->line;

	buf_append_text(out, listing->rows == 0 ? "[" : ",\n ");
	for (size_t i = 0; i < listing->columns; i++) {
		buf_append_text(out, i == 0 ? "{\"" : ",\"");
		buf_append_text(out, columns_shown[i].name);
		buf_append_text(out, "\":");
		append_value(out, i, &columns[i], true);
	}
	buf_append_char(out, '}');
}

static void pad(struct buf *out, size_t start, size_t width)
{
	while (!out->failed && out->length < start + width)
		buf_append_char(out, ' ');
}

/* Without the blanks behind the last column. */
static void end_line(struct buf *out)
{
	while (!out->failed && out->length > 0 &&
	       out->data[out->length - 1] == ' ')
		out->length--;
	buf_append_char(out, '\n');
}

static void append_heads(struct buf *out)
{
	for (size_t i = 0; i < LIST_COLUMNS; i++) {
		size_t start = out->length;

		if (columns_shown[i].width == 0)
			continue;
		buf_append_text(out, columns_shown[i].name);
		pad(out, start, columns_shown[i].width + 2);
	}
	end_line(out);
}

/* A line for a dead letter. */
static void append_table(struct listing *listing,
			 const struct sql_value *columns)
{
	struct buf *out = &listing->line;

	if (listing->rows == 0)
		append_heads(out);
	for (size_t i = 0; i < LIST_COLUMNS; i++) {
		size_t start = out->length;

		if (columns_shown[i].width == 0)
			continue;
		append_value(out, i, &columns[i], false);
		pad(out, start, columns_shown[i].width + 2);
	}
	end_line(out);
}

/* A line for each of its columns. */
static void append_whole(struct listing *listing,
			 const struct sql_value *columns)
{
	struct buf *out = &listing->line;

	for (size_t i = 0; i < SHOW_COLUMNS; i++) {
		size_t start = out->length;

		buf_append_text(out, columns_shown[i].name);
		pad(out, start, 16);
		append_value(out, i, &columns[i], false);
		buf_append_char(out, '\n');
	}
	buf_append_char(out, '\n');
}

static bool print_row(void *context, const struct sql_value *columns,
		      size_t count)
{
	struct listing *listing = context;

	if (count != listing->columns)
		return false;
	buf_clear(&listing->line);
	if (listing->json)
		append_object(listing, columns);
	else if (listing->columns == LIST_COLUMNS)
		append_table(listing, columns);
	else
		append_whole(listing, columns);
	if (!listing->line.failed)
		fwrite(listing->line.data, 1, listing->line.length, stdout);
	listing->rows++;
	return !listing->line.failed;
}

static bool print_all(struct ctl *ctl, const char *statement,
		      const struct sql_value *params, size_t count,
		      struct listing *listing)
{
	struct error error = ERROR_INIT;
	enum fault fault = sql_run(ctl->sql, statement, params, count,
				   print_row, listing, NULL, &error);

	if (fault == FAULT_NONE && listing->line.failed)
		fault = error_set(&error, FAULT_TEMPORARY, 0, "out of memory");
	buf_release(&listing->line);
	if (listing->json)
		puts(listing->rows == 0 ? "[]" : "]");
	if (fault != FAULT_NONE)
		console_fault("read the dead letters", &error);
	return fault == FAULT_NONE;
}

enum ctl_exit letters_list(struct ctl *ctl)
{
	struct listing listing = { .json = ctl_json(ctl),
				   .columns = LIST_COLUMNS };

	if (!print_all(ctl, LIST_SQL, NULL, 0, &listing))
		return CTL_FAILED;
	if (listing.rows == 0 && !listing.json)
		puts("there are no dead letters");
	return CTL_DONE;
}

enum ctl_exit letters_show(struct ctl *ctl)
{
	struct listing listing = { .json = ctl_json(ctl),
				   .columns = SHOW_COLUMNS };
	const char *text = ctl->command.argument;
	struct sql_value key;
	struct uuid id;

	if (!uuid_parse(text, strlen(text), &id)) {
		console_error("%s is not the id of a dead letter", text);
		return CTL_USAGE;
	}
	key = sql_bytes(id.bytes, sizeof(id.bytes));
	if (!print_all(ctl, SHOW_SQL, &key, 1, &listing))
		return CTL_FAILED;
	if (listing.rows > 0)
		return CTL_DONE;
	console_error("there is no dead letter %s", text);
	return CTL_FAILED;
}
