# shellcheck shell=bash
# Confab's own processes: their settings, their run scripts, their readiness.

kind_of() { say "${1%-[0-9]*}"; }

program_of() {
	case "$(kind_of "$1")" in
	ingest) say confab-api ;;
	*) say "confab-$(kind_of "$1")" ;;
	esac
}

# Each daemon has logins of its own; both roles of the API share one.
login_of() {
	case "$(kind_of "$1")" in
	ingest) say api ;;
	*) kind_of "$1" ;;
	esac
}

daemon_env() {
	local name="$1" login upper sql amqp
	login="$(login_of "$name")"
	upper="${login^^}"
	sql="SECRET_SQL_$upper" amqp="SECRET_AMQP_$upper"
	user_settings "$name"
	sanitizer_settings "$name"
	assignment DATABASE_HOST 127.0.0.1
	assignment DATABASE_PORT "$(link_port "$name" "$SQL")"
	assignment DATABASE_NAME "$DATABASE_NAME"
	assignment DATABASE_USERNAME "confab_$login"
	assignment DATABASE_PASSWORD "${!sql}"
	assignment RABBITMQ_URL "$(amqp_url "$name" "confab-$login" "${!amqp}")"
	assignment ELASTICSEARCH_URL "$(search_url "$name")"
	case "$name" in
	api | ingest)
		assignment REDIS_URL \
			"redis://confab-api:$SECRET_REDIS_API@127.0.0.1:$(link_port "$name" redis)/0"
		assignment PORT "$(port_of "$name")"
		;;
	*) assignment CONFAB_METRICS_LISTEN "127.0.0.1:$(port_of "$name")" ;;
	esac
	[[ $name != api ]] ||
		assignment CONFAB_OPERATOR_KEY "${CONFAB_OPERATOR_KEY:-$SECRET_OPERATOR_KEY}"
	[[ -n ${CONFAB_LISTEN:-} ]] || assignment CONFAB_LISTEN 127.0.0.1
}

# What the caller or .env says, less what this stack itself decides.
user_settings() {
	local name
	for name in DATABASE_POOL DATABASE_READERS "${!CONFAB_@}"; do
		case "$name" in
		CONFAB_API_URL | CONFAB_INGEST_URL | CONFAB_TOKEN) continue ;;
		CONFAB_OPERATOR_KEY | CONFAB_METRICS_LISTEN) continue ;;
		esac
		[[ -z ${!name:-} ]] || assignment "$name" "${!name}"
	done
}

# For daemons that were built with a sanitizer: a file for each report.
sanitizer_settings() {
	local name
	[[ -n $SANITIZER_OPTIONS ]] || return 0
	for name in ASAN_OPTIONS UBSAN_OPTIONS TSAN_OPTIONS; do
		assignment "$name" \
			"$SANITIZER_OPTIONS:log_path=$STACK/log/report.$1"
	done
}

daemon_prepare() {
	local name="$1" role=""
	[[ $name != ingest ]] || role=" --role=ingest"
	run_script "$name" <<-END | service_folder "$name"
		set -a
		. "\$STACK/env/$name.env"
		set +a
		exec $(shell_word "$(bin_folder)/$(program_of "$name")")$role
	END
}

daemon_stamp() {
	stamp "$(bin_folder)/$(program_of "$1")" "$STACK/env/$1.env" "$STACK/sv/$1/run"
}

daemon_address() {
	local host=""
	case "$1" in
	api | ingest)
		host="$(sed -n 's/^CONFAB_LISTEN=//p' "$STACK/env/$1.env" 2>/dev/null)" ||
			true
		;;
	esac
	case "$host" in
	"" | 0.0.0.0 | ::) host=127.0.0.1 ;;
	*:*) host="[$host]" ;;
	esac
	say "$host:$(port_of "$1")"
}

daemon_ready() {
	local answer
	answer="$(curl -fsS -m 5 "http://$(daemon_address "$1")/ready")" || return 1
	case "$1" in
	api | ingest) [[ $(jq -r .status <<<"$answer") == ok ]] ;;
	esac
}

# For one daemon alone: without what somebody stopped, being there is enough.
daemon_started() {
	local url
	url="http://$(daemon_address "$1")"
	curl -fsS -m 5 -o /dev/null "$url/ready" && return
	needs_stopped "$1" && curl -fsS -m 5 -o /dev/null "$url/up"
}

needs_stopped() {
	local server
	for server in $(needs_of "$1"); do
		! stopped_on_purpose "$server" || return 0
	done
	return 1
}

needs_of() {
	case "$(kind_of "$1")" in
	api | ingest) say "$SQL redis rabbitmq" ;;
	indexer) say "$SQL rabbitmq elasticsearch" ;;
	*) say "$SQL rabbitmq" ;;
	esac
}

write_daemon_env() { daemon_env "$1" | write_file 0600 "$STACK/env/$1.env"; }

# A bad setting is said at once, in the daemon's own words.
daemon_check() {
	local program said
	program="$(bin_folder)/$(program_of "$1")"
	[[ -x $program ]] || fail "$BIN/$(program_of "$1") is missing; run make."
	said="$(
		unset "${!CONFAB_@}" DATABASE_POOL DATABASE_READERS
		set -a
		# shellcheck source=/dev/null
		. "$STACK/env/$1.env"
		"$program" --check-config 2>&1
	)" || [[ $? -ne 100 ]] || usage "$said"
}

# ---- steps of `up` that need confabctl ----

confabctl() {
	(
		unset "${!CONFAB_@}"
		set -a
		# shellcheck source=/dev/null
		. "$(operator_env)"
		set +a
		exec "$(bin_folder)/confabctl" "$@"
	)
}

sample_token() {
	confabctl seed-summary --json 2>/dev/null | jq -r '.[0].token // empty' || true
}

seed() {
	local out
	out="$(confabctl seed)" || return 1
	sed -n 's/^token=\([0-9a-f]\{32\}\)$/\1/p' <<<"$out" | tail -1 \
		>"$STACK/run/token"
}
