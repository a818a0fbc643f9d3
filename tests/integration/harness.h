#ifndef CONFAB_TESTS_INTEGRATION_HARNESS_H
#define CONFAB_TESTS_INTEGRATION_HARNESS_H

/* cmocka.h wants these four in front of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>

#include "tests/integration/http.h"

/*
 * What every integration test stands on. The stack's addresses come from the
 * environment: tests/run exports what is in run.env. Each test makes
 * applications of its own, so tests do not see each other.
 */

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* The bounds that the product promises, and the room that a loaded machine is
 * given before a test fails. */
#define ROOM 3
#define STORED_MS (2000 * ROOM)	   /* stored and searchable */
#define COUNTED_MS (6000 * ROOM)   /* counts right */
#define RESTARTED_MS (5000 * ROOM) /* a killed process is back */
#define REFUSED_MS (1000 * ROOM)   /* a 503 is out */
#define DRAINED_MS 60000	   /* a backlog of some thousand is stored */

#define TOKEN_SIZE 33

/* A variable of the environment; the test fails when it is not set. */
const char *setting(const char *name);

/* ---- waiting ---- */

typedef bool condition_fn(void *context);

/* Asks every 20 ms. False when it did not come true in time. */
bool wait_until(condition_fn *condition, void *context, int timeout_ms);
/* Fails the test then. */
#define assert_becomes(condition, context, timeout_ms)                         \
	harness_await((condition), (context), (timeout_ms), #condition,        \
		      __FILE__, __LINE__)
void harness_await(condition_fn *condition, void *context, int timeout_ms,
		   const char *name, const char *file, int line);

/* ---- the API ---- */

/* A request to the API; the reply is valid until the next request of any
 * kind. `format` makes the path. */
const struct http_reply *api(const char *method, const char *body,
			     const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* With headers, see http_send(). */
const struct http_reply *api_with(const char *headers, const char *method,
				  const char *body, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* The same to the ingest role. */
const struct http_reply *ingest(const char *method, const char *body,
				const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* With the operator's key. */
const struct http_reply *operator_get(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

#define assert_status(reply, expected)                                         \
	harness_assert_status((reply), (expected), __FILE__, __LINE__)
void harness_assert_status(const struct http_reply *reply, long expected,
			   const char *file, int line);

/*
 * A value in the reply's JSON. `path` has names and indexes with dots between
 * them: "dependencies.mysql", "0.number"; "" is the whole. The test fails when
 * it is not there or of another type. A text is valid until another reply is
 * looked into.
 */
const char *reply_text(const struct http_reply *reply, const char *path);
uint64_t reply_number(const struct http_reply *reply, const char *path);
unsigned reply_count(const struct http_reply *reply, const char *path);
/* As reply_text(), into the caller's memory. */
void reply_copy(const struct http_reply *reply, const char *path, char *text_r,
		size_t size);
bool reply_has(const struct http_reply *reply, const char *path);
/* The object has exactly these members, in any order: "number body". */
void assert_members(const struct http_reply *reply, const char *path,
		    const char *names);
/* The header is there with that value. */
void assert_header(const struct http_reply *reply, const char *name,
		   const char *expected);
/* The path in the header Location. */
void assert_location(const struct http_reply *reply, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* 2025-10-27T12:00:00.000Z */
void assert_time(const char *text);

/* ---- what most tests need first ---- */

void create_application(char token_r[TOKEN_SIZE]);
uint64_t create_chat(const char *token);
uint64_t create_message(const char *token, uint64_t chat, const char *text);
/* Creates one of each and waits until the message is searchable. */
struct talk {
	char token[TOKEN_SIZE];
	uint64_t application; /* its number in SQL */
	uint64_t chat;
};
void create_talk(struct talk *talk_r, const char *const *texts, unsigned count);

#endif
