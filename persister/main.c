/* confab-persister: the events of the queue confab.persist become rows. */

#include "persister/config.h"
#include "persister/persister.h"

int main(int argc, char **argv)
{
	struct persister_config config;
	volatile sig_atomic_t *stop;
	int code =
		config_command_line(argc, argv, "confab-persister",
				    "Stores accepted events as rows.",
				    persister_config_options, &config, false);

	if (code >= 0)
		return code;
	stop = worker_start("persister", &config.worker);
	if (!stop)
		return EXIT_TEMPORARY;
	code = persister_run(&config, stop);
	sql_library_release();
	return code;
}
