#include "api/head.h"

#include <string.h>
#include <strings.h>

#include "api/status.h"

#define LINE_END 2u /* CR LF */
#define DIGITS "0123456789"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
/* A request line without its target: a method, two blanks, the version. */
#define LINE_MAX_BESIDES 64u

static void refuse(struct head *head, const char *problem)
{
	if (head->status != 0)
		return;
	head->status = HTTP_BAD_REQUEST;
	head->problem = problem;
}

/* What follows cannot be told into lines. */
static void give_up(struct head *head, const char *problem)
{
	refuse(head, problem);
	head->at = head->end;
}

/* ---- where it ends ---- */

size_t head_find_end(const char *bytes, size_t length, size_t *searched)
{
	while (*searched < length) {
		const char *at = bytes + *searched;
		const char *feed = memchr(at, '\n', length - *searched);
		size_t next = feed ? (size_t)(feed - bytes) + 1 : length;

		if (next < length && bytes[next] == '\n')
			return next + 1;
		if (next + 1 < length && bytes[next] == '\r' &&
		    bytes[next + 1] == '\n')
			return next + LINE_END;
		/* what follows the line feed decides, and is not there yet */
		if (feed && next + 1 >= length) {
			*searched = next - 1;
			return 0;
		}
		*searched = next;
	}
	return 0;
}

unsigned head_overflows(const char *bytes, size_t length)
{
	const char *feed = memchr(bytes, '\n', length);
	size_t line = feed ? (size_t)(feed - bytes) + 1 : length;

	if (line > HEAD_TARGET_MAX + LINE_MAX_BESIDES)
		return HTTP_URI_TOO_LONG;
	if (length - line > HEAD_FIELDS_MAX + LINE_END)
		return HTTP_HEADERS_TOO_LARGE;
	return 0;
}

void head_refuse(struct head *head, unsigned status)
{
	*head = (struct head){ .method = "", .target = "*", .status = status };
	head->target_length = 1;
	head->problem = status == HTTP_URI_TOO_LONG ? HEAD_TARGET_TOO_LONG
						    : HEAD_FIELDS_TOO_LONG;
}

/* ---- words ---- */

static const char token_chars[] = LETTERS DIGITS "!#$%&'*+-.^_`|~";

bool head_is_token_char(char c)
{
	return c && strchr(token_chars, c);
}

static bool is_token(const char *text)
{
	return *text && text[strspn(text, token_chars)] == '\0';
}

/* RFC 3986, 3.2.2 and 3.2.3, as a set of characters; may be empty. */
static bool is_host(const char *text)
{
	static const char chars[] = LETTERS DIGITS "-._~!$&'()*+,;=%:[]";

	return text[strspn(text, chars)] == '\0';
}

static bool has_control(const char *text, size_t length, char allowed)
{
	for (size_t i = 0; i < length; i++)
		if (((unsigned char)text[i] < ' ' && text[i] != allowed) ||
		    text[i] == 0x7f)
			return true;
	return false;
}

/* ---- lines ---- */

/* Makes a text of the next line; its length, or -1 when it does not end with
 * CR LF. The blank line is an empty one. */
static int64_t take_line(struct head *head, char **line_r)
{
	char *line = head->at;
	char *feed = memchr(line, '\n', (size_t)(head->end - line));

	*line_r = line;
	if (!feed || feed == line || feed[-1] != '\r') {
		give_up(head, "The headers are not plain lines that end with "
			      "CR LF.");
		return -1;
	}
	feed[-1] = '\0';
	head->at = feed + 1;
	return feed - 1 - line;
}

static void read_version(struct head *head, const char *version)
{
	if (strncmp(version, "HTTP/", 5) != 0 || strlen(version) != 8 ||
	    !strchr(DIGITS, version[5]) || version[6] != '.' ||
	    !strchr(DIGITS, version[7])) {
		refuse(head, "The request line does not end with a version of "
			     "HTTP.");
	} else if (version[5] != '1' && head->status == 0) {
		head->status = HTTP_VERSION_NOT_SUPPORTED;
		head->problem = "Only HTTP/1 is spoken here.";
	}
	head->old = version[7] == '0';
	head->persistent = !head->old;
}

void head_begin(struct head *head, char *bytes, size_t size)
{
	char *line, *blank, *second = NULL;
	int64_t length;

	*head = (struct head){ .at = bytes, .end = bytes + size };
	head->method = head->target = "";
	length = take_line(head, &line);
	head->fields = head->at;
	if (length < 0)
		return;
	blank = memchr(line, ' ', (size_t)length);
	if (blank)
		second = memchr(blank + 1, ' ',
				(size_t)(line + length - blank - 1));
	if (!second || has_control(line, (size_t)length, ' ') ||
	    second == blank + 1 || second[1] == ' ') {
		refuse(head, "The request line is not three words with one "
			     "blank between them.");
		return;
	}
	*blank = *second = '\0';
	head->method = line;
	head->target = blank + 1;
	head->target_length = (size_t)(second - blank - 1);
	if (!is_token(head->method))
		refuse(head, "The method is no token.");
	read_version(head, second + 1);
}

/* ---- header lines ---- */

static void read_length(struct head *head, const char *value)
{
	if (++head->lengths > 1)
		refuse(head, "The header Content-Length is repeated.");
	if (!*value || value[strspn(value, DIGITS)] != '\0')
		refuse(head, "Content-Length is no number.");
	head->length = 0;
	for (; strchr(DIGITS, *value) && *value; value++) {
		uint64_t digit = (uint64_t)(*value - '0');

		if (head->length > (UINT64_MAX - digit) / 10)
			head->length = UINT64_MAX;
		else
			head->length = head->length * 10 + digit;
	}
}

static void read_connection(struct head *head, const char *value)
{
	while (*value) {
		size_t length;

		value += strspn(value, " \t,");
		length = strcspn(value, " \t,");
		if (length == 5 && strncasecmp(value, "close", 5) == 0)
			head->persistent = false;
		else if (length == 10 && head->old &&
			 strncasecmp(value, "keep-alive", 10) == 0)
			head->persistent = true;
		value += length;
	}
}

static void read_field(struct head *head, const char *name, const char *value)
{
	if (strcasecmp(name, "Content-Length") == 0) {
		read_length(head, value);
	} else if (strcasecmp(name, "Transfer-Encoding") == 0) {
		head->codings++;
		head->chunked = strcasecmp(value, "chunked") == 0;
	} else if (strcasecmp(name, "Connection") == 0) {
		read_connection(head, value);
	} else if (strcasecmp(name, "Host") == 0) {
		head->hosts++;
		if (!is_host(value))
			refuse(head, "The header Host names no host.");
	}
}

bool head_next(struct head *head, const char **name_r, const char **value_r)
{
	char *line, *colon, *value, *last;
	int64_t length = head->at < head->end ? take_line(head, &line) : 0;

	if (length <= 0)
		return false;
	last = line + length;
	colon = memchr(line, ':', (size_t)length);
	if (!colon || has_control(line, (size_t)length, '\t')) {
		give_up(head, "A header is not a name, a colon and a text.");
		return false;
	}
	*colon = '\0';
	if (!is_token(line)) {
		give_up(head, "A header's name is no token.");
		return false;
	}
	value = colon + 1 + strspn(colon + 1, " \t");
	while (last > value && strchr(" \t", last[-1]))
		*--last = '\0';
	read_field(head, line, value);
	*name_r = line;
	*value_r = value;
	return true;
}

static void check_body(struct head *head)
{
	if (head->codings == 0)
		return;
	if (head->lengths > 0)
		refuse(head, "Content-Length and Transfer-Encoding exclude "
			     "each other.");
	else if (head->codings > 1 || !head->chunked)
		refuse(head, "Transfer-Encoding must be chunked.");
	else if (head->old)
		refuse(head, "HTTP/1.0 has no Transfer-Encoding.");
}

void head_end(struct head *head)
{
	if (head->at != head->end)
		refuse(head, "The headers are not plain lines that end with "
			     "CR LF.");
	check_body(head);
	if (head->hosts > 1 || (head->hosts == 0 && !head->old))
		refuse(head, "A request must have one Host header.");
}

size_t head_fields_size(const struct head *head)
{
	return (size_t)(head->end - head->fields) - LINE_END;
}
