#include <stdio.h>
#include <string.h>

#include "tests/integration/harness.h"
#include "tests/integration/stores.h"

/* Single rows that many ask for at once are looked up together: each one gets
 * its own, whoever asks beside it. */

enum { TALKS = 3, TEXTS = 20, CONNECTIONS = 64, READS = 6000, KINDS = 6 };

struct crowd {
	struct talk talks[TALKS];
	unsigned sent, answered;
};

static void text_of(unsigned talk, unsigned number, char text_r[32])
{
	snprintf(text_r, 32, "talk %u text %u", talk, number);
}

static void prepare(struct crowd *crowd)
{
	for (unsigned t = 0; t < TALKS; t++) {
		char texts[TEXTS][32];
		const char *all[TEXTS];

		for (unsigned i = 0; i < TEXTS; i++) {
			text_of(t, i + 1, texts[i]);
			all[i] = texts[i];
		}
		create_talk(&crowd->talks[t], all, TEXTS);
	}
}

/* What the n-th request asks for: every kind with every talk and number. */
static unsigned kind_of(unsigned n)
{
	return n % KINDS;
}

static unsigned talk_of(unsigned n)
{
	return n / KINDS % TALKS;
}

static unsigned number_of(unsigned n)
{
	return 1 + n / (KINDS * TALKS) % TEXTS;
}

static bool next(void *context, struct http_call *call)
{
	struct crowd *crowd = context;
	unsigned n = crowd->sent, number = number_of(n);
	const char *url = setting("CONFAB_API_URL");
	const char *token = crowd->talks[talk_of(n)].token;

	if (n == READS)
		return false;
	crowd->sent++;
	call->method = "GET";
	call->tag = n;
	buf_printf(&call->url, "%s/applications/", url);
	switch (kind_of(n)) {
	case 0:
		buf_printf(&call->url, "%s/chats/1/messages/%u", token, number);
		break;
	case 1:
		buf_printf(&call->url, "%s", token);
		break;
	case 2:
		buf_printf(&call->url, "%s/chats/1", token);
		break;
	case 3:
		buf_printf(&call->url, "%s/chats/1/messages/%u", token,
			   TEXTS + number);
		break;
	case 4:
		buf_printf(&call->url, "%s/chats/%u", token, 1 + number);
		break;
	default:
		buf_printf(&call->url, "%032x/chats/1/messages/%u", n, number);
		break;
	}
	return true;
}

static int done(void *context, const struct http_call *call,
		const struct http_reply *reply)
{
	struct crowd *crowd = context;
	unsigned n = call->tag;
	char text[32];

	crowd->answered++;
	switch (kind_of(n)) {
	case 0:
		assert_status(reply, 200);
		text_of(talk_of(n), number_of(n), text);
		assert_string_equal(reply_text(reply, "body"), text);
		assert_int_equal(reply_number(reply, "number"), number_of(n));
		break;
	case 1:
		assert_status(reply, 200);
		assert_string_equal(reply_text(reply, "token"),
				    crowd->talks[talk_of(n)].token);
		break;
	case 2:
		assert_status(reply, 200);
		assert_int_equal(reply_number(reply, "number"), 1);
		break;
	default:
		assert_status(reply, 404);
		break;
	}
	return 0;
}

static void test_each_gets_its_own(void **state)
{
	struct crowd crowd = { .sent = 0 };
	struct http_many many = { .connections = CONNECTIONS,
				  .next = next,
				  .done = done,
				  .context = &crowd };

	(void)state;
	prepare(&crowd);
	http_many_run(&many);
	assert_int_equal(crowd.answered, READS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_gets_its_own),
	};

	return cmocka_run_group_tests_name("lookups", tests, NULL, NULL);
}
