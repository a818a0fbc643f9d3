#include "ctl/seed.h"

#include <inttypes.h>
#include <stdio.h>

#include "ctl/console.h"
#include "ctl/ctl.h"
#include "ctl/query.h"
#include "ctl/seed_load.h"
#include "ctl/seed_summary.h"
#include "ctl/seed_wait.h"

/* A mark while the sample data is being posted: one that was cut short is told
 * from a system that is in use. */
static const char MARK_SQL[] =
	"INSERT INTO settings (name, value) VALUES ('sample_data', 'loading')"
	" ON DUPLICATE KEY UPDATE value = 'loading'";
static const char MARKED_SQL[] =
	"SELECT COUNT(*) FROM settings WHERE name = 'sample_data'";
static const char UNMARK_SQL[] =
	"DELETE FROM settings WHERE name = 'sample_data'";
static const char APPLICATIONS_SQL[] = "SELECT COUNT(*) FROM applications";

static enum fault look(struct ctl *ctl, uint64_t *applications_r, bool *cut_r,
		       struct error *error)
{
	uint64_t marks = 0;
	enum fault fault = query_u64(ctl->sql, APPLICATIONS_SQL, NULL, 0,
				     applications_r, error);

	if (fault == FAULT_NONE)
		fault = query_u64(ctl->sql, MARKED_SQL, NULL, 0, &marks, error);
	if (fault == FAULT_NONE)
		*cut_r = marks > 0;
	return fault;
}

static enum fault mark(struct ctl *ctl, const char *statement,
		       struct error *error)
{
	return sql_run(ctl->sql, statement, NULL, 0, NULL, NULL, NULL, error);
}

static enum ctl_exit load(struct ctl *ctl)
{
	struct error error = ERROR_INIT;

	if (mark(ctl, MARK_SQL, &error) != FAULT_NONE) {
		console_fault("mark the start", &error);
		return CTL_FAILED;
	}
	if (!seed_wait_ready(ctl) || !seed_load(ctl) || !seed_wait_stored(ctl))
		return CTL_FAILED;
	if (mark(ctl, UNMARK_SQL, &error) != FAULT_NONE) {
		console_fault("mark the end", &error);
		return CTL_FAILED;
	}
	return CTL_DONE;
}

enum ctl_exit seed_run(struct ctl *ctl)
{
	struct error error = ERROR_INIT;
	uint64_t applications = 0;
	bool cut_short = false;
	enum ctl_exit code = CTL_DONE;

	if (look(ctl, &applications, &cut_short, &error) != FAULT_NONE) {
		console_fault("look for data", &error);
		return CTL_FAILED;
	}
	if (cut_short)
		puts("an earlier seeding was cut short and goes on");
	else if (applications > 0)
		printf("there is data already (%" PRIu64
		       " application%s): nothing was changed\n",
		       applications, applications == 1 ? "" : "s");
	if (cut_short || applications == 0)
		code = load(ctl);
	if (code == CTL_DONE)
		code = seed_summary_print(ctl);
	return code;
}
