#include "api/health.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "api/server.h"
#include "common/background.h"
#include "common/elastic_state.h"
#include "common/log.h"

#define PERIOD_MS 1000
#define ENGINE_TIMEOUT_MS 2000

struct health {
	struct server *server;
	struct background background;
	atomic_bool sql, engine;
	atomic_bool misfit; /* the engine's index is of another version */
};

static bool read_key(void *context, const struct sql_value *columns,
		     size_t count)
{
	struct health *health = context;

	(void)count;
	if (columns[0].as.bytes.length == JOB_KEY_SIZE)
		job_key_set(health->server->job_key,
			    (const uint8_t *)columns[0].as.bytes.data);
	return false;
}

static bool ask_sql(struct health *health, struct sql *sql, struct error *error)
{
	static const char statement[] =
		"SELECT value FROM settings WHERE name = 'job_secret'";

	return sql_run(sql, statement, NULL, 0, read_key, health, NULL,
		       error) == FAULT_NONE;
}

/* An index of another version is as good as none. */
static bool ask_engine(struct elastic *elastic, struct error *error)
{
	struct elastic_answer answer;
	struct elastic_state state;

	if (elastic_read_state(elastic, &state, error) != FAULT_NONE ||
	    elastic_check_fit(&state, error) != FAULT_NONE)
		return false;
	if (elastic_request(elastic, "GET", "/" ELASTIC_ALIAS "/_count", NULL,
			    0, NULL, ENGINE_TIMEOUT_MS, &answer,
			    error) != FAULT_NONE)
		return false;
	if (answer.status == 200)
		return true;
	error_set(error, FAULT_TEMPORARY, (int)answer.status,
		  "Elasticsearch answers %ld", answer.status);
	return false;
}

static void note(atomic_bool *state, bool now, const char *what,
		 const struct error *error, bool first)
{
	if (atomic_exchange(state, now) == now && !first)
		return;
	if (now)
		log_event(LOG_INFO, "dependency-up", LOG_TEXT("name", what));
	else
		log_event(LOG_WARNING, "dependency-down",
			  LOG_TEXT("name", what),
			  LOG_TEXT("reason", error->text));
}

static void look_at_engine(struct health *health, struct elastic *elastic,
			   bool first)
{
	struct error error = ERROR_INIT;
	bool up = ask_engine(elastic, &error);

	if (up || error.code == ELASTIC_MISFIT)
		atomic_store(&health->misfit, !up);
	note(&health->engine, up, "elasticsearch", &error, first);
}

static void *run(void *argument)
{
	struct health *health = argument;
	const char *url = health->server->config->elasticsearch_url;
	struct sql *sql = sql_new(&health->server->sql_settings);
	struct elastic *elastic = *url ? elastic_new(url) : NULL;
	bool first = true;

	sql_thread_init();
	do {
		struct error error = ERROR_INIT;

		if (sql)
			note(&health->sql, ask_sql(health, sql, &error),
			     "mysql", &error, first);
		if (elastic)
			look_at_engine(health, elastic, first);
		first = false;
	} while (background_sleep(&health->background, PERIOD_MS));
	elastic_free(&elastic);
	sql_free(&sql);
	sql_thread_release();
	return NULL;
}

struct health *health_new(struct server *server)
{
	struct health *health = calloc(1, sizeof(*health));

	if (!health)
		return NULL;
	health->server = server;
	if (!background_start(&health->background, run, health)) {
		free(health);
		return NULL;
	}
	return health;
}

void health_free(struct health **health)
{
	if (!*health)
		return;
	background_stop(&(*health)->background);
	free(*health);
	*health = NULL;
}

bool health_sql(const struct health *health)
{
	return atomic_load(&health->sql);
}

bool health_engine(const struct health *health)
{
	return atomic_load(&health->engine);
}

bool health_index_fits(const struct health *health)
{
	return !atomic_load(&health->misfit);
}
