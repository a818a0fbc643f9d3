#include "ctl/backup_report.h"

#include <inttypes.h>
#include <string.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/json.h"

static void print_json(const struct backup_report *report, const char *path,
		       FILE *out)
{
	const struct backup_head *head = &report->head;
	char at[CLOCK_ISO_SIZE];
	struct buf name = BUF_INIT, product = BUF_INIT;

	clock_format_iso(head->created_at_ms, at);
	json_append_string(&name, path, strlen(path));
	json_append_string(&product, head->product, strlen(head->product));
	fprintf(out,
		"{\"file\":%s,\"bytes\":%" PRIu64 ",\"product\":%s,"
		"\"schema\":%" PRIu64 ",\"generation\":%" PRIu64
		",\"created_at\":\"%s\",\"rows\":%" PRIu64
		",\"sha256\":\"%s\",\"tables\":{",
		name.failed ? "null" : name.data, report->bytes,
		product.failed ? "null" : product.data, head->schema,
		head->generation, at, report->all.rows, report->all.digest);
	for (size_t i = 0; i < BACKUP_TABLES; i++)
		fprintf(out,
			"%s\"%s\":{\"rows\":%" PRIu64 ",\"sha256\":\"%s\"}",
			i > 0 ? "," : "", backup_tables[i].name,
			report->tables[i].rows, report->tables[i].digest);
	fputs("}}\n", out);
	buf_release(&name);
	buf_release(&product);
}

static void print_table(const struct backup_report *report, const char *path,
			FILE *out)
{
	char at[CLOCK_ISO_SIZE];

	clock_format_iso(report->head.created_at_ms, at);
	fprintf(out, "%-13s %10s  %s\n", "table", "rows", "SHA-256");
	for (size_t i = 0; i < BACKUP_TABLES; i++)
		fprintf(out, "%-13s %10" PRIu64 "  %s\n", backup_tables[i].name,
			report->tables[i].rows, report->tables[i].digest);
	fprintf(out, "%-13s %10" PRIu64 "  %s\n", "all", report->all.rows,
		report->all.digest);
	fprintf(out, "%s: as of %s, schema %" PRIu64 ", generation %" PRIu64,
		path, at, report->head.schema, report->head.generation);
	if (report->bytes > 0)
		fprintf(out, ", %" PRIu64 " bytes", report->bytes);
	fputc('\n', out);
}

void backup_report_print(const struct backup_report *report, const char *path,
			 bool json, FILE *out)
{
	if (json)
		print_json(report, path, out);
	else
		print_table(report, path, out);
}
