/* links: ctl */
#include <unistd.h>
#include <zlib.h>

#include "common/buf.h"
#include "ctl/backup_lines.h"
#include "ctl/backup_reader.h"
#include "ctl/backup_writer.h"
#include "tests/unit/unit.h"

/* The file of a backup: what was written comes back, and nothing else does. */

static char folder[] = "/tmp/confab-backup-XXXXXX";
static char path[64], other[64];

static const struct backup_head head = { .product = "1.2.3",
					 .schema = 3,
					 .generation = 7,
					 .created_at_ms = 1761566400123 };

/* ---- lines ---- */

static void assert_same(const struct sql_value *a, const struct sql_value *b)
{
	assert_int_equal(a->type, b->type);
	if (a->type == SQL_NULL)
		return;
	if (a->type != SQL_TEXT && a->type != SQL_BYTES) {
		assert_int_equal(a->as.u64, b->as.u64);
		return;
	}
	assert_int_equal(a->as.bytes.length, b->as.bytes.length);
	assert_memory_equal(a->as.bytes.data, b->as.bytes.data,
			    a->as.bytes.length);
}

static void values_come_back(void **state)
{
	static const char text[] = "tab\t, line\n, cr\r, \\, \\n, @end, "
				   "\0, caf\xc3\xa9";
	const struct sql_value values[] = {
		sql_null(),
		sql_u64(0),
		sql_u64(UINT64_MAX),
		sql_i64(-5),
		sql_time(-1),
		sql_time(1761566400123),
		sql_text(text, sizeof(text) - 1),
		sql_text("", 0),
		sql_bytes("\0\xff\n\t", 4),
		sql_bytes("", 0),
	};
	struct sql_value back[COUNT_OF(values)];
	struct buf line = BUF_INIT;

	(void)state;
	backup_line_encode(values, COUNT_OF(values), &line);
	assert_false(line.failed);
	assert_int_equal(strcspn(line.data, "\n"), line.length - 1);
	line.data[line.length - 1] = '\0';
	assert_true(backup_line_decode(line.data, line.length - 1, back,
				       COUNT_OF(values)));
	for (size_t i = 0; i < COUNT_OF(values); i++)
		assert_same(&values[i], &back[i]);
	buf_release(&line);
}

static void other_lines_are_refused(void **state)
{
	static const char *const lines[] = {
		"",
		"u1",
		"u1\tu2\tu3",
		"u1\t",
		"\tu1",
		"u1\tu",
		"u1\tu-1",
		"u1\tu1x",
		"u1\tu18446744073709551616",
		"u1\ti-",
		"u1\ti+1",
		"u1\tn0",
		"u1\tx0",
		"u1\txA0",
		"u1\tx0g",
		"u1\tt\\",
		"u1\tt\\x",
		"u1\tz",
		"u1\td9223372036854775808",
	};
	struct sql_value values[2];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(lines); i++) {
		size_t length = strlen(lines[i]);
		char *copy = exact_copy(lines[i], length + 1);

		if (backup_line_decode(copy, length, values, 2))
			fail_row(lines[i], "was taken");
		free(copy);
	}
}

/* ---- writing a file ---- */

static void write_outbox(struct backup_writer *writer,
			 const struct backup_table *table,
			 struct backup_sum *sum_r)
{
	const struct sql_value row[] = { sql_u64(1), sql_text("message", 7),
					 sql_bytes("{}\n", 3), sql_time(5) };
	struct error error = ERROR_INIT;

	assert_int_equal(backup_writer_begin(writer, table->name,
					     table->columns, &error),
			 FAULT_NONE);
	for (int i = 0; i < 3; i++)
		assert_int_equal(backup_writer_row(writer, row, 4, &error),
				 FAULT_NONE);
	assert_int_equal(backup_writer_end(writer, sum_r, &error), FAULT_NONE);
}

static void write_settings(struct backup_writer *writer)
{
	const struct backup_table *table =
		&backup_tables[backup_tables_find("settings")];
	struct error error = ERROR_INIT;
	struct backup_sum sum;

	assert_int_equal(backup_writer_begin(writer, table->name,
					     table->columns, &error),
			 FAULT_NONE);
	assert_int_equal(backup_writer_end(writer, &sum, &error), FAULT_NONE);
	assert_int_equal(sum.rows, 0);
}

static struct backup_sum write_file(bool force)
{
	struct backup_writer *writer = NULL;
	struct error error = ERROR_INIT;
	struct backup_sum sum, all;
	uint64_t bytes = 0;

	assert_int_equal(backup_writer_new(path, force, &head, &writer, &error),
			 FAULT_NONE);
	write_settings(writer);
	write_outbox(writer, &backup_tables[backup_tables_find("outbox")],
		     &sum);
	assert_int_equal(backup_writer_finish(writer, &all, &bytes, &error),
			 FAULT_NONE);
	assert_int_equal(sum.rows, 3);
	assert_int_equal(all.rows, 3);
	assert_true(bytes > 100);
	backup_writer_free(&writer);
	return all;
}

/* ---- reading one ---- */

/* Reads all of it; the sum at its end. */
static enum fault read_file(const char *file, struct backup_sum *all_r,
			    struct error *error)
{
	struct backup_item item = { .part = BACKUP_PART_TABLE };
	struct backup_reader *reader = NULL;
	struct backup_head found;
	enum fault fault = backup_reader_new(file, &found, &reader, error);

	while (fault == FAULT_NONE && item.part != BACKUP_PART_END)
		fault = backup_reader_next(reader, &item, error);
	backup_reader_free(&reader);
	*all_r = item.sum;
	return fault;
}

static void a_file_comes_back(void **state)
{
	struct backup_sum all = write_file(false), found;
	struct error error = ERROR_INIT;
	struct backup_reader *reader = NULL;
	struct backup_head read;
	struct backup_item item;

	(void)state;
	assert_int_equal(backup_reader_new(path, &read, &reader, &error),
			 FAULT_NONE);
	assert_string_equal(read.product, head.product);
	assert_int_equal(read.schema, head.schema);
	assert_int_equal(read.generation, head.generation);
	assert_int_equal(read.created_at_ms, head.created_at_ms);
	for (int round = 0; round < 2; round++) {
		unsigned rows = 0;

		do {
			assert_int_equal(
				backup_reader_next(reader, &item, &error),
				FAULT_NONE);
			rows += item.part == BACKUP_PART_ROW;
		} while (item.part != BACKUP_PART_END);
		assert_int_equal(rows, 3);
		assert_string_equal(item.sum.digest, all.digest);
		assert_int_equal(backup_reader_rewind(reader, &error),
				 FAULT_NONE);
	}
	backup_reader_free(&reader);
	assert_int_equal(read_file(path, &found, &error), FAULT_NONE);
	assert_int_equal(unlink(path), 0);
}

static void a_file_is_not_replaced(void **state)
{
	struct backup_writer *writer = NULL;
	struct error error = ERROR_INIT;

	(void)state;
	write_file(false);
	assert_int_equal(backup_writer_new(path, false, &head, &writer, &error),
			 FAULT_PERMANENT);
	assert_non_null(strstr(error.text, "--force"));
	write_file(true);
	assert_int_equal(unlink(path), 0);
}

static void what_is_not_finished_leaves_nothing(void **state)
{
	struct backup_writer *writer = NULL;
	struct error error = ERROR_INIT;

	(void)state;
	assert_int_equal(backup_writer_new(path, false, &head, &writer, &error),
			 FAULT_NONE);
	write_settings(writer);
	backup_writer_free(&writer);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(rmdir(folder), 0); /* it is empty */
	assert_non_null(mkdtemp(strcpy(folder, "/tmp/confab-backup-XXXXXX")));
	snprintf(path, sizeof(path), "%s/file", folder);
	snprintf(other, sizeof(other), "%s/other", folder);
}

/* ---- damage ---- */

static void put(const char *file, const void *bytes, size_t length)
{
	FILE *stream = fopen(file, "w");

	assert_non_null(stream);
	assert_int_equal(fwrite(bytes, 1, length, stream), length);
	assert_int_equal(fclose(stream), 0);
}

static size_t get(const char *file, char *bytes_r, size_t size)
{
	FILE *stream = fopen(file, "r");
	size_t length;

	assert_non_null(stream);
	length = fread(bytes_r, 1, size, stream);
	assert_true(length < size);
	assert_int_equal(fclose(stream), 0);
	return length;
}

static void no_byte_can_be_missing(void **state)
{
	struct error error = ERROR_INIT;
	struct backup_sum found;
	char bytes[4096];
	size_t length;

	(void)state;
	write_file(false);
	length = get(path, bytes, sizeof(bytes));
	for (size_t i = 0; i < length; i++) {
		put(other, bytes, i);
		if (read_file(other, &found, &error) != FAULT_PERMANENT)
			fail_msg("the first %zu bytes of %zu are taken", i,
				 length);
	}
	assert_int_equal(unlink(path), 0);
}

/* Some bytes of gzip's own head say nothing of the content. */
static void no_byte_can_be_another(void **state)
{
	struct backup_sum all = write_file(false), found;
	struct error error = ERROR_INIT;
	char bytes[4096];
	size_t length = get(path, bytes, sizeof(bytes));
	unsigned refused = 0;

	(void)state;
	for (size_t i = 0; i < length; i++) {
		bytes[i] = (char)(bytes[i] ^ 0x10);
		put(other, bytes, length);
		bytes[i] = (char)(bytes[i] ^ 0x10);
		if (read_file(other, &found, &error) != FAULT_NONE)
			refused++;
		else if (strcmp(found.digest, all.digest) != 0)
			fail_msg("byte %zu of %zu", i, length);
	}
	assert_true(refused + 10 >= length);
	assert_int_equal(unlink(path), 0);
}

static size_t plain(char *text_r, size_t size)
{
	gzFile gz = gzopen(path, "rb");
	int length;

	assert_non_null(gz);
	length = gzread(gz, text_r, (unsigned)size - 1);
	assert_true(length > 0);
	text_r[length] = '\0';
	assert_int_equal(gzclose(gz), Z_OK);
	return (size_t)length;
}

/* `from` is replaced where it stands first; "" is the end. */
static void write_changed(const char *text, const char *from, const char *to)
{
	const char *at = *from ? strstr(text, from) : text + strlen(text);
	struct buf changed = BUF_INIT;

	assert_non_null(at);
	buf_append(&changed, text, (size_t)(at - text));
	buf_append_text(&changed, to);
	buf_append_text(&changed, at + strlen(from));
	assert_false(changed.failed);
	put(other, changed.data, changed.length);
	buf_release(&changed);
}

static void what_does_not_fit_is_named(void **state)
{
	static const struct {
		const char *from, *to, *why;
	} rows[] = {
		{ "confab-backup 1", "confab-backup 2", "format 2" },
		{ "confab-backup 1", "confab-backup 10", "format 10" },
		{ "confab-backup 1", "confab-backup 0", "no backup" },
		{ "confab-backup 1", "confab-backup 1x", "no backup" },
		{ "confab-backup 1", "something else", "no backup" },
		{ "@head {", "@head [", "head is wrong" },
		{ "@head {", "{", "head is wrong" },
		{ "\"schema\":3", "\"schema\":\"3\"", "head is wrong" },
		{ "\"schema\":3,", "", "head is wrong" },
		{ "\"generation\":7", "\"generation\":-7", "head is wrong" },
		{ "\"generation\":7", "\"generation\":4294967296",
		  "head is wrong" },
		{ "@table outbox", "@table inbox", "none of ours" },
		{ "@table outbox", "@table settings", "none of ours" },
		{ "@table outbox id", "@table outbox", "none of ours" },
		{ "@table outbox id", "@table outbox id id", "none of ours" },
		{ " routing_key", " password", "none of ours" },
		{ "@table outbox id routing_key event created_at",
		  "@table outbox", "no columns" },
		{ "@table outbox id routing_key event created_at\n", "",
		  "in no table" },
		{ "u1\t", "u1\tu1\t", "row cannot be read" },
		{ "u1\t", "u2\t", "checksum is wrong" },
		{ "u1\ttmessage\tx7b7d0a\td5\n", "", "checksum is wrong" },
		{ "@rows 3", "@rows 4", "checksum is wrong" },
		{ "@rows 0", "@end 0", "not in its place" },
		{ "@rows 0", "@more 0", "not in its place" },
		{ "@end 3", "@end 2", "checksum is wrong" },
		{ "1.2.3", "1.2.4", "checksum is wrong" },
		{ "@end 3", "@fin 3", "not in its place" },
		{ "", "u1\n", "follows its end" },
		{ "", "x", "cut short" },
	};
	struct error error = ERROR_INIT;
	struct backup_sum found;
	char text[4096];

	(void)state;
	write_file(false);
	plain(text, sizeof(text));
	put(other, text, strlen(text));
	assert_int_equal(read_file(other, &found, &error), FAULT_NONE);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		write_changed(text, rows[i].from, rows[i].to);
		if (read_file(other, &found, &error) != FAULT_PERMANENT)
			fail_row(rows[i].to, "was taken");
		if (strstr(error.text, rows[i].why) == NULL)
			fail_row(rows[i].to, "says: %s", error.text);
	}
	assert_int_equal(unlink(path), 0);
}

static int make_folder(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/file", folder);
	snprintf(other, sizeof(other), "%s/other", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	(void)unlink(path);
	(void)unlink(other);
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_come_back),
		cmocka_unit_test(other_lines_are_refused),
		cmocka_unit_test(a_file_comes_back),
		cmocka_unit_test(a_file_is_not_replaced),
		cmocka_unit_test(what_is_not_finished_leaves_nothing),
		cmocka_unit_test(no_byte_can_be_missing),
		cmocka_unit_test(no_byte_can_be_another),
		cmocka_unit_test(what_does_not_fit_is_named),
	};

	return cmocka_run_group_tests_name("backup_file", tests, make_folder,
					   remove_folder);
}
