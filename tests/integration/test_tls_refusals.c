#include <stdio.h>
#include <string.h>

#include "tests/integration/faults.h"
#include "tests/integration/harness.h"
#include "tests/integration/processes.h"
#include "tests/integration/sql_session.h"
#include "tests/integration/stores.h"
#include "tests/integration/tls.h"

/* A server that does not show the right certificate, or no TLS, is as good as
 * away: nothing is asked of it, nothing goes out in the clear, and the log says
 * why. */

/* What each client library says of it. */
struct reasons {
	const char *sql, *redis, *rabbitmq, *http;
};

static const struct reasons of_unknown = {
	"TLS/SSL error: unable to get local issuer certificate",
	"TLS: certificate verify failed: unable to get local issuer",
	"certificate verify failed: unable to get local issuer",
	"SSL certificate problem: unable to get local issuer",
};
static const struct reasons of_self_signed = {
	"TLS/SSL error: self-signed certificate",
	"TLS: certificate verify failed: self-signed certificate",
	"certificate verify failed: self-signed certificate",
	"SSL certificate problem: self-signed certificate",
};
static const struct reasons of_other_name = {
	"TLS/SSL error: Validation of SSL server certificate failed",
	"TLS: certificate verify failed: hostname mismatch",
	"SSL hostname verification failed",
	"no alternative certificate subject name matches target host name",
};
static const struct reasons of_expired = {
	"TLS/SSL error: certificate has expired",
	"TLS: certificate verify failed: certificate has expired",
	"certificate verify failed: certificate has expired",
	"SSL certificate problem: certificate has expired",
};
static const struct reasons of_no_tls = {
	"TLS/SSL error: SSL is required, but the server does not support it",
	"TLS: no answer in time; does that port speak TLS?",
	"SSL handshake failed",
	"wrong version number",
};

static void assert_says(const char *output, const char *text)
{
	if (!strstr(output, text))
		fail_msg("\"%s\" is not in:\n%s", text, output);
}

static void assert_logged(const char *log, const char *text)
{
	struct tls_words words = { log, text };

	if (!wait_until(tls_is_logged, &words, DRAINED_MS))
		fail_msg("%s does not log: %s", log, text);
}

/* ---- all servers at once ---- */

static void assert_redis_away(const char *health, uint16_t port,
			      const char *reason)
{
	char line[256];

	snprintf(line, sizeof(line),
		 "redis            away  Redis at localhost port %u: %s", port,
		 reason);
	assert_says(health, line);
}

static void assert_ctl_refuses(const struct tls_servers *servers,
			       const struct reasons *reasons)
{
	const char *health = tls_confabctl(servers, 1, "health");
	char line[256];

	snprintf(line, sizeof(line), "database         away  %s", reasons->sql);
	assert_says(health, line);
	assert_redis_away(health, servers->redis, reasons->redis);
	assert_says(health, "rabbitmq         away  ");
	assert_says(health, reasons->rabbitmq);
	assert_says(health, "elasticsearch    away  ");
	assert_says(health, reasons->http);
	assert_says(tls_confabctl(servers, 1, "queues"), reasons->http);
}

static void assert_api_refuses(const struct tls_servers *servers,
			       const struct reasons *reasons)
{
	struct worker api;
	char url[128];

	worker_launch("api", tls_settings(servers, "api"), &api);
	assert_logged("api", reasons->sql);
	assert_logged("api", reasons->redis);
	assert_logged("api", reasons->rabbitmq);
	assert_logged("api", reasons->http);
	snprintf(url, sizeof(url), "%s/ready", worker_url(&api));
	assert_status(http_send("GET", NULL, NULL, url), 503);
	snprintf(url, sizeof(url), "%s/applications", worker_url(&api));
	assert_status(http_send("POST", NULL,
				"{\"application\":{\"name\":\"tls\"}}", url),
		      503);
	worker_stop(&api);
	tls_assert_discreet("api");
}

static void assert_workers_refuse(const struct tls_servers *servers,
				  const struct reasons *reasons)
{
	static const char *const services[] = { "persister", "indexer",
						"counter" };
	struct worker workers[COUNT_OF(services)];

	for (size_t i = 0; i < COUNT_OF(services); i++)
		worker_launch(services[i], tls_settings(servers, services[i]),
			      &workers[i]);
	for (size_t i = 0; i < COUNT_OF(services); i++) {
		assert_logged(services[i], reasons->rabbitmq);
		/* The indexer asks SQL for nothing before it has an event. */
		if (strcmp(services[i], "indexer") != 0)
			assert_logged(services[i], reasons->sql);
		worker_stop(&workers[i]);
		tls_assert_discreet(services[i]);
	}
}

static void assert_all_refuse(const struct tls_servers *servers,
			      const struct reasons *reasons)
{
	assert_ctl_refuses(servers, reasons);
	assert_api_refuses(servers, reasons);
	assert_workers_refuse(servers, reasons);
}

static void assert_refused(enum tls_certificate certificate,
			   const struct reasons *reasons)
{
	struct tls_front front = { 0 };
	struct tls_servers servers;

	tls_sql_shows(certificate);
	tls_front_start(certificate, &front);
	servers = tls_front_servers(&front);
	assert_all_refuse(&servers, reasons);
	tls_front_stop(&front);
}

static void test_unknown_authority(void **state)
{
	(void)state;
	assert_refused(TLS_UNKNOWN, &of_unknown);
}

static void test_self_signed(void **state)
{
	(void)state;
	assert_refused(TLS_SELF_SIGNED, &of_self_signed);
}

static void test_other_name(void **state)
{
	(void)state;
	assert_refused(TLS_OTHER_NAME, &of_other_name);
}

static void test_expired(void **state)
{
	(void)state;
	assert_refused(TLS_EXPIRED, &of_expired);
}

static void test_no_tls(void **state)
{
	struct tls_servers servers = tls_plain_servers();
	struct tls_relay sql = { 0 };

	(void)state;
	tls_relay_start_denying(servers.sql, &sql);
	servers.sql = sql.port;
	assert_all_refuse(&servers, &of_no_tls);
	assert_int_equal(tls_relay_deceived(), 0);
	tls_relay_stop(&sql);
}

static void test_old_version(void **state)
{
	const struct tls_servers plain = tls_plain_servers();
	struct tls_relay redis = { 0 }, rabbitmq = { 0 }, http = { 0 };
	const char *path = tls_certificate(TLS_GOOD), *health;
	struct tls_servers servers = plain;

	(void)state;
	tls_relay_start_old(plain.redis, path, &redis);
	tls_relay_start_old(plain.rabbitmq, path, &rabbitmq);
	tls_relay_start_old(plain.elasticsearch, path, &http);
	servers.redis = redis.port;
	servers.rabbitmq = rabbitmq.port;
	servers.management = servers.elasticsearch = http.port;
	health = tls_confabctl(&servers, 1, "health");
	assert_says(health, "database         up");
	assert_redis_away(health, servers.redis,
			  "TLS: tlsv1 alert protocol version");
	assert_says(health, "rabbitmq         away  ");
	assert_says(health, "SSL handshake failed");
	assert_says(health, "elasticsearch    away  ");
	assert_says(tls_confabctl(&servers, 1, "queues"), "protocol version");
	tls_relay_stop(&redis);
	tls_relay_stop(&rabbitmq);
	tls_relay_stop(&http);
}

/* ---- the search engine alone ---- */

static void assert_searched_by_sql(const struct worker *api,
				   const struct talk *talk)
{
	const struct http_reply *reply;
	char url[256];

	snprintf(url, sizeof(url),
		 "%s/applications/%s/chats/1/messages/search?q=text",
		 worker_url(api), talk->token);
	reply = http_send("GET", NULL, NULL, url);
	assert_status(reply, 200);
	assert_header(reply, "X-Search-Engine", "sql");
	assert_int_equal(reply_count(reply, ""), 1);
}

/* All else goes on, and the documents come when it can be trusted. */
static void test_engine_refused(void **state)
{
	struct tls_servers servers = tls_servers();
	struct tls_relay engine = { 0 };
	struct worker api, indexer;
	struct talk talk;

	(void)state;
	create_talk(&talk, NULL, 0);
	stack_stop("indexer");
	tls_relay_start(tls_plain_servers().elasticsearch,
			tls_certificate(TLS_UNKNOWN), &engine);
	servers.elasticsearch = engine.port;
	worker_start_with("api", tls_settings(&servers, "api"), &api);
	worker_launch("indexer", tls_settings(&servers, "indexer"), &indexer);
	fault_post(&talk, 1, 1);
	assert_logged("indexer", of_unknown.http);
	assert_becomes(fault_has_rows, (&(struct rows_wanted){ &talk, 1 }),
		       DRAINED_MS);
	assert_searched_by_sql(&api, &talk);
	assert_int_equal(store_documents(talk.application), 0);
	tls_relay_stop(&engine);
	tls_relay_start(tls_plain_servers().elasticsearch,
			tls_certificate(TLS_GOOD), &engine);
	fault_assert_settled(&talk, 1);
	worker_stop(&indexer);
	worker_stop(&api);
	tls_relay_stop(&engine);
}

/* ---- settings ---- */

static void assert_misconfigured(const char *program, const char *setting_,
				 const char *word)
{
	const char *const argv[] = { "env", setting_, process_path(program),
				     "--check-config", NULL };
	struct buf output = BUF_INIT;
	int code = process_run(argv, &output);

	if (code != 100 || !strstr(output.data, word) ||
	    strstr(output.data, "hunter2"))
		fail_msg("%s %s: %d %s", setting_, program, code, output.data);
	buf_release(&output);
}

static void test_bad_settings(void **state)
{
	static const char *const programs[] = { "confab-api",
						"confab-persister",
						"confab-indexer",
						"confab-counter", "confabctl" };
	static const char tls[] = "DATABASE_TLS must be one of off|on.";
	static const char amqp[] = "RABBITMQ_URL must be a URL with the scheme "
				   "amqp|amqps.";
	static const char redis[] = "REDIS_URL must be a URL with the scheme "
				    "redis|rediss.";
	static const char engine[] = "ELASTICSEARCH_URL must be a URL with the "
				     "scheme http|https.";
	const char *const usage[] = { "env", "DATABASE_TLS=yes",
				      process_path("confabctl"), "health",
				      NULL };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(programs); i++) {
		assert_misconfigured(programs[i], "DATABASE_TLS=yes", tls);
		assert_misconfigured(programs[i], "DATABASE_TLS=ON", tls);
		assert_misconfigured(programs[i], "DATABASE_TLS=required", tls);
		assert_misconfigured(programs[i],
				     "RABBITMQ_URL=tls://a:hunter2@h", amqp);
		assert_misconfigured(programs[i],
				     "RABBITMQ_URL=AMQPS://a:hunter2@h", amqp);
	}
	for (size_t i = 0; i < COUNT_OF(programs); i += 4) {
		assert_misconfigured(programs[i],
				     "REDIS_URL=redis+tls://a:hunter2@h",
				     redis);
		assert_misconfigured(programs[i], "REDIS_URL=https://h", redis);
		assert_misconfigured(programs[i],
				     "ELASTICSEARCH_URL=es://a:hunter2@h",
				     engine);
	}
	assert_int_equal(process_run(usage, NULL), 2);
	assert_misconfigured("confabctl",
			     "RABBITMQ_MANAGEMENT_URL=amqps://a:hunter2@h",
			     "RABBITMQ_MANAGEMENT_URL must be a URL with the "
			     "scheme http|https.");
}

static int repair(void **state)
{
	tls_sql_shows(TLS_GOOD);
	return fault_repair(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_unknown_authority, repair),
		cmocka_unit_test_teardown(test_self_signed, repair),
		cmocka_unit_test_teardown(test_other_name, repair),
		cmocka_unit_test_teardown(test_expired, repair),
		cmocka_unit_test_teardown(test_no_tls, repair),
		cmocka_unit_test(test_old_version),
		cmocka_unit_test_teardown(test_engine_refused, repair),
		cmocka_unit_test(test_bad_settings),
	};

	return cmocka_run_group_tests_name("no TLS, no trust", tests,
					   tls_set_up, tls_take_down);
}
