#include <curl/curl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/config.h"
#include "common/sql.h"
#include "ctl/command_line.h"
#include "ctl/config.h"
#include "ctl/console.h"
#include "ctl/ctl.h"
#include "ctl/help.h"
#include "ctl/interrupt.h"

/* Whoever has read enough of a pipe wants no more, and no complaint. */
static bool reader_is_gone(void)
{
	struct pollfd output = { .fd = STDOUT_FILENO };

	return poll(&output, 1, 0) == 1 && (output.revents & POLLERR) != 0;
}

/* The exit code; 1 if the data did not get out. */
static int finish(int code)
{
	bool failed = fflush(stdout) != 0;

	if (!failed && ferror(stdout) == 0)
		return code;
	if (reader_is_gone()) {
		(void)signal(SIGPIPE, SIG_DFL);
		(void)raise(SIGPIPE);
	}
	console_error("standard output could not be written");
	return code == CTL_DONE ? CTL_FAILED : code;
}

static int run(const struct command *command)
{
	struct settings settings;
	struct ctl ctl = { 0 };
	enum ctl_exit code = CTL_FAILED;

	if (!config_load(settings_options, &settings, stderr) ||
	    !settings_suffice(&settings, command->verb->needs,
			      command->verb->name, stderr))
		return CTL_USAGE;
	(void)signal(SIGPIPE, SIG_IGN);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0 || !sql_library_init() ||
	    !ctl_init(&ctl, &settings, command))
		console_error("out of memory");
	else
		code = ctl_run(&ctl);
	ctl_release(&ctl);
	sql_library_release();
	curl_global_cleanup();
	if (code != CTL_DONE)
		interrupt_end();
	return finish(code);
}

int main(int argc, char **argv)
{
	struct command command;
	struct settings settings;

	if (argc == 2 && (strcmp(argv[1], "--version") == 0 ||
			  strcmp(argv[1], "--check-config") == 0 ||
			  strcmp(argv[1], "--print-config") == 0))
		return config_command_line(argc, argv, "confabctl", "",
					   settings_options, &settings, false);
	if (!command_line_parse(argc - 1, argv + 1, &command, stderr))
		return CTL_USAGE;
	if (command.help) {
		help_print(&command, stdout);
		return finish(CTL_DONE);
	}
	return run(&command);
}
