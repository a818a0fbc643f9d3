#include "tests/chaos/journal.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "common/clock.h"

#define PLAIN_STATUS_MS 10000

static FILE *file;
static int64_t opened_ms;
static bool failed, status_shown;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

bool journal_open(const char *path)
{
	opened_ms = clock_monotonic_ms();
	file = fopen(path, "we");
	return file != NULL;
}

bool journal_close(void)
{
	bool ok = !failed && fclose(file) == 0;

	file = NULL;
	return ok;
}

int64_t journal_now_ms(void)
{
	return clock_monotonic_ms() - opened_ms;
}

__attribute__((format(printf, 1, 0))) static void write_line(const char *format,
							     va_list args)
{
	if (!file)
		return;
	if (fprintf(file, "%" PRId64 " ", journal_now_ms()) < 0 ||
	    vfprintf(file, format, args) < 0 || fputc('\n', file) == EOF)
		failed = true;
}

void journal_write(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	pthread_mutex_lock(&lock);
	write_line(format, args);
	pthread_mutex_unlock(&lock);
	va_end(args);
}

void journal_say(const char *format, ...)
{
	va_list args, again;

	va_start(args, format);
	va_copy(again, args);
	pthread_mutex_lock(&lock);
	write_line(format, args);
	if (status_shown)
		fputs("\r\033[K", stdout);
	status_shown = false;
	vprintf(format, again);
	putchar('\n');
	fflush(stdout);
	pthread_mutex_unlock(&lock);
	va_end(again);
	va_end(args);
}

void journal_status(const char *format, ...)
{
	static int64_t next_ms;
	bool terminal = isatty(STDOUT_FILENO) == 1;
	va_list args;

	if (!terminal && journal_now_ms() < next_ms)
		return;
	next_ms = journal_now_ms() + PLAIN_STATUS_MS;
	va_start(args, format);
	pthread_mutex_lock(&lock);
	if (terminal)
		fputs("\r\033[K", stdout);
	vprintf(format, args);
	if (!terminal)
		putchar('\n');
	status_shown = terminal;
	fflush(stdout);
	pthread_mutex_unlock(&lock);
	va_end(args);
}
