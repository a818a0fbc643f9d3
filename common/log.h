#ifndef CONFAB_COMMON_LOG_H
#define CONFAB_COMMON_LOG_H

#include <stdbool.h>
#include <stdint.h>

/*
 * One line an event on stderr: time, level, daemon, event, key=value.
 * Values are escaped, so that no value can start a line of its own. Tokens and
 * message bodies are never given to it. Only mains, sinks, the consumer loop
 * and the API's own modules log; the rest of common/ returns errors.
 */
enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

struct log_field {
	const char *key;  /* NULL ends the list */
	const char *text; /* NULL: `number` is the value */
	int64_t number;
};

#define LOG_TEXT(key, text)                                                    \
	{                                                                      \
		(key), (text), 0                                               \
	}
#define LOG_NUMBER(key, number)                                                \
	{                                                                      \
		(key), NULL, (int64_t)(number)                                 \
	}

/* "debug", "info", "warning" or "error"; anything else is error. */
enum log_level log_level_parse(const char *name);
/* Call once, before any thread. `json`: one JSON object a line. */
void log_init(const char *daemon, enum log_level least, bool json);
void log_write(enum log_level level, const char *event,
	       const struct log_field *fields);

/* log_event(LOG_INFO, "ready", LOG_TEXT("queue", q), LOG_NUMBER("n", 3)); */
#define log_event(level, event, ...)                                           \
	log_write(level, event,                                                \
		  (const struct log_field[]){                                  \
			  __VA_ARGS__ __VA_OPT__(, ){ NULL, NULL, 0 } })

#endif
