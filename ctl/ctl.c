#include "ctl/ctl.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/console.h"

#define CONNECT_TIMEOUT_S 5
/* Counting a large table is one statement that answers at its end. */
#define READ_TIMEOUT_S 600

bool ctl_init(struct ctl *ctl, const struct settings *settings,
	      const struct command *command)
{
	const struct sql_settings database = {
		.host = settings->database_host,
		.user = settings->database_username,
		.password = settings->database_password,
		.database = settings->database_name,
		.port = (uint16_t)settings->database_port,
		.connect_timeout_s = CONNECT_TIMEOUT_S,
		.read_timeout_s = READ_TIMEOUT_S,
		.tls = strcmp(settings->database_tls, "on") == 0,
	};

	*ctl = (struct ctl){ .settings = settings, .command = *command };
	ctl->sql = sql_new(&database);
	ctl->http = http_new();
	if (settings->elasticsearch_url[0] == '\0')
		return ctl->sql != NULL && ctl->http != NULL;
	ctl->elastic = elastic_new(settings->elasticsearch_url);
	return ctl->sql != NULL && ctl->http != NULL && ctl->elastic != NULL;
}

void ctl_release(struct ctl *ctl)
{
	elastic_free(&ctl->elastic);
	http_free(&ctl->http);
	sql_free(&ctl->sql);
	buf_release(&ctl->result);
}

enum ctl_exit ctl_run(struct ctl *ctl)
{
	const struct verb *verb = ctl->command.verb;
	enum ctl_exit code;
	int data;

	if (!verb->works || !ctl_json(ctl))
		return verb->run(ctl);
	data = console_divert();
	if (data < 0) {
		console_error("out of memory");
		return CTL_FAILED;
	}
	code = verb->run(ctl);
	console_end_divert(data);
	if (ctl->result.failed) {
		console_error("done, but out of memory for the result");
		return CTL_FAILED;
	}
	if (ctl->result.length > 0)
		puts(ctl->result.data);
	return code;
}

void ctl_set_result(struct ctl *ctl, const char *format, ...)
{
	va_list arguments;
	char *text = NULL;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	buf_clear(&ctl->result);
	ctl->result.failed = length < 0;
	if (length < 0)
		return;
	buf_append(&ctl->result, text, (size_t)length);
	free(text);
}

enum ctl_exit ctl_confirm(const struct ctl *ctl, const char *question)
{
	if ((ctl->command.options & VERB_YES) != 0)
		return CTL_DONE;
	if (!console_can_ask()) {
		console_error("%s asks before it deletes, and there is no "
			      "terminal to ask on; give --yes",
			      ctl->command.verb->name);
		return CTL_USAGE;
	}
	if (console_confirm(question))
		return CTL_DONE;
	console_error("nothing was changed");
	return CTL_FAILED;
}
