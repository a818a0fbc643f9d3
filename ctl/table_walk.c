#include "ctl/table_walk.h"

#include <string.h>

#include "ctl/texts.h"

static void append_list(struct buf *text, const char *const *names,
			size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_append_char(text, ',');
		buf_append_text(text, names[i]);
	}
}

/* Written out by columns, since neither server reads a range of the key for
 * the shorter (a, b, c) > (?, ?, ?). */
static void append_behind(struct buf *text, const char *const *keys,
			  size_t count)
{
	buf_append_text(text, " WHERE ");
	for (size_t i = 0; i < count; i++) {
		buf_append_text(text, i > 0 ? " OR (" : "(");
		for (size_t k = 0; k < i; k++)
			buf_printf(text, "%s = ? AND ", keys[k]);
		buf_printf(text, "%s > ?)", keys[i]);
	}
}

static const char *make_page(const struct backup_table *table, const char *name,
			     const char *const *columns, size_t count,
			     bool first)
{
	struct buf text = BUF_INIT;

	buf_append_text(&text, "SELECT ");
	append_list(&text, columns, count);
	buf_printf(&text, " FROM %s", name);
	if (!first)
		append_behind(&text, columns, table->keys);
	buf_append_text(&text, " ORDER BY ");
	append_list(&text, columns, table->keys);
	buf_printf(&text, " LIMIT %u", table->page);
	return texts_keep(&text);
}

enum fault table_walk_init(struct table_walk *walk,
			   const struct backup_table *table, const char *name,
			   const char *const *columns, struct error *error)
{
	*walk = (struct table_walk){ .columns = backup_columns_count(columns),
				     .keys = table->keys };
	walk->first_page = make_page(table, name, columns, walk->columns, true);
	walk->next_page = make_page(table, name, columns, walk->columns, false);
	if (walk->first_page == NULL || walk->next_page == NULL)
		return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	return FAULT_NONE;
}

void table_walk_release(struct table_walk *walk)
{
	for (size_t i = 0; i < BACKUP_KEYS; i++)
		buf_release(&walk->key_bytes[i]);
}

struct page {
	struct table_walk *walk;
	sql_row_fn *take;
	void *context;
	size_t rows;
	bool failed;
};

static bool has_bytes(const struct sql_value *value)
{
	return value->type == SQL_TEXT || value->type == SQL_BYTES;
}

static bool keep_key(struct table_walk *walk, const struct sql_value *columns)
{
	for (size_t i = 0; i < walk->keys; i++) {
		struct buf *bytes = &walk->key_bytes[i];

		walk->key[i] = columns[i];
		if (!has_bytes(&columns[i]))
			continue;
		buf_clear(bytes);
		buf_append(bytes, columns[i].as.bytes.data,
			   columns[i].as.bytes.length);
		if (bytes->failed)
			return false;
		walk->key[i].as.bytes.data =
			bytes->data != NULL ? bytes->data : "";
	}
	return true;
}

static bool take_row(void *context, const struct sql_value *columns,
		     size_t count)
{
	struct page *page = context;

	if (count != page->walk->columns || !keep_key(page->walk, columns) ||
	    !page->take(page->context, columns, count)) {
		page->failed = true;
		return false;
	}
	page->rows++;
	return true;
}

/* Key columns as the statement has them: a; a, b; a, b, c. */
static size_t fill_params(const struct table_walk *walk,
			  struct sql_value *params)
{
	size_t n = 0;

	for (size_t i = 0; i < walk->keys; i++)
		for (size_t k = 0; k <= i; k++)
			params[n++] = walk->key[k];
	return n;
}

enum fault table_walk_next(struct table_walk *walk, struct sql *sql,
			   sql_row_fn *take, void *context, size_t *rows_r,
			   struct error *error)
{
	struct sql_value params[BACKUP_KEYS * (BACKUP_KEYS + 1) / 2];
	struct page page = { walk, take, context, 0, false };
	size_t n = walk->begun ? fill_params(walk, params) : 0;
	enum fault fault =
		sql_run(sql, walk->begun ? walk->next_page : walk->first_page,
			params, n, take_row, &page, NULL, error);

	if (fault != FAULT_NONE)
		return fault;
	if (page.failed)
		return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	walk->begun = walk->begun || page.rows > 0;
	*rows_r = page.rows;
	return FAULT_NONE;
}
