#include "tests/integration/broker_admin.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "tests/integration/harness.h"
#include "tests/integration/processes.h"

#define POLICY "test-policy"

static const char *const queues[] = { "confab.persist", "confab.index",
				      "confab.count", "confab.dead" };

__attribute__((format(printf, 3, 4))) static const struct http_reply *
manage(const char *method, const char *body, const char *format, ...)
{
	char path[512], url[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	snprintf(url, sizeof(url), "%s/api/%s",
		 setting("RABBITMQ_MANAGEMENT_URL"), path);
	return http_send(method, NULL, body, url);
}

/* ---- topology ---- */

void broker_unbind(const char *queue)
{
	const char *key =
		strcmp(queue, "confab.index") == 0 ? "message.%23" : "%23";

	assert_status(manage("DELETE", NULL,
			     "bindings/%%2F/e/confab.events/q/%s/%s", queue,
			     key),
		      204);
}

void broker_delete_queue(const char *queue)
{
	assert_status(manage("DELETE", NULL, "queues/%%2F/%s", queue), 204);
}

void broker_delete_exchange(const char *exchange)
{
	assert_status(manage("DELETE", NULL, "exchanges/%%2F/%s", exchange),
		      204);
}

void broker_delete_user(const char *user)
{
	assert_status(manage("DELETE", NULL, "users/%s", user), 204);
}

void broker_delete_vhost(void)
{
	assert_status(manage("DELETE", NULL, "vhosts/%%2F"), 204);
}

void broker_make_classic(const char *queue, const char *routing_key)
{
	char body[128];

	broker_delete_queue(queue);
	assert_status(
		manage("PUT", "{\"durable\":true}", "queues/%%2F/%s", queue),
		201);
	snprintf(body, sizeof(body), "{\"routing_key\":\"%s\"}", routing_key);
	assert_status(manage("POST", body, "bindings/%%2F/e/confab.events/q/%s",
			     queue),
		      201);
}

void broker_set_policy(const char *queue, const char *definition)
{
	char body[512];

	snprintf(body, sizeof(body),
		 "{\"pattern\":\"^%s$\",\"apply-to\":\"queues\","
		 "\"priority\":10,\"definition\":%s}",
		 queue, definition);
	assert_status(manage("PUT", body, "policies/%%2F/" POLICY), 201);
}

void broker_drop_policy(void)
{
	assert_status(manage("DELETE", NULL, "policies/%%2F/" POLICY), 204);
}

static bool import_definitions(void)
{
	static char text[64 * 1024];
	char path[512];
	size_t length;
	FILE *file;

	snprintf(path, sizeof(path), "%s/definitions.json",
		 stack_home("rabbitmq"));
	file = fopen(path, "r");
	assert_non_null(file);
	length = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[length] = '\0';
	return manage("POST", text, "definitions")->status == 204;
}

void broker_import(void)
{
	assert_true(import_definitions());
}

/* ---- alarms ---- */

/* The broker's own tool, with the cookie and the port mapper of the stack's
 * broker. Returns its exit code. */
static int control(const char *verb, const char *value)
{
	static const char script[] =
		"dir=$0; "
		"port=$(sed -n 's/.*epmd -port \\([0-9]*\\).*/\\1/p' "
		"\"$STACK_DIR/sv/epmd/run\"); "
		"HOME=$dir/home ERL_EPMD_PORT=$port "
		"RABBITMQ_NODENAME=confab@localhost "
		"RABBITMQ_CONF_ENV_FILE=/dev/null exec $(test \"$(id -u)\" -ne "
		"0 "
		"|| echo setpriv --reuid \"$(stat -c %u \"$dir/home\")\" "
		"--clear-groups) /usr/lib/rabbitmq/bin/rabbitmqctl -q "
		"\"$1\" \"$2\"";
	const char *const argv[] = {
		"sh", "-c", script, stack_home("rabbitmq"), verb, value, NULL
	};
	struct buf output = BUF_INIT;
	int code = process_run(argv, &output);

	if (code != 0)
		print_error("rabbitmqctl %s %s: %s\n", verb, value,
			    output.data);
	buf_release(&output);
	return code;
}

void broker_set_memory_alarm(bool on)
{
	assert_int_equal(
		control("set_vm_memory_high_watermark", on ? "0.00001" : "0.4"),
		0);
}

void broker_set_disk_alarm(bool on)
{
	assert_int_equal(
		control("set_disk_free_limit", on ? "100000GB" : "200MB"), 0);
}

/* ---- freezing ---- */

static pid_t frozen;

void broker_freeze(void)
{
	frozen = stack_pid("rabbitmq");
	assert_true(frozen > 1);
	assert_int_equal(kill(frozen, SIGSTOP), 0);
}

void broker_thaw(void)
{
	if (frozen > 1)
		(void)kill(frozen, SIGCONT);
	frozen = 0;
}

/* ---- healing ---- */

static bool imported(void *context)
{
	(void)context;
	return import_definitions();
}

/* A test that failed may have left anything. */
static void drop_classic(const char *queue)
{
	const struct http_reply *reply =
		manage("GET", NULL, "queues/%%2F/%s", queue);

	if (reply->status == 200 && strstr(reply->body, "\"type\":\"classic\""))
		(void)manage("DELETE", NULL, "queues/%%2F/%s", queue);
}

int broker_heal(void **state)
{
	bool whole;

	broker_thaw();
	(void)control("set_vm_memory_high_watermark", "0.4");
	(void)control("set_disk_free_limit", "200MB");
	(void)manage("DELETE", NULL, "policies/%%2F/" POLICY);
	for (size_t i = 0; i < COUNT_OF(queues); i++)
		drop_classic(queues[i]);
	whole = wait_until(imported, NULL, DRAINED_MS);
	return stack_repair(state) == 0 && whole ? 0 : -1;
}

/* ---- logs ---- */

bool broker_log_says(const char *service, int64_t since_ms, const char *text)
{
	char since[CLOCK_ISO_SIZE], path[512], line[4096];
	bool found = false;
	FILE *file;

	clock_format_iso(since_ms, since);
	snprintf(path, sizeof(path), "%s/log/%s/current", setting("STACK_DIR"),
		 service);
	file = fopen(path, "r");
	assert_non_null(file);
	while (!found && fgets(line, sizeof(line), file))
		found = strcmp(line, since) >= 0 && strstr(line, text) != NULL;
	fclose(file);
	return found;
}
