#include "tests/integration/tls_relay.h"

#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/integration/harness.h"
#include "tests/integration/relay.h"

/* Serves one connection; does not return. */
typedef void serve_fn(SSL_CTX *context, int client, int server);

/* Both directions, until `inward` or `outward` says that one has ended. */
static void pump(SSL *tls, int client, int server,
		 bool (*inward)(SSL *tls, int client, int server),
		 bool (*outward)(SSL *tls, int client, int server))
{
	struct pollfd fds[] = { { client, POLLIN, 0 }, { server, POLLIN, 0 } };

	while (poll(fds, 2, -1) > 0)
		if ((fds[0].revents && !inward(tls, client, server)) ||
		    (fds[1].revents && !outward(tls, client, server)))
			return;
}

static bool decipher(SSL *tls, int client, int server)
{
	char bytes[16384];
	int length;

	(void)client;
	do {
		length = SSL_read(tls, bytes, sizeof(bytes));
		if (length <= 0 || !relay_send(server, bytes, (size_t)length))
			return false;
	} while (SSL_pending(tls) > 0);
	return true;
}

static bool encipher(SSL *tls, int client, int server)
{
	char bytes[16384];
	ssize_t length = recv(server, bytes, sizeof(bytes), 0);

	(void)client;
	return length > 0 && SSL_write(tls, bytes, (int)length) == length;
}

static void serve_tls(SSL_CTX *context, int client, int server)
{
	SSL *tls = SSL_new(context);

	if (tls && SSL_set_fd(tls, client) == 1 && SSL_accept(tls) == 1)
		pump(tls, client, server, decipher, encipher);
	_exit(0);
}

/* ---- a server's greeting without TLS ---- */

#define CLIENT_SSL_BYTE 1 /* of the lower two of its capabilities */
#define CLIENT_SSL_BIT 0x08

static atomic_uint *deceived; /* shared with who serves */

unsigned tls_relay_deceived(void)
{
	return *deceived;
}

static bool pass_inward(SSL *tls, int client, int server)
{
	char bytes[16384];
	ssize_t length = recv(client, bytes, sizeof(bytes), 0);

	(void)tls;
	return length > 0 && relay_send(server, bytes, (size_t)length);
}

static bool pass_outward(SSL *tls, int client, int server)
{
	return pass_inward(tls, server, client);
}

/* Header (4), protocol (1), version with its NUL, thread (4), the scramble's
 * first part (8), NUL (1), capabilities. */
static bool pass_greeting(int client, int server)
{
	char bytes[1024];
	ssize_t length = recv(server, bytes, sizeof(bytes), 0);
	size_t at;

	if (length <= 5)
		return false;
	at = 5 + strnlen(bytes + 5, (size_t)length - 5) + 1 + 4 + 8 + 1;
	if (at + CLIENT_SSL_BYTE >= (size_t)length ||
	    !(bytes[at + CLIENT_SSL_BYTE] & CLIENT_SSL_BIT))
		return false;
	bytes[at + CLIENT_SSL_BYTE] &= (char)~CLIENT_SSL_BIT;
	return relay_send(client, bytes, (size_t)length);
}

static void serve_denying(SSL_CTX *context, int client, int server)
{
	char byte;

	(void)context;
	if (pass_greeting(client, server) &&
	    recv(client, &byte, 1, MSG_PEEK) > 0) {
		(*deceived)++;
		pump(NULL, client, server, pass_inward, pass_outward);
	}
	_exit(0);
}

/* ---- the processes ---- */

static void serve_all(int listener, uint16_t to, SSL_CTX *context,
		      serve_fn *serve)
{
	int client, server;

	signal(SIGCHLD, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	while ((client = accept(listener, NULL, NULL)) >= 0) {
		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			/* whoever comes next may want the port */
			close(listener);
			server = relay_connect(to);
			if (server >= 0)
				serve(context, client, server);
			_exit(1);
		}
		close(client);
	}
}

static void start(uint16_t to, SSL_CTX *context, serve_fn *serve,
		  struct tls_relay *relay)
{
	int listener = relay_listen(&relay->port);

	relay->pid = fork();
	assert_true(relay->pid >= 0);
	if (relay->pid == 0) {
		/* does not outlive the tests, however they end */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve_all(listener, to, context, serve);
		_exit(1);
	}
	close(listener);
}

static SSL_CTX *load(const char *path)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	char file[1024];

	assert_non_null(context);
	snprintf(file, sizeof(file), "%s.pem", path);
	assert_int_equal(SSL_CTX_use_certificate_chain_file(context, file), 1);
	snprintf(file, sizeof(file), "%s.key", path);
	assert_int_equal(
		SSL_CTX_use_PrivateKey_file(context, file, SSL_FILETYPE_PEM),
		1);
	return context;
}

void tls_relay_start(uint16_t to, const char *path, struct tls_relay *relay)
{
	SSL_CTX *context = load(path);

	start(to, context, serve_tls, relay);
	SSL_CTX_free(context);
}

void tls_relay_start_old(uint16_t to, const char *path, struct tls_relay *relay)
{
	SSL_CTX *context = load(path);

	SSL_CTX_set_security_level(context, 0);
	assert_int_equal(SSL_CTX_set_min_proto_version(context, TLS1_VERSION),
			 1);
	assert_int_equal(SSL_CTX_set_max_proto_version(context, TLS1_1_VERSION),
			 1);
	start(to, context, serve_tls, relay);
	SSL_CTX_free(context);
}

void tls_relay_start_denying(uint16_t to, struct tls_relay *relay)
{
	if (!deceived)
		deceived = mmap(NULL, sizeof(*deceived), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(deceived != MAP_FAILED);
	*deceived = 0;
	start(to, NULL, serve_denying, relay);
}

/* Those that serve its connections end with it. */
void tls_relay_stop(struct tls_relay *relay)
{
	assert_int_equal(kill(relay->pid, SIGKILL), 0);
	assert_int_equal(waitpid(relay->pid, NULL, 0), relay->pid);
}
