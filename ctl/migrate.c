#include "ctl/migrate.h"

#include <inttypes.h>
#include <stdio.h>

#include "ctl/console.h"
#include "ctl/ctl.h"
#include "ctl/query.h"
#include "ctl/schema.h"

#define LOCK "migrate"
#define LOCK_TIMEOUT_S 60

/* False: it is newer than this program; a sentence was printed. */
static bool schema_is_known(uint64_t found, uint64_t known)
{
	if (found <= known)
		return true;
	console_error("the database has schema version %" PRIu64
		      ", this confabctl knows versions up to %" PRIu64
		      "; use the release that the database was migrated with, "
		      "or a later one",
		      found, known);
	return false;
}

static enum fault apply_all(struct sql *sql, const struct migration *list,
			    size_t count, uint64_t found, struct buf *versions,
			    struct error *error)
{
	bool applied = false;

	for (size_t i = 0; i < count; i++) {
		uint64_t statements = 0;
		enum fault fault = query_lock_held(sql, LOCK, error);

		if (fault == FAULT_NONE)
			fault = schema_apply(sql, &list[i], &statements, error);
		if (fault != FAULT_NONE)
			return fault;
		if (statements == 0)
			continue;
		buf_printf(versions, "%s%" PRIu32, applied ? "," : "",
			   list[i].version);
		applied = true;
		printf("applied migration %" PRIu32 " %s: %" PRIu64
		       " statements\n",
		       list[i].version, list[i].name, statements);
	}
	if (!applied)
		printf("the schema is at version %" PRIu64
		       ", nothing to apply\n",
		       found);
	return FAULT_NONE;
}

static bool migrate_database(struct sql *sql, struct buf *versions)
{
	size_t count;
	const struct migration *list = migrations_list(&count);
	struct error error = ERROR_INIT;
	uint64_t found = 0;
	bool made = false;

	if (query_lock(sql, LOCK, LOCK_TIMEOUT_S, &error) != FAULT_NONE ||
	    schema_prepare(sql, &error) != FAULT_NONE ||
	    schema_version(sql, &found, &error) != FAULT_NONE)
		goto failed;
	if (!schema_is_known(found, list[count - 1].version))
		return false;
	if (apply_all(sql, list, count, found, versions, &error) !=
		    FAULT_NONE ||
	    schema_ensure_secret(sql, &made, &error) != FAULT_NONE)
		goto failed;
	if (made)
		puts("made the secret of the job ids");
	sql_disconnect(sql); /* gives the lock back */
	return true;
failed:
	console_fault("migrate the database", &error);
	return false;
}

static bool ensure_index(struct ctl *ctl)
{
	struct error error = ERROR_INIT;

	if (ctl->elastic == NULL)
		return true;
	if (elastic_ensure_index(ctl->elastic, &error) != FAULT_NONE) {
		console_fault("create the search index", &error);
		return false;
	}
	puts("the search index is in place");
	return true;
}

static void report(struct ctl *ctl, const struct buf *versions)
{
	size_t count;
	const struct migration *list = migrations_list(&count);

	ctl_set_result(ctl,
		       "{\"schema\":%" PRIu32 ",\"applied\":[%s],"
		       "\"search_index\":%s}",
		       list[count - 1].version,
		       versions->length > 0 ? versions->data : "",
		       ctl->elastic != NULL ? "true" : "false");
}

enum ctl_exit migrate_run(struct ctl *ctl)
{
	struct buf versions = BUF_INIT;
	enum ctl_exit code = CTL_FAILED;

	if (migrate_database(ctl->sql, &versions) && ensure_index(ctl)) {
		report(ctl, &versions);
		code = CTL_DONE;
	}
	buf_release(&versions);
	return code;
}
