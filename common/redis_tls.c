#include "common/redis_tls.h"

#include <errno.h>
#include <hiredis/sds.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/trust.h"

/* The reader's field for its user, which hiredis itself never looks at. */
static SSL *tls_of(const redisContext *redis)
{
	return redis->reader->privdata;
}

__attribute__((format(printf, 3, 4))) static bool
fail(redisContext *redis, int kind, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	redis->err = kind;
	vsnprintf(redis->errstr, sizeof(redis->errstr), format, arguments);
	va_end(arguments);
	return false;
}

static const char *library_error(void)
{
	unsigned long error = ERR_peek_error();
	const char *reason;

	if (ERR_SYSTEM_ERROR(error))
		return strerror(ERR_GET_REASON(error));
	reason = ERR_reason_error_string(error);
	return reason ? reason : "out of memory";
}

/* A call has returned `result`. True: it was interrupted, and is to be made
 * again. */
static bool again(redisContext *redis, int result)
{
	int number = errno;

	switch (SSL_get_error(tls_of(redis), result)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		if (number == EINTR)
			return true;
		return fail(redis, REDIS_ERR_IO, "TLS: no answer in time%s",
			    SSL_is_init_finished(tls_of(redis))
				    ? ""
				    : "; does that port speak TLS?");
	case SSL_ERROR_SSL:
		return fail(redis, REDIS_ERR_IO, "TLS: %s", library_error());
	case SSL_ERROR_SYSCALL:
		if (number != 0)
			return fail(redis, REDIS_ERR_IO, "%s",
				    strerror(number));
		/* fall through */
	default:
		return fail(redis, REDIS_ERR_EOF,
			    "the server has closed the"
			    " connection");
	}
}

/* What the other side must be. */
static bool set_expectations(SSL_CTX *context, SSL *tls, const char *host)
{
	X509_VERIFY_PARAM *wanted = SSL_get0_param(tls);

	SSL_set_verify(tls, SSL_VERIFY_PEER, NULL);
	if (SSL_CTX_load_verify_file(context, trust_file()) != 1)
		return false;
	if (X509_VERIFY_PARAM_set1_ip_asc(wanted, host) == 1)
		return true;
	ERR_clear_error();
	return SSL_set1_host(tls, host) == 1 &&
	       SSL_set_tlsext_host_name(tls, host) == 1;
}

static bool prepare(redisContext *redis, const char *host)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	SSL *tls = NULL;
	bool done;

	if (context &&
	    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1)
		tls = SSL_new(context);
	done = tls && set_expectations(context, tls, host) &&
	       SSL_set_fd(tls, redis->fd) == 1;
	redis->reader->privdata = tls;
	/* `tls` keeps it. */
	SSL_CTX_free(context);
	return done || fail(redis, REDIS_ERR_OTHER,
			    "TLS with the certificates of %s: %s", trust_file(),
			    library_error());
}

bool redis_tls_begin(redisContext *redis, const char *host)
{
	long verdict;
	int result;

	ERR_clear_error();
	if (!prepare(redis, host))
		return false;
	do {
		ERR_clear_error();
		errno = 0;
		result = SSL_connect(tls_of(redis));
	} while (result != 1 && again(redis, result));
	verdict = SSL_get_verify_result(tls_of(redis));
	if (verdict != X509_V_OK)
		return fail(redis, REDIS_ERR_OTHER,
			    "TLS: certificate verify failed: %s",
			    X509_verify_cert_error_string(verdict));
	return result == 1;
}

void redis_tls_end(redisContext *redis)
{
	SSL_free(tls_of(redis));
	redis->reader->privdata = NULL;
}

bool redis_tls_used(const redisContext *redis)
{
	return tls_of(redis) != NULL;
}

bool redis_tls_write(redisContext *redis)
{
	size_t length = sdslen(redis->obuf), at = 0, written;
	int result;

	while (at < length) {
		ERR_clear_error();
		errno = 0;
		result = SSL_write_ex(tls_of(redis), redis->obuf + at,
				      length - at, &written);
		if (result == 1)
			at += written;
		else if (!again(redis, result))
			return false;
	}
	sdsclear(redis->obuf);
	return true;
}

bool redis_tls_read(redisContext *redis)
{
	char bytes[16384]; /* one TLS record */
	size_t length;
	int result;

	do {
		ERR_clear_error();
		errno = 0;
		result = SSL_read_ex(tls_of(redis), bytes, sizeof(bytes),
				     &length);
	} while (result != 1 && again(redis, result));
	if (result != 1)
		return false;
	if (redisReaderFeed(redis->reader, bytes, length) != REDIS_OK)
		return fail(redis, REDIS_ERR_OOM, "%s", redis->reader->errstr);
	return true;
}
