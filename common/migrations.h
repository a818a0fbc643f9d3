#ifndef CONFAB_COMMON_MIGRATIONS_H
#define CONFAB_COMMON_MIGRATIONS_H

#include <stddef.h>
#include <stdint.h>

/*
 * The files of sql/, held inside the program. A file is never changed once it
 * was released; a change of the schema is a new file with the next version.
 * Each is safe while programs of the release before still run; one that is not
 * puts its own version into settings.schema_least, and they refuse it.
 */
struct migration {
	uint32_t version; /* 1, 2, 3 ... without gaps */
	const char *name; /* of the file, without version and ".sql" */
	const char *text; /* NUL-terminated statements, each ended by ';' */
};

/* In the order in which they are applied. */
const struct migration *migrations_list(size_t *count_r);
/* The version of the last one. */
uint32_t migrations_latest(void);

#endif
