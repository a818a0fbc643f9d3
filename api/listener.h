#ifndef CONFAB_API_LISTENER_H
#define CONFAB_API_LISTENER_H

#include "api/config.h"

/* The socket at CONFAB_LISTEN and PORT, which several processes may share; -1
 * with the reason on the log. The caller closes it. */
int listener_open(const struct api_config *config);

#endif
