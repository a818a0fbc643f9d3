#ifndef CONFAB_TESTS_INTEGRATION_TLS_RELAY_H
#define CONFAB_TESTS_INTEGRATION_TLS_RELAY_H

#include <stdint.h>
#include <sys/types.h>

/* A TCP port on 127.0.0.1 that speaks TLS and leads to one that does not. */
struct tls_relay {
	pid_t pid;
	uint16_t port;
};

/* With the certificate and key in the files PATH.pem and PATH.key. A port
 * other than 0 in *relay is taken again. */
void tls_relay_start(uint16_t to, const char *path, struct tls_relay *relay);
/* The same, and it knows nothing later than TLS 1.1. */
void tls_relay_start_old(uint16_t to, const char *path,
			 struct tls_relay *relay);
/* Leads to MariaDB or MySQL, and says in its name that there is no TLS, as
 * somebody would who sits in between. One at a time. */
void tls_relay_start_denying(uint16_t to, struct tls_relay *relay);
/* How many clients went on all the same. */
unsigned tls_relay_deceived(void);
/* All its connections end, and there are no new ones. */
void tls_relay_stop(struct tls_relay *relay);

#endif
