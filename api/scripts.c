#include "api/scripts.h"

#include <stdio.h>

#include "common/redis_link.h"

static const char *const texts[SCRIPTS] = {
	/*
	 * KEYS: chat counter, buckets. ARGV: chats wanted, then for each
	 * bucket: its first chat, how many of its chats follow, and for each of
	 * these its field and how many numbers are wanted. Answers the highest
	 * number given for each, or one of the SCRIPT_ codes. A bucket is read
	 * and written at once, since each call of Redis costs more than a
	 * field.
	 */
	[SCRIPT_ALLOCATE] =
		"local h = redis.call('HMGET', KEYS[1], 'n', 'b')\n"
		"local n, b = tonumber(h[1]), tonumber(h[2])\n"
		"local out = {}\n"
		"if not n then\n"
		"  for i = 1, #ARGV do out[i] = -3 end\n"
		"  return out\n"
		"end\n"
		"local want = tonumber(ARGV[1])\n"
		"if want > 0 then\n"
		"  n = redis.call('HINCRBY', KEYS[1], 'n', want)\n"
		"end\n"
		"out[1] = n\n"
		"local at = 2\n"
		"for k = 2, #KEYS do\n"
		"  local base, count = tonumber(ARGV[at]), "
		"tonumber(ARGV[at + 1])\n"
		"  local get, set = {}, {}\n"
		"  for j = 1, count do get[j] = ARGV[at + 2 * j] end\n"
		"  local had = redis.call('HMGET', KEYS[k], unpack(get))\n"
		"  for j = 1, count do\n"
		"    local chat, number = base + get[j], tonumber(had[j])\n"
		"    if chat > n then number = -2\n"
		"    elseif not number and chat <= b then number = -1\n"
		"    else\n"
		"      number = (number or 0) + ARGV[at + 2 * j + 1]\n"
		"      set[#set + 1] = get[j]\n"
		"      set[#set + 1] = string.format('%.0f', number)\n"
		"    end\n"
		"    out[#out + 1] = number\n"
		"  end\n"
		"  if #set > 0 then "
		"redis.call('HSET', KEYS[k], unpack(set)) end\n"
		"  at = at + 2 + 2 * count\n"
		"end\n"
		"return out\n",
	/*
	 * KEYS: chat counter, bucket, key record. ARGV: chat (0: make one),
	 * event id, fingerprint, time in ms, ms to live, the event id of a
	 * record that makes room, or "". Answers number (or a SCRIPT_ code), 0
	 * new, 1 seen before, 2 seen with another fingerprint, event id and
	 * time as recorded.
	 */
	[SCRIPT_ALLOCATE_KEYED] =
		"local r = redis.call('HMGET', KEYS[3], 'n', 'e', 'f', 't')\n"
		"if r[1] and r[2] ~= ARGV[6] then\n"
		"  local how = r[3] == ARGV[3] and 1 or 2\n"
		"  return {tonumber(r[1]), how, r[2], r[4]}\n"
		"end\n"
		"local h = redis.call('HMGET', KEYS[1], 'n', 'b')\n"
		"local n, b = tonumber(h[1]), tonumber(h[2])\n"
		"local chat = tonumber(ARGV[1])\n"
		"local field = (chat - 1) % 512\n"
		"local number\n"
		"if not n then number = -3\n"
		"elseif chat == 0 then "
		"number = redis.call('HINCRBY', KEYS[1], 'n', 1)\n"
		"elseif chat > n then number = -2\n"
		"elseif chat <= b and "
		"redis.call('HEXISTS', KEYS[2], field) == 0 then number = -1\n"
		"else number = redis.call('HINCRBY', KEYS[2], field, 1) end\n"
		"if number > 0 then\n"
		"  redis.call('HSET', KEYS[3], 'n', number, 'e', ARGV[2], "
		"'f', ARGV[3], 't', ARGV[4])\n"
		"  redis.call('PEXPIRE', KEYS[3], ARGV[5])\n"
		"end\n"
		"return {number, 0, ARGV[2], ARGV[4]}\n",
	/* KEYS: chat counter. ARGV: the highest number among the rows. */
	[SCRIPT_LOAD_CHATS] =
		"if redis.call('HSETNX', KEYS[1], 'n', ARGV[1]) == 1 then\n"
		"  redis.call('HSET', KEYS[1], 'b', ARGV[1])\n"
		"end\n"
		"return 0\n",
	/* KEYS: bucket. ARGV: chat, the highest number among its rows. */
	[SCRIPT_LOAD_MESSAGES] =
		"redis.call('HSETNX', KEYS[1], (tonumber(ARGV[1]) - 1) % 512, "
		"ARGV[2])\n"
		"return 0\n",
	/* KEYS: the mark. ARGV: generation. Answers the beat, or -1 when the
	 * mark is gone or another's. */
	[SCRIPT_BEAT] =
		"if redis.call('HGET', KEYS[1], 'gen') ~= ARGV[1] then\n"
		"  return -1\n"
		"end\n"
		"return redis.call('HINCRBY', KEYS[1], 'beat', 1)\n",
	/* KEYS: the mark. ARGV: generation. Sets it where there is none. */
	[SCRIPT_SET_MARK] =
		"if redis.call('EXISTS', KEYS[1]) == 0 then\n"
		"  redis.call('HSET', KEYS[1], 'gen', ARGV[1], 'beat', 0)\n"
		"end\n"
		"return redis.call('HGET', KEYS[1], 'gen') == ARGV[1] and 1 "
		"or 0\n",
};

enum fault scripts_load(redisContext *redis,
			char sha_r[SCRIPTS][SCRIPT_SHA_SIZE],
			struct error *error)
{
	for (int i = 0; i < SCRIPTS; i++) {
		redisReply *reply =
			redis_link_command(redis, "SCRIPT LOAD %s", texts[i]);

		if (!reply || reply->type != REDIS_REPLY_STRING) {
			error_set(error, FAULT_TEMPORARY, 0,
				  "Redis SCRIPT LOAD: %s",
				  reply ? reply->str : redis->errstr);
			freeReplyObject(reply);
			return FAULT_TEMPORARY;
		}
		snprintf(sha_r[i], SCRIPT_SHA_SIZE, "%s", reply->str);
		freeReplyObject(reply);
	}
	return FAULT_NONE;
}
