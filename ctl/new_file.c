#include "ctl/new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_stdout(const struct new_file *file)
{
	return strcmp(file->path, "-") == 0;
}

const char *new_file_name(const struct new_file *file)
{
	return is_stdout(file) ? "standard output" : file->path;
}

static enum fault failed(const struct new_file *file, struct error *error)
{
	int code = errno;

	return error_set(error, FAULT_PERMANENT, code, "%s: %s",
			 new_file_name(file), strerror(code));
}

static enum fault exists(const struct new_file *file, struct error *error)
{
	return error_set(error, FAULT_PERMANENT, EEXIST,
			 "%s is there already; --force replaces it",
			 file->path);
}

static enum fault check_place(const struct new_file *file, struct error *error)
{
	struct stat there;

	if (lstat(file->path, &there) != 0)
		return errno == ENOENT ? FAULT_NONE : failed(file, error);
	if (!S_ISREG(there.st_mode))
		return error_set(error, FAULT_PERMANENT, 0, "%s is not a file",
				 file->path);
	return file->replace ? FAULT_NONE : exists(file, error);
}

enum fault new_file_check(const char *path, bool replace, struct error *error)
{
	const struct new_file file = { -1, path, NULL, replace };

	if (!is_stdout(&file))
		return check_place(&file, error);
	if (isatty(STDOUT_FILENO))
		return error_set(error, FAULT_PERMANENT, 0,
				 "standard output is a terminal");
	return FAULT_NONE;
}

static enum fault open_stdout(struct new_file *file, struct error *error)
{
	file->fd = dup(STDOUT_FILENO);
	return file->fd >= 0 ? FAULT_NONE : failed(file, error);
}

enum fault new_file_open(struct new_file *file, const char *path, bool replace,
			 struct error *error)
{
	enum fault fault;

	*file = (struct new_file){ .fd = -1, .path = path, .replace = replace };
	fault = new_file_check(path, replace, error);
	if (fault != FAULT_NONE)
		return fault;
	if (is_stdout(file))
		return open_stdout(file, error);
	if (asprintf(&file->temporary, "%s.part-XXXXXX", path) < 0) {
		file->temporary = NULL;
		return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	}
	file->fd = mkostemp(file->temporary, O_CLOEXEC); /* mode 0600 */
	if (file->fd >= 0)
		return FAULT_NONE;
	fault = failed(file, error);
	free(file->temporary);
	file->temporary = NULL;
	return fault;
}

void new_file_release(struct new_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	if (file->temporary != NULL)
		(void)unlink(file->temporary);
	free(file->temporary);
	file->fd = -1;
	file->temporary = NULL;
}

/* A new name lasts when its folder is on disk. */
static enum fault sync_folder(const struct new_file *file, struct error *error)
{
	char *copy = strdup(file->path);
	enum fault fault = FAULT_NONE;
	int fd;

	if (copy == NULL)
		return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) != 0)
		fault = failed(file, error);
	if (fd >= 0)
		close(fd);
	free(copy);
	return fault;
}

/* link() fails when there is a file by now; rename() would replace it. */
static enum fault give_name(struct new_file *file, struct error *error)
{
	if (file->replace) {
		if (rename(file->temporary, file->path) != 0)
			return failed(file, error);
	} else {
		if (link(file->temporary, file->path) != 0)
			return errno == EEXIST ? exists(file, error)
					       : failed(file, error);
		(void)unlink(file->temporary);
	}
	free(file->temporary);
	file->temporary = NULL;
	return sync_folder(file, error);
}

enum fault new_file_finish(struct new_file *file, uint64_t *bytes_r,
			   struct error *error)
{
	struct stat there;

	*bytes_r = 0;
	if (is_stdout(file))
		return FAULT_NONE;
	if (fsync(file->fd) != 0 || fstat(file->fd, &there) != 0)
		return failed(file, error);
	*bytes_r = (uint64_t)there.st_size;
	return give_name(file, error);
}
