#include "ctl/interrupt.h"

static volatile sig_atomic_t stop;

static void note_signal(int number)
{
	(void)number;
	stop = 1;
}

void interrupt_catch(void)
{
	struct sigaction action = { .sa_handler = note_signal,
				    .sa_flags = SA_RESTART };

	sigemptyset(&action.sa_mask);
	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
}

bool interrupted(void)
{
	return stop != 0;
}

const volatile sig_atomic_t *interrupt_flag(void)
{
	return &stop;
}
