#include "ctl/backup_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NAME "confab-%Y%m%dT%H%M%SZ.backup"
#define DIGITS_8 "[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]"
#define DIGITS_6 "[0-9][0-9][0-9][0-9][0-9][0-9]"
#define PATTERN "confab-" DIGITS_8 "T" DIGITS_6 "Z.backup"
#define PART_PATTERN PATTERN ".part-??????"

static enum fault failed(const char *what, struct error *error)
{
	int code = errno;

	return error_set(error, FAULT_PERMANENT, code, "%s: %s", what,
			 strerror(code));
}

static bool is_folder(const char *path)
{
	struct stat there;

	return stat(path, &there) == 0 && S_ISDIR(there.st_mode);
}

enum fault backup_place_find(const char *argument, uint64_t keep,
			     struct backup_place *place_r, struct error *error)
{
	char name[64];
	time_t now = time(NULL);
	struct tm utc;

	*place_r = (struct backup_place)BACKUP_PLACE_INIT;
	if (!is_folder(argument)) {
		place_r->path = strdup(argument);
		if (keep > 0)
			return error_set(error, FAULT_PERMANENT, 0,
					 "--keep needs a folder, and %s is "
					 "none",
					 argument);
	} else {
		place_r->folder = argument;
		place_r->keep = keep;
		if (gmtime_r(&now, &utc) == NULL ||
		    strftime(name, sizeof(name), NAME, &utc) == 0)
			return error_set(error, FAULT_PERMANENT, 0,
					 "the clock cannot be read");
		if (asprintf(&place_r->path, "%s/%s", argument, name) < 0)
			place_r->path = NULL;
	}
	return place_r->path != NULL
		       ? FAULT_NONE
		       : error_set(error, FAULT_TEMPORARY, 0, "out of memory");
}

void backup_place_release(struct backup_place *place)
{
	free(place->path);
	place->path = NULL;
}

static int is_backup(const struct dirent *entry)
{
	return fnmatch(PATTERN, entry->d_name, 0) == 0;
}

static int is_part(const struct dirent *entry)
{
	return fnmatch(PART_PATTERN, entry->d_name, 0) == 0;
}

static enum fault remove_one(const char *folder, const char *name,
			     struct error *error)
{
	char *path = NULL;
	enum fault fault = FAULT_NONE;

	if (asprintf(&path, "%s/%s", folder, name) < 0)
		return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	if (unlink(path) != 0)
		fault = failed(path, error);
	free(path);
	return fault;
}

/* All but the last `keep`, which are the newest: the name is the time. */
static enum fault remove_first(const char *folder,
			       int (*filter)(const struct dirent *),
			       uint64_t keep, struct error *error)
{
	struct dirent **list = NULL;
	int count = scandir(folder, &list, filter, alphasort);
	enum fault fault = FAULT_NONE;

	if (count < 0)
		return failed(folder, error);
	for (int i = 0; i < count; i++) {
		if ((uint64_t)(count - i) > keep && fault == FAULT_NONE)
			fault = remove_one(folder, list[i]->d_name, error);
		free(list[i]);
	}
	free(list);
	return fault;
}

enum fault backup_place_tidy(const struct backup_place *place,
			     struct error *error)
{
	enum fault fault;

	if (place->keep == 0)
		return FAULT_NONE;
	fault = remove_first(place->folder, is_part, 0, error);
	if (fault == FAULT_NONE)
		fault = remove_first(place->folder, is_backup, place->keep,
				     error);
	return fault;
}
