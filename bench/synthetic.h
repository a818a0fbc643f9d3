#ifndef CONFAB_BENCH_SYNTHETIC_H
#define CONFAB_BENCH_SYNTHETIC_H

#include <stddef.h>
#include <stdint.h>

/*
 * Made-up messages for the measurements of the workers: the n-th is the same
 * wherever it is asked for, so that an event, a row and a document of a ceiling
 * have one content. They go round the chats: message n is in chat n % chats + 1
 * and has the number n / chats + 1.
 */
struct synthetic {
	uint64_t application, chats, generation;
	size_t size; /* bytes of a text */
};

struct synthetic_message {
	uint64_t chat, number;
	int64_t at_ms;
	unsigned char id[16]; /* in the form of a UUID version 7 */
};

#define SYNTHETIC_EVENT_MAX 512u /* and the text's size */

/* `APPLICATION CHATS GENERATION SIZE`, four arguments of a command line; ends
 * the process with 2 when one of them is no number from 1. */
void synthetic_parse(struct synthetic *synthetic, char **arguments);
/* Such a number; `what` is for the message. */
uint64_t synthetic_number(const char *text, const char *what);

void synthetic_message(const struct synthetic *synthetic, uint64_t n,
		       struct synthetic_message *message_r);
/* Exactly `size` bytes, lower-case ASCII words with blanks between them: what
 * the index is given to search is the text itself. Not NUL-terminated. */
void synthetic_text(const struct synthetic *synthetic, uint64_t n, char *out);
/* The event with its newline; returns its length. */
size_t synthetic_event(const struct synthetic *synthetic, uint64_t n,
		       char *out);

#endif
