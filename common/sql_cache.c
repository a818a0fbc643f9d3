#include "common/sql_cache.h"

static size_t find(const struct sql_cache *cache, const char *text)
{
	size_t i = 0;

	while (i < cache->count &&
	       sql_statement_text(cache->entries[i].statement) != text)
		i++;
	return i;
}

static void drop(struct sql_cache *cache, size_t i)
{
	sql_statement_free(&cache->entries[i].statement);
	cache->entries[i] = cache->entries[--cache->count];
}

static size_t find_oldest(const struct sql_cache *cache)
{
	size_t oldest = 0;

	for (size_t i = 1; i < cache->count; i++) {
		if (cache->entries[i].used_at < cache->entries[oldest].used_at)
			oldest = i;
	}
	return oldest;
}

enum fault sql_cache_get(struct sql_cache *cache, MYSQL *mysql,
			 const char *text, struct sql_statement **statement_r,
			 struct error *error)
{
	size_t i = find(cache, text);
	enum fault fault;

	if (i == cache->count) {
		if (cache->count == SQL_CACHE_SIZE)
			drop(cache, find_oldest(cache));
		i = cache->count;
		fault = sql_statement_new(mysql, text,
					  &cache->entries[i].statement, error);
		if (fault != FAULT_NONE)
			return fault;
		cache->count++;
	}
	cache->entries[i].used_at = ++cache->uses;
	*statement_r = cache->entries[i].statement;
	return FAULT_NONE;
}

void sql_cache_drop(struct sql_cache *cache, const char *text)
{
	size_t i = find(cache, text);

	if (i < cache->count)
		drop(cache, i);
}

void sql_cache_clear(struct sql_cache *cache)
{
	while (cache->count > 0)
		sql_statement_free(&cache->entries[--cache->count].statement);
}
