#include "api/input.h"
#include "api/status.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"

static bool refuse(struct request *request, unsigned status, const char *format,
		   const char *what)
{
	char detail[160];

	snprintf(detail, sizeof(detail), "%s%s", what, format);
	answer_problem(&request->answer, status, detail);
	return false;
}

static bool no_memory(struct request *request)
{
	answer_unavailable(&request->answer, "The server is out of memory.");
	return false;
}

static bool root(struct request *request, struct json_value *root_r)
{
	const char *reason =
		json_check(request->body.data ? request->body.data : "",
			   request->body.length);

	if (reason == json_no_memory)
		return no_memory(request);
	if (reason)
		return refuse(request, HTTP_BAD_REQUEST, reason,
			      "The body is not JSON: ");
	*root_r = json_root(request->body.data, request->body.length);
	if (root_r->kind != JSON_OBJECT)
		return refuse(request, HTTP_BAD_REQUEST,
			      "The body must be a JSON object.", "");
	return true;
}

/* The text in place, or unescaped into memory of its own. */
static bool take_text(struct request *request, struct json_value value)
{
	if (json_string_is_plain(value)) {
		request->value = value.text + 1;
		request->value_length = value.length - 2;
		return true;
	}
	request->text = malloc(json_string_size(value) + 1);
	if (!request->text)
		return no_memory(request);
	request->value_length = json_string(value, request->text);
	request->value = request->text;
	return true;
}

bool input_text(struct request *request, const char *wrapper,
		const char *member)
{
	struct json_value object, value;

	if (!root(request, &object))
		return false;
	if (json_member(object, wrapper, &value)) {
		if (value.kind != JSON_OBJECT)
			return refuse(request, HTTP_BAD_REQUEST,
				      " must be an object.", wrapper);
		object = value;
	}
	if (!json_member(object, member, &value))
		return refuse(request, HTTP_BAD_REQUEST, " is missing.",
			      member);
	if (value.kind == JSON_NULL)
		return refuse(request, HTTP_UNPROCESSABLE_CONTENT,
			      " can't be null.", member);
	if (value.kind != JSON_STRING)
		return refuse(request, HTTP_UNPROCESSABLE_CONTENT,
			      " must be a string.", member);
	return take_text(request, value);
}

bool input_ignored(struct request *request)
{
	struct json_value object;

	return request->body.length == 0 || root(request, &object);
}

bool input_fingerprint(struct request *request)
{
	unsigned char digest[EVP_MAX_MD_SIZE];

	if (EVP_Digest(request->value ? request->value : "",
		       request->value_length, digest, NULL, EVP_sha256(),
		       NULL) != 1)
		return false;
	memcpy(request->commit.allocation.fingerprint, digest,
	       EVENT_FINGERPRINT_SIZE);
	return true;
}
