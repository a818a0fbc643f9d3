#ifndef CONFAB_TESTS_INTEGRATION_STORES_H
#define CONFAB_TESTS_INTEGRATION_STORES_H

#include <stdbool.h>
#include <stdint.h>

/* A look into SQL and Elasticsearch behind the product's back, and a hand. */

/* The first column of the first row as a number, 0 when there is no row. A
 * lost connection is made anew; the test fails on any other error. */
uint64_t store_number(const char *format, ...)
	__attribute__((format(printf, 1, 2)));
/* The first column of the first row, up to 1023 bytes, valid until the next
 * call; "" when there is no row. */
const char *store_text(const char *format, ...)
	__attribute__((format(printf, 1, 2)));
void store_execute(const char *format, ...)
	__attribute__((format(printf, 1, 2)));
/* Calls `row` for each; columns are NUL-terminated, NULL for NULL. */
void store_each_row(void (*row)(void *context, char **columns), void *context,
		    const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The number in SQL of the application with that token. */
uint64_t store_application(const char *token);
/* Rows of messages, of chats; documents. */
uint64_t store_rows(uint64_t application);
uint64_t store_chats(uint64_t application);
uint64_t store_documents(uint64_t application);
/* The id of its dead letter, as confabctl takes it, valid until the next call
 * of these functions; the test fails when it has none. */
const char *store_letter(uint64_t application);
/* The text of a document, read by its id and not by a search; valid until the
 * next request; NULL when there is none. */
const char *store_document(uint64_t application, uint64_t chat,
			   uint64_t number);

/* Deletes the index behind the alias, as a disaster would. */
void store_delete_index(void);

/* The counts that the product caches, against the rows. */
bool store_counts_are_right(uint64_t application);

#endif
