# shellcheck shell=bash
# RabbitMQ with its own port mapper, cookie and folders. The wrapper in the
# PATH would switch to the system's user, so the server's own script runs.

rabbitmq_prepare() {
	local dir
	dir="$(home_of rabbitmq)"
	mkdir -p "$dir"/{home,mnesia,log}
	write_cookie "$dir/home/.erlang.cookie"
	say '[rabbitmq_management].' | write_file 0644 "$dir/enabled_plugins"
	{
		rabbitmq_settings "$dir"
		tls_rabbitmq_settings
	} | write_file 0600 "$dir/rabbitmq.conf"
	rabbitmq_definitions | write_file 0600 "$dir/definitions.json"
	rabbitmq_login | write_file 0600 "$STACK/run/management.cnf"
	rabbitmq_run "$dir" | service_folder rabbitmq
	run_script epmd <<-END | service_folder epmd
		exec epmd -port $(port_of epmd) -address 127.0.0.1
	END
	start_service epmd ""
}

write_cookie() {
	[[ $(cat "$1" 2>/dev/null) == "$SECRET_ERLANG" ]] ||
		printf '%s' "$SECRET_ERLANG" | write_file 0400 "$1"
}

rabbitmq_run() {
	local erlang='-kernel inet_dist_use_interface {127,0,0,1} -start_epmd false'
	run_script rabbitmq <<-END
		dir=$(shell_word "$1")
		export HOME="\$dir/home"
		export ERL_EPMD_PORT=$(port_of epmd) ERL_EPMD_ADDRESS=127.0.0.1
		export RABBITMQ_NODENAME=confab@localhost
		export RABBITMQ_DIST_PORT=$(port_of distribution)
		export RABBITMQ_CONF_ENV_FILE=/dev/null
		export RABBITMQ_CONFIG_FILE="\$dir/rabbitmq.conf"
		export RABBITMQ_ENABLED_PLUGINS_FILE="\$dir/enabled_plugins"
		export RABBITMQ_MNESIA_BASE="\$dir/mnesia"
		export RABBITMQ_MNESIA_DIR="\$dir/mnesia/node"
		export RABBITMQ_LOG_BASE="\$dir/log"
		export RABBITMQ_LOGS=-
		export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=$(shell_word "$erlang")
		# With input allowed the script becomes the server instead of its parent;
		# -noinput then closes what that would have opened.
		export RABBITMQ_ALLOW_INPUT=1
		exec /usr/lib/rabbitmq/bin/rabbitmq-server -noinput
	END
}

rabbitmq_settings() {
	cat <<-END
		listeners.tcp.default = 127.0.0.1:$(port_of rabbitmq)
		management.tcp.ip = 127.0.0.1
		management.tcp.port = $(port_of management)
		cluster_name = confab
		load_definitions = $1/definitions.json
		loopback_users = none
		disk_free_limit.absolute = 200MB
		vm_memory_high_watermark.relative = 0.4
		raft.wal_max_size_bytes = 4000000
		log.console = true
		log.console.level = info
		log.file = false
	END
}

# The topology of the repository plus this stack's logins.
rabbitmq_definitions() {
	local users
	users="$({
		amqp_user confab OPERATOR administrator '.*' '.*' '.*'
		amqp_user confab-monitoring MONITORING monitoring '^$' '^$' '^$'
		amqp_user confab-api API '' '^$' '^confab\.events$' '^$'
		local queue
		for queue in persister:persist indexer:index counter:count; do
			amqp_user "confab-${queue%:*}" "$(upper "${queue%:*}")" '' \
				'^$' '^confab\.dead$' "^confab\\.${queue#*:}\$"
		done
	} | jq -s .)"
	jq --argjson logins "$users" '. + {
		users: [$logins[] | {name, password_hash, tags,
			hashing_algorithm: "rabbit_password_hashing_sha256"}],
		permissions: [$logins[] | {user: .name, vhost: "/",
			configure, write, read}]
	}' "$CHECKOUT/rabbitmq/definitions.json"
}

upper() { printf '%s' "${1^^}"; }

# amqp_user NAME SECRET TAGS CONFIGURE WRITE READ
amqp_user() {
	local secret="SECRET_AMQP_$2" salt="SALT_AMQP_$2"
	jq -n --arg name "$1" --arg tags "$3" --arg configure "$4" --arg write "$5" \
		--arg read "$6" --arg hash "$(amqp_hash "${!salt}" "${!secret}")" \
		'{name: $name, password_hash: $hash, tags: $tags,
		  configure: $configure, write: $write, read: $read}'
}

# RabbitMQ's salted form: base64 of the salt and sha256(salt, password).
amqp_hash() {
	local sum
	sum="$({
		bytes "$1"
		printf '%s' "$2"
	} | sha256sum)"
	bytes "$1${sum%% *}" | base64 -w0
}

bytes() { printf '%s' "${1^^}" | basenc --base16 -d; }

rabbitmq_stamp() {
	local dir
	dir="$(home_of rabbitmq)"
	stamp "$dir"/{rabbitmq.conf,enabled_plugins} "$STACK/sv/rabbitmq/run"
}

# In a file, since a command line is for everybody to read.
rabbitmq_login() { say "user = \"confab:$SECRET_AMQP_OPERATOR\""; }

management() {
	curl -fsS -m 5 -K "$STACK/run/management.cnf" \
		"http://127.0.0.1:$(port_of management)/api/$1" "${@:2}"
}

# A node that loaded nothing boots just as happily, so ask for the queues. Their
# "state" comes 10 s late, with the statistics; who is online is known at once.
rabbitmq_ready() {
	management queues/%2f | jq -e '[.[] | select(.leader != null and
		(.online | length) > 0) | .name] | contains(["confab.persist",
		"confab.index", "confab.count", "confab.dead"])'
}

# A running broker takes what is new in the file; removing is left to people.
rabbitmq_refresh() {
	management definitions -X POST -H 'content-type: application/json' \
		--data-binary "@$(home_of rabbitmq)/definitions.json"
}
