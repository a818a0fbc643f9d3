#include "api/framing.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LINE_END 2u /* CR LF */

static void refuse(struct framing *framing, const char *problem)
{
	if (!framing->problem)
		framing->problem = problem;
}

/* RFC 9110, 5.6.2 */
static bool is_token(const char *text)
{
	if (!*text)
		return false;
	for (; *text; text++)
		if (!((*text >= '0' && *text <= '9') ||
		      ((*text | 0x20) >= 'a' && (*text | 0x20) <= 'z') ||
		      strchr("!#$%&'*+-.^_`|~", *text)))
			return false;
	return true;
}

/* RFC 3986, 3.2.2 and 3.2.3, as a set of characters; may be empty. */
static bool is_host(const char *text)
{
	return text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "abcdefghijklmnopqrstuvwxyz"
				 "0123456789-._~!$&'()*+,;=%:[]")] == '\0';
}

static bool is_word(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text <= ' ' || *text == 0x7f)
			return false;
	return true;
}

void framing_begin(struct framing *framing, const char *method,
		   const char *target, size_t target_length,
		   const char *version)
{
	*framing = (struct framing){ .head = method };
	if (!is_token(method))
		refuse(framing, "The method is no token.");
	/* a blank in the target would have moved the version */
	if (target != method + strlen(method) + 1 ||
	    version != target + target_length + 1 || !is_word(target))
		refuse(framing, "The request line is not three words with one "
				"blank between them.");
	framing->old = strcmp(version, "HTTP/1.0") == 0;
	framing->next = version + strlen(version) + LINE_END;
}

static void add_length(struct framing *framing, const char *value)
{
	/* the library has refused what is no number */
	framing->length = strtoull(value, NULL, 10);
	if (++framing->lengths > 1)
		refuse(framing, "The header Content-Length is repeated.");
}

void framing_add(struct framing *framing, const char *name, const char *value)
{
	if (name != framing->next)
		refuse(framing, "The headers are not plain lines that end with "
				"CR LF.");
	framing->next = value + strlen(value) + LINE_END;
	if (!is_token(name))
		refuse(framing, "A header's name is no token.");
	if (strchr(value, '\r'))
		refuse(framing, "A header's value holds a CR.");
	if (strcasecmp(name, "Content-Length") == 0) {
		add_length(framing, value);
	} else if (strcasecmp(name, "Transfer-Encoding") == 0) {
		framing->codings++;
		framing->chunked = strcasecmp(value, "chunked") == 0;
	} else if (strcasecmp(name, "Host") == 0) {
		framing->hosts++;
		if (!is_host(value))
			refuse(framing, "The header Host names no host.");
	}
}

static void check_body(struct framing *framing)
{
	if (framing->codings == 0)
		return;
	if (framing->lengths > 0)
		refuse(framing, "Content-Length and Transfer-Encoding exclude "
				"each other.");
	else if (framing->codings > 1 || !framing->chunked)
		refuse(framing, "Transfer-Encoding must be chunked.");
	else if (framing->old)
		refuse(framing, "HTTP/1.0 has no Transfer-Encoding.");
}

const char *framing_end(struct framing *framing, size_t head_size)
{
	if (framing->next + LINE_END != framing->head + head_size)
		refuse(framing, "The headers are not plain lines that end with "
				"CR LF.");
	check_body(framing);
	if (framing->hosts > 1 || (framing->hosts == 0 && !framing->old))
		refuse(framing, "A request must have one Host header.");
	return framing->problem;
}

size_t framing_headers_size(const struct framing *framing, const char *version)
{
	return (size_t)(framing->next - (version + strlen(version) + LINE_END));
}
