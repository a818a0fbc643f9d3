#include "common/config.h"

#include <stdlib.h>
#include <string.h>

#include "common/hex.h"

/* A copy with its %XX resolved; NULL for a bad escape, %00 or no memory. */
static char *unescape(const char *text, size_t length)
{
	char *copy = malloc(length + 1);
	size_t at = 0;

	if (!copy)
		return NULL;
	for (size_t i = 0; i < length; i++) {
		int high, low;

		if (text[i] != '%') {
			copy[at++] = text[i];
			continue;
		}
		high = i + 2 < length ? hex_digit(text[i + 1]) : -1;
		low = i + 2 < length ? hex_digit(text[i + 2]) : -1;
		if (high < 0 || low < 0 || (high == 0 && low == 0)) {
			free(copy);
			return NULL;
		}
		copy[at++] = (char)(high << 4 | low);
		i += 2;
	}
	copy[at] = '\0';
	return copy;
}

static bool parse_port(const char *text, size_t length, uint16_t *port_r)
{
	unsigned port = 0;

	if (length == 0 || length > 5)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		port = port * 10 + (unsigned)(text[i] - '0');
	}
	if (port == 0 || port > UINT16_MAX)
		return false;
	*port_r = (uint16_t)port;
	return true;
}

/* "user:password", either may be absent */
static bool parse_login(const char *text, size_t length, struct config_url *url)
{
	const char *colon = memchr(text, ':', length);
	size_t user = colon ? (size_t)(colon - text) : length;

	url->user = unescape(text, user);
	if (!url->user)
		return false;
	if (!colon)
		return true;
	url->password = unescape(colon + 1, length - user - 1);
	return url->password != NULL;
}

/* "host", "host:port", "[address]:port" */
static bool parse_place(const char *text, size_t length, struct config_url *url)
{
	const char *host = text, *end = text + length;
	const char *stop;

	if (length > 0 && *text == '[') {
		host++;
		stop = memchr(host, ']', length - 1);
		if (!stop)
			return false;
		url->host = unescape(host, (size_t)(stop - host));
		stop++;
	} else {
		stop = memchr(text, ':', length);
		if (!stop)
			stop = end;
		url->host = unescape(host, (size_t)(stop - host));
	}
	if (!url->host || !*url->host)
		return false;
	if (stop == end)
		return true;
	return *stop == ':' &&
	       parse_port(stop + 1, (size_t)(end - stop - 1), &url->port);
}

/* By name: "redis" ends in an s too. */
static bool scheme_has_tls(const char *scheme, size_t length)
{
	static const char *const names[] = { "amqps", "rediss", "https" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == length &&
		    memcmp(names[i], scheme, length) == 0)
			return true;
	return false;
}

bool config_url_parse(const char *text, struct config_url *url_r)
{
	struct config_url url = { 0 };
	const char *start = strstr(text, "://");
	const char *place, *path, *login;

	if (!start)
		return false;
	url.tls = scheme_has_tls(text, (size_t)(start - text));
	place = start + 3;
	path = place + strcspn(place, "/");
	for (login = path; login > place && login[-1] != '@'; login--)
		continue;
	if (login > place &&
	    !parse_login(place, (size_t)(login - 1 - place), &url))
		goto bad;
	if (!parse_place(login, (size_t)(path - login), &url))
		goto bad;
	if (*path) {
		url.path = unescape(path, strlen(path));
		if (!url.path)
			goto bad;
	}
	*url_r = url;
	return true;
bad:
	config_url_release(&url);
	return false;
}

void config_url_release(struct config_url *url)
{
	free(url->user);
	free(url->password);
	free(url->host);
	free(url->path);
	*url = (struct config_url){ 0 };
}

bool config_listen_parse(const char *text, char *host_r, size_t host_size,
			 uint16_t *port_r)
{
	const char *colon = strrchr(text, ':');
	const char *host = text;
	size_t length;

	if (!colon || !parse_port(colon + 1, strlen(colon + 1), port_r))
		return false;
	length = (size_t)(colon - text);
	if (length >= 2 && host[0] == '[' && host[length - 1] == ']') {
		host++;
		length -= 2;
	}
	if (length >= host_size)
		return false;
	memcpy(host_r, host, length);
	host_r[length] = '\0';
	return true;
}
