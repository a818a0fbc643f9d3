/* links: ctl */
#include "ctl/console.h"
#include "tests/unit/unit.h"

static void takes_orders_out_of_texts(void **state)
{
	static const struct {
		const char *text, *printed;
	} texts[] = {
		{ "caf\xc3\xa9 \xe3\x81\x93", "caf\xc3\xa9 \xe3\x81\x93" },
		{ "\033[2Jgone", "?[2Jgone" },
		{ "a\nb\tc\x7f", "a?b?c?" },
		{ "\xc2\x9b"
		  "31mred",
		  "?31mred" },
		{ "\xc2\x80\xc2\x9f\xc2\xa0", "??\xc2\xa0" },
		{ "\xc2", "\xc2" },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct buf out = BUF_INIT;

		console_append_printable(&out, texts[i].text,
					 strlen(texts[i].text));
		if (texts[i].printed != NULL)
			assert_string_equal(out.data, texts[i].printed);
		else
			assert_int_equal(out.length, 0);
		buf_release(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_orders_out_of_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
