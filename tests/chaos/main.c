/*
 * Load and faults, then a look at what is left; tests/chaos/run starts it.
 *
 *   chaos plan SEED MS              prints the faults
 *   chaos links                     prints the links that the plan knows
 *   chaos run SEED MS RATE JOURNAL  the stack's run.env in the environment,
 *                                   and CHAOS_API_URL, CHAOS_INGEST_URL (by
 *                                   the proxy), CHAOS_CONTROL, CHAOS_ACT
 */
#include <curl/curl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "tests/chaos/check.h"
#include "tests/chaos/clients.h"
#include "tests/chaos/faults.h"
#include "tests/chaos/journal.h"
#include "tests/chaos/readers.h"
#include "tests/chaos/report.h"
#include "tests/chaos/waits.h"

#define APPS 8u
#define CONNECTIONS 128u
#define STEP_MS 20
/* For what was refused or cut to be acknowledged after all. */
#define ACKNOWLEDGED_MS 120000

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
	(void)number;
	interrupted = 1;
}

struct run {
	uint64_t seed;
	int64_t length_ms;
	struct plan plan;
	struct record record;
	struct waits *waits;
	struct clients *clients;
	struct readers *readers;
	struct faults *faults;
};

static void show_status(struct run *run)
{
	struct clients_figures figures = clients_figures(run->clients);

	journal_status("%4d s of %d: %" PRIu64 " acknowledged, %" PRIu64
		       " open, %" PRIu64 " answers 503, %" PRIu64
		       " without an answer, %" PRIu64 " wrong; %u faults now",
		       (int)(journal_now_ms() / 1000),
		       (int)(run->length_ms / 1000), figures.acknowledged,
		       figures.open, figures.refused, figures.unanswered,
		       figures.wrong, faults_active(run->faults));
}

static void suffer(struct run *run)
{
	int64_t end_ms = clock_monotonic_ms() + run->length_ms;
	int64_t shown_ms = 0;

	while (!interrupted && (clock_monotonic_ms() < end_ms ||
				!faults_are_over(run->faults))) {
		faults_step(run->faults,
			    clients_accepted_since_ms(run->clients));
		waits_follow(run->waits, run->faults);
		if (clock_monotonic_ms() - shown_ms >= 1000) {
			show_status(run);
			shown_ms = clock_monotonic_ms();
		}
		clock_sleep_ms(STEP_MS);
	}
}

/* Everything works again: what is open must get its answer. */
static void recover(struct run *run)
{
	int64_t started_ms = clock_monotonic_ms(), now_ms;
	struct clients_figures figures;
	bool healed = faults_heal(run->faults);

	clients_stop_creating(run->clients);
	do {
		faults_step(run->faults,
			    clients_accepted_since_ms(run->clients));
		show_status(run);
		clock_sleep_ms(100);
		figures = clients_figures(run->clients);
		now_ms = clock_monotonic_ms();
	} while (!interrupted && figures.open > 0 &&
		 now_ms - started_ms < ACKNOWLEDGED_MS);
	report_check(healed && figures.open == 0,
		     "every careful client is acknowledged",
		     "%" PRIu64 " open %.1f s after all was healed",
		     figures.open, (double)(now_ms - started_ms) / 1000);
}

static void check_all(struct run *run, const struct clients_figures *figures)
{
	MYSQL *sql = database_connect();
	bool finished;

	report_check(figures->wrong == 0, "no answer is wrong",
		     "%" PRIu64 " wrong; %" PRIu64
		     " asked again, answered the same",
		     figures->wrong, figures->replayed);
	waits_report(run->waits);
	check_settled(sql);
	finished = readers_finish(run->readers);
	check_rows(sql, &run->record);
	check_readers(sql, &run->record, run->readers, finished);
	check_index(sql);
	check_tables(sql, &run->record);
	check_jobs(&run->record);
	mysql_close(sql);
}

static bool start_clients(struct run *run, unsigned rate)
{
	struct clients_settings clients = {
		.api_url = environment("CHAOS_API_URL"),
		.ingest_url = environment("CHAOS_INGEST_URL"),
		.rate = rate,
		.connections = CONNECTIONS,
		.record = &run->record,
		.waits = run->waits,
	};
	struct readers_settings readers = {
		.api_url = clients.api_url,
		.record = &run->record,
		.waits = run->waits,
	};

	run->clients = clients_new(&clients);
	/* the readers begin with what the clients have set up */
	run->readers = run->clients ? readers_new(&readers) : NULL;
	return run->readers != NULL;
}

static bool start(struct run *run, unsigned rate)
{
	struct faults_settings faults = {
		.plan = &run->plan,
		.act = environment("CHAOS_ACT"),
		.control = environment("CHAOS_CONTROL"),
	};

	run->waits = waits_new();
	if (!run->waits || !start_clients(run, rate))
		return false;
	run->faults = faults_new(&faults);
	return run->faults != NULL;
}

static int perform(struct run *run, unsigned rate)
{
	struct clients_figures figures;

	record_init(&run->record, run->seed, APPS);
	if (!start(run, rate))
		return 1;
	suffer(run);
	if (!interrupted)
		recover(run);
	figures = clients_figures(run->clients);
	clients_free(&run->clients);
	if (interrupted) {
		journal_say("Interrupted.");
		return 130;
	}
	check_all(run, &figures);
	report_clients(&figures, &run->record);
	report_faults(&run->plan, run->faults);
	report_summary(&run->plan, run->faults, &run->record);
	return report_end();
}

static int run_all(struct run *run, unsigned rate, const char *journal)
{
	struct sigaction action = { .sa_handler = on_signal };
	int code;

	if (sigaction(SIGINT, &action, NULL) != 0 ||
	    sigaction(SIGTERM, &action, NULL) != 0 ||
	    signal(SIGPIPE, SIG_IGN) == SIG_ERR ||
	    curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
	    !journal_open(journal)) {
		perror(journal);
		return 1;
	}
	journal_say("chaos: seed %" PRIu64 ", %.1f minutes, %u faults, %u "
		    "requests/s; log in %s",
		    run->seed, (double)run->length_ms / 60000, run->plan.count,
		    rate, journal);
	code = perform(run, rate);
	clients_free(&run->clients);
	readers_free(&run->readers);
	waits_free(&run->waits);
	faults_free(&run->faults);
	record_release(&run->record);
	if (!journal_close()) {
		fprintf(stderr, "chaos: %s is not whole\n", journal);
		code = 1;
	}
	return code;
}

static void print_plan(const struct plan *plan)
{
	for (unsigned i = 0; i < plan->count; i++) {
		const struct plan_fault *fault = &plan->faults[i];

		printf("%7.1f s  %5.1f s  %s\n",
		       (double)fault->begins_ms / 1000,
		       (double)(fault->ends_ms - fault->begins_ms) / 1000,
		       plan_describe(fault));
	}
}

static void print_links(void)
{
	for (const char *const *link = plan_links; *link; link++)
		puts(*link);
}

int main(int argc, char **argv)
{
	struct run run = { 0 };
	int code = 0;

	if (argc == 2 && strcmp(argv[1], "links") == 0) {
		print_links();
		return 0;
	}
	if (argc < 4) {
		fprintf(stderr, "usage: chaos plan SEED MS | chaos run SEED MS "
				"RATE JOURNAL | chaos links\n");
		return 2;
	}
	run.seed = strtoull(argv[2], NULL, 10);
	run.length_ms = strtoll(argv[3], NULL, 10);
	if (!plan_make(run.seed, run.length_ms, &run.plan))
		return 111;
	if (strcmp(argv[1], "run") == 0 && argc == 6)
		code = run_all(&run, (unsigned)strtoul(argv[4], NULL, 10),
			       argv[5]);
	else
		print_plan(&run.plan);
	plan_release(&run.plan);
	return code;
}
