#include "ctl/gzip_lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "common/buf.h"

#define CHUNK (256u * 1024u)

struct gzip_lines {
	int fd;
	uint64_t size;
	gzFile gz;
	struct buf bytes; /* read, from `at` on not handed out */
	size_t at;
	size_t changed; /* where a NUL stands in place of `kept`; 0: nowhere */
	char kept;
};

static enum fault out_of_memory(struct error *error)
{
	return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
}

static enum fault failed(struct error *error)
{
	int code = errno;

	return error_set(error, FAULT_PERMANENT, code, "%s", strerror(code));
}

/* ---- opening ---- */

static bool write_all(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t written = write(fd, bytes, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return false;
		bytes += written;
		length -= (size_t)written;
	}
	return true;
}

/* It is read twice, and a pipe can be read but once. */
static enum fault keep_stdin(int fd, struct error *error)
{
	char bytes[65536];

	for (;;) {
		ssize_t got = read(STDIN_FILENO, bytes, sizeof(bytes));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 || !write_all(fd, bytes, (size_t)got))
			return failed(error);
		if (got == 0)
			return FAULT_NONE;
	}
}

static enum fault open_stdin(int *fd_r, struct error *error)
{
	char name[] = "/tmp/confab-restore-XXXXXX";
	const char *folder = getenv("TMPDIR");
	char *path = NULL;
	enum fault fault;

	if (folder != NULL && asprintf(&path, "%s/%s", folder, name + 5) < 0)
		return out_of_memory(error);
	*fd_r = mkostemp(path != NULL ? path : name, O_CLOEXEC);
	if (*fd_r < 0) {
		fault = failed(error);
	} else {
		(void)unlink(path != NULL ? path : name);
		fault = keep_stdin(*fd_r, error);
	}
	free(path);
	return fault;
}

static enum fault open_stream(struct gzip_lines *lines, struct error *error)
{
	int fd;

	if (lseek(lines->fd, 0, SEEK_SET) != 0)
		return failed(error);
	fd = dup(lines->fd); /* zlib closes it */
	if (fd < 0)
		return failed(error);
	lines->gz = gzdopen(fd, "rb");
	if (lines->gz == NULL) {
		close(fd);
		return out_of_memory(error);
	}
	return FAULT_NONE;
}

static enum fault open_file(struct gzip_lines *lines, const char *path,
			    struct error *error)
{
	struct stat there;
	enum fault fault = FAULT_NONE;

	if (strcmp(path, "-") == 0)
		fault = open_stdin(&lines->fd, error);
	else
		lines->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fault != FAULT_NONE)
		return fault;
	if (lines->fd < 0 || fstat(lines->fd, &there) != 0)
		return failed(error);
	if (!S_ISREG(there.st_mode))
		return error_set(error, FAULT_PERMANENT, 0, "it is not a file");
	lines->size = (uint64_t)there.st_size;
	return open_stream(lines, error);
}

enum fault gzip_lines_new(const char *path, struct gzip_lines **lines_r,
			  struct error *error)
{
	struct gzip_lines *lines = calloc(1, sizeof(*lines));
	enum fault fault;

	if (lines == NULL)
		return out_of_memory(error);
	lines->fd = -1;
	fault = open_file(lines, path, error);
	if (fault != FAULT_NONE)
		gzip_lines_free(&lines);
	else
		*lines_r = lines;
	return fault;
}

void gzip_lines_free(struct gzip_lines **lines)
{
	struct gzip_lines *it = *lines;

	if (it == NULL)
		return;
	if (it->gz != NULL)
		(void)gzclose(it->gz); /* nothing was written */
	if (it->fd >= 0)
		close(it->fd);
	buf_release(&it->bytes);
	free(it);
	*lines = NULL;
}

enum fault gzip_lines_rewind(struct gzip_lines *lines, struct error *error)
{
	buf_clear(&lines->bytes);
	lines->at = lines->changed = 0;
	if (gzrewind(lines->gz) == 0)
		return FAULT_NONE;
	return error_set(error, FAULT_PERMANENT, 0, "it cannot be read again");
}

void gzip_lines_position(const struct gzip_lines *lines, uint64_t *read_r,
			 uint64_t *size_r)
{
	z_off_t at = gzoffset(lines->gz);

	*read_r = at > 0 ? (uint64_t)at : 0;
	*size_r = lines->size;
}

/* ---- reading ---- */

static enum fault damaged(struct gzip_lines *lines, struct error *error)
{
	int code = 0;
	const char *text = gzerror(lines->gz, &code);

	if (code == Z_ERRNO)
		text = strerror(errno);
	if (code == Z_BUF_ERROR)
		text = "it is cut short";
	return error_set(error, FAULT_PERMANENT, 0, "the file is damaged: %s",
			 text);
}

/* *got_r 0: the file is at its end. */
static enum fault read_more(struct gzip_lines *lines, size_t *got_r,
			    struct error *error)
{
	struct buf *bytes = &lines->bytes;
	char *room;
	int got, code = Z_OK;

	if (lines->at > 0) {
		bytes->length -= lines->at;
		memmove(bytes->data, bytes->data + lines->at, bytes->length);
		lines->at = 0;
	}
	room = buf_reserve(bytes, CHUNK);
	if (room == NULL)
		return out_of_memory(error);
	got = gzread(lines->gz, room, CHUNK);
	if (got <= 0)
		(void)gzerror(lines->gz, &code);
	if (got < 0 || (code != Z_OK && code != Z_STREAM_END))
		return damaged(lines, error);
	bytes->length += (size_t)got;
	*got_r = (size_t)got;
	return FAULT_NONE;
}

static void give_back(struct gzip_lines *lines)
{
	if (lines->changed > 0)
		lines->bytes.data[lines->changed] = lines->kept;
	lines->changed = 0;
}

/* Puts a NUL behind the line. */
static void hand_out(struct gzip_lines *lines, size_t length, char **line_r,
		     size_t *length_r)
{
	*line_r = lines->bytes.data + lines->at;
	*length_r = length;
	lines->at += length;
	if (lines->at < lines->bytes.length) {
		lines->changed = lines->at;
		lines->kept = lines->bytes.data[lines->at];
	}
	lines->bytes.data[lines->at] = '\0';
}

enum fault gzip_lines_next(struct gzip_lines *lines, char **line_r,
			   size_t *length_r, struct error *error)
{
	size_t searched = 0;

	give_back(lines);
	for (;;) {
		size_t left = lines->bytes.length - lines->at, got = 0;
		char *from = left > 0 ? lines->bytes.data + lines->at : NULL;
		char *newline = left > searched ? memchr(from + searched, '\n',
							 left - searched)
						: NULL;
		enum fault fault;

		if (newline != NULL) {
			hand_out(lines, (size_t)(newline - from) + 1, line_r,
				 length_r);
			return FAULT_NONE;
		}
		searched = left;
		if (left > GZIP_LINES_MAX)
			return error_set(error, FAULT_PERMANENT, 0,
					 "the file is damaged: a line has no "
					 "end");
		fault = read_more(lines, &got, error);
		if (fault != FAULT_NONE)
			return fault;
		if (got == 0 && left > 0)
			return error_set(
				error, FAULT_PERMANENT, 0,
				"the file is damaged: it is cut short");
		if (got == 0) {
			*length_r = 0;
			return FAULT_NONE;
		}
	}
}
