#ifndef CONFAB_COMMON_NOTIFY_H
#define CONFAB_COMMON_NOTIFY_H

#include <stdbool.h>

/*
 * Tells the service manager how the process is, as sd_notify(3) describes it.
 * Nothing happens where nobody asked: NOTIFY_SOCKET and WATCHDOG_USEC say so.
 * For one thread.
 */

/* From the environment. Call it before the others. */
void notify_init(void);
/* True when somebody listens. */
bool notify_wanted(void);
/*
 * For a loop whose turns prove that the process works, at least once a second
 * where it can. Says that the start is done when `ready` is true for the first
 * time, or after NOTIFY_PATIENCE_MS without: a daemon serves what it can while
 * a server is away, and nobody should wait for it for ever. Says when `ready`
 * changes, and feeds the watchdog.
 */
void notify_turn(bool ready);
void notify_stopping(void);

#define NOTIFY_PATIENCE_MS 20000

#endif
