# shellcheck shell=bash
# Redis with an append-only file that is flushed at every write: the numbers
# it hands out must survive a power cut.

redis_prepare() {
	local dir
	dir="$(home_of redis)"
	mkdir -p "$dir"
	{
		redis_settings "$dir"
		tls_redis_settings
	} | write_file 0600 "$dir/redis.conf"
	run_script redis <<-END | service_folder redis
		exec redis-server $(shell_word "$dir/redis.conf")
	END
}

redis_settings() {
	cat <<-END
		port $(port_of redis)
		bind 127.0.0.1
		protected-mode yes
		dir "$1"
		save ""
		appendonly yes
		appendfsync always
		maxmemory-policy noeviction
		tcp-keepalive 60
		set-proc-title no
		user default on >$SECRET_REDIS ~* &* +@all
		user confab-api on >$SECRET_REDIS_API ~* &* $(redis_api_rights)
	END
}

# Numbers and idempotency records need plain commands and scripts; nothing that
# wipes, reconfigures or stops the server.
redis_api_rights() {
	printf '%s ' +@all -@dangerous -@admin -script -function
	say "+info +script|load +script|exists +scan"
}

redis_stamp() { stamp "$(home_of redis)/redis.conf" "$STACK/sv/redis/run"; }

redis_ready() {
	[[ $(REDISCLI_AUTH=$SECRET_REDIS redis-cli -p "$(port_of redis)" PING) == PONG ]]
}
