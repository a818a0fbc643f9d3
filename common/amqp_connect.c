#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "common/amqp_private.h"
#include "common/config.h"
#include "common/metrics.h"
#include "common/trust.h"

#define CONNECT_S 5
#define RPC_S 10
#define FRAME_MAX 131072
#define PORT_PLAIN 5672
#define PORT_TLS 5671

/* OpenSSL's own judgement; the library would keep its reason to itself. */
static int judge(X509_STORE_CTX *chain, void *context)
{
	struct amqp_link *link = context;
	int good = X509_verify_cert(chain);

	if (good <= 0)
		link->distrust = X509_verify_cert_error_string(
			X509_STORE_CTX_get_error(chain));
	return good;
}

static amqp_socket_t *new_tls_socket(struct amqp_link *link)
{
	amqp_socket_t *socket = amqp_ssl_socket_new(link->state);

	if (!socket)
		return NULL;
	/* Peer and host name are verified by default; said here because all
	 * rests on it. */
	amqp_ssl_socket_set_verify_peer(socket, true);
	amqp_ssl_socket_set_verify_hostname(socket, true);
	if (amqp_ssl_socket_set_ssl_versions(
		    socket, AMQP_TLSv1_2, AMQP_TLSvLATEST) != AMQP_STATUS_OK ||
	    amqp_ssl_socket_set_cacert(socket, trust_file()) != AMQP_STATUS_OK)
		return NULL;
	SSL_CTX_set_cert_verify_callback(amqp_ssl_socket_get_context(socket),
					 judge, link);
	return socket;
}

static void set_socket_options(int socket)
{
	const int one = 1;
	const unsigned user_timeout = AMQP_CALL_MS;

	/* Both only make failures and answers come sooner. */
	(void)setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	(void)setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout,
			 sizeof(user_timeout));
}

static enum fault open_socket(struct amqp_link *link,
			      const struct config_url *url, struct error *error)
{
	const struct timeval timeout = { .tv_sec = CONNECT_S };
	amqp_socket_t *socket = url->tls ? new_tls_socket(link)
					 : amqp_tcp_socket_new(link->state);
	int port = url->port ? url->port : url->tls ? PORT_TLS : PORT_PLAIN;
	char doing[128];
	enum fault fault;
	int status;

	if (!socket)
		return amqp_link_fail(link, error, FAULT_TEMPORARY,
				      url->tls ? "cannot set up TLS: is there a"
						 " readable file of trusted"
						 " certificates?"
					       : "out of memory");
	snprintf(doing, sizeof(doing), "connecting to %s port %d", url->host,
		 port);
	status = amqp_socket_open_noblock(socket, url->host, port, &timeout);
	if (status < 0 && link->distrust)
		return amqp_link_fail(link, error, FAULT_TEMPORARY,
				      "%s: certificate verify failed: %s",
				      doing, link->distrust);
	fault = amqp_link_check(link, status, doing, error);
	if (fault != FAULT_NONE)
		return fault;
	set_socket_options(amqp_get_sockfd(link->state));
	link->watch = watchdog_add(amqp_get_sockfd(link->state));
	if (!link->watch)
		return amqp_link_fail(link, error, FAULT_TEMPORARY,
				      "watching the connection: %s",
				      strerror(errno));
	return FAULT_NONE;
}

static amqp_table_entry_t capability(const char *name)
{
	return (amqp_table_entry_t){
		.key = amqp_text(name),
		.value = { .kind = AMQP_FIELD_KIND_BOOLEAN,
			   .value.boolean = true },
	};
}

/* Which of many processes it is, for whoever looks at the broker. */
static void set_name(struct amqp_link *link, const char *name)
{
	char host[65];

	if (gethostname(host, sizeof(host)) != 0)
		snprintf(host, sizeof(host), "unknown host");
	host[sizeof(host) - 1] = '\0';
	snprintf(link->name, sizeof(link->name), "%s (%s, pid %ld)", name, host,
		 (long)getpid());
}

/* The library merges these with its own two. */
static amqp_rpc_reply_t login(struct amqp_link *link,
			      const struct config_url *url)
{
	amqp_table_entry_t capabilities[] = {
		capability("connection.blocked"),
		capability("consumer_cancel_notify"),
		capability("basic.nack"),
		capability("publisher_confirms"),
	};
	amqp_table_entry_t entries[] = {
		{ .key = amqp_text("connection_name"),
		  .value = { .kind = AMQP_FIELD_KIND_UTF8,
			     .value.bytes = amqp_text(link->name) } },
		{ .key = amqp_text("capabilities"),
		  .value = { .kind = AMQP_FIELD_KIND_TABLE,
			     .value.table = { 4, capabilities } } },
	};
	const amqp_table_t properties = { 2, entries };
	const char *host = url->path ? url->path : "/";

	/* "/name" is the virtual host name, "//" (written %2f) the host "/",
	 * as is no name at all. */
	if (host[0] == '/' && host[1] != '\0')
		host++;
	return amqp_login_with_properties(
		link->state, host, 1, FRAME_MAX, AMQP_HEARTBEAT_S, &properties,
		AMQP_SASL_METHOD_PLAIN, url->user ? url->user : "guest",
		url->password ? url->password : "guest");
}

static enum fault log_in(struct amqp_link *link, const struct config_url *url,
			 struct error *error)
{
	const struct timeval timeout = { .tv_sec = RPC_S };
	enum fault fault;

	fault = amqp_link_check(
		link, amqp_set_handshake_timeout(link->state, &timeout),
		"setting timeouts", error);
	if (fault == FAULT_NONE)
		fault = amqp_link_check(
			link, amqp_set_rpc_timeout(link->state, &timeout),
			"setting timeouts", error);
	if (fault != FAULT_NONE)
		return fault;
	fault = amqp_link_check_rpc(link, login(link, url), "logging in", NULL,
				    error);
	if (fault != FAULT_NONE)
		return fault;
	amqp_channel_open(link->state, AMQP_CHANNEL);
	return amqp_link_check_rpc(link, amqp_get_rpc_reply(link->state),
				   "opening a channel", NULL, error);
}

enum fault amqp_link_open(struct amqp_link *link, const char *url,
			  const char *name, struct error *error)
{
	struct config_url parts;
	enum fault fault;

	if (!config_url_parse(url, &parts))
		return amqp_link_fail(link, error, FAULT_PERMANENT,
				      "not a URL of a broker");
	set_name(link, name);
	link->state = amqp_new_connection();
	if (link->state)
		fault = open_socket(link, &parts, error);
	else
		fault = amqp_link_fail(link, error, FAULT_TEMPORARY,
				       "out of memory");
	if (fault == FAULT_NONE) {
		watchdog_arm(link->watch, AMQP_CALL_MS);
		fault = log_in(link, &parts, error);
		watchdog_disarm(link->watch);
	}
	config_url_release(&parts);
	metrics_count_connection(METRIC_RABBITMQ, fault == FAULT_NONE);
	return fault;
}
