/* confab-counter: the events of the queue confab.count bring counts up to
 * date. */

#include "counter/counter.h"

int main(int argc, char **argv)
{
	struct counter_config config;
	volatile sig_atomic_t *stop;
	int code = config_command_line(argc, argv, "confab-counter",
				       "Keeps the counts of chats and messages "
				       "right.",
				       counter_config_options, &config, false);

	if (code >= 0)
		return code;
	stop = worker_start("counter", &config.worker);
	if (!stop)
		return EXIT_TEMPORARY;
	code = counter_run(&config, stop);
	sql_library_release();
	return code;
}
