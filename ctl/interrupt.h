#ifndef CONFAB_CTL_INTERRUPT_H
#define CONFAB_CTL_INTERRUPT_H

#include <signal.h>
#include <stdbool.h>

/*
 * Long work ends in order when it is asked to: SIGINT and SIGTERM are noted,
 * and whoever works looks from time to time. A second one ends it at once.
 */
void interrupt_catch(void);
bool interrupted(void);
/* What the signals set; it lives for ever. */
const volatile sig_atomic_t *interrupt_flag(void);
/* Ends the process by the signal that was noted, as if it had not been caught:
 * who started it then knows why it ended. Returns when there was none. */
void interrupt_end(void);

#endif
