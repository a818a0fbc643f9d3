#include "ctl/console.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void console_error(const char *format, ...)
{
	va_list arguments;

	fputs("confabctl: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

void console_fault(const char *doing, const struct error *error)
{
	console_error("cannot %s: %s", doing, error->text);
}

void console_append_printable(struct buf *out, const char *text, size_t length)
{
	const unsigned char *byte = (const unsigned char *)text;

	for (size_t i = 0; i < length; i++) {
		/* U+0080 to U+009F are orders too */
		bool c1 = byte[i] == 0xc2 && i + 1 < length &&
			  byte[i + 1] >= 0x80 && byte[i + 1] < 0xa0;

		if (c1)
			i++;
		if (c1 || byte[i] < 0x20 || byte[i] == 0x7f)
			buf_append_char(out, '?');
		else
			buf_append_char(out, text[i]);
	}
}

int console_divert(void)
{
	int data;

	/* in step with what stderr gets; nothing was printed yet */
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	data = dup(STDOUT_FILENO);
	if (data >= 0 && dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
		close(data);
		return -1;
	}
	return data;
}

void console_end_divert(int data)
{
	if (data < 0)
		return;
	fflush(stdout);
	/* a descriptor that was open a moment ago; without it, the flush at
	 * the end of the program tells */
	(void)dup2(data, STDOUT_FILENO);
	close(data);
}

bool console_can_ask(void)
{
	return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

bool console_confirm(const char *question)
{
	char answer[16];

	fprintf(stderr, "%s Type yes to go on: ", question);
	fflush(stderr);
	if (fgets(answer, sizeof(answer), stdin) == NULL)
		return false;
	return strcmp(answer, "yes\n") == 0;
}

bool console_is_terminal(FILE *out)
{
	const char *kind = getenv("TERM");

	return isatty(fileno(out)) != 0 && kind != NULL && *kind != '\0' &&
	       strcmp(kind, "dumb") != 0;
}

const char *console_colour(FILE *out, enum console_colour colour)
{
	static const char *const codes[] = { "\033[0m", "\033[32m", "\033[33m",
					     "\033[31m" };
	const char *unwanted = getenv("NO_COLOR");

	if (!console_is_terminal(out) ||
	    (unwanted != NULL && *unwanted != '\0'))
		return "";
	return codes[colour];
}
