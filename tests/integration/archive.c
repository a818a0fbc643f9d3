#include "tests/integration/archive.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/integration/faults.h"
#include "tests/integration/processes.h"
#include "tests/integration/stores.h"

#define STEP 1000u /* as deep as MySQL follows a recursion */
#define OUTPUT "reindex.out"

void archive_insert(const struct talk *talk, unsigned count, const char *text)
{
	for (unsigned from = 0; from < count; from += STEP)
		store_execute(
			"INSERT INTO messages (application_id, chat_number,"
			" number, event_id, generation, body, created_at,"
			" updated_at) WITH RECURSIVE n (i) AS (SELECT 1 UNION"
			" ALL SELECT i + 1 FROM n WHERE i < %u)"
			" SELECT %llu, 1, %u + i,"
			" UNHEX(MD5(CONCAT('%llu-', %u + i))), 1,"
			" CONCAT('%s ', %u + i),"
			" '2026-01-01' + INTERVAL %u + i SECOND,"
			" '2026-01-01' + INTERVAL %u + i SECOND FROM n",
			STEP, (unsigned long long)talk->application, from,
			(unsigned long long)talk->application, from, text, from,
			from, from);
	assert_int_equal(store_rows(talk->application), count);
}

bool archive_is_indexed(void *context)
{
	const struct talk *talk = context;

	return store_documents(talk->application) ==
	       store_rows(talk->application);
}

int archive_repair(void **state)
{
	int repaired = fault_repair(state);

	confabctl(0, "reconcile", NULL, NULL, NULL);
	return repaired;
}

void reindexing_start(struct reindexing *reindexing, const char *option,
		      const char *value)
{
	char program[1024], output[1024];

	snprintf(program, sizeof(program), "%s", process_path("confabctl"));
	snprintf(output, sizeof(output), "%s", fault_path(OUTPUT));
	*reindexing = (struct reindexing){ .pid = fork() };
	assert_true(reindexing->pid >= 0);
	if (reindexing->pid > 0)
		return;
	int file = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (file < 0 || dup2(file, STDOUT_FILENO) < 0 ||
	    dup2(file, STDERR_FILENO) < 0)
		_exit(127);
	execl(program, "confabctl", "reindex", option, value, (char *)NULL);
	_exit(127);
}

bool reindexing_has_ended(void *context)
{
	struct reindexing *reindexing = context;

	if (reindexing->pid == 0)
		return true;
	if (waitpid(reindexing->pid, &reindexing->status, WNOHANG) !=
	    reindexing->pid)
		return false;
	reindexing->pid = 0;
	return true;
}

const char *reindexing_output(void)
{
	static char text[8192];
	FILE *file = fopen(fault_path(OUTPUT), "r");
	size_t length;

	assert_non_null(file);
	length = fread(text, 1, sizeof(text) - 1, file);
	text[length] = '\0';
	(void)fclose(file);
	return text;
}

void reindexing_assert_exit(struct reindexing *reindexing, int code)
{
	assert_becomes(reindexing_has_ended, reindexing, 4 * DRAINED_MS);
	if (!WIFEXITED(reindexing->status) ||
	    WEXITSTATUS(reindexing->status) != code)
		fail_msg("reindex ended with status %#x:\n%s",
			 (unsigned)reindexing->status, reindexing_output());
}

uint64_t reindexing_rows(void)
{
	const struct http_reply *reply;
	const char *rows;
	char url[512];

	snprintf(url, sizeof(url), "%s/confab-messages-building/_mapping",
		 setting("ELASTICSEARCH_URL"));
	reply = http_send("GET", NULL, NULL, url);
	if (reply->status != 200)
		return 0;
	rows = strstr(reply->body, "\"rows\":");
	return rows ? strtoull(rows + strlen("\"rows\":"), NULL, 10) : 0;
}
