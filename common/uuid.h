#ifndef CONFAB_COMMON_UUID_H
#define CONFAB_COMMON_UUID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* RFC 9562, section 5.7 (version 7): 48 bits of Unix milliseconds, then 74
 * bits from the kernel's CSPRNG. */
struct uuid {
	uint8_t bytes[16];
};

#define UUID_TEXT_SIZE 37

/* Fills from getrandom(2); false only when the kernel has no random bytes. */
bool uuid_new(int64_t wall_ms, struct uuid *uuid_r)
	__attribute__((warn_unused_result));
void uuid_format(const struct uuid *uuid, char text_r[UUID_TEXT_SIZE]);
/* Takes the 36-character form, either case; any version. */
bool uuid_parse(const char *text, size_t length, struct uuid *uuid_r)
	__attribute__((warn_unused_result));
bool uuid_equal(const struct uuid *a, const struct uuid *b);

#endif
