#ifndef CONFAB_API_QUERY_H
#define CONFAB_API_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The query string, strictly: application/x-www-form-urlencoded as WHATWG's
 * URL standard, section 5.1, has it, but a parameter that is asked for may
 * stand there once only and must be valid UTF-8 without U+0000.
 */
enum query_result {
	QUERY_ABSENT,
	QUERY_FOUND,
	QUERY_BAD,
	QUERY_NO_MEMORY /* query_check() and query_find() only */
};

/* All of it: escapes, no U+0000, UTF-8. QUERY_FOUND when it is valid. */
enum query_result query_check(const char *query)
	__attribute__((warn_unused_result));

/* Finds a parameter in `query` (without its '?', may be NULL). *value_r is
 * NUL-terminated and the caller's to free(). QUERY_BAD: repeated, a bad escape
 * or bad text. */
enum query_result query_find(const char *query, const char *name,
			     char **value_r)
	__attribute__((warn_unused_result));

/* A parameter that is a plain whole number of min..max. */
enum query_result query_number(const char *query, const char *name,
			       uint64_t min, uint64_t max, uint64_t *value_r)
	__attribute__((warn_unused_result));

/* One of two words: *second_r says which. */
enum query_result query_choice(const char *query, const char *name,
			       const char *first, const char *second,
			       bool *second_r)
	__attribute__((warn_unused_result));

/* 1 to 2^53 in plain digits, as numbers stand in paths. */
bool query_path_number(const char *text, size_t length, uint64_t *number_r)
	__attribute__((warn_unused_result));

/* Resolves %XX (and + as a blank when `plus`) in place; false for a bad escape
 * or %00. *length is updated; no NUL is added. */
bool query_unescape(char *text, size_t *length, bool plus)
	__attribute__((warn_unused_result));

#endif
