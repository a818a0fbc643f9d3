#ifndef CONFAB_COMMON_HEX_H
#define CONFAB_COMMON_HEX_H

/* Of either letter case; -1: it is no hexadecimal digit. */
static inline int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		return (c | 0x20) - 'a' + 10;
	return -1;
}

#endif
