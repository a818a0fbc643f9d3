#include "common/notify.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/clock.h"
#include "tests/unit/unit.h"

/* The service manager's end. */
struct manager {
	char folder[64], path[96];
	int fd;
};

static void bind_to(struct manager *manager, const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = strlen(name);

	assert_true(length < sizeof(address.sun_path));
	memcpy(address.sun_path, name, length);
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	manager->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	assert_true(manager->fd >= 0);
	length += offsetof(struct sockaddr_un, sun_path);
	assert_int_equal(bind(manager->fd, (struct sockaddr *)&address,
			      (socklen_t)length),
			 0);
	assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
}

static int start(void **state)
{
	struct manager *manager = calloc(1, sizeof(*manager));

	assert_non_null(manager);
	strcpy(manager->folder, "/tmp/confab-notify-XXXXXX");
	assert_non_null(mkdtemp(manager->folder));
	snprintf(manager->path, sizeof(manager->path), "%s/socket",
		 manager->folder);
	bind_to(manager, manager->path);
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	*state = manager;
	return 0;
}

static int stop(void **state)
{
	struct manager *manager = *state;

	close(manager->fd);
	unlink(manager->path);
	rmdir(manager->folder);
	free(manager);
	unsetenv("NOTIFY_SOCKET");
	return 0;
}

/* The next message; NULL when there is none. Datagrams of one host are there
 * when the sender has sent them. */
static const char *heard(const struct manager *manager)
{
	static char text[256];
	ssize_t length = recv(manager->fd, text, sizeof(text) - 1, 0);

	if (length < 0) {
		assert_int_equal(errno, EAGAIN);
		return NULL;
	}
	text[length] = '\0';
	return text;
}

static void test_says_ready_once(void **state)
{
	notify_init();
	assert_true(notify_wanted());
	notify_turn(false);
	assert_null(heard(*state));
	notify_turn(true);
	assert_string_equal(heard(*state), "READY=1\nSTATUS=Ready");
	notify_turn(true);
	assert_null(heard(*state));
}

static void test_says_what_changes(void **state)
{
	notify_init();
	notify_turn(true);
	assert_non_null(heard(*state));
	notify_turn(false);
	assert_string_equal(heard(*state),
			    "STATUS=Up, but not ready: a server is away");
	notify_turn(true);
	assert_string_equal(heard(*state), "STATUS=Ready");
	notify_stopping();
	assert_string_equal(heard(*state), "STOPPING=1\nSTATUS=Stopping");
}

static void test_feeds_the_watchdog(void **state)
{
	char pid[32];
	int64_t until_ms;
	int fed = 0;

	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	setenv("WATCHDOG_USEC", "200000", 1);
	setenv("WATCHDOG_PID", pid, 1);
	notify_init();
	notify_turn(false);
	assert_string_equal(heard(*state), "WATCHDOG=1");
	/* not at every turn, but again and again */
	notify_turn(false);
	until_ms = clock_monotonic_ms() + 30000;
	while (fed < 2 && clock_monotonic_ms() < until_ms) {
		const char *text;

		clock_sleep_ms(5);
		notify_turn(false);
		text = heard(*state);
		if (!text)
			continue;
		assert_string_equal(text, "WATCHDOG=1");
		fed++;
	}
	assert_int_equal(fed, 2);
}

static void test_watchdog_of_another_process(void **state)
{
	setenv("WATCHDOG_USEC", "1000", 1);
	setenv("WATCHDOG_PID", "1", 1);
	notify_init();
	notify_turn(false);
	assert_null(heard(*state));
}

static void test_abstract_name(void **state)
{
	struct manager *manager = *state;
	char name[64];

	close(manager->fd);
	snprintf(name, sizeof(name), "@confab-notify-%ld", (long)getpid());
	bind_to(manager, name);
	notify_init();
	notify_turn(true);
	assert_string_equal(heard(manager), "READY=1\nSTATUS=Ready");
}

static void test_nobody_listens(void **state)
{
	static const char *const names[] = { "", "/", "relative", "vsock:2:1",
					     NULL };

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		if (names[i])
			setenv("NOTIFY_SOCKET", names[i], 1);
		else
			unsetenv("NOTIFY_SOCKET");
		notify_init();
		assert_false(notify_wanted());
		notify_turn(true);
		notify_stopping();
	}
	assert_null(heard(*state));
}

/* The manager was restarted, say: that is no reason to fail or to wait. */
static void test_listener_gone(void **state)
{
	struct manager *manager = *state;

	notify_init();
	unlink(manager->path);
	notify_turn(true);
	notify_stopping();
	assert_null(heard(manager));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
	const struct CMUnitTest tests[] = {
		TEST(test_says_ready_once),
		TEST(test_says_what_changes),
		TEST(test_feeds_the_watchdog),
		TEST(test_watchdog_of_another_process),
		TEST(test_abstract_name),
		TEST(test_nobody_listens),
		TEST(test_listener_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
