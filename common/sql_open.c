#include "common/sql_open.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/sql_text.h"
#include "common/trust.h"

#define NO_SUCH_TABLE 1146
#define TLS_VERSIONS "TLSv1.2,TLSv1.3"

static void want_tls(MYSQL *mysql)
{
	/* The names are known; a file that cannot be read fails the
	 * connection. */
	(void)mysql_options(mysql, MYSQL_OPT_SSL_CA, trust_file());
#ifdef MARIADB_BASE_VERSION
	my_bool on = 1;

	(void)mysql_options(mysql, MARIADB_OPT_TLS_VERSION, TLS_VERSIONS);
	(void)mysql_options(mysql, MYSQL_OPT_SSL_ENFORCE, &on);
	(void)mysql_options(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &on);
#else
	unsigned mode = SSL_MODE_VERIFY_IDENTITY;

	(void)mysql_options(mysql, MYSQL_OPT_TLS_VERSION, TLS_VERSIONS);
	(void)mysql_options(mysql, MYSQL_OPT_SSL_MODE, &mode);
#endif
}

static void set_options(MYSQL *mysql, const struct sql_settings *settings)
{
	unsigned local_infile = 0;
	/* "localhost" with a port means that port, not the default socket. */
	unsigned protocol = settings->host[0] == '/' ? MYSQL_PROTOCOL_SOCKET
						     : MYSQL_PROTOCOL_TCP;

	/* None of these fails: the names are known and the values in range. */
	(void)mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	(void)mysql_options(mysql, MYSQL_OPT_CONNECT_TIMEOUT,
			    &settings->connect_timeout_s);
	(void)mysql_options(mysql, MYSQL_OPT_READ_TIMEOUT,
			    &settings->read_timeout_s);
	(void)mysql_options(mysql, MYSQL_OPT_WRITE_TIMEOUT,
			    &settings->read_timeout_s);
	(void)mysql_options(mysql, MYSQL_OPT_LOCAL_INFILE, &local_infile);
	(void)mysql_options(mysql, MYSQL_OPT_PROTOCOL, &protocol);
	if (settings->tls)
		want_tls(mysql);
#if !defined(MARIADB_BASE_VERSION) && MYSQL_VERSION_ID >= 80003
	/* What MariaDB's client does by itself: without TLS, the password
	 * goes out under the server's RSA key. */
	bool get_key = true;

	(void)mysql_options(mysql, MYSQL_OPT_GET_SERVER_PUBLIC_KEY, &get_key);
#endif
}

static bool read_max_packet(void *context, const struct sql_value *columns,
			    size_t count)
{
	uint64_t *max_packet = context;

	if (count == 1)
		*max_packet = columns[0].as.u64;
	return false;
}

/* What a process that was stopped holds (locks of the session, rows of a
 * transaction) is let go then. */
static enum fault limit_idle(MYSQL *mysql, unsigned seconds,
			     struct error *error)
{
	char text[64];

	if (seconds == 0)
		return FAULT_NONE;
	snprintf(text, sizeof(text), "SET SESSION wait_timeout = %u", seconds);
	return sql_text_run(mysql, text, NULL, NULL, error);
}

/* Lock waits end well before the read timeout, so that they come back as the
 * server's answer and not as a lost connection. */
static enum fault set_session(MYSQL *mysql, uint64_t *max_packet_r,
			      struct error *error)
{
	static const char *const texts[] = {
		"SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
		"SET time_zone = '+00:00', autocommit = 1,"
		" innodb_lock_wait_timeout = 3,"
		" sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,"
		"ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'",
	};
	enum fault fault = FAULT_NONE;

	/* MySQL's client asks by the number of a collation that MariaDB does
	 * not know, and silently gets the server's default. */
	if (mysql_set_character_set(mysql, "utf8mb4") != 0)
		return sql_client_error(mysql, error);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		fault = sql_text_run(mysql, texts[i], NULL, NULL, error);
		if (fault != FAULT_NONE)
			return fault;
	}
	return sql_text_run(mysql, "SELECT @@max_allowed_packet",
			    read_max_packet, max_packet_r, error);
}

/* ---- the schema ---- */

static const char SCHEMA_SQL[] =
	"SELECT CAST(COALESCE((SELECT MAX(version) FROM schema_version"
	" WHERE applied_at IS NOT NULL), 0) AS UNSIGNED),"
	" CAST(COALESCE((SELECT value FROM settings"
	" WHERE name = 'schema_least'), 0) AS UNSIGNED)";

struct schema {
	uint64_t version, least; /* programs must know at least this one */
};

static bool read_schema(void *context, const struct sql_value *columns,
			size_t count)
{
	struct schema *schema = context;

	if (count == 2) {
		schema->version = columns[0].as.u64;
		schema->least = columns[1].as.u64;
	}
	return false;
}

static enum fault check_schema(MYSQL *mysql, uint32_t known,
			       struct error *error)
{
	struct schema schema = { 0, 0 };
	enum fault fault;

	if (known == 0)
		return FAULT_NONE;
	fault = sql_text_run(mysql, SCHEMA_SQL, read_schema, &schema, error);
	if (fault != FAULT_NONE && error->code != NO_SUCH_TABLE)
		return fault;
	if (schema.version < known)
		return error_set(error, FAULT_TEMPORARY, 0,
				 "the database has schema version %" PRIu64
				 ", this program needs %" PRIu32
				 ": run confabctl migrate",
				 schema.version, known);
	if (schema.least > known)
		return error_set(error, FAULT_TEMPORARY, 0,
				 "the database's schema needs programs that"
				 " know version %" PRIu64
				 ", this one knows %" PRIu32
				 ": install the release that it was migrated"
				 " with, or a later one",
				 schema.least, known);
	return FAULT_NONE;
}

enum fault sql_open(const struct sql_settings *settings, MYSQL **mysql_r,
		    uint64_t *max_packet_r, struct error *error)
{
	bool socket = settings->host[0] == '/';
	MYSQL *mysql = mysql_init(NULL);
	enum fault fault;

	if (mysql == NULL)
		return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	set_options(mysql, settings);
	if (mysql_real_connect(mysql, socket ? NULL : settings->host,
			       settings->user, settings->password,
			       settings->database, settings->port,
			       socket ? settings->host : NULL, 0) == NULL)
		fault = sql_client_error(mysql, error);
	else
		fault = set_session(mysql, max_packet_r, error);
	if (fault == FAULT_NONE)
		fault = limit_idle(mysql, settings->idle_timeout_s, error);
	if (fault == FAULT_NONE)
		fault = check_schema(mysql, settings->schema, error);
	if (fault != FAULT_NONE)
		mysql_close(mysql);
	else
		*mysql_r = mysql;
	return fault;
}
