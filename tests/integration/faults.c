#include "tests/integration/faults.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/integration/broker.h"
#include "tests/integration/processes.h"
#include "tests/integration/stores.h"

static pid_t frozen;

void fault_freeze(const char *service)
{
	assert_int_equal(frozen, 0);
	frozen = stack_pid(service);
	assert_true(frozen > 1);
	assert_int_equal(kill(frozen, SIGSTOP), 0);
}

/* It may have been killed meanwhile. */
void fault_thaw(void)
{
	if (frozen > 1)
		(void)kill(frozen, SIGCONT);
	frozen = 0;
}

static bool ingest_is_ready(void *unused)
{
	(void)unused;
	return ingest("GET", NULL, "/ready")->status == 200;
}

int fault_repair(void **state)
{
	fault_thaw();
	if (stack_repair(state) != 0)
		return -1;
	return wait_until(ingest_is_ready, NULL, DRAINED_MS) ? 0 : -1;
}

void fault_needs_root(void)
{
	if (geteuid() == 0)
		return;
	print_message("only root may mount\n");
	skip();
}

const char *fault_path(const char *name)
{
	static char path[1024];

	snprintf(path, sizeof(path), "%s/%s", setting("STACK_DIR"), name);
	return path;
}

void fault_shell(const char *format, ...)
{
	char line[4096];
	const char *const argv[] = { "/bin/sh", "-ec", line, NULL };
	struct buf output = BUF_INIT;
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (process_run(argv, &output) != 0)
		fail_msg("%s\n%s", line, output.data);
	buf_release(&output);
}

/* ---- what a consumer did meanwhile ---- */

static uint64_t retries(const struct witness *witness)
{
	return metric_sum(witness->url, "confab_consumer_retries_total");
}

static uint64_t redelivered(const struct witness *witness)
{
	return metric_sum(
		witness->url,
		"confab_consumer_deliveries_total{redelivered=\"yes\"}");
}

static uint64_t buried(const struct witness *witness)
{
	return metric_sum(witness->url, "confab_dead_letters_total");
}

void witness_init(struct witness *witness, const char *service)
{
	witness->service = service;
	stack_metrics_url(service, witness->url, sizeof(witness->url));
	witness->retries = retries(witness);
	witness->redelivered = redelivered(witness);
	witness->buried = buried(witness);
}

bool witness_has_retried(void *context)
{
	const struct witness *witness = context;

	return retries(witness) > witness->retries;
}

void witness_assert_alive(const struct witness *witness)
{
	/* a process that was started anew would count from 0 */
	assert_true(retries(witness) >= witness->retries);
	assert_int_equal(buried(witness), witness->buried);
}

void witness_assert_patient(const struct witness *witness)
{
	witness_assert_alive(witness);
	assert_int_equal(redelivered(witness), witness->redelivered);
}

/* ---- one application's messages ---- */

void fault_post(const struct talk *talk, unsigned first, unsigned count)
{
	char text[32];

	for (unsigned i = first; i < first + count; i++) {
		snprintf(text, sizeof(text), "text %u", i);
		assert_int_equal(create_message(talk->token, 1, text), i);
	}
}

bool fault_has_rows(void *context)
{
	const struct rows_wanted *wanted = context;

	return store_rows(wanted->talk->application) == wanted->rows;
}

bool fault_has_all(void *context)
{
	const struct rows_wanted *wanted = context;
	uint64_t application = wanted->talk->application;

	return fault_has_rows(context) &&
	       store_documents(application) == wanted->rows &&
	       store_counts_are_right(application);
}

void fault_assert_settled(const struct talk *talk, unsigned rows)
{
	struct rows_wanted wanted = { talk, rows };

	assert_becomes(fault_has_all, &wanted, DRAINED_MS);
	assert_becomes(broker_is_drained, NULL, DRAINED_MS);
	assert_true(fault_has_rows(&wanted));
	assert_int_equal(
		store_number("SELECT COUNT(*) FROM messages WHERE "
			     "application_id = %llu AND chat_number = 1 AND "
			     "body = CONCAT('text ', number)",
			     (unsigned long long)talk->application),
		rows);
}
