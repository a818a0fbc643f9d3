#ifndef CONFAB_TESTS_CHAOS_REPORT_H
#define CONFAB_TESTS_CHAOS_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/chaos/clients.h"
#include "tests/chaos/faults.h"

/* What a run says at its end. */

/* One check that passed or failed, with a sentence on what was seen. */
void report_check(bool passed, const char *title, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* One thing that is wrong: to the journal, and the first few to the terminal.
 * The check that found it fails. */
void report_problem(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

void report_faults(const struct plan *plan, const struct faults *faults);
void report_clients(const struct clients_figures *figures,
		    const struct record *record);
/* What docs/reliability.md has of a run. */
void report_summary(const struct plan *plan, const struct faults *faults,
		    const struct record *record);
/* "N passed, N failed"; returns the exit code. */
int report_end(void);

#endif
