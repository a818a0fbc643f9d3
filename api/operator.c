#include "api/operator.h"
#include "api/status.h"

#include <openssl/crypto.h>
#include <string.h>
#include <strings.h>

#include "api/server.h"

/* Equal in time that does not depend on where they differ. */
static bool same_key(const char *a, const char *b)
{
	size_t length = strlen(b);

	return strlen(a) == length && CRYPTO_memcmp(a, b, length) == 0;
}

/* RFC 6750: "Bearer" and the key. */
void operator_check(struct request *request)
{
	const char *theirs = request->authorization;
	const char *ours = request->server->config->operator_key;

	if (!theirs || strncasecmp(theirs, "Bearer ", 7) != 0) {
		answer_problem(&request->answer, HTTP_UNAUTHORIZED,
			       "This path needs the operator key.");
		request->answer.challenge = true;
		return;
	}
	theirs += 7 + strspn(theirs + 7, " ");
	if (!*ours || !same_key(theirs, ours))
		answer_problem(&request->answer, HTTP_FORBIDDEN,
			       "This is not the operator key.");
}
