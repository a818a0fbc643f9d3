#ifndef CONFAB_BENCH_PLAN_H
#define CONFAB_BENCH_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a run of the load generator does, and the text of its n-th request. */
enum plan_kind {
	PLAN_POST,	  /* a message into one of `chats` chats */
	PLAN_MESSAGE,	  /* GET of one of a chat's messages */
	PLAN_PAGE,	  /* GET of 50 of a chat's messages */
	PLAN_APPLICATION, /* GET of the application */
	PLAN_SEARCH	  /* GET of a search in the application */
};

struct plan {
	enum plan_kind kind;
	const char *host; /* an IPv4 address */
	uint64_t port;
	const char *token;
	uint64_t connections, seconds;
	double rate;	    /* requests a second, open loop; 0: closed loop */
	uint64_t chats;	    /* POST: chats 1 to this, in a scattered order */
	uint64_t chat;	    /* GET: of this chat */
	uint64_t messages;  /* GET: which has this many */
	uint64_t size;	    /* POST: characters of a message */
	const char *query;  /* SEARCH: letters and digits */
	const char *record; /* POST: file for acknowledgements, or NULL */
};

#define PLAN_REQUEST_MAX (70u * 1024u)

/* From the command line; false when it was wrong, said on stderr. */
bool plan_parse(struct plan *plan, int argc, char **argv);
/* Writes the request's bytes, returns their number; *chat_r is the chat. */
size_t plan_request(const struct plan *plan, uint64_t n, char *out,
		    uint64_t *chat_r);

#endif
