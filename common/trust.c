#include "common/trust.h"

#include <openssl/x509.h>
#include <stdlib.h>

/* Where Debian and most others keep them. */
#define SYSTEM_CERTIFICATES "/etc/ssl/certs/ca-certificates.crt"

const char *trust_file(void)
{
	const char *file = getenv(X509_get_default_cert_file_env());

	return file && *file ? file : SYSTEM_CERTIFICATES;
}
