#include "ctl/parts.h"

#include <inttypes.h>
#include <string.h>

#include "common/amqp.h"
#include "common/json.h"
#include "ctl/answers.h"
#include "ctl/console.h"
#include "ctl/ctl.h"
#include "ctl/query.h"
#include "ctl/redis.h"
#include "ctl/search_index.h"

static void set_up(struct part *part, const char *name)
{
	*part = (struct part){ .name = name, .state = PART_UP };
}

static void set_away(struct part *part, const char *name, const char *detail)
{
	*part = (struct part){ .name = name, .state = PART_AWAY };
	snprintf(part->detail, sizeof(part->detail), "%s", detail);
}

static void set_by(struct part *part, const char *name, enum fault fault,
		   const struct error *error)
{
	if (fault == FAULT_NONE)
		set_up(part, name);
	else
		set_away(part, name, error->text);
}

static void look_http(struct ctl *ctl, const char *base, const char *path,
		      const char *name, struct part *part)
{
	const struct http_request request = { .method = "GET" };
	struct error error = ERROR_INIT;
	struct http_answer answer;
	char status[64];
	enum fault fault;

	*part = (struct part){ .name = name };
	if (base[0] == '\0')
		return;
	fault = http_send_to(ctl->http, base, path, &request, &answer, &error);
	if (fault == FAULT_NONE && answer.status != 200)
		fault = answers_refusal(&answer, &error);
	set_by(part, name, fault, &error);
	/* Up, but not all there: which dependencies are away is shown below. */
	if (fault == FAULT_NONE &&
	    answers_text(&answer, "status", status, sizeof(status)) &&
	    strcmp(status, "degraded") == 0)
		snprintf(part->detail, sizeof(part->detail), "%s", status);
}

static void look_database(struct ctl *ctl, struct part *part)
{
	struct error error = ERROR_INIT;
	uint64_t rows;
	enum fault fault = query_u64(ctl->sql, "SELECT COUNT(*) FROM numbering",
				     NULL, 0, &rows, &error);

	set_by(part, "database", fault, &error);
}

static void look_redis(struct ctl *ctl, struct part *part)
{
	struct error error = ERROR_INIT;
	struct redis *redis = NULL;
	enum fault fault;

	*part = (struct part){ .name = "redis" };
	if (ctl->settings->redis_url[0] == '\0')
		return;
	fault = redis_connect(ctl->settings->redis_url, &redis, &error);
	if (fault == FAULT_NONE)
		fault = redis_ping(redis, &error);
	redis_free(&redis);
	set_by(part, "redis", fault, &error);
}

static void look_search(struct ctl *ctl, struct part *part)
{
	struct error error = ERROR_INIT;
	struct elastic_state state = { 0 };
	uint64_t documents;
	enum fault fault;

	*part = (struct part){ .name = "elasticsearch" };
	if (ctl->elastic == NULL)
		return;
	fault = elastic_read_state(ctl->elastic, &state, &error);
	if (fault == FAULT_NONE)
		fault = elastic_check_fit(&state, &error);
	if (fault == FAULT_NONE)
		fault = search_index_count(ctl->elastic, &documents, &error);
	set_by(part, "elasticsearch", fault, &error);
	if (fault == FAULT_NONE && *state.building.name)
		snprintf(part->detail, sizeof(part->detail),
			 "an index is being built: %" PRIu64 " of %" PRIu64
			 " messages",
			 state.progress.rows, state.progress.total);
}

/* The workers, by who consumes from their queue. */
static const struct {
	const char *name;
	const char *queue;
	bool search; /* runs only where there is a search engine */
} workers[] = {
	{ "persister", AMQP_QUEUE_PERSIST, false },
	{ "indexer", AMQP_QUEUE_INDEX, true },
	{ "counter", AMQP_QUEUE_COUNT, false },
};

enum { WORKERS = 3 };

static enum fault look_workers(struct ctl *ctl, struct amqp_link *link,
			       struct part parts[WORKERS], struct error *error)
{
	for (int i = 0; i < WORKERS; i++) {
		uint32_t ready = 0, consumers = 0;
		enum fault fault = amqp_link_queue_depth(
			link, workers[i].queue, &ready, &consumers, error);

		if (fault != FAULT_NONE)
			return fault;
		if (workers[i].search && ctl->elastic == NULL)
			continue;
		if (consumers > 0)
			set_up(&parts[i], workers[i].name);
		else
			set_away(&parts[i], workers[i].name,
				 "nobody consumes from its queue");
	}
	return FAULT_NONE;
}

static void look_broker(struct ctl *ctl, struct part *broker,
			struct part worker_parts[WORKERS])
{
	struct error error = ERROR_INIT;
	struct amqp_link *link = NULL;
	enum fault fault;

	*broker = (struct part){ .name = "rabbitmq" };
	for (int i = 0; i < WORKERS; i++)
		worker_parts[i] = (struct part){ .name = workers[i].name };
	if (ctl->settings->rabbitmq_url[0] == '\0')
		return;
	fault = amqp_link_new(ctl->settings->rabbitmq_url, "confabctl", &link,
			      &error);
	if (fault == FAULT_NONE)
		fault = look_workers(ctl, link, worker_parts, &error);
	amqp_link_free(&link);
	set_by(broker, "rabbitmq", fault, &error);
}

void parts_look(struct ctl *ctl, struct part parts_r[PARTS])
{
	look_http(ctl, ctl->settings->api_url, "/ready", "api", &parts_r[0]);
	look_http(ctl, ctl->settings->ingest_url, "/ready", "ingest",
		  &parts_r[1]);
	look_database(ctl, &parts_r[2]);
	look_redis(ctl, &parts_r[3]);
	look_broker(ctl, &parts_r[4], &parts_r[5]);
	look_search(ctl, &parts_r[5 + WORKERS]);
}

bool parts_well(const struct part parts[PARTS])
{
	for (int i = 0; i < PARTS; i++)
		if (parts[i].state == PART_AWAY)
			return false;
	return true;
}

static enum console_colour colour_of(const struct part *part)
{
	if (part->state == PART_AWAY)
		return CONSOLE_BAD;
	return part->detail[0] != '\0' ? CONSOLE_WORSE : CONSOLE_GOOD;
}

static const char *state_name(enum part_state state)
{
	static const char *const names[] = { "unknown", "up", "away" };

	return names[state];
}

void parts_print(const struct part parts[PARTS], FILE *out)
{
	for (int i = 0; i < PARTS; i++)
		if (parts[i].state != PART_UNKNOWN)
			fprintf(out, "%-16s %s%s%s%s%s\n", parts[i].name,
				console_colour(out, colour_of(&parts[i])),
				state_name(parts[i].state),
				console_colour(out, CONSOLE_PLAIN),
				parts[i].detail[0] != '\0' ? "  " : "",
				parts[i].detail);
}

void parts_print_json(const struct part parts[PARTS], FILE *out)
{
	const char *before = "";

	fprintf(out, "\"status\":\"%s\",\"parts\":[",
		parts_well(parts) ? "ok" : "failed");
	for (int i = 0; i < PARTS; i++) {
		struct buf detail = BUF_INIT;

		if (parts[i].state == PART_UNKNOWN)
			continue;
		json_append_string(&detail, parts[i].detail,
				   strlen(parts[i].detail));
		fprintf(out,
			"%s{\"name\":\"%s\",\"state\":\"%s\",\"detail\":%s}",
			before, parts[i].name, state_name(parts[i].state),
			detail.failed ? "null" : detail.data);
		buf_release(&detail);
		before = ",";
	}
	fputc(']', out);
}
