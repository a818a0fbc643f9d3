#include <stdio.h>
#include <string.h>

#include "tests/integration/harness.h"
#include "tests/integration/paging.h"
#include "tests/integration/processes.h"
#include "tests/integration/stores.h"
#include "tests/unit/search_rows.h"

/* What is found by which query, and in which order, by Elasticsearch and by
 * SQL: the rows of tests/unit/search_rows.h and the corpus below. */

static const char *const corpus[] = {
	/* 1 */ "my red car",
	/* 2 */ "car, one two three four five six, red",
	/* 3 */ "red and blue and green car",
	/* 4 */ "reddish cartoon",
	/* 5 */ "red cart",
	/* 6 */ "cars are red",
	/* 7 */ "The red car again",
	/* 8 */ "Gro\u00dfer B\u00e4r und Stra\u00dfenbahn",
	/* 9 */ "grosser Bahnhof STRASSENBAHN",
	/* 10 */ "\u041f\u0440\u0438\u0432\u0435\u0442, \u043c\u0438\u0440",
	/* 11 */
	"\u043f\u0440\u0438\u0432\u0435\u0442 \u043c\u0438\u0440\u043d\u044b"
	"\u0439",
	/* 12 */ "caf\u00e9 au lait",
	/* 13 */ "CAFE AU LAIT!",
	/* 14 */ "cafeteria",
	/* 15 */ "user.name@example.com wrote",
	/* 16 */ "see https://www.example.com/a/b?c=1",
	/* 17 */ "room 1204, phone +49 30 123456",
	/* 18 */ "room 120",
	/* 19 */ "\u6211\u7231\u5317\u4eac\u5929\u5b89\u95e8",
	/* 20 */ "\u5317\u8fb9\u7684\u4eac\u57ce",
	/* 21 */ "\u0645\u0631\u062d\u0628\u0627 \u0628\u0643",
	/* 22 */ "\u03ba\u03b1\u03c6\u03ad\u03c2 \u03b3\u03ac\u03bb\u03b1",
	/* 23 */ "party \U0001f389",
	/* 24 */ "done \U0001f389\U0001f389",
	/* 25 */ "C:\\dir\\file (old) * AND",
	/* 26 */ "hello world",
	/* 27 */ "world hello",
	/* 28 */ "hello, wide world",
	/* 29 */ "hello worldwide",
	/* 30 */ "hallo world",
	/* 31 */ "antidisestablishmentarianism is long",
	/* 32 */ "antidisestablishmentarian talk",
};

/* A query and the numbers of all hits, best first. */
static const struct query {
	const char *text;
	bool fuzzy;
	const char *hits;
} queries[] = {
	/* whole words, phrase and near words, newest */
	{ "red", false, "7 6 5 3 2 1 4" },
	{ "RED", false, "7 6 5 3 2 1 4" },
	{ "red car", false, "7 1 3 2 5 6 4" },
	{ "car red", false, "7 1 3 2 6 5 4" },
	{ "Red CAR!", false, "7 1 3 2 5 6 4" },
	{ "hello world", false, "26 28 27 29" },
	{ "hel", false, "29 28 27 26" },
	{ "hello", false, "29 28 27 26" },
	{ "wor hel", false, "29 28 27 26" },
	{ "hello hello", false, "29 28 27 26" },
	{ "hello nothing", false, "" },
	{ "ello", false, "" },
	{ "a", false, "16 32 31 25 13 12 7 6 3" },

	/* phrases */
	{ "\"red car\"", false, "7 1" },
	{ "\"car red\"", false, "" },
	{ "\"hello world\"", false, "26" },
	{ "\"hello\" wor", false, "29 26 28 27" },
	{ "\"hell\"", false, "" },
	{ "hello\"", false, "29 28 27 26" },
	{ "\"hello wor", false, "29 26 28 27" },
	{ "\"red car\" again", false, "7" },
	{ "\"world\"", false, "30 28 27 26" },
	{ "\"\"", false, "" },

	/* case, accents, scripts */
	{ "cafe", false, "13 12 14" },
	{ "CAF\u00c9", false, "13 12 14" },
	{ "caf", false, "14 13 12" },
	{ "cafe au lait", false, "13 12" },
	{ "stra\u00dfenbahn", false, "9 8" },
	{ "STRASSENB", false, "9 8" },
	{ "grosser", false, "9 8" },
	{ "bar", false, "8" },
	{ "\u043f\u0440\u0438\u0432\u0435\u0442", false, "11 10" },
	{ "\u041c\u0418\u0420", false, "10 11" },
	{ "\u041f\u0420\u0418\u0412\u0415\u0422 \u041c\u0418\u0420", false,
	  "10 11" },
	{ "\u039a\u0391\u03a6\u0388\u03a3", false, "22" },
	{ "\u03b3\u03b1\u03bb", false, "22" },
	{ "\u0645\u0631\u062d\u0628\u0627", false, "21" },
	{ "\u0645\u0631", false, "21" },
	{ "\u5317\u4eac", false, "19" },
	{ "\u4eac", false, "20 19" },
	{ "\u5317 \u4eac", false, "19 20" },
	{ "\u5929\u5b89\u95e8", false, "19" },
	{ "\u4eac\u5317", false, "" },
	{ "\U0001f389", false, "24 23" },
	{ "party \U0001f389", false, "23" },

	{ "cafe\u0301", false, "13 12 14" },
	{ "\uff48\uff45\uff4c\uff4c\uff4f", false, "29 28 27 26" },

	/* digits, addresses, signs */
	{ "120", false, "18 17" },
	{ "1204", false, "17" },
	{ "+49 30", false, "17" },
	{ "123456", false, "17" },
	{ "1", false, "16 18 17" },
	{ "example", false, "16 15" },
	{ "example.com", false, "16 15" },
	{ "user.name@example.com", false, "15" },
	{ "name", false, "15" },
	{ "https://www.example.com/a/b?c=1", false, "16" },
	{ "*", false, "" },
	{ "hel*", false, "29 28 27 26" },
	{ "AND", false, "25 3" },
	{ "red AND blue", false, "3" },
	{ "red OR", false, "" },
	{ "(old)", false, "25" },
	{ "b?c=1", false, "16" },
	{ " hello\t world ", false, "26 28 27 29" },
	{ "\\dir\\file", false, "25" },
	{ "file:old", false, "" },
	{ "hello -world", false, "26 28 27 29" },

	/* long words */
	{ "antidisest", false, "32 31" },
	{ "antidisesta", false, "32 31" },
	{ "antidisestablishmentarian", false, "32 31" },
	{ "antidisestablishmentarianism", false, "31" },
	{ "antidisestablishmentarianisms", false, "" },

	/* typing errors */
	{ "hellp", true, "29 28 27 26" },
	{ "hellp", false, "" },
	{ "hello world", true, "26 28 27 29 30" },
	{ "wrold", true, "30 28 27 26 29" },
	{ "wrold", false, "" },
	{ "wrodl", true, "" },
	{ "cas", true, "" },
	{ "1205", true, "" },
	{ "antidisestablismentarian", true, "32" },
	{ "\"hellp\"", true, "" },
};

enum { QUERIES = COUNT_OF(queries), LEAST_QUERIES = 80 };

static struct talk rows, words; /* chat 1 of each has the texts */
static struct worker no_engine; /* one API more, without the engine */

/* ---- texts ---- */

static bool are_indexed(void *context)
{
	const struct talk *talk = context;
	uint64_t count = store_rows(talk->application);

	return count > 0 &&
	       count == store_number("SELECT MAX(number) FROM messages WHERE "
				     "application_id = %llu",
				     (unsigned long long)talk->application) &&
	       count == store_documents(talk->application);
}

/* An empty text cannot be posted; its place is taken by another. */
static int prepare(void **state)
{
	(void)state;
	create_talk(&rows, NULL, 0);
	create_talk(&words, NULL, 0);
	for (size_t i = 0; i < COUNT_OF(search_rows); i++) {
		const char *body = search_rows[i].body;

		assert_int_equal(
			create_message(rows.token, 1, *body ? body : "nobody"),
			i + 1);
	}
	for (size_t i = 0; i < COUNT_OF(corpus); i++)
		assert_int_equal(create_message(words.token, 1, corpus[i]),
				 i + 1);
	assert_becomes(are_indexed, &rows, DRAINED_MS);
	assert_becomes(are_indexed, &words, DRAINED_MS);
	worker_start_with("api", "ELASTICSEARCH_URL=", &no_engine);
	return 0;
}

static int clean_up(void **state)
{
	(void)state;
	worker_stop(&no_engine);
	return 0;
}

/* ---- questions ---- */

struct question {
	const struct talk *talk;
	const char *text;
	bool fuzzy;
	const char *engine; /* who is to answer */
	const struct http_reply *reply;
};

static void append_encoded(struct buf *out, const char *text)
{
	for (; *text; text++)
		buf_printf(out, "%%%02X", (unsigned char)*text);
}

/* On a loaded machine an engine may be late, and SQL too, and both say so. */
static bool is_answered(void *context)
{
	struct question *question = context;
	bool sql = strcmp(question->engine, "sql") == 0;
	struct buf url = BUF_INIT;
	const char *engine;

	buf_printf(&url, "%s/applications/%s/chats/1/messages/search?q=",
		   sql ? worker_url(&no_engine) : setting("CONFAB_API_URL"),
		   question->talk->token);
	append_encoded(&url, question->text);
	buf_printf(&url, "&limit=1000&fuzzy=%s",
		   question->fuzzy ? "true" : "false");
	question->reply = http_send("GET", NULL, NULL, url.data);
	buf_release(&url);
	assert_status(question->reply, 200);
	engine = http_header(question->reply, "X-Search-Engine");
	return engine && strcmp(engine, question->engine) == 0 &&
	       !http_header(question->reply, "X-Search-Truncated");
}

static const char *ask(struct question *question)
{
	assert_becomes(is_answered, question, DRAINED_MS);
	return paging_numbers(question->reply, "number");
}

static unsigned check_order(const struct query *query, const char *engine)
{
	struct question question = { .talk = &words,
				     .text = query->text,
				     .fuzzy = query->fuzzy,
				     .engine = engine };
	const char *hits = ask(&question);

	if (strcmp(hits, query->hits) == 0)
		return 0;
	print_error("%s: %s%s finds \"%s\" and not \"%s\"\n", engine,
		    query->text, query->fuzzy ? " (fuzzy)" : "", hits,
		    query->hits);
	return 1;
}

/* The row's own text is among the hits or not; others may be. */
static unsigned check_row(size_t i, const char *engine)
{
	const struct search_row *row = &search_rows[i];
	struct question question = { .talk = &rows,
				     .text = row->query,
				     .fuzzy = row->fuzzy,
				     .engine = engine };
	char number[32], hits[4200];

	if (!*row->query)
		return 0;
	snprintf(number, sizeof(number), " %zu ", i + 1);
	snprintf(hits, sizeof(hits), " %s ", ask(&question));
	if ((strstr(hits, number) != NULL) == row->hit)
		return 0;
	print_error("%s: \"%s\" should be a %s\n", engine, row->name,
		    row->hit ? "hit" : "miss");
	return 1;
}

/* ---- tests ---- */

static void check_all(const char *engine)
{
	unsigned wrong = 0;

	for (size_t i = 0; i < QUERIES; i++)
		wrong += check_order(&queries[i], engine);
	for (size_t i = 0; i < COUNT_OF(search_rows); i++)
		wrong += check_row(i, engine);
	assert_int_equal(wrong, 0);
}

static void test_enough(void **state)
{
	(void)state;
	assert_true(QUERIES >= LEAST_QUERIES);
}

static void test_engine(void **state)
{
	(void)state;
	check_all("elasticsearch");
}

static void test_sql(void **state)
{
	(void)state;
	check_all("sql");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_enough),
		cmocka_unit_test(test_engine),
		cmocka_unit_test(test_sql),
	};

	return cmocka_run_group_tests_name("search_table", tests, prepare,
					   clean_up);
}
