#include <unistd.h>

#include "tests/integration/broker.h"
#include "tests/integration/faults.h"
#include "tests/integration/load.h"
#include "tests/integration/processes.h"
#include "tests/integration/stores.h"

/* The index deleted or exchanged while documents come in: case 33 of
 * docs/failure-cases.md. */

enum { CREATES = 1000, CHATS = 3 };

struct change {
	void (*make)(void);
	unsigned at; /* when so many are acknowledged */
	bool made;
	const char *other; /* another tenant's token */
	unsigned searches;
};

/* The other tenant has a text with the same words. */
static void search_as_other(struct change *change)
{
	const struct http_reply *reply =
		api("GET", NULL, "/applications/%s/messages/search?q=load+item",
		    change->other);

	assert_status(reply, 200);
	assert_in_range(reply_count(reply, ""), 0, 1);
	if (reply_count(reply, "") == 1)
		assert_string_equal(reply_text(reply, "0.body"),
				    "load item of another tenant");
	change->searches++;
}

static void change_once(struct load *load)
{
	struct change *change = load->context;

	if (!change->made && load->acknowledged >= change->at) {
		change->made = true;
		change->make();
	}
	search_as_other(change);
}

static void change_under_load(struct load *load, struct talk *talk,
			      void (*make)(void))
{
	static const char *const texts[] = { "load item of another tenant" };
	static struct talk other;
	struct change change = { .make = make,
				 .at = CREATES / 3,
				 .other = other.token };

	create_talk(&other, texts, 1);
	*load = (struct load){ .count = CREATES,
			       .step = change_once,
			       .context = &change };
	load_prepare(load, talk, CHATS);
	load_run(load);
	assert_true(change.made);
	assert_true(change.searches > 0);
	load->context = NULL;
}

/* What came before is gone, what comes after is indexed anew, and a rebuild
 * brings all back. */
static void test_33_index_deleted_while_indexing(void **state)
{
	struct load load;
	struct talk talk;

	(void)state;
	change_under_load(&load, &talk, store_delete_index);
	assert_becomes(load_is_stored, &load, DRAINED_MS);
	assert_becomes(broker_is_drained, NULL, DRAINED_MS);
	confabctl(0, "reindex", NULL, NULL, NULL);
	load_verify(&load);
	load_release(&load);
}

static void start_reindex(void)
{
	fault_shell("rm -f '%s'", fault_path("reindex.code"));
	fault_shell("('%s' reindex; echo $? >'%s') &",
		    process_path("confabctl"), fault_path("reindex.code"));
}

static bool reindex_has_ended(void *unused)
{
	(void)unused;
	return access(fault_path("reindex.code"), F_OK) == 0;
}

/* A rebuild beside the load moves the alias to another index. */
static void test_33_alias_moved_while_indexing(void **state)
{
	struct load load;
	struct talk talk;

	(void)state;
	change_under_load(&load, &talk, start_reindex);
	assert_becomes(reindex_has_ended, NULL, DRAINED_MS);
	fault_shell("grep -qx 0 '%s'", fault_path("reindex.code"));
	load_verify(&load);
	load_release(&load);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_33_index_deleted_while_indexing,
					  fault_repair),
		cmocka_unit_test_teardown(test_33_alias_moved_while_indexing,
					  fault_repair),
	};

	return cmocka_run_group_tests_name("index_faults", tests, NULL, NULL);
}
