#include "ctl/interrupt.h"

static volatile sig_atomic_t stop; /* the signal's number */

static void note_signal(int number)
{
	stop = number;
}

void interrupt_catch(void)
{
	struct sigaction action = { .sa_handler = note_signal,
				    .sa_flags = SA_RESTART | SA_RESETHAND };

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

void interrupt_end(void)
{
	if (stop == 0)
		return;
	(void)signal(stop, SIG_DFL);
	(void)raise(stop);
}
