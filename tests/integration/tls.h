#ifndef CONFAB_TESTS_INTEGRATION_TLS_H
#define CONFAB_TESTS_INTEGRATION_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/integration/tls_relay.h"

/*
 * TLS to the stack's servers: which ports speak it, the certificates that they
 * show, and the settings of a program that connects so. Elasticsearch has a
 * relay in front.
 */

/* ---- certificates ---- */

/* In a folder of the test's own: ca.pem, the authority that the stack's servers
 * are known by, and these, as PATH.pem and PATH.key. */
enum tls_certificate {
	TLS_GOOD,
	TLS_UNKNOWN,	 /* by an authority that nobody trusts */
	TLS_SELF_SIGNED, /* by itself */
	TLS_OTHER_NAME,	 /* of another host */
	TLS_EXPIRED,
	TLS_NEW, /* good once tls_change_authority() was called */
	TLS_CERTIFICATES
};

/* A cmocka group's setup and teardown: the folder, a login in SQL that the
 * server takes by TLS only. */
int tls_set_up(void **state);
int tls_take_down(void **state);

/* A file in that folder, valid until the next call. */
const char *tls_path(const char *name);
/* The path of a certificate, for tls_relay_start(). */
const char *tls_certificate(enum tls_certificate certificate);
/* From now on another authority is the trusted one. */
void tls_change_authority(void);
/* The SQL server shows this one to who connects from now on; TLS_GOOD puts its
 * own back. */
void tls_sql_shows(enum tls_certificate certificate);

/* ---- servers ---- */

struct tls_servers {
	uint16_t sql, redis, rabbitmq, management, elasticsearch;
};
/* Where they are: with TLS, and without. Elasticsearch with TLS is 0. */
struct tls_servers tls_servers(void);
struct tls_servers tls_plain_servers(void);

/* Relays in front of all but SQL. */
struct tls_front {
	struct tls_relay redis, rabbitmq, management, elasticsearch;
};
/* The ports in *front that are not 0 are taken again. */
void tls_front_start(enum tls_certificate certificate, struct tls_front *front);
void tls_front_stop(struct tls_front *front);
struct tls_servers tls_front_servers(const struct tls_front *front);

/* ---- programs ---- */

/* For worker_start_with(): TLS to each of these servers, and whatever it logs
 * goes to the file `log` of the folder. Valid until the next call. */
const char *tls_settings(const struct tls_servers *servers, const char *log);
/* Runs confabctl with such settings; the test fails when it does not exit with
 * `expected`. Its output is valid until the next call. */
const char *tls_confabctl(const struct tls_servers *servers, int expected,
			  const char *verb);

/* A condition: the log has the text. */
struct tls_words {
	const char *log, *text;
};
bool tls_is_logged(void *words);
/* No password of the stack is in the log. */
void tls_assert_discreet(const char *log);

#endif
