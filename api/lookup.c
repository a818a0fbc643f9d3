#include "api/lookup.h"

#include "api/parents.h"
#include "api/server.h"

struct group {
	const struct lookup *lookup;
	struct request *requests[LOOKUP_MAX];
	size_t count;
};

/* Two requests may ask for the same row. */
static bool take_row(void *context, const struct sql_value *columns,
		     size_t count)
{
	struct group *group = context;

	(void)count;
	for (size_t i = 0; i < group->count; i++) {
		struct request *request = group->requests[i];

		if (request->answer.status == 0 &&
		    group->lookup->is(request, columns))
			group->lookup->render(request, columns);
	}
	return true;
}

static void add(struct group *group, struct request *request)
{
	if (!group->lookup->by_token) {
		request->application_id = parents_known(request);
		if (request->application_id == 0)
			return;
	}
	group->requests[group->count++] = request;
}

/* The smallest statement that has room for all; the last key fills it up. */
static const char *prepare(const struct group *group, struct sql_value *params,
			   size_t *param_count_r)
{
	const struct lookup *lookup = group->lookup;
	unsigned size = 0;
	size_t room;

	while ((room = (size_t)1 << size) < group->count)
		size++;
	for (size_t i = 0; i < room; i++) {
		size_t which = i < group->count ? i : group->count - 1;

		lookup->key(group->requests[which],
			    params + i * lookup->params);
	}
	*param_count_r = room * lookup->params;
	return lookup->statements[size];
}

void lookup_run(const struct lookup *lookup, struct request **requests,
		size_t count, struct worker *worker)
{
	struct sql_value params[LOOKUP_MAX * LOOKUP_PARAMS];
	struct group group = { .lookup = lookup };
	struct error error = ERROR_INIT;
	const char *statement;
	size_t param_count;

	for (size_t i = 0; i < count; i++)
		add(&group, requests[i]);
	if (group.count == 0)
		return;
	statement = prepare(&group, params, &param_count);
	if (sql_run(worker->sql, statement, params, param_count, take_row,
		    &group, NULL, &error) == FAULT_NONE)
		return;
	for (size_t i = 0; i < group.count; i++)
		worker_sql_failed(group.requests[i], &error);
}
