#include "common/migrations.h"

/* Puts a file into the program as the NUL-terminated text confab_sql_<version>.
 * The path is the repository's, from where everything is compiled. */
#define EMBED(version, path)                                                   \
	extern const char confab_sql_##version[];                              \
	__asm__(".pushsection .rodata\n"                                       \
		"confab_sql_" #version ":\n"                                   \
		".incbin \"" path "\"\n"                                       \
		".byte 0\n"                                                    \
		".popsection\n")

EMBED(001, "sql/001_initial.sql");
EMBED(002, "sql/002_allocators.sql");
EMBED(003, "sql/003_replayed_letters.sql");
EMBED(004, "sql/004_progress.sql");

static const struct migration migrations[] = {
	{ 1, "initial", confab_sql_001 },
	{ 2, "allocators", confab_sql_002 },
	{ 3, "replayed_letters", confab_sql_003 },
	{ 4, "progress", confab_sql_004 },
};

const struct migration *migrations_list(size_t *count_r)
{
	*count_r = sizeof(migrations) / sizeof(migrations[0]);
	return migrations;
}

uint32_t migrations_latest(void)
{
	return migrations[sizeof(migrations) / sizeof(migrations[0]) - 1]
		.version;
}
