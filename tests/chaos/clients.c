#include "tests/chaos/clients.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "tests/chaos/clients_private.h"
#include "tests/chaos/journal.h"

#define FIRST_CHATS 4u
/* More than this many open ops, and the clients wait before they ask for
 * more. */
#define OPEN_MAX 3000u
#define POLL_MS 5
#define SETUP_TRIES 40

static void start_slot(struct clients *clients, struct clients_slot *slot,
		       uint32_t op, bool replay)
{
	slot->op = op;
	slot->replay = replay;
	clients_write(clients, slot);
	if (curl_multi_add_handle(clients->multi, slot->exchange.easy) !=
	    CURLM_OK) {
		fprintf(stderr, "chaos: curl_multi_add_handle failed\n");
		exit(111);
	}
	slot->busy = true;
	clients->under_way++;
	atomic_fetch_add(&clients->sent, 1);
}

static struct clients_slot *free_slot(struct clients *clients)
{
	if (clients->under_way == clients->settings.connections)
		return NULL;
	for (unsigned i = 0; i < clients->settings.connections; i++) {
		if (!clients->slots[i].busy)
			return &clients->slots[i];
	}
	return NULL;
}

static void send_due(struct clients *clients)
{
	int64_t now_ms = clock_monotonic_ms();
	struct clients_slot *slot;
	uint32_t op;

	while ((slot = free_slot(clients)) &&
	       clients_queue_take(&clients->retries, now_ms, &op))
		start_slot(clients, slot, op, false);
	while ((slot = free_slot(clients)) &&
	       clients_queue_take(&clients->replays, now_ms, &op))
		start_slot(clients, slot, op, true);
}

/* What no connection was free for is not made up for later. */
static void send_new(struct clients *clients, unsigned count)
{
	struct clients_slot *slot;
	uint32_t op;

	while (count-- > 0 && clients->open < OPEN_MAX &&
	       (slot = free_slot(clients))) {
		if (!clients_choose(clients, &op))
			continue;
		atomic_fetch_add(&clients->open, 1);
		start_slot(clients, slot, op, false);
	}
}

static void take_answers(struct clients *clients)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(clients->multi, &left))) {
		CURLcode code = message->data.result;
		CURL *easy = message->easy_handle;
		struct clients_slot *slot;

		curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&slot);
		curl_multi_remove_handle(clients->multi, easy);
		http_exchange_finish(&slot->exchange, code);
		slot->busy = false;
		clients->under_way--;
		clients_judge(clients, slot);
	}
}

static void *run(void *context)
{
	struct clients *clients = context;
	int64_t last_us = clock_monotonic_us();
	double budget = 0;
	int active;

	while (clients->running) {
		int64_t now_us = clock_monotonic_us();

		budget += (double)(now_us - last_us) * 1e-6 *
			  clients->settings.rate;
		last_us = now_us;
		send_due(clients);
		if (clients->creating)
			send_new(clients, (unsigned)budget);
		budget -= (unsigned)budget;
		if (curl_multi_perform(clients->multi, &active) != CURLM_OK ||
		    curl_multi_poll(clients->multi, NULL, 0, POLL_MS, NULL) !=
			    CURLM_OK) {
			fprintf(stderr, "chaos: curl_multi failed\n");
			exit(111);
		}
		take_answers(clients);
	}
	return NULL;
}

/* ---- the first applications and chats, before anything goes wrong ---- */

static bool create_app(struct clients *clients, struct record_app *app)
{
	const struct http_reply *reply;
	char url[256];
	cJSON *json;
	const cJSON *token;

	snprintf(url, sizeof(url), "%s/applications",
		 clients->settings.api_url);
	reply = http_send("POST", NULL,
			  "{\"application\":{\"name\":\"chaos\"}}", url);
	json = cJSON_ParseWithLength(reply->body, reply->length);
	token = cJSON_GetObjectItemCaseSensitive(json, "token");
	if (reply->status == 201 && cJSON_IsString(token))
		snprintf(app->token, sizeof(app->token), "%s",
			 token->valuestring);
	cJSON_Delete(json);
	return app->token[0] != '\0';
}

static bool create_first_chat(struct clients *clients, uint32_t app)
{
	uint32_t index = record_add(clients->record);
	struct op *op = record_op(clients->record, index);
	struct clients_slot *slot = &clients->slots[0];

	*op = (struct op){ .type = OP_CHAT, .keyed = true, .app = app };
	op->first_ms = clock_monotonic_ms();
	op->ingest = index % 2 == 0;
	slot->op = index;
	atomic_fetch_add(&clients->open, 1);
	for (int i = 0; i < SETUP_TRIES && op->state == OP_OPEN; i++) {
		clients_write(clients, slot);
		http_exchange_finish(&slot->exchange,
				     curl_easy_perform(slot->exchange.easy));
		if (slot->exchange.reply.status == 202)
			clients_judge(clients, slot);
		else
			clock_sleep_ms(250);
	}
	return op->state == OP_ACKNOWLEDGED;
}

static bool set_up(struct clients *clients)
{
	for (uint32_t i = 0; i < clients->record->app_count; i++) {
		if (!create_app(clients, &clients->record->apps[i]))
			return false;
		for (unsigned j = 0; j < FIRST_CHATS; j++) {
			if (!create_first_chat(clients, i))
				return false;
		}
	}
	return true;
}

static void release(struct clients *clients)
{
	for (unsigned i = 0; i < clients->settings.connections; i++) {
		struct clients_slot *slot = &clients->slots[i];

		if (slot->busy)
			curl_multi_remove_handle(clients->multi,
						 slot->exchange.easy);
		http_exchange_release(&slot->exchange);
		buf_release(&slot->url);
		buf_release(&slot->body);
	}
	curl_multi_cleanup(clients->multi);
	free(clients->retries.items);
	free(clients->replays.items);
	free(clients->slots);
	free(clients);
}

struct clients *clients_new(const struct clients_settings *settings)
{
	struct clients *clients = calloc(1, sizeof(*clients));

	if (!clients)
		return NULL;
	clients->settings = *settings;
	clients->record = settings->record;
	clients->dice.state = settings->record->seed ^ 0x5eed;
	clients->creating = clients->running = true;
	clients->multi = curl_multi_init();
	clients->slots = calloc(settings->connections, sizeof(*clients->slots));
	if (!clients->multi || !clients->slots)
		exit(111);
	for (unsigned i = 0; i < settings->connections; i++)
		http_exchange_init(&clients->slots[i].exchange);
	curl_multi_setopt(clients->multi, CURLMOPT_MAXCONNECTS,
			  (long)settings->connections);
	if (!set_up(clients) ||
	    pthread_create(&clients->thread, NULL, run, clients) != 0) {
		fprintf(stderr, "chaos: the API does not take the first "
				"applications and chats\n");
		release(clients);
		return NULL;
	}
	return clients;
}

struct clients_figures clients_figures(struct clients *clients)
{
	return (struct clients_figures){
		.sent = clients->sent,
		.acknowledged = clients->acknowledged,
		.refused = clients->refused,
		.unanswered = clients->unanswered,
		.replayed = clients->replayed,
		.wrong = clients->wrong,
		.open = clients->open,
	};
}

int64_t clients_accepted_since_ms(struct clients *clients)
{
	int64_t api = clients->accepted_ms[0], ingest = clients->accepted_ms[1];

	return api < ingest ? api : ingest;
}

void clients_stop_creating(struct clients *clients)
{
	clients->creating = false;
}

void clients_free(struct clients **clients)
{
	if (!*clients)
		return;
	(*clients)->running = false;
	pthread_join((*clients)->thread, NULL);
	release(*clients);
	*clients = NULL;
}
