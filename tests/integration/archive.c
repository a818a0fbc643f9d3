#include "tests/integration/archive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/integration/faults.h"
#include "tests/integration/processes.h"
#include "tests/integration/stores.h"

#define STEP 1000u /* as deep as MySQL follows a recursion */

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
