#ifndef CONFAB_TESTS_INTEGRATION_NUMBERS_STORE_H
#define CONFAB_TESTS_INTEGRATION_NUMBERS_STORE_H

/* What may happen to Redis' data behind the product's back. */

/* One command without arguments that need quotes; the test fails when Redis
 * answers with an error. */
void numbers_store_command(const char *text);
/* FLUSHALL. */
void numbers_store_flush(void);
/* Keeps a copy of all keys; the next call forgets the one before. */
void numbers_store_save(void);
/* Puts that copy in the place of all data, as restoring an old backup does. */
void numbers_store_roll_back(void);
/* A setting, as CONFIG GET tells it; valid until the next call. */
const char *numbers_store_setting(const char *name);

#endif
