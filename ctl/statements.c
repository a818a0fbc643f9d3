#include "ctl/statements.h"

#include <string.h>

/* What the text begins with: the end of a comment, or `text` itself. Comments
 * by MySQL's rules: "-- " needs its blank, "#" does not. */
static const char *skip_comment(const char *text)
{
	const char *end;

	if (text[0] == '#' ||
	    (text[0] == '-' && text[1] == '-' &&
	     (text[2] == '\0' || strchr(" \t\r\n", text[2]) != NULL)))
		return text + strcspn(text, "\n");
	/* A comment with '!' holds code for one server or the other. */
	if (text[0] == '/' && text[1] == '*' && text[2] != '!') {
		end = strstr(text + 2, "*/");
		return end != NULL ? end + 2 : text + strlen(text);
	}
	return text;
}

/* Behind the closing quote; a doubled quote is two strings side by side, which
 * comes to the same here. */
static const char *skip_quoted(const char *text)
{
	char quote = *text++;

	while (*text != '\0' && *text != quote) {
		if (*text == '\\' && quote != '`' && text[1] != '\0')
			text++;
		text++;
	}
	return *text == quote ? text + 1 : text;
}

/* To the first character that belongs to a statement. */
static const char *skip_between(const char *text)
{
	for (;;) {
		const char *next =
			skip_comment(text + strspn(text, " \t\r\n;"));

		if (next == text)
			return text;
		text = next;
	}
}

bool statements_next(const char **at, const char **statement_r,
		     size_t *length_r)
{
	const char *start = skip_between(*at);
	const char *end = start;

	*at = start;
	if (*start == '\0')
		return false;
	while (*end != '\0' && *end != ';') {
		const char *next = skip_comment(end);

		if (next != end)
			end = next;
		else if (strchr("'\"`", *end) != NULL)
			end = skip_quoted(end);
		else
			end++;
	}
	*at = *end == ';' ? end + 1 : end;
	*statement_r = start;
	*length_r = (size_t)(end - start);
	return true;
}
