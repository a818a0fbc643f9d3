#include "ctl/seed_summary.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/json.h"
#include "ctl/console.h"
#include "ctl/ctl.h"
#include "ctl/query.h"

static const char SUMMARY_SQL[] =
	"SELECT name, token, chats_count, messages_count FROM applications"
	" ORDER BY id LIMIT 5";

struct summary {
	bool json;
	struct buf text;
	char first_token[33];
};

static void append_json(struct buf *out, const struct sql_value *columns)
{
	buf_append_text(out, out->length == 0 ? "[" : ",");
	buf_append_text(out, "{\"name\":");
	json_append_string(out, columns[0].as.bytes.data,
			   columns[0].as.bytes.length);
	buf_append_text(out, ",\"token\":");
	json_append_string(out, columns[1].as.bytes.data,
			   columns[1].as.bytes.length);
	buf_printf(out,
		   ",\"chats_count\":%" PRIu64 ",\"messages_count\":%" PRIu64
		   "}",
		   query_value_u64(&columns[2]), query_value_u64(&columns[3]));
}

static void append_line(struct buf *out, const struct sql_value *columns)
{
	buf_append(out, columns[1].as.bytes.data, columns[1].as.bytes.length);
	buf_printf(out, "  %5" PRIu64 " chats  %7" PRIu64 " messages  ",
		   query_value_u64(&columns[2]), query_value_u64(&columns[3]));
	console_append_printable(out, columns[0].as.bytes.data,
				 columns[0].as.bytes.length);
	buf_append_char(out, '\n');
}

static bool take_application(void *context, const struct sql_value *columns,
			     size_t count)
{
	struct summary *summary = context;
	const struct sql_value *token = &columns[1];

	if (count != 4)
		return false;
	if (summary->json)
		append_json(&summary->text, columns);
	else
		append_line(&summary->text, columns);
	if (summary->first_token[0] == '\0' &&
	    token->as.bytes.length < sizeof(summary->first_token))
		memcpy(summary->first_token, token->as.bytes.data,
		       token->as.bytes.length);
	return true;
}

static enum ctl_exit print(struct ctl *ctl, bool json, bool with_token)
{
	struct summary summary = { .json = json, .text = BUF_INIT };
	struct error error = ERROR_INIT;
	enum fault fault = sql_run(ctl->sql, SUMMARY_SQL, NULL, 0,
				   take_application, &summary, NULL, &error);

	if (fault == FAULT_NONE && json)
		ctl_set_result(ctl, "%s]",
			       summary.text.length > 0 ? summary.text.data
						       : "[");
	else if (fault == FAULT_NONE && summary.text.length > 0)
		fputs(summary.text.data, stdout);
	else if (fault == FAULT_NONE)
		puts("there is no application");
	if (fault == FAULT_NONE && !json && with_token &&
	    summary.first_token[0] != '\0')
		printf("token=%s\n", summary.first_token);
	buf_release(&summary.text);
	if (fault == FAULT_NONE)
		return CTL_DONE;
	console_fault("read the applications", &error);
	return CTL_FAILED;
}

enum ctl_exit seed_summary_run(struct ctl *ctl)
{
	return print(ctl, ctl_json(ctl), false);
}

enum ctl_exit seed_summary_print(struct ctl *ctl)
{
	return print(ctl, ctl_json(ctl), true);
}
