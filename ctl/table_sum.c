#include "ctl/table_sum.h"

#include "common/buf.h"
#include "ctl/backup_lines.h"
#include "ctl/digest.h"
#include "ctl/progress_bar.h"
#include "ctl/table_walk.h"

struct summing {
	struct digest *digest;
	struct buf line;
	struct progress_bar *progress;
	uint64_t rows, *all_rows;
};

static bool sum_row(void *context, const struct sql_value *columns,
		    size_t count)
{
	struct summing *summing = context;

	buf_clear(&summing->line);
	backup_line_encode(columns, count, &summing->line);
	if (summing->line.failed)
		return false;
	digest_add(summing->digest, summing->line.data, summing->line.length);
	summing->rows++;
	progress_bar_update(summing->progress, ++*summing->all_rows);
	return true;
}

enum fault table_sum(struct sql *sql, const struct backup_table *table,
		     const char *name, const char *const *columns,
		     struct progress_bar *progress, uint64_t *all_rows,
		     struct backup_sum *sum_r, struct error *error)
{
	struct summing summing = { .digest = digest_new(),
				   .line = BUF_INIT,
				   .progress = progress,
				   .all_rows = all_rows };
	struct table_walk walk;
	size_t rows = 1;
	enum fault fault = table_walk_init(&walk, table, name, columns, error);

	if (summing.digest == NULL)
		fault = error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	while (fault == FAULT_NONE && rows > 0)
		fault = table_walk_next(&walk, sql, sum_row, &summing, &rows,
					error);
	sum_r->rows = summing.rows;
	if (fault == FAULT_NONE && !digest_end(summing.digest, sum_r->digest))
		fault = error_set(error, FAULT_TEMPORARY, 0,
				  "the checksum cannot be computed");
	table_walk_release(&walk);
	digest_free(&summing.digest);
	buf_release(&summing.line);
	return fault;
}
