#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "common/clock.h"
#include "tests/integration/broker.h"
#include "tests/integration/harness.h"
#include "tests/integration/load.h"
#include "tests/integration/processes.h"
#include "tests/integration/stores.h"

/* Workers that are killed, asked to stop, or meet events of two versions. The
 * numbers in the names are those of docs/failure-cases.md. */

enum { CREATES = 4000, CHATS = 10 };

static uint64_t dead_letters(void)
{
	return store_number("SELECT COUNT(*) FROM dead_letters");
}

/* ---- 16: killed in the middle of batches ---- */

enum { KILLS = 5 };

struct killing {
	unsigned times;
	pid_t last;
};

static void kill_again(struct load *load)
{
	struct killing *killing = load->context;
	unsigned due = killing->times < KILLS
			       ? (killing->times + 1) * CREATES / (KILLS + 1)
			       : CREATES + 1;
	pid_t pid;

	if (load->acknowledged < due)
		return;
	pid = stack_pid("persister");
	if (pid == 0 || pid == killing->last)
		return;
	/* it may have ended by itself just now */
	if (kill(pid, SIGKILL) == 0)
		killing->times++;
	killing->last = pid;
}

static void test_16_persister_killed_in_mid_batch(void **state)
{
	struct killing killing = { 0 };
	struct load load = { .count = CREATES,
			     .step = kill_again,
			     .context = &killing };
	uint64_t before = dead_letters();
	struct talk talk;

	(void)state;
	load_prepare(&load, &talk, CHATS);
	load_run(&load);
	assert_in_range(killing.times, 1, KILLS);
	load_verify(&load);
	assert_int_equal(store_rows(talk.application), CREATES);
	assert_becomes(broker_is_drained, NULL, DRAINED_MS);
	assert_int_equal(dead_letters(), before);
	load_release(&load);
}

/* ---- 39: SIGTERM ---- */

#define ENDED_MS 10000
#define REDELIVERED "confab_consumer_deliveries_total{redelivered=\"yes\"}"
#define DELIVERED "confab_consumer_deliveries_total{redelivered=\"no\"}"

struct ending {
	struct worker worker;
	int64_t asked_ms, took_ms;
	int status;
	bool ended;
};

static bool has_ended(void *context)
{
	struct ending *ending = context;

	if (!ending->ended && waitpid(ending->worker.pid, &ending->status,
				      WNOHANG) == ending->worker.pid) {
		ending->ended = true;
		ending->took_ms = clock_monotonic_ms() - ending->asked_ms;
	}
	return ending->ended;
}

static void ask_to_end(struct load *load)
{
	struct ending *ending = load->context;

	if (ending->asked_ms != 0) {
		(void)has_ended(ending);
	} else if (load->acknowledged >= load->count / 3) {
		ending->asked_ms = clock_monotonic_ms();
		assert_int_equal(kill(ending->worker.pid, SIGTERM), 0);
	}
}

/* The only one of its kind ends under load; another takes over when it has. */
static void end_under_load(const char *service)
{
	struct ending ending = { 0 };
	struct load load = { .count = CREATES,
			     .step = ask_to_end,
			     .context = &ending };
	struct worker next;
	struct talk talk;

	load_prepare(&load, &talk, CHATS);
	stack_stop(service);
	worker_start(service, &ending.worker);
	load_run(&load);
	assert_true(ending.asked_ms > 0);
	assert_becomes(has_ended, &ending, ENDED_MS * ROOM);
	assert_true(WIFEXITED(ending.status));
	assert_int_equal(WEXITSTATUS(ending.status), 0);
	assert_in_range(ending.took_ms, 0, ENDED_MS);
	worker_start(service, &next);
	load_verify(&load);
	assert_true(metric_sum(next.metrics_url, DELIVERED) > 0);
	assert_int_equal(metric_sum(next.metrics_url, REDELIVERED), 0);
	worker_stop(&next);
	stack_start(service);
	load_release(&load);
}

static void test_39_persister_asked_to_stop(void **state)
{
	(void)state;
	end_under_load("persister");
}

static void test_39_indexer_asked_to_stop(void **state)
{
	(void)state;
	end_under_load("indexer");
}

static void test_39_counter_asked_to_stop(void **state)
{
	(void)state;
	end_under_load("counter");
}

/* ---- 43: events of two versions ---- */

enum { PAIRS = 20 };

/* What an older or a newer program may send: a member that this one does not
 * know is no other version. */
static const char *newer_event(const struct talk *talk, unsigned number)
{
	static char line[512];
	const char *event = broker_event(talk, number, "of version 1");

	snprintf(line, sizeof(line), "{\"later\":{\"x\":[1]},%s", event + 1);
	return line;
}

static const char *other_version(const struct talk *talk, unsigned number)
{
	static char line[512];
	const char *event = broker_event(talk, number, "of version 2");

	snprintf(line, sizeof(line), "{\"v\":2,%s",
		 event + strlen("{\"v\":1,"));
	return line;
}

static bool versions_are_sorted(void *context)
{
	const struct talk *talk = context;

	return store_rows(talk->application) == PAIRS &&
	       store_documents(talk->application) == PAIRS &&
	       store_counts_are_right(talk->application);
}

struct tally {
	const char *mark;
	unsigned queues[3];
};

static void count_letter(void *context, const struct broker_message *message)
{
	static const char *const names[] = { "confab.persist", "confab.index",
					     "confab.count" };
	struct tally *tally = context;

	if (strstr(message->payload, tally->mark) == NULL)
		return;
	assert_non_null(strstr(message->payload, "\"v\":2"));
	assert_string_equal(message->reason, "malformed");
	for (size_t i = 0; i < COUNT_OF(names); i++)
		tally->queues[i] += strcmp(message->queue, names[i]) == 0;
}

static bool all_letters_came(void *context)
{
	struct tally *tally = context;

	broker_take("confab.dead", count_letter, tally);
	return tally->queues[0] >= PAIRS && tally->queues[1] >= PAIRS &&
	       tally->queues[2] >= PAIRS;
}

/* They wait in the queue together, half of them in one AMQP message. */
static void test_43_versions_mixed(void **state)
{
	static const char *const services[] = { "persister", "indexer",
						"counter" };
	struct buf lines = BUF_INIT;
	char mark[64];
	struct tally tally = { .mark = mark };
	struct talk talk;

	(void)state;
	create_talk(&talk, NULL, 0);
	snprintf(mark, sizeof(mark), "\"app\":%llu,",
		 (unsigned long long)talk.application);
	for (size_t i = 0; i < COUNT_OF(services); i++)
		stack_stop(services[i]);
	for (unsigned i = 1; i <= PAIRS; i++) {
		buf_append_text(&lines, other_version(&talk, i));
		buf_append_text(&lines, newer_event(&talk, i));
		if (i > PAIRS / 2 && i < PAIRS)
			continue;
		broker_publish("message.created", lines.data);
		buf_clear(&lines);
	}
	buf_release(&lines);
	for (size_t i = 0; i < COUNT_OF(services); i++)
		stack_start(services[i]);
	assert_becomes(versions_are_sorted, &talk, DRAINED_MS);
	assert_becomes(all_letters_came, &tally, DRAINED_MS);
	for (size_t i = 0; i < COUNT_OF(tally.queues); i++)
		assert_int_equal(tally.queues[i], PAIRS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_16_persister_killed_in_mid_batch,
					  stack_repair),
		cmocka_unit_test_teardown(test_39_persister_asked_to_stop,
					  stack_repair),
		cmocka_unit_test_teardown(test_39_indexer_asked_to_stop,
					  stack_repair),
		cmocka_unit_test_teardown(test_39_counter_asked_to_stop,
					  stack_repair),
		cmocka_unit_test_teardown(test_43_versions_mixed, stack_repair),
	};

	return cmocka_run_group_tests_name("worker stops", tests, NULL, NULL);
}
