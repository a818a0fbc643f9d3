#include "tests/integration/tls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/config.h"
#include "tests/integration/faults.h"
#include "tests/integration/processes.h"
#include "tests/integration/sql_session.h"
#include "tests/integration/stores.h"

#define PASSWORD "bonfire-of-the-tls-test"

static char folder[] = "/tmp/confab-tls-XXXXXX";

static const char *const names[TLS_CERTIFICATES] = {
	[TLS_GOOD] = "good",	    [TLS_UNKNOWN] = "unknown",
	[TLS_SELF_SIGNED] = "self", [TLS_OTHER_NAME] = "other-name",
	[TLS_EXPIRED] = "expired",  [TLS_NEW] = "new",
};

const char *tls_path(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

const char *tls_certificate(enum tls_certificate certificate)
{
	return tls_path(names[certificate]);
}

/* ---- certificates ---- */

/* The stack has made its own the same way. */
static const char MAKE[] =
	"exec bash -c '. local/servers/tls.sh; set -e; cd \"$2\"; "
	"mkdir other new-one; tls_authority other; tls_authority new-one; "
	"cp \"$1/ca.pem\" .; "
	"tls_certificate \"$1\" \"$2/good\" localhost 1; "
	"tls_certificate other \"$2/unknown\" localhost 1; "
	"tls_certificate \"$1\" \"$2/other-name\" example.com 1; "
	"tls_certificate \"$1\" \"$2/expired\" localhost -1; "
	"tls_certificate new-one \"$2/new\" localhost 1; "
	"for part in pem key; do cp other/ca.$part self.$part; "
	"cp \"$1/$3.$part\" own.$part; done' bash \"$(realpath %s)\" %s %s";

int tls_set_up(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(folder));
	fault_shell(MAKE, fault_path("tls"), folder, sql_service());
	store_execute("DROP USER IF EXISTS confab_tls");
	store_execute("CREATE USER confab_tls IDENTIFIED BY '" PASSWORD "' "
		      "REQUIRE SSL");
	store_execute("GRANT ALL ON %s.* TO confab_tls",
		      setting("DATABASE_NAME"));
	return 0;
}

int tls_take_down(void **state)
{
	(void)state;
	store_execute("DROP USER IF EXISTS confab_tls");
	fault_shell("rm -r %s", folder);
	return 0;
}

void tls_change_authority(void)
{
	fault_shell("cp %s/new-one/ca.pem %s/ca.pem", folder, folder);
}

/* Written over, so that they stay the server's user's. */
void tls_sql_shows(enum tls_certificate certificate)
{
	const char *service = sql_service();
	const char *path = certificate == TLS_GOOD
				   ? tls_path("own")
				   : tls_certificate(certificate);

	fault_shell("for part in pem key; do cat %s.$part >%s/%s.$part; done",
		    path, fault_path("tls"), service);
	store_execute("%s", strcmp(service, "mysql") == 0
				    ? "ALTER INSTANCE RELOAD TLS"
				    : "FLUSH SSL");
}

/* ---- servers ---- */

static uint16_t port_of(const char *variable)
{
	struct config_url url;
	uint16_t port;

	assert_true(config_url_parse(setting(variable), &url));
	port = url.port;
	config_url_release(&url);
	return port;
}

struct tls_servers tls_plain_servers(void)
{
	return (struct tls_servers){
		.sql = (uint16_t)atoi(setting("DATABASE_PORT")),
		.redis = port_of("REDIS_URL"),
		.rabbitmq = port_of("RABBITMQ_URL"),
		.management = port_of("RABBITMQ_MANAGEMENT_URL"),
		.elasticsearch = port_of("ELASTICSEARCH_URL"),
	};
}

struct tls_servers tls_servers(void)
{
	struct tls_servers servers = { 0 };
	unsigned redis, rabbitmq, management;
	FILE *file = fopen(fault_path("tls/ports"), "r");

	if (!file)
		fail_msg("there is no %s: the stack runs without TLS=1",
			 fault_path("tls/ports"));
	assert_int_equal(fscanf(file, "redis=%u rabbitmq=%u management=%u",
				&redis, &rabbitmq, &management),
			 3);
	fclose(file);
	servers.sql = tls_plain_servers().sql;
	servers.redis = (uint16_t)redis;
	servers.rabbitmq = (uint16_t)rabbitmq;
	servers.management = (uint16_t)management;
	return servers;
}

void tls_front_start(enum tls_certificate certificate, struct tls_front *front)
{
	const struct tls_servers plain = tls_plain_servers();
	const char *path = tls_certificate(certificate);

	tls_relay_start(plain.redis, path, &front->redis);
	tls_relay_start(plain.rabbitmq, path, &front->rabbitmq);
	tls_relay_start(plain.management, path, &front->management);
	tls_relay_start(plain.elasticsearch, path, &front->elasticsearch);
}

void tls_front_stop(struct tls_front *front)
{
	tls_relay_stop(&front->redis);
	tls_relay_stop(&front->rabbitmq);
	tls_relay_stop(&front->management);
	tls_relay_stop(&front->elasticsearch);
}

struct tls_servers tls_front_servers(const struct tls_front *front)
{
	return (struct tls_servers){
		.sql = tls_plain_servers().sql,
		.redis = front->redis.port,
		.rabbitmq = front->rabbitmq.port,
		.management = front->management.port,
		.elasticsearch = front->elasticsearch.port,
	};
}

/* ---- programs ---- */

/* Logins stay as they are; what a program does not have stays empty. */
static const char SETTINGS[] =
	"exec 2>%s/%s; "
	"place() { printf %%s \"$1\" | "
	"sed \"s,^[a-z]*:,$2:,; s,@[^/]*,@localhost:$3,\"; }; "
	"SSL_CERT_FILE=%s/ca.pem DATABASE_TLS=on DATABASE_HOST=localhost "
	"DATABASE_PORT=%u DATABASE_USERNAME=confab_tls "
	"DATABASE_PASSWORD=" PASSWORD " "
	"REDIS_URL=$(place \"$REDIS_URL\" rediss %u) "
	"RABBITMQ_URL=$(place \"$RABBITMQ_URL\" amqps %u) "
	"RABBITMQ_MANAGEMENT_URL=$(place \"$RABBITMQ_MANAGEMENT_URL\" https %u)"
	" ELASTICSEARCH_URL=https://localhost:%u";

const char *tls_settings(const struct tls_servers *servers, const char *log)
{
	static char text[2048];
	int length = snprintf(text, sizeof(text), SETTINGS, folder, log, folder,
			      servers->sql, servers->redis, servers->rabbitmq,
			      servers->management, servers->elasticsearch);

	assert_true(length > 0 && (size_t)length < sizeof(text));
	return text;
}

const char *tls_confabctl(const struct tls_servers *servers, int expected,
			  const char *verb)
{
	const char *const argv[] = {
		"sh",
		"-c",
		"set -a; exec 3>&2; eval \"$1\"; exec 2>&3; "
		"exec \"$2\" $3",
		"sh",
		tls_settings(servers, "confabctl"),
		process_path("confabctl"),
		verb,
		NULL,
	};
	static struct buf output = BUF_INIT;
	int code;

	buf_clear(&output);
	code = process_run(argv, &output);
	if (code != expected)
		fail_msg("confabctl %s: exit code %d\n%s", verb, code,
			 output.data);
	return output.data;
}

bool tls_is_logged(void *context)
{
	const struct tls_words *words = context;
	const char *const argv[] = {
		"grep", "-qF", "--", words->text, tls_path(words->log), NULL
	};

	return process_run(argv, NULL) == 0;
}

void tls_assert_discreet(const char *log)
{
	fault_shell("! { sed -n 's/^SECRET_[^=]*=//p' %s; echo " PASSWORD
		    "; } | grep -F -f - %s",
		    fault_path("secrets"), tls_path(log));
}
