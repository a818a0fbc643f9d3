#include "ctl/answers.h"

#include "common/json.h"

static bool find(const struct http_answer *answer, const char *member,
		 enum json_kind kind, struct json_value *value_r)
{
	struct json_value root;

	if (json_check(answer->body, answer->length) != NULL)
		return false;
	root = json_root(answer->body, answer->length);
	return root.kind == JSON_OBJECT && json_member(root, member, value_r) &&
	       value_r->kind == kind;
}

bool answers_u64(const struct http_answer *answer, const char *member,
		 uint64_t *value_r)
{
	struct json_value value;

	return find(answer, member, JSON_NUMBER, &value) &&
	       json_u64(value, value_r);
}

bool answers_text(const struct http_answer *answer, const char *member,
		  char *text_r, size_t size)
{
	struct json_value value;

	if (!find(answer, member, JSON_STRING, &value) ||
	    json_string_size(value) >= size)
		return false;
	text_r[json_string(value, text_r)] = '\0';
	return true;
}

enum fault answers_refusal(const struct http_answer *answer,
			   struct error *error)
{
	bool later = answer->status == 429 || answer->status == 503;
	char detail[200];

	if (!answers_text(answer, "detail", detail, sizeof(detail)))
		detail[0] = '\0';
	return error_set(error, later ? FAULT_TEMPORARY : FAULT_PERMANENT,
			 (int)answer->status, "the API answered %ld%s%s",
			 answer->status, detail[0] != '\0' ? ": " : "", detail);
}
