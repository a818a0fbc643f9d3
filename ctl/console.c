#include "ctl/console.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"

#define REWRITE_EVERY_MS 100
#define LINE_EVERY_MS 5000

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

void progress_start(struct progress *progress, const char *doing,
		    uint64_t total)
{
	*progress = (struct progress){
		.doing = doing,
		.total = total,
		.started_ms = clock_monotonic_ms(),
		.rewrite = isatty(STDERR_FILENO) != 0,
	};
}

/* ", 8000/s, 90 s left" */
static void show_rate(const struct progress *progress, uint64_t done,
		      int64_t elapsed)
{
	uint64_t now =
		done > progress->begun_at ? done - progress->begun_at : 0;
	uint64_t rate = now * 1000 / (uint64_t)elapsed;

	fprintf(stderr, ", %" PRIu64 "/s", rate);
	if (rate > 0 && progress->total > done)
		fprintf(stderr, ", %" PRIu64 " s left",
			(progress->total - done) / rate);
}

static void show(struct progress *progress, uint64_t done, int64_t now,
		 char end)
{
	int64_t elapsed = now - progress->started_ms;

	fprintf(stderr, "%s%s: %" PRIu64, progress->rewrite ? "\r" : "",
		progress->doing, done);
	if (progress->total >= done && progress->total > 0)
		fprintf(stderr, " of %" PRIu64, progress->total);
	if (elapsed >= 1000)
		show_rate(progress, done, elapsed);
	/* Blanks over the rest of a longer line that stood here before. */
	fputs(progress->rewrite ? "          " : "", stderr);
	if (end != '\0')
		fputc(end, stderr);
	fflush(stderr);
	progress->shown_ms = now;
}

void progress_update(struct progress *progress, uint64_t done)
{
	int64_t now = clock_monotonic_ms();
	int64_t last = progress->shown_ms;

	if (last == 0 && !progress->rewrite)
		last = progress->started_ms;
	if (now - last < (progress->rewrite ? REWRITE_EVERY_MS : LINE_EVERY_MS))
		return;
	show(progress, done, now, progress->rewrite ? '\0' : '\n');
}

void progress_finish(struct progress *progress, uint64_t done)
{
	show(progress, done, clock_monotonic_ms(), '\n');
}
