#ifndef CONFAB_API_PULSE_H
#define CONFAB_API_PULSE_H

#include <stdbool.h>
#include <stdint.h>

#include "api/config.h"

/*
 * Whether the HTTP threads work, for the watchdog of the service manager: asks
 * GET /up on the process' own port, as a client does.
 */
#define PULSE_PERIOD_MS 10000
#define PULSE_TIMEOUT_MS 2000

struct pulse {
	int64_t next_ms; /* monotonic, of the next question */
	bool beats;
};

#define PULSE_INIT                                                             \
	{                                                                      \
		0, true                                                        \
	}

/* Asks when it is time to, in at most about twice PULSE_TIMEOUT_MS. True when
 * the last question was answered, and while there is no room for one more
 * connection: to be full is no fault. */
bool pulse_feel(struct pulse *pulse, const struct api_config *config);

#endif
