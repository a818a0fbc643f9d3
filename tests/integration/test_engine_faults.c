#include <string.h>

#include "common/clock.h"
#include "tests/integration/broker.h"
#include "tests/integration/faults.h"
#include "tests/integration/load.h"
#include "tests/integration/processes.h"
#include "tests/integration/stores.h"

/* The search engine away under load: case 31 of docs/failure-cases.md. */

enum { CREATES = 1000, CHATS = 3 };

/* Half an hour in the case, shortened: the indexer's pauses between two tries
 * have reached their longest by then. */
#define OUTAGE_MS 12000

struct edited {
	const struct talk *talk;
	uint64_t number;
};

static bool edit_is_found(void *context)
{
	const struct edited *edited = context;
	const char *text =
		store_document(edited->talk->application, 1, edited->number);

	return text && strcmp(text, "edited meanwhile") == 0;
}

static uint64_t first_number(const struct load *load)
{
	for (unsigned i = 0; i < load->acknowledged; i++)
		if (load->records[i].chat == 1)
			return load->records[i].number;
	fail_msg("chat 1 got no message");
	return 0;
}

static bool is_stored(void *context)
{
	const struct edited *edited = context;

	return store_number("SELECT COUNT(*) FROM messages WHERE "
			    "application_id = %llu AND chat_number = 1 AND "
			    "number = %llu",
			    (unsigned long long)edited->talk->application,
			    (unsigned long long)edited->number) == 1;
}

static void edit(struct edited *edited)
{
	assert_becomes(is_stored, edited, STORED_MS);
	assert_status(api("PATCH", "{\"body\":\"edited meanwhile\"}",
			  "/applications/%s/chats/1/messages/%llu",
			  edited->talk->token,
			  (unsigned long long)edited->number),
		      200);
}

/* All creates are accepted, stored and counted meanwhile; then the index has
 * what the rows have. */
static void live_without_engine(void (*away)(void), void (*back)(void))
{
	struct load load = { .count = CREATES };
	struct witness witness;
	struct talk talk;
	struct edited edited = { .talk = &talk };
	int64_t since;

	load_prepare(&load, &talk, CHATS);
	witness_init(&witness, "indexer");
	since = clock_monotonic_ms();
	away();
	load_run(&load);
	assert_becomes(load_is_stored, &load, DRAINED_MS);
	assert_becomes(load_is_counted, &load, DRAINED_MS);
	assert_becomes(witness_has_retried, &witness, DRAINED_MS);
	while (clock_monotonic_ms() < since + OUTAGE_MS)
		clock_sleep_ms(100);
	back();
	load_verify(&load);
	edited.number = first_number(&load);
	edit(&edited);
	assert_becomes(edit_is_found, &edited, DRAINED_MS);
	assert_becomes(broker_is_drained, NULL, DRAINED_MS);
	witness_assert_patient(&witness);
	load_release(&load);
}

static void stop_engine(void)
{
	stack_stop("elasticsearch");
}

static void start_engine(void)
{
	stack_start("elasticsearch");
}

static void freeze_engine(void)
{
	fault_freeze("elasticsearch");
}

static void test_31_stopped(void **state)
{
	(void)state;
	live_without_engine(stop_engine, start_engine);
}

/* It does not even refuse. */
static void test_31_frozen(void **state)
{
	(void)state;
	live_without_engine(freeze_engine, fault_thaw);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_31_stopped, fault_repair),
		cmocka_unit_test_teardown(test_31_frozen, fault_repair),
	};

	return cmocka_run_group_tests_name("engine_faults", tests, NULL, NULL);
}
