#include "common/sql_time.h"

#include <string.h>

#define MS_PER_DAY INT64_C(86400000)
/* The Gregorian calendar repeats after 400 years of so many days. */
#define DAYS_PER_ERA 146097
/* From 1 March of the year 0 to 1 January 1970. */
#define DAYS_TO_1970 719468

/* Years are counted from March, so that the leap day is a year's last. */
static int64_t days_from_date(int64_t year, unsigned month, unsigned day)
{
	int64_t era;
	unsigned year_of_era, day_of_year, day_of_era;

	if (month <= 2)
		year--;
	era = (year >= 0 ? year : year - 399) / 400;
	year_of_era = (unsigned)(year - era * 400);
	day_of_year =
		(153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
		     day_of_year;
	return era * DAYS_PER_ERA + (int64_t)day_of_era - DAYS_TO_1970;
}

static void date_from_days(int64_t days, MYSQL_TIME *time)
{
	int64_t era;
	unsigned day_of_era, year_of_era, day_of_year, month;

	days += DAYS_TO_1970;
	era = (days >= 0 ? days : days - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
	day_of_era = (unsigned)(days - era * DAYS_PER_ERA);
	year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
		       day_of_era / (DAYS_PER_ERA - 1)) /
		      365;
	day_of_year = day_of_era -
		      (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	month = (5 * day_of_year + 2) / 153;
	time->day = day_of_year - (153 * month + 2) / 5 + 1;
	time->month = month < 10 ? month + 3 : month - 9;
	time->year = (unsigned)(era * 400 + year_of_era + (month >= 10));
}

void sql_time_encode(int64_t wall_ms, MYSQL_TIME *time_r)
{
	int64_t days = wall_ms / MS_PER_DAY;
	int64_t ms = wall_ms % MS_PER_DAY;

	if (ms < 0) {
		ms += MS_PER_DAY;
		days--;
	}
	memset(time_r, 0, sizeof(*time_r));
	date_from_days(days, time_r);
	time_r->hour = (unsigned)(ms / 3600000);
	time_r->minute = (unsigned)(ms / 60000 % 60);
	time_r->second = (unsigned)(ms / 1000 % 60);
	time_r->second_part = (unsigned long)(ms % 1000) * 1000;
	time_r->time_type = MYSQL_TIMESTAMP_DATETIME;
}

int64_t sql_time_decode(const MYSQL_TIME *time)
{
	return days_from_date(time->year, time->month, time->day) * MS_PER_DAY +
	       (int64_t)time->hour * 3600000 + (int64_t)time->minute * 60000 +
	       (int64_t)time->second * 1000 +
	       (int64_t)(time->second_part / 1000);
}

/* Takes `digits` digits from *text; false when one is not a digit. */
static bool take_number(const char **text, unsigned digits, unsigned *value_r)
{
	unsigned value = 0;

	for (; digits > 0; digits--, (*text)++) {
		if (**text < '0' || **text > '9')
			return false;
		value = value * 10 + (unsigned)(**text - '0');
	}
	*value_r = value;
	return true;
}

static bool parse_fraction(const char *text, const char *end,
			   unsigned long *microseconds_r)
{
	unsigned long value = 0, unit = 1000000;

	for (; text < end; text++) {
		if (*text < '0' || *text > '9' || unit == 1)
			return false;
		unit /= 10;
		value += (unsigned long)(*text - '0') * unit;
	}
	*microseconds_r = value;
	return true;
}

bool sql_time_parse(const char *text, size_t length, int64_t *wall_ms_r)
{
	static const struct {
		unsigned digits;
		char after;
	} parts[6] = { { 4, '-' }, { 2, '-' }, { 2, ' ' },
		       { 2, ':' }, { 2, ':' }, { 2, '.' } };
	const size_t whole = sizeof("2025-10-27 12:00:00") - 1;
	const char *at = text;
	MYSQL_TIME time;
	unsigned values[6];

	if (length < whole)
		return false;
	for (size_t i = 0; i < 6; i++) {
		if (!take_number(&at, parts[i].digits, &values[i]))
			return false;
		if ((size_t)(at - text) < length && *at++ != parts[i].after)
			return false;
	}
	memset(&time, 0, sizeof(time));
	if (!parse_fraction(at, text + length, &time.second_part))
		return false;
	time.year = values[0];
	time.month = values[1];
	time.day = values[2];
	time.hour = values[3];
	time.minute = values[4];
	time.second = values[5];
	if (time.month < 1 || time.month > 12 || time.day < 1)
		return false;
	*wall_ms_r = sql_time_decode(&time);
	return true;
}
