#include "ctl/progress_bar.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/clock.h"
#include "ctl/console.h"

#define REWRITE_EVERY_MS 100
#define LINE_EVERY_MS 5000
#define COLUMNS_DEFAULT 80u
#define BAR_LEAST 10u
#define BAR_MOST 40u

void progress_bar_start(struct progress_bar *progress, const char *doing,
			uint64_t total)
{
	*progress = (struct progress_bar){
		.doing = doing,
		.total = total,
		.started_ms = clock_monotonic_ms(),
		.rewrite = console_is_terminal(stderr),
	};
}

/* ", 8000/s, 90 s left" */
static void append_rate(struct buf *line, const struct progress_bar *progress,
			uint64_t done, int64_t elapsed)
{
	uint64_t now =
		done > progress->begun_at ? done - progress->begun_at : 0;
	uint64_t rate = now * 1000 / (uint64_t)elapsed;

	buf_printf(line, ", %" PRIu64 "/s", rate);
	if (rate > 0 && progress->total > done)
		buf_printf(line, ", %" PRIu64 " s left",
			   (progress->total - done) / rate);
}

static void append_figures(struct buf *line,
			   const struct progress_bar *progress, uint64_t done,
			   int64_t elapsed)
{
	buf_printf(line, "%s: %" PRIu64, progress->doing, done);
	if (progress->total >= done && progress->total > 0)
		buf_printf(line, " of %" PRIu64, progress->total);
	if (elapsed >= 1000)
		append_rate(line, progress, done, elapsed);
}

/* What fits into a line without the terminal going on to the next. */
static size_t room(void)
{
	struct winsize window;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &window) != 0 ||
	    window.ws_col == 0)
		return COLUMNS_DEFAULT - 1;
	return window.ws_col - 1u;
}

/* "  [######....]  60%", where there is room. */
static void append_bar(struct buf *line, const struct progress_bar *progress,
		       uint64_t done, size_t columns)
{
	size_t used = line->length + strlen("  [] 100%"), width, full;

	if (progress->total == 0 || done > progress->total ||
	    used + BAR_LEAST > columns)
		return;
	width = columns - used < BAR_MOST ? columns - used : BAR_MOST;
	full = (size_t)((double)done / (double)progress->total * (double)width);
	buf_append_text(line, "  [");
	for (size_t i = 0; i < width; i++)
		buf_append_char(line, i < full ? '#' : '.');
	buf_printf(line, "] %3d%%",
		   (int)((double)done / (double)progress->total * 100));
}

/* Blanks over the rest of a longer line that stood there before. */
static void rewrite(struct progress_bar *progress, struct buf *line,
		    uint64_t done)
{
	size_t columns = room(), length;

	append_bar(line, progress, done, columns);
	length = line->length < columns ? line->length : columns;
	fprintf(stderr, "\r%.*s", (int)length, line->data);
	for (size_t i = length; i < progress->width && i < columns; i++)
		fputc(' ', stderr);
	progress->width = length;
}

static void show(struct progress_bar *progress, uint64_t done, int64_t now,
		 bool last)
{
	struct buf line = BUF_INIT;

	append_figures(&line, progress, done, now - progress->started_ms);
	if (line.failed)
		buf_clear(&line);
	else if (progress->rewrite)
		rewrite(progress, &line, done);
	else
		fputs(line.data, stderr);
	if (last || !progress->rewrite)
		fputc('\n', stderr);
	fflush(stderr);
	progress->shown_ms = now;
	buf_release(&line);
}

void progress_bar_update(struct progress_bar *progress, uint64_t done)
{
	int64_t now = clock_monotonic_ms();
	int64_t last = progress->shown_ms;

	if (last == 0 && !progress->rewrite)
		last = progress->started_ms;
	if (now - last < (progress->rewrite ? REWRITE_EVERY_MS : LINE_EVERY_MS))
		return;
	show(progress, done, now, false);
}

void progress_bar_finish(struct progress_bar *progress, uint64_t done)
{
	show(progress, done, clock_monotonic_ms(), true);
}
