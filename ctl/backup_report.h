#ifndef CONFAB_CTL_BACKUP_REPORT_H
#define CONFAB_CTL_BACKUP_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "ctl/backup_file.h"
#include "ctl/backup_tables.h"

/* What a backup holds, as backup and restore print it. */
struct backup_report {
	struct backup_head head;
	struct backup_sum tables[BACKUP_TABLES];
	struct backup_sum all;
	uint64_t bytes; /* of the file; 0: not known */
};

void backup_report_print(const struct backup_report *report, const char *path,
			 bool json, FILE *out);

#endif
