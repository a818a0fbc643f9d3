#include "common/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FILE_BYTES_MAX 65536

/* The texts of files, which settings point into. */
struct kept {
	struct kept *next;
	char text[];
};
static struct kept *all_kept;

/* What is left of `length` bytes without the last line end; false when there
 * is a byte that no setting can have. */
static bool trim(char *text, size_t length)
{
	if (memchr(text, '\0', length))
		return false;
	if (length > 0 && text[length - 1] == '\n')
		length--;
	if (length > 0 && text[length - 1] == '\r')
		length--;
	text[length] = '\0';
	return true;
}

static bool refuse(const char *name, const char *path, const char *why,
		   FILE *errors)
{
	fprintf(errors, "%s: the file %s %s.\n", name, path, why);
	return false;
}

static bool keep_file(const char *name, const char *path, FILE *file,
		      const char **text_r, FILE *errors)
{
	struct kept *kept = malloc(sizeof(*kept) + FILE_BYTES_MAX + 1);
	size_t length;

	if (!kept)
		return refuse(name, path, "needs more memory", errors);
	length = fread(kept->text, 1, FILE_BYTES_MAX + 1, file);
	if (ferror(file) || length > FILE_BYTES_MAX ||
	    !trim(kept->text, length)) {
		free(kept);
		return refuse(name, path, "cannot be used as a text", errors);
	}
	kept->next = all_kept;
	all_kept = kept;
	*text_r = *kept->text ? kept->text : NULL;
	return true;
}

/* `must`: it is a mistake if there is none. */
static bool read_file(const char *name, const char *path, bool must,
		      const char **text_r, FILE *errors)
{
	FILE *file = fopen(path, "re");
	bool good;

	if (!file && errno == ENOENT && !must)
		return true;
	if (!file)
		return refuse(name, path, strerror(errno), errors);
	good = keep_file(name, path, file, text_r, errors);
	fclose(file);
	return good;
}

/* With the prefix, a whole folder comes as LoadCredential=confab:FOLDER. */
static bool read_credential(const char *name, const char **text_r, FILE *errors)
{
	static const char *const prefixes[] = { "confab_", "" };
	const char *folder = getenv("CREDENTIALS_DIRECTORY");

	for (size_t i = 0; folder && *folder && !*text_r && i < 2; i++) {
		char path[4096];
		int length = snprintf(path, sizeof(path), "%s/%s%s", folder,
				      prefixes[i], name);

		if (length >= (int)sizeof(path))
			return refuse(name, folder, "has too long a name",
				      errors);
		if (!read_file(name, path, false, text_r, errors))
			return false;
	}
	return true;
}

bool config_text(const char *name, const char **text_r, FILE *errors)
{
	const char *text = getenv(name);
	const char *path;
	char variable[128];

	*text_r = NULL;
	if (snprintf(variable, sizeof(variable), "%s_FILE", name) >=
	    (int)sizeof(variable))
		return false;
	path = getenv(variable);
	/* an empty variable is one that was not set, as in a .env file */
	if (text && *text && path && *path) {
		fprintf(errors, "%s and %s are both set; keep one.\n", name,
			variable);
		return false;
	}
	if (text && *text) {
		*text_r = text;
		return true;
	}
	if (path && *path)
		return read_file(name, path, true, text_r, errors);
	return read_credential(name, text_r, errors);
}
