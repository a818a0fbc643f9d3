#ifndef CONFAB_API_LOOKUP_H
#define CONFAB_API_LOOKUP_H

#include "api/request.h"
#include "api/worker.h"
#include "common/sql.h"

/*
 * Many requests that each ask for one row by its key, answered by one
 * statement. A statement costs far more than a row, so under load the readers
 * take what waits together, as the committer does with creates.
 */
#define LOOKUP_MAX 32u /* requests a statement */

/* One statement for 1, 2, 4, .. LOOKUP_MAX keys: `head` ends with WHERE, `key`
 * is the condition for one. */
#define LOOKUP_SIZES 6
#define LOOKUP_STATEMENTS(head, key)                                           \
	{                                                                      \
		head key, head LOOKUP_2(key), head LOOKUP_4(key),              \
			head LOOKUP_8(key), head LOOKUP_16(key),               \
			head LOOKUP_16(key) " OR " LOOKUP_16(key)              \
	}
#define LOOKUP_2(key) key " OR " key
#define LOOKUP_4(key) LOOKUP_2(key) " OR " LOOKUP_2(key)
#define LOOKUP_8(key) LOOKUP_4(key) " OR " LOOKUP_4(key)
#define LOOKUP_16(key) LOOKUP_8(key) " OR " LOOKUP_8(key)

#define LOOKUP_PARAMS 3u /* a key, at most */

struct lookup {
	const char *statements[LOOKUP_SIZES];
	bool by_token; /* else by the application's id: it must be known */
	unsigned params;
	void (*key)(const struct request *request, struct sql_value *params_r);
	/* Whether the row is the one that the request asks for. */
	bool (*is)(const struct request *request,
		   const struct sql_value *columns);
	void (*render)(struct request *request,
		       const struct sql_value *columns);
};

/* Sets the answers of those whose row is there, and of all when the statement
 * fails. The others are left to the route's own function. */
void lookup_run(const struct lookup *lookup, struct request **requests,
		size_t count, struct worker *worker);

extern const struct lookup applications_lookup; /* applications.c */
extern const struct lookup chats_lookup;	/* chats.c */
extern const struct lookup messages_lookup;	/* messages.c */

#endif
