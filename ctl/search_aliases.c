#include "ctl/search_aliases.h"

#include "ctl/engine.h"

/* Names of indexes and aliases have no character that JSON escapes. */
static void append(struct search_aliases *aliases, const char *verb,
		   const char *index)
{
	buf_printf(&aliases->actions, "%s{\"%s\":{\"index\":\"%s\"",
		   aliases->actions.length > 0 ? "," : "", verb, index);
}

void search_aliases_add(struct search_aliases *aliases, const char *index,
			const char *alias, bool writable)
{
	append(aliases, "add", index);
	buf_printf(&aliases->actions, ",\"alias\":\"%s\"%s}}", alias,
		   writable ? "" : ",\"is_write_index\":false");
}

void search_aliases_remove(struct search_aliases *aliases, const char *index,
			   const char *alias)
{
	append(aliases, "remove", index);
	buf_printf(&aliases->actions, ",\"alias\":\"%s\"}}", alias);
}

void search_aliases_delete_index(struct search_aliases *aliases,
				 const char *index)
{
	append(aliases, "remove_index", index);
	buf_append_text(&aliases->actions, "}}");
}

enum fault search_aliases_send(struct search_aliases *aliases,
			       struct elastic *elastic, struct error *error)
{
	struct buf body = BUF_INIT;
	enum fault fault;

	buf_append_text(&body, "{\"actions\":[");
	buf_append(&body, aliases->actions.data, aliases->actions.length);
	buf_append_text(&body, "]}");
	if (body.failed || aliases->actions.failed)
		fault = error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	else
		fault = engine_call(elastic, "POST", "/_aliases", body.data,
				    NULL, error);
	buf_release(&body);
	buf_release(&aliases->actions);
	return fault;
}
