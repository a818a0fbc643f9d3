#ifndef CONFAB_COMMON_REDIS_TLS_H
#define CONFAB_COMMON_REDIS_TLS_H

#include <hiredis/hiredis.h>
#include <stdbool.h>

/*
 * The bytes of a hiredis connection by TLS. Those that return bool write err
 * and errstr of the context when they return false; it is then of no use but
 * to be freed. Waiting is limited by the socket's own timeouts.
 */

/* The handshake: TLS 1.2 or later, a certificate that trust_file() trusts and
 * that names `host`, which may be an address. */
bool redis_tls_begin(redisContext *redis, const char *host)
	__attribute__((warn_unused_result));
/* Before the context is freed; nothing to do when there is no TLS. */
void redis_tls_end(redisContext *redis);
bool redis_tls_used(const redisContext *redis);

/* All of the commands that wait in the context. */
bool redis_tls_write(redisContext *redis) __attribute__((warn_unused_result));
/* At least one byte of answers, into the context's reader. */
bool redis_tls_read(redisContext *redis) __attribute__((warn_unused_result));

#endif
