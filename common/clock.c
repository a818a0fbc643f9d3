#include "common/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t read_us(clockid_t id)
{
	struct timespec now;

	/* fails for an unknown clock only */
	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_monotonic_ms(void)
{
	return read_us(CLOCK_MONOTONIC) / 1000;
}

int64_t clock_monotonic_us(void)
{
	return read_us(CLOCK_MONOTONIC);
}

int64_t clock_wall_ms(void)
{
	return read_us(CLOCK_REALTIME) / 1000;
}

/* Years outside 0..9999 cannot be shown; they are clamped to the epoch. */
static void split(int64_t wall_ms, struct tm *tm_r, int *ms_r)
{
	int64_t seconds = wall_ms / 1000;
	time_t time;

	*ms_r = (int)(wall_ms % 1000);
	if (*ms_r < 0) {
		*ms_r += 1000;
		seconds--;
	}
	time = (time_t)seconds;
	if (!gmtime_r(&time, tm_r) || tm_r->tm_year < -1900 ||
	    tm_r->tm_year > 8099) {
		time = 0;
		gmtime_r(&time, tm_r);
	}
}

static void put_digits(char *at, int value, int digits)
{
	while (digits-- > 0) {
		at[digits] = (char)('0' + value % 10);
		value /= 10;
	}
}

static void format(int64_t wall_ms, char *text)
{
	struct tm tm;
	int ms;

	split(wall_ms, &tm, &ms);
	put_digits(text, tm.tm_year + 1900, 4);
	put_digits(text + 5, tm.tm_mon + 1, 2);
	put_digits(text + 8, tm.tm_mday, 2);
	put_digits(text + 11, tm.tm_hour, 2);
	put_digits(text + 14, tm.tm_min, 2);
	put_digits(text + 17, tm.tm_sec, 2);
	put_digits(text + 20, ms, 3);
	text[4] = text[7] = '-';
	text[13] = text[16] = ':';
	text[19] = '.';
}

void clock_format_iso(int64_t wall_ms, char text_r[CLOCK_ISO_SIZE])
{
	format(wall_ms, text_r);
	text_r[10] = 'T';
	text_r[23] = 'Z';
	text_r[24] = '\0';
}

void clock_format_sql(int64_t wall_ms, char text_r[CLOCK_SQL_SIZE])
{
	format(wall_ms, text_r);
	text_r[10] = ' ';
	text_r[23] = '\0';
}

void clock_sleep_ms(int64_t ms)
{
	struct timespec wait = { .tv_sec = (time_t)(ms / 1000),
				 .tv_nsec = (long)(ms % 1000) * 1000000 };

	/* a signal ends it early, which is what callers want */
	nanosleep(&wait, NULL);
}

void clock_cond_init(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;

	/* none of these can fail with valid arguments on Linux */
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(condition, &attributes);
	pthread_condattr_destroy(&attributes);
}

void clock_deadline(int64_t ms, struct timespec *until_r)
{
	clock_gettime(CLOCK_MONOTONIC, until_r);
	until_r->tv_sec += (time_t)(ms / 1000);
	until_r->tv_nsec += (long)(ms % 1000) * 1000000;
	if (until_r->tv_nsec >= 1000000000) {
		until_r->tv_sec++;
		until_r->tv_nsec -= 1000000000;
	}
}
