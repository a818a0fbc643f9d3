#include "ctl/backup_writer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/json.h"
#include "ctl/backup_lines.h"
#include "ctl/digest.h"
#include "ctl/new_file.h"

#define FLUSH_BYTES (128u * 1024u)
/* Of zlib's levels the fastest: texts shrink to a third, and the processor is
 * left to others. */
#define MODE "wb1"

struct backup_writer {
	struct new_file file;
	gzFile gz;
	struct buf lines; /* not yet handed to zlib */
	struct digest *table, *all;
	uint64_t table_rows, rows;
};

static enum fault out_of_memory(struct error *error)
{
	return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
}

static enum fault write_failed(struct backup_writer *writer,
			       struct error *error)
{
	int code = 0;
	const char *text = gzerror(writer->gz, &code);

	if (code == Z_ERRNO)
		text = strerror(errno);
	return error_set(error, FAULT_PERMANENT, 0, "%s: %s",
			 new_file_name(&writer->file), text);
}

/* What is in `lines` is of one kind: rows, or none. */
static enum fault flush(struct backup_writer *writer, bool rows,
			struct error *error)
{
	struct buf *lines = &writer->lines;

	if (lines->failed)
		return out_of_memory(error);
	if (lines->length == 0)
		return FAULT_NONE;
	digest_add(writer->all, lines->data, lines->length);
	if (rows)
		digest_add(writer->table, lines->data, lines->length);
	if (gzwrite(writer->gz, lines->data, (unsigned)lines->length) !=
	    (int)lines->length)
		return write_failed(writer, error);
	buf_clear(lines);
	return FAULT_NONE;
}

static enum fault write_head(struct backup_writer *writer,
			     const struct backup_head *head,
			     struct error *error)
{
	char at[CLOCK_ISO_SIZE];
	struct buf *lines = &writer->lines;

	clock_format_iso(head->created_at_ms, at);
	buf_printf(lines, BACKUP_MAGIC "%u\n" BACKUP_HEAD "{\"product\":",
		   BACKUP_FORMAT);
	json_append_string(lines, head->product, strlen(head->product));
	buf_printf(lines,
		   ",\"schema\":%" PRIu64 ",\"generation\":%" PRIu64
		   ",\"created_at\":\"%s\",\"created_at_ms\":%" PRId64 "}\n",
		   head->schema, head->generation, at, head->created_at_ms);
	return flush(writer, false, error);
}

static enum fault open_stream(struct backup_writer *writer, struct error *error)
{
	/* zlib closes what it was given; the file is synced after that */
	int fd = dup(writer->file.fd);

	if (fd < 0)
		return error_set(error, FAULT_TEMPORARY, errno, "%s",
				 strerror(errno));
	writer->gz = gzdopen(fd, MODE);
	if (writer->gz == NULL) {
		close(fd);
		return out_of_memory(error);
	}
	return FAULT_NONE;
}

enum fault backup_writer_new(const char *path, bool force,
			     const struct backup_head *head,
			     struct backup_writer **writer_r,
			     struct error *error)
{
	struct backup_writer *writer = calloc(1, sizeof(*writer));
	enum fault fault;

	if (writer == NULL)
		return out_of_memory(error);
	writer->file = (struct new_file)NEW_FILE_INIT;
	writer->table = digest_new();
	writer->all = digest_new();
	if (writer->table == NULL || writer->all == NULL)
		fault = out_of_memory(error);
	else
		fault = new_file_open(&writer->file, path, force, error);
	if (fault == FAULT_NONE)
		fault = open_stream(writer, error);
	if (fault == FAULT_NONE)
		fault = write_head(writer, head, error);
	if (fault != FAULT_NONE)
		backup_writer_free(&writer);
	else
		*writer_r = writer;
	return fault;
}

void backup_writer_free(struct backup_writer **writer)
{
	struct backup_writer *it = *writer;

	if (it == NULL)
		return;
	if (it->gz != NULL)
		(void)gzclose(it->gz); /* what is not finished is thrown away */
	new_file_release(&it->file);
	digest_free(&it->table);
	digest_free(&it->all);
	buf_release(&it->lines);
	free(it);
	*writer = NULL;
}

enum fault backup_writer_begin(struct backup_writer *writer, const char *table,
			       const char *const *columns, struct error *error)
{
	buf_printf(&writer->lines, BACKUP_TABLE "%s", table);
	for (; *columns != NULL; columns++)
		buf_printf(&writer->lines, " %s", *columns);
	buf_append_char(&writer->lines, '\n');
	writer->table_rows = 0;
	return flush(writer, false, error);
}

enum fault backup_writer_row(struct backup_writer *writer,
			     const struct sql_value *values, size_t count,
			     struct error *error)
{
	backup_line_encode(values, count, &writer->lines);
	writer->table_rows++;
	return writer->lines.length >= FLUSH_BYTES || writer->lines.failed
		       ? flush(writer, true, error)
		       : FAULT_NONE;
}

static enum fault end_digest(struct digest *digest, struct backup_sum *sum,
			     struct error *error)
{
	return digest_end(digest, sum->digest)
		       ? FAULT_NONE
		       : error_set(error, FAULT_TEMPORARY, 0,
				   "the checksum cannot be computed");
}

enum fault backup_writer_end(struct backup_writer *writer,
			     struct backup_sum *sum_r, struct error *error)
{
	enum fault fault = flush(writer, true, error);

	sum_r->rows = writer->table_rows;
	if (fault == FAULT_NONE)
		fault = end_digest(writer->table, sum_r, error);
	if (fault != FAULT_NONE)
		return fault;
	writer->rows += writer->table_rows;
	buf_printf(&writer->lines, BACKUP_ROWS "%" PRIu64 " %s\n", sum_r->rows,
		   sum_r->digest);
	return flush(writer, false, error);
}

static enum fault close_stream(struct backup_writer *writer,
			       struct error *error)
{
	int result = gzclose(writer->gz);

	writer->gz = NULL;
	if (result == Z_OK)
		return FAULT_NONE;
	return error_set(error, FAULT_PERMANENT, 0, "%s: %s",
			 new_file_name(&writer->file),
			 result == Z_ERRNO ? strerror(errno)
					   : "it cannot be written");
}

enum fault backup_writer_finish(struct backup_writer *writer,
				struct backup_sum *sum_r, uint64_t *bytes_r,
				struct error *error)
{
	enum fault fault = end_digest(writer->all, sum_r, error);

	sum_r->rows = writer->rows;
	buf_printf(&writer->lines, BACKUP_END "%" PRIu64 " %s\n", sum_r->rows,
		   sum_r->digest);
	if (fault == FAULT_NONE)
		fault = flush(writer, false, error);
	if (fault == FAULT_NONE)
		fault = close_stream(writer, error);
	if (fault == FAULT_NONE)
		fault = new_file_finish(&writer->file, bytes_r, error);
	return fault;
}
