#include <curl/curl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "common/config.h"
#include "common/sql.h"
#include "ctl/command_line.h"
#include "ctl/config.h"
#include "ctl/console.h"
#include "ctl/ctl.h"

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
		code = command->verb->run(&ctl);
	ctl_release(&ctl);
	sql_library_release();
	curl_global_cleanup();
	if (fflush(stdout) != 0 && code == CTL_DONE)
		code = CTL_FAILED;
	return code;
}

int main(int argc, char **argv)
{
	struct command command;
	struct settings settings;

	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		command_line_print_help(stdout);
		return CTL_DONE;
	}
	if (argc == 2 && (strcmp(argv[1], "--version") == 0 ||
			  strcmp(argv[1], "--check-config") == 0 ||
			  strcmp(argv[1], "--print-config") == 0))
		return config_command_line(argc, argv, "confabctl", "",
					   settings_options, &settings, false);
	if (!command_line_parse(argc - 1, argv + 1, &command, stderr))
		return CTL_USAGE;
	if (command.help) {
		command_line_print_verb_help(command.verb, stdout);
		return CTL_DONE;
	}
	return run(&command);
}
