#include <stdlib.h>
#include <string.h>

#include "tests/integration/harness.h"
#include "tests/integration/load.h"
#include "tests/integration/stores.h"

/* Numbers are 1, 2, 3... however many ask at once and whichever port they ask
 * at. */

enum { CREATES = 1000, CONNECTIONS = 100 };

static void test_messages_of_one_chat(void **state)
{
	struct load load = { .count = CREATES,
			     .connections = CONNECTIONS,
			     .both_ports = true };
	struct talk talk;

	(void)state;
	load_prepare(&load, &talk, 1);
	load_run(&load);
	load_assert_gapless(&load);
	load_verify(&load);
	assert_int_equal(store_rows(talk.application), CREATES);
	load_release(&load);
}

/* ---- chats of one application ---- */

struct chats {
	const char *token;
	unsigned sent, given;
	bool seen[CREATES + 1];
};

static bool next(void *context, struct http_call *call)
{
	struct chats *chats = context;
	unsigned which = chats->sent;

	if (which == CREATES)
		return false;
	chats->sent++;
	buf_printf(&call->url, "%s/applications/%s/chats",
		   setting(which % 2 ? "CONFAB_INGEST_URL" : "CONFAB_API_URL"),
		   chats->token);
	return true;
}

static int done(void *context, const struct http_call *call,
		const struct http_reply *reply)
{
	struct chats *chats = context;
	uint64_t number;

	(void)call;
	assert_status(reply, 202);
	number = reply_number(reply, "number");
	assert_in_range(number, 1, CREATES);
	assert_false(chats->seen[number]);
	chats->seen[number] = true;
	chats->given++;
	return 0;
}

static bool all_stored(void *context)
{
	return store_chats(*(const uint64_t *)context) == CREATES;
}

static bool all_counted(void *context)
{
	return store_counts_are_right(*(const uint64_t *)context);
}

static void test_chats_of_one_application(void **state)
{
	char token[TOKEN_SIZE];
	struct chats chats = { .token = token };
	struct http_many many = { .connections = CONNECTIONS,
				  .next = next,
				  .done = done,
				  .context = &chats };
	uint64_t application;

	(void)state;
	create_application(token);
	application = store_application(token);
	http_many_run(&many);
	assert_int_equal(chats.given, CREATES);
	assert_becomes(all_stored, &application, DRAINED_MS);
	assert_int_equal(store_number("SELECT MAX(number) FROM chats "
				      "WHERE application_id = %llu",
				      (unsigned long long)application),
			 CREATES);
	assert_becomes(all_counted, &application, COUNTED_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages_of_one_chat),
		cmocka_unit_test(test_chats_of_one_application),
	};

	return cmocka_run_group_tests_name("numbers", tests, NULL, NULL);
}
