#ifndef CONFAB_CTL_DIGEST_H
#define CONFAB_CTL_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "ctl/backup_file.h"

/* SHA-256 over bytes that come piece by piece. */
struct digest;

/* NULL when memory is out. */
struct digest *digest_new(void);
void digest_free(struct digest **digest);
/* A failure shows in digest_end(). */
void digest_add(struct digest *digest, const void *bytes, size_t length);
/* Begins anew. False when the library failed somewhere on the way. */
bool digest_end(struct digest *digest, char text_r[BACKUP_DIGEST_SIZE])
	__attribute__((warn_unused_result));

#endif
