#ifndef CONFAB_CTL_BACKUP_FOLDER_H
#define CONFAB_CTL_BACKUP_FOLDER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/fault.h"

/*
 * Where a backup goes: to the file that was named, or into the folder that was
 * named, as confab-20251027T120000Z.backup. Of the files of such names in it
 * the newest ones are kept.
 */
struct backup_place {
	char *path;	    /* heap */
	const char *folder; /* NULL: a file was named */
	uint64_t keep;	    /* 0: all */
};

#define BACKUP_PLACE_INIT                                                      \
	{                                                                      \
		NULL, NULL, 0                                                  \
	}

/* `argument` must outlive it. backup_place_release() in either case. */
MUST_CHECK enum fault backup_place_find(const char *argument, uint64_t keep,
					struct backup_place *place_r,
					struct error *error);
void backup_place_release(struct backup_place *place);
/* Removes what is more than is to be kept, the oldest first, and what a backup
 * that was killed has left. */
MUST_CHECK enum fault backup_place_tidy(const struct backup_place *place,
					struct error *error);

#endif
