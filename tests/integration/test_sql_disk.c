#include <string.h>
#include <unistd.h>

#include "tests/integration/broker.h"
#include "tests/integration/faults.h"
#include "tests/integration/processes.h"
#include "tests/integration/sql_session.h"
#include "tests/integration/stores.h"

/* The database's disk is full: case 19 of docs/failure-cases.md. */

/* Room beside what the tables have now; files grow by megabytes at once. */
#define ROOM_KB (64 * 1024)

/* The tables, and not the log of the server, get a small disk of their own. */
static void mount_small_disk(void)
{
	const char *tables = fault_path("mariadb/data");
	const char *name = setting("DATABASE_NAME");

	fault_shell("cd '%s' && mv %s test.kept && mkdir %s && "
		    "kb=$(du -sk test.kept | cut -f1) && "
		    "mount -t tmpfs -o mode=0700,size=$((kb + %d))k tmpfs %s "
		    "&& cp -a test.kept/. %s && "
		    "chown --reference=test.kept %s",
		    tables, name, name, ROOM_KB, name, name, name);
}

static void unmount_small_disk(void)
{
	const char *name = setting("DATABASE_NAME");

	fault_shell("cd '%s'; if [ -d test.kept ]; then "
		    "rm -f %s/filler; rm -rf test.new; "
		    "cp -a %s test.new && umount %s && rmdir %s && "
		    "mv test.new %s && rm -r test.kept; fi",
		    fault_path("mariadb/data"), name, name, name, name, name);
}

static void fill_disk(void)
{
	fault_shell("cat /dev/zero >'%s/%s/filler' 2>/dev/null || true",
		    fault_path("mariadb/data"), setting("DATABASE_NAME"));
}

static void empty_disk(void)
{
	fault_shell("rm -f '%s/%s/filler'", fault_path("mariadb/data"),
		    setting("DATABASE_NAME"));
}

static int disk_repair(void **state)
{
	if (strcmp(sql_service(), "mariadb") != 0 || geteuid() != 0)
		return sql_repair(state);
	stack_stop(sql_service());
	unmount_small_disk();
	stack_start(sql_service());
	return sql_repair(state);
}

/* Texts so large that the table's file has to grow, until it cannot. Returns
 * how many. */
static unsigned post_until_full(const struct talk *talk,
				struct witness *witness)
{
	const unsigned most = 300;
	static char text[60001];
	unsigned n = 0;

	memset(text, 'x', sizeof(text) - 1);
	while (n < most && !witness_has_retried(witness)) {
		create_message(talk->token, 1, text);
		n++;
	}
	assert_becomes(witness_has_retried, witness, DRAINED_MS);
	return n;
}

/* MariaDB ends itself when a rollback finds no room, and is started anew; so
 * nothing is asked of it meanwhile. */
static void test_19_disk_full(void **state)
{
	struct rows_wanted wanted;
	struct witness witness;
	struct talk talk;

	(void)state;
	wanted.talk = &talk;
	if (strcmp(sql_service(), "mariadb") != 0)
		skip();
	fault_needs_root();
	create_talk(&talk, NULL, 0);
	stack_stop(sql_service());
	mount_small_disk();
	stack_start(sql_service());
	witness_init(&witness, "persister");
	fill_disk();
	wanted.rows = post_until_full(&talk, &witness);
	empty_disk();
	stack_start(sql_service());
	assert_becomes(fault_has_rows, &wanted, DRAINED_MS);
	assert_becomes(broker_is_drained, NULL, DRAINED_MS);
	witness_assert_patient(&witness);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_19_disk_full, disk_repair),
	};

	return cmocka_run_group_tests_name("sql_disk", tests, NULL, NULL);
}
