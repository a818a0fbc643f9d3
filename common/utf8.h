#ifndef CONFAB_COMMON_UTF8_H
#define CONFAB_COMMON_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* RFC 3629: no overlong forms, no surrogates, nothing over U+10FFFF. */
bool utf8_valid(const char *text, size_t length);
/* Code points of valid UTF-8. */
size_t utf8_count(const char *text, size_t length);
/* True when valid UTF-8 holds white space only (Unicode White_Space) or
 * nothing. */
bool utf8_blank(const char *text, size_t length);

#endif
