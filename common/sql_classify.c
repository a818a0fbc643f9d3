#include "common/sql_error.h"

#include <stddef.h>
#include <string.h>

#include "common/sql.h"

/*
 * Error numbers are written out, not taken from a header: MariaDB's and
 * MySQL's headers name different halves of them, and every binary may meet
 * either server.
 *
 * Everything that an operator can mend is temporary, rights and missing tables
 * included (a daemon that is started before the migration waits for it):
 * dead-lettering the whole backlog because a login lacks a right would fail
 * messages that were promised. Permanent is only what the data itself brings
 * on, so that each such row is refused again however often it is tried.
 */
struct rule {
	unsigned first, last;
	enum fault fault;
};

static const struct rule rules[] = {
	{ 1022, 1022, FAULT_PERMANENT }, /* duplicate key */
	{ 1046, 1046, FAULT_BUG },	 /* no database selected */
	{ 1048, 1048, FAULT_PERMANENT }, /* NULL in a NOT NULL column */
	{ 1058, 1058, FAULT_BUG },	 /* column count */
	{ 1062, 1062, FAULT_PERMANENT }, /* duplicate entry */
	{ 1064, 1066, FAULT_BUG },	 /* syntax, empty query, alias */
	{ 1110, 1111, FAULT_BUG },	 /* column twice, group function */
	{ 1136, 1136, FAULT_BUG },	 /* column count */
	{ 1149, 1149, FAULT_BUG },	 /* syntax */
	{ 1153, 1153, FAULT_PERMANENT }, /* over max_allowed_packet: halve */
	{ 1162, 1162, FAULT_PERMANENT }, /* string too long */
	{ 1169, 1169, FAULT_PERMANENT }, /* unique constraint */
	{ 1180, 1180, FAULT_UNSURE },	 /* error during COMMIT */
	{ 1210, 1210, FAULT_BUG },	 /* arguments */
	{ 1216, 1217, FAULT_PERMANENT }, /* foreign key */
	{ 1243, 1243, FAULT_TEMPORARY }, /* unknown statement handle */
	{ 1264, 1265, FAULT_PERMANENT }, /* out of range, truncated */
	{ 1292, 1292, FAULT_PERMANENT }, /* incorrect value */
	{ 1295, 1295, FAULT_BUG },	 /* cannot be prepared */
	{ 1364, 1364, FAULT_BUG },	 /* field without a default */
	{ 1366, 1367, FAULT_PERMANENT }, /* incorrect string or value */
	{ 1390, 1390, FAULT_BUG },	 /* too many placeholders */
	{ 1406, 1406, FAULT_PERMANENT }, /* data too long */
	{ 1411, 1411, FAULT_PERMANENT }, /* incorrect value for a function */
	{ 1451, 1452, FAULT_PERMANENT }, /* foreign key */
	{ 1525, 1525, FAULT_PERMANENT }, /* incorrect value */
	{ 1586, 1586, FAULT_PERMANENT }, /* duplicate entry */
	{ 1690, 1690, FAULT_PERMANENT }, /* number out of range */
	{ 3140, 3141, FAULT_PERMANENT }, /* JSON text */
	{ 3819, 3819, FAULT_PERMANENT }, /* CHECK, MySQL */
	{ 3854, 3854, FAULT_PERMANENT }, /* not in the character set */
	{ 4025, 4025, FAULT_PERMANENT }, /* CHECK, MariaDB */

	/* 2000 to 2999 and 5000 on are the client library's own. */
	{ 2001, 2006, FAULT_TEMPORARY }, /* cannot connect; gone, not sent */
	{ 2007, 2007, FAULT_TEMPORARY }, /* server's version */
	{ 2008, 2008, FAULT_TEMPORARY }, /* memory */
	{ 2009, 2012, FAULT_TEMPORARY }, /* host, handshake */
	{ 2014, 2014, FAULT_BUG },	 /* commands out of sync */
	{ 2019, 2019, FAULT_TEMPORARY }, /* character set file */
	{ 2020, 2020, FAULT_PERMANENT }, /* packet too large: halve */
	{ 2026, 2026, FAULT_TEMPORARY }, /* TLS */
	{ 2029, 2029, FAULT_BUG },	 /* no such object */
	{ 2030, 2030, FAULT_TEMPORARY }, /* statement is not prepared */
	{ 2031, 2036, FAULT_BUG },	 /* parameters, binds */
	{ 2050, 2053, FAULT_BUG },	 /* results, metadata */
	{ 2054, 2054, FAULT_BUG },	 /* not implemented */
	{ 2056, 2056, FAULT_TEMPORARY }, /* statement closed by reconnect */
	{ 2057, 2057, FAULT_TEMPORARY }, /* new columns: prepare anew */
	{ 2058, 2061, FAULT_TEMPORARY }, /* authentication plugins */
	{ 2000, 2999, FAULT_UNSURE },	 /* 2013, 2027, 2055 and the rest */
	{ 5000, 5999, FAULT_TEMPORARY }, /* Connector/C: options, plugins */
};

/*
 * A server error that no rule knows. SQLSTATE 22 and 23 mean the data, 42
 * without a number of ours the statement or the rights; all else (disk,
 * replication, proxies, what versions to come add) holds the batch and shows
 * in log and metrics, since that loses nothing.
 */
static enum fault classify_unknown(const char *state)
{
	if (state == NULL || strlen(state) < 2)
		return FAULT_TEMPORARY;
	if (strncmp(state, "22", 2) == 0 || strncmp(state, "23", 2) == 0)
		return FAULT_PERMANENT;
	return FAULT_TEMPORARY;
}

enum fault sql_classify_state(unsigned code, const char *state)
{
	if (code == 0)
		return FAULT_NONE;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (code >= rules[i].first && code <= rules[i].last)
			return rules[i].fault;
	}
	return classify_unknown(state);
}

enum fault sql_classify(unsigned code)
{
	return sql_classify_state(code, NULL);
}

static bool contains(const unsigned *codes, size_t count, unsigned code)
{
	for (size_t i = 0; i < count; i++) {
		if (codes[i] == code)
			return true;
	}
	return false;
}

#define CONTAINS(codes, code)                                                  \
	contains(codes, sizeof(codes) / sizeof((codes)[0]), code)

bool sql_error_loses_statement(unsigned code)
{
	/* 1461: the server holds too many; ours is not among them. */
	static const unsigned codes[] = { 1243, 1461, 1615, 2030, 2056, 2057 };

	return CONTAINS(codes, code);
}

bool sql_error_ends_connection(unsigned code)
{
	/* Shutdowns and broken packets; read-only servers too: after a
	 * fail-over the same name leads to another server. */
	static const unsigned codes[] = { 1053, 1079, 1152, 1153, 1158, 1159,
					  1160, 1161, 1184, 1290, 1836, 1927,
					  3032, 3168, 3169, 4031 };

	if (code >= 2000 && code <= 2999)
		return !sql_error_loses_statement(code);
	return CONTAINS(codes, code);
}

/* True when the quoted parts of the message are names out of the schema. */
static bool quotes_names_only(unsigned code, enum fault fault)
{
	static const unsigned codes[] = { 1046, 1048, 1110, 1136, 1153, 1264,
					  1265, 1364, 1406, 3819, 4025 };

	return CONTAINS(codes, code) ||
	       (fault != FAULT_PERMANENT && fault != FAULT_BUG);
}

/* The part that names key or column: "Duplicate entry '...' for key 'PRIMARY'"
 * keeps its end. */
static const char *find_tail(const char *quote)
{
	static const char *const starts[] = { "' for key ", "' for column " };
	const char *tail = "";

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		const char *at = strstr(quote, starts[i]);

		for (; at != NULL; at = strstr(at + 1, starts[i]))
			tail = at + 1;
	}
	return tail;
}

enum fault sql_error_set(struct error *error, unsigned code, const char *state,
			 const char *message)
{
	enum fault fault = sql_classify_state(code, state);
	const char *quote = strpbrk(message, "'\"`");

	if (quote == NULL || quotes_names_only(code, fault))
		return error_set(error, fault, (int)code, "%s", message);
	return error_set(error, fault, (int)code, "%.*s'...'%s",
			 (int)(quote - message), message, find_tail(quote));
}
