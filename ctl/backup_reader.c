#include "ctl/backup_reader.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/backup_lines.h"
#include "ctl/digest.h"
#include "ctl/gzip_lines.h"

struct backup_reader {
	struct gzip_lines *lines;
	struct digest *table_digest, *all_digest;
	bool seen[BACKUP_TABLES];
	bool in_table, ended;
	uint64_t table_rows, rows;
};

static enum fault no_backup(struct error *error)
{
	return error_set(error, FAULT_PERMANENT, 0,
			 "the file is no backup of Confab");
}

static enum fault damaged(struct error *error, const char *why)
{
	return error_set(error, FAULT_PERMANENT, 0, "the file is damaged: %s",
			 why);
}

/* The line without its newline. The end of the file is an error here. */
static enum fault next_line(struct backup_reader *reader, char **line_r,
			    size_t *length_r, struct error *error)
{
	enum fault fault =
		gzip_lines_next(reader->lines, line_r, length_r, error);

	if (fault == FAULT_NONE && *length_r == 0)
		fault = damaged(error, "it is cut short");
	return fault;
}

static const char *after(const char *line, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncmp(line, prefix, length) == 0 ? line + length : NULL;
}

/* ---- the head ---- */

static enum fault check_format(const char *line, struct error *error)
{
	const char *number = after(line, BACKUP_MAGIC);
	char *end = NULL;
	unsigned long format;

	if (number == NULL || *number < '1' || *number > '9')
		return no_backup(error);
	format = strtoul(number, &end, 10);
	if (strcmp(end, "\n") != 0)
		return no_backup(error);
	if (format <= BACKUP_FORMAT)
		return FAULT_NONE;
	return error_set(error, FAULT_PERMANENT, 0,
			 "the backup has format %lu, this confabctl knows "
			 "formats up to %u; use the release that wrote it, or "
			 "a later one",
			 format, BACKUP_FORMAT);
}

static bool read_number(const cJSON *object, const char *name,
			uint64_t *number_r)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

	if (!cJSON_IsNumber(item) || item->valuedouble < 0 ||
	    item->valuedouble > 9007199254740992.0)
		return false;
	*number_r = (uint64_t)item->valuedouble;
	return true;
}

static bool parse_head(const char *text, struct backup_head *head_r)
{
	cJSON *object = cJSON_Parse(text);
	const char *product = cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(object, "product"));
	uint64_t created = 0;
	bool good = product != NULL &&
		    read_number(object, "schema", &head_r->schema) &&
		    read_number(object, "generation", &head_r->generation) &&
		    read_number(object, "created_at_ms", &created) &&
		    head_r->generation < UINT32_MAX;

	head_r->created_at_ms = (int64_t)created;
	if (good)
		snprintf(head_r->product, sizeof(head_r->product), "%s",
			 product);
	cJSON_Delete(object);
	return good;
}

static enum fault read_head(struct backup_reader *reader,
			    struct backup_head *head_r, struct error *error)
{
	struct error unread = ERROR_INIT;
	const char *text;
	char *line = NULL;
	size_t length = 0;
	enum fault fault = next_line(reader, &line, &length, &unread);

	/* whatever it is that cannot be read, it has not begun like a backup */
	if (fault == FAULT_PERMANENT)
		return no_backup(error);
	if (fault != FAULT_NONE)
		return error_set(error, fault, 0, "%s", unread.text);
	fault = check_format(line, error);
	if (fault != FAULT_NONE)
		return fault;
	digest_add(reader->all_digest, line, length);
	fault = next_line(reader, &line, &length, error);
	if (fault != FAULT_NONE)
		return fault;
	digest_add(reader->all_digest, line, length);
	text = after(line, BACKUP_HEAD);
	return text != NULL && parse_head(text, head_r)
		       ? FAULT_NONE
		       : damaged(error, "its head is wrong");
}

/* ---- opening ---- */

enum fault backup_reader_new(const char *path, struct backup_head *head_r,
			     struct backup_reader **reader_r,
			     struct error *error)
{
	struct backup_reader *reader = calloc(1, sizeof(*reader));
	enum fault fault;

	if (reader == NULL)
		return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	reader->table_digest = digest_new();
	reader->all_digest = digest_new();
	if (reader->table_digest == NULL || reader->all_digest == NULL)
		fault = error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	else
		fault = gzip_lines_new(path, &reader->lines, error);
	if (fault == FAULT_NONE)
		fault = read_head(reader, head_r, error);
	if (fault != FAULT_NONE)
		backup_reader_free(&reader);
	else
		*reader_r = reader;
	return fault;
}

void backup_reader_free(struct backup_reader **reader)
{
	struct backup_reader *it = *reader;

	if (it == NULL)
		return;
	gzip_lines_free(&it->lines);
	digest_free(&it->table_digest);
	digest_free(&it->all_digest);
	free(it);
	*reader = NULL;
}

enum fault backup_reader_rewind(struct backup_reader *reader,
				struct error *error)
{
	char unused[BACKUP_DIGEST_SIZE];
	struct backup_head head;
	enum fault fault = gzip_lines_rewind(reader->lines, error);

	if (!digest_end(reader->table_digest, unused) ||
	    !digest_end(reader->all_digest, unused))
		return error_set(error, FAULT_TEMPORARY, 0,
				 "the checksum cannot be computed");
	memset(reader->seen, 0, sizeof(reader->seen));
	reader->in_table = reader->ended = false;
	reader->rows = 0;
	return fault == FAULT_NONE ? read_head(reader, &head, error) : fault;
}

void backup_reader_position(const struct backup_reader *reader,
			    uint64_t *read_r, uint64_t *size_r)
{
	gzip_lines_position(reader->lines, read_r, size_r);
}

/* ---- its parts ---- */

/* "COUNT SHA256", against what was read. */
static enum fault check_sum(const char *text, uint64_t rows,
			    struct digest *digest, struct backup_sum *sum_r,
			    struct error *error)
{
	char expected[BACKUP_DIGEST_SIZE + 32];

	sum_r->rows = rows;
	if (!digest_end(digest, sum_r->digest))
		return error_set(error, FAULT_TEMPORARY, 0,
				 "the checksum cannot be computed");
	snprintf(expected, sizeof(expected), "%" PRIu64 " %s", rows,
		 sum_r->digest);
	return strcmp(text, expected) == 0
		       ? FAULT_NONE
		       : damaged(error, "its checksum is wrong");
}

static enum fault begin_table(struct backup_reader *reader, char *text,
			      struct backup_item *item, struct error *error)
{
	char *blank = strchr(text, ' ');

	if (blank == NULL)
		return damaged(error, "a table has no columns");
	*blank = '\0';
	item->table = backup_tables_find(text);
	if (item->table == BACKUP_TABLES || reader->seen[item->table] ||
	    !backup_columns_parse(&backup_tables[item->table], blank + 1,
				  item->columns))
		return damaged(error, "it has a table that is none of ours");
	reader->seen[item->table] = reader->in_table = true;
	reader->table_rows = 0;
	item->count = backup_columns_count(item->columns);
	item->part = BACKUP_PART_TABLE;
	return FAULT_NONE;
}

static enum fault end_table(struct backup_reader *reader, const char *text,
			    struct backup_item *item, struct error *error)
{
	reader->in_table = false;
	reader->rows += reader->table_rows;
	item->part = BACKUP_PART_SUM;
	return check_sum(text, reader->table_rows, reader->table_digest,
			 &item->sum, error);
}

static enum fault end_all(struct backup_reader *reader, const char *text,
			  struct backup_item *item, struct error *error)
{
	enum fault fault = check_sum(text, reader->rows, reader->all_digest,
				     &item->sum, error);
	char *line;
	size_t length = 0;

	reader->ended = true;
	item->part = BACKUP_PART_END;
	if (fault == FAULT_NONE)
		fault = gzip_lines_next(reader->lines, &line, &length, error);
	if (fault == FAULT_NONE && length > 0)
		fault = damaged(error, "something follows its end");
	return fault;
}

static enum fault take_row(struct backup_reader *reader, char *line,
			   size_t length, struct backup_item *item,
			   struct error *error)
{
	if (!reader->in_table)
		return damaged(error, "a row is in no table");
	item->part = BACKUP_PART_ROW;
	reader->table_rows++;
	return backup_line_decode(line, length, item->values, item->count)
		       ? FAULT_NONE
		       : damaged(error, "a row cannot be read");
}

/* `line` has no newline any more. */
static enum fault take_line(struct backup_reader *reader, char *line,
			    size_t length, struct backup_item *item,
			    struct error *error)
{
	const char *text;

	if (line[0] != '@')
		return take_row(reader, line, length, item, error);
	text = after(line, BACKUP_ROWS);
	if (text != NULL && reader->in_table)
		return end_table(reader, text, item, error);
	text = after(line, BACKUP_END);
	if (text != NULL && !reader->in_table)
		return end_all(reader, text, item, error);
	text = after(line, BACKUP_TABLE);
	if (text != NULL && !reader->in_table)
		return begin_table(reader, line + strlen(BACKUP_TABLE), item,
				   error);
	return damaged(error, "a line is not in its place");
}

enum fault backup_reader_next(struct backup_reader *reader,
			      struct backup_item *item, struct error *error)
{
	char *line = NULL;
	size_t length = 0;
	enum fault fault;

	if (reader->ended)
		return error_set(error, FAULT_BUG, 0, "read behind the end");
	fault = next_line(reader, &line, &length, error);
	if (fault != FAULT_NONE)
		return fault;
	if (after(line, BACKUP_END) == NULL)
		digest_add(reader->all_digest, line, length);
	if (line[0] != '@')
		digest_add(reader->table_digest, line, length);
	line[--length] = '\0';
	return take_line(reader, line, length, item, error);
}
