# shellcheck shell=bash
# What all parts of the private stack share: words for the user, settings,
# secrets, ports and small helpers. Sourced by local/stack.

readonly PARAMETERS=(SQL SEARCH PERSISTERS INDEXERS COUNTERS PORT INGEST_PORT
	DATABASE_NAME STACK_OFFSET SEED TLS CACHE_DIR LINKS BIN SANITIZER_OPTIONS)

say() { printf '%s\n' "$*"; }
warn() { printf '%s\n' "$*" >&2; }
fail() {
	warn "$*"
	exit 1
}
usage() {
	warn "$*"
	exit 2
}

is_root() { [[ $EUID -eq 0 ]]; }

# Milliseconds since boot do not jump when somebody sets the clock.
now_ms() {
	local up
	read -r up _ </proc/uptime
	printf '%s\n' "${up/./}0"
}

seconds_since() {
	local ms=$(($(now_ms) - $1))
	printf '%d.%d s' $((ms / 1000)) $((ms % 1000 / 100))
}

# wait_for SECONDS COMMAND...: until the command succeeds.
wait_for() {
	local limit=$(($(now_ms) + $1 * 1000))
	shift
	until "$@" >/dev/null 2>&1; do
		(($(now_ms) < limit)) || return 1
		sleep 0.1
	done
}

not() { ! "$@"; }

# announce TITLE: says what goes on, if `announced` does not follow within a
# second. One at a time in each shell.
announce() {
	local caller=$BASHPID
	{
		sleep 1 >/dev/null 2>&1
		[[ ! -d /proc/$caller ]] || printf '  %-14s ...\n' "$1"
	} 9>&- &
	NOTE=$!
	disown "$NOTE"
}

announced() { kill "$NOTE" 2>/dev/null || true; }

# A word for a file that a shell sources. Plain words stay plain, so that
# other programs can read them too.
shell_word() {
	if [[ $1 =~ ^[A-Za-z0-9_.:/@%+,=?\&-]*$ && $1 != *'&'* && $1 != *'?'* ]]; then
		printf '%s' "$1"
	else
		printf "'%s'" "${1//\'/\'\\\'\'}"
	fi
}

# assignment NAME VALUE
assignment() {
	printf '%s=' "$1"
	shell_word "$2"
	printf '\n'
}

# write_file MODE PATH: standard input, complete or not at all.
write_file() {
	local part="$2.part"
	rm -f "$part"
	(umask 077 && cat >"$part")
	chmod "$1" "$part"
	mv -f "$part" "$2"
}

# ---- settings ----

# read_settings FILE: KEY=value lines, read as text and never executed. A name
# that the caller's environment sets stays as it is.
read_settings() {
	local line name value
	[[ -r $1 ]] || return 0
	while IFS= read -r line || [[ -n $line ]]; do
		line="${line%$'\r'}"
		line="${line#export }"
		[[ $line =~ ^[[:space:]]*([A-Z_][A-Z0-9_]*)=(.*)$ ]] || continue
		name="${BASH_REMATCH[1]}"
		value="$(unquoted "${BASH_REMATCH[2]}")"
		wanted_setting "$name" || continue
		[[ -n ${!name:-} || -z $value ]] || export "$name=$value"
	done <"$1"
}

unquoted() {
	local value="$1"
	if [[ $value =~ ^\"([^\"]*)\"[[:space:]]*(#.*)?$ ||
		$value =~ ^\'([^\']*)\'[[:space:]]*(#.*)?$ ]]; then
		value="${BASH_REMATCH[1]}"
	else
		value="${value%%[[:space:]]#*}"
		value="${value%"${value##*[![:space:]]}"}"
	fi
	printf '%s' "$value"
}

wanted_setting() {
	case "$1" in
	STACK_DIR | DATABASE_POOL | DATABASE_READERS | CONFAB_*) return 0 ;;
	esac
	local name
	for name in "${PARAMETERS[@]}"; do
		[[ $1 != "$name" ]] || return 0
	done
	return 1
}

default_settings() {
	: "${SQL:=mariadb}" "${SEARCH:=elasticsearch}"
	: "${PERSISTERS:=1}" "${INDEXERS:=1}" "${COUNTERS:=1}"
	: "${PORT:=3000}" "${INGEST_PORT:=8080}" "${STACK_OFFSET:=0}" "${SEED:=1}"
	: "${TLS:=0}"
	: "${DATABASE_NAME:=confab}" "${LINKS:=}"
	: "${BIN:=bin}" "${SANITIZER_OPTIONS:=}"
	: "${CACHE_DIR:=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/confab}"
}

check_settings() {
	case "$SQL" in mariadb | mysql) ;; *)
		usage "SQL is \"$SQL\", but must be mariadb or mysql."
		;;
	esac
	case "$SEARCH" in elasticsearch | none) ;; *)
		usage "SEARCH is \"$SEARCH\", but must be elasticsearch or none."
		;;
	esac
	case "$SEED" in 0 | 1) ;; *)
		usage "SEED is \"$SEED\", but must be 0 or 1."
		;;
	esac
	case "$TLS" in 0 | 1) ;; *)
		usage "TLS is \"$TLS\", but must be 0 or 1."
		;;
	esac
	check_number PERSISTERS 1 20
	check_number INDEXERS 1 20
	check_number COUNTERS 1 20
	local least
	least="$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start)"
	check_number PORT "$((least > 0 ? least : 1))" 65535
	check_number INGEST_PORT "$((least > 0 ? least : 1))" 65535
	check_number STACK_OFFSET 0 40000
	[[ $PORT != "$INGEST_PORT" ]] ||
		usage "PORT and INGEST_PORT are both $PORT, but must differ."
	check_public_port PORT
	check_public_port INGEST_PORT
	check_database_name
}

# check_public_port SETTING: not one of those that the stack takes itself.
check_public_port() {
	local name
	while read -r name; do
		case "$name" in api | ingest) continue ;; esac
		[[ ${!1} != "$(port_of "$name")" ]] ||
			usage "$1 is ${!1}, but that is the port of this stack's" \
				"$(port_title "$name"); choose another $1 or STACK_OFFSET."
	done < <(port_users up)
}

check_database_name() {
	[[ $DATABASE_NAME =~ ^[A-Za-z][A-Za-z0-9_]{0,63}$ ]] ||
		usage "DATABASE_NAME is \"$DATABASE_NAME\", but must be a letter and at" \
			"most 63 letters, digits and underscores."
	case "${DATABASE_NAME,,}" in
	mysql | sys | information_schema | performance_schema)
		usage "DATABASE_NAME is \"$DATABASE_NAME\", which is the server's own;" \
			"choose another name."
		;;
	esac
}

check_number() {
	if [[ ! ${!1} =~ ^[0-9]{1,5}$ ]] || ((10#${!1} < $2 || 10#${!1} > $3)); then
		usage "$1 is \"${!1}\", but must be a number from $2 to $3."
	fi
	printf -v "$1" '%d' "$((10#${!1}))"
}

store_settings() {
	local name
	for name in "${PARAMETERS[@]}"; do
		assignment "$name" "${!name}"
	done | write_file 0600 "$STACK/settings"
}

# Where make put the programs: BIN is a folder of the checkout, or a path.
bin_folder() {
	case "$BIN" in
	/*) say "$BIN" ;;
	*) say "$CHECKOUT/$BIN" ;;
	esac
}

# home_of NAME: its data. Numbers, events and documents belong to the rows of one
# database, so a change of SQL changes the whole set.
home_of() {
	case "$SQL" in
	mysql) say "$STACK/$1-mysql" ;;
	*) say "$STACK/$1" ;;
	esac
}

# What the last `up` stored rules every verb that starts nothing new.
stored_settings() {
	local name
	for name in "${PARAMETERS[@]}"; do
		unset "$name"
	done
	read_settings "$STACK/settings"
	default_settings
}

# ---- ports ----

port_of() {
	local n
	case "$1" in
	api) printf '%d' "$PORT" && return ;;
	ingest) printf '%d' "$INGEST_PORT" && return ;;
	mariadb | mysql) n=13306 ;;
	redis) n=16379 ;;
	redis-tls) n=16389 ;;
	rabbitmq) n=15673 ;;
	management) n=15674 ;;
	distribution) n=15675 ;;
	epmd) n=15676 ;;
	rabbitmq-tls) n=15677 ;;
	management-tls) n=15678 ;;
	elasticsearch) n=19200 ;;
	transport) n=19300 ;;
	persister*) n=$((19110 + $(instance "$1"))) ;;
	indexer*) n=$((19130 + $(instance "$1"))) ;;
	counter*) n=$((19150 + $(instance "$1"))) ;;
	*) fail "There is no port for $1." ;;
	esac
	printf '%d' $((n + STACK_OFFSET))
}

# The first of a kind has the plain name, the others carry their number.
instance() {
	if [[ $1 =~ -([0-9]+)$ ]]; then
		printf '%s' "${BASH_REMATCH[1]}"
	else
		printf 1
	fi
}

names_of() {
	local n
	say "$1"
	for ((n = 2; n <= $2; n++)); do
		say "$1-$n"
	done
}

server_names() {
	say "$SQL"
	say redis
	say rabbitmq
	[[ $SEARCH == none ]] || say elasticsearch
}

daemon_names() {
	say api
	say ingest
	names_of persister "$PERSISTERS"
	names_of indexer "$INDEXERS"
	names_of counter "$COUNTERS"
}

port_users() {
	server_names
	say management
	say distribution
	say epmd
	! tls_wanted || printf '%s\n' redis-tls rabbitmq-tls management-tls
	[[ $SEARCH == none ]] || say transport
	[[ $1 == servers ]] || daemon_names
}

# link_port DAEMON SERVER: where the daemon finds the server. LINKS has words
# DAEMON:SERVER:PORT for what a test puts in between.
link_port() {
	local link
	for link in $LINKS; do
		[[ $link != "$1:$2:"* ]] || { say "${link##*:}" && return; }
	done
	port_of "$2"
}

port_title() {
	case "$1" in
	api) say API ;;
	distribution) say "RabbitMQ's Erlang" ;;
	management) say "RabbitMQ management" ;;
	transport) say "Elasticsearch transport" ;;
	*) say "$1" ;;
	esac
}

# check_ports up|servers: every port that somebody else holds, by name.
check_ports() {
	local listeners name port taken=0
	listeners="$(ss -Hltnp)"
	while read -r name; do
		port="$(port_of "$name")"
		local line pid program stranger="another user's program"
		line="$(awk -v p=":$port" \
			'substr($4, length($4) - length(p) + 1) == p' <<<"$listeners")"
		[[ -n $line ]] || continue
		pid="$(sed -n 's/.*pid=\([0-9]*\).*/\1/p' <<<"$line" | head -1)"
		program="$(sed -n 's/.*users:(("\([^"]*\)".*/\1/p' <<<"$line" | head -1)"
		[[ -z $pid ]] || ! ours "$pid" || continue
		taken=1
		warn "port $port ($(port_title "$name")) is in use by" \
			"${program:-$stranger}${pid:+ (pid $pid)};" \
			"$(port_advice "$name" "$port")"
	done < <(port_users "$1")
	((!taken)) || exit 1
}

port_advice() {
	case "$1" in
	api) say "stop it or run make up PORT=$(($2 + 1))" ;;
	ingest) say "stop it or run make up INGEST_PORT=$(($2 + 1))" ;;
	*) say "stop it or run make up STACK_OFFSET=$((STACK_OFFSET + 1000))" ;;
	esac
}

# A process belongs to this stack when it inherited the supervisor's mark.
ours() {
	grep -qzxF "STACK_HOME=$STACK" "/proc/$1/environ" 2>/dev/null
}

our_processes() {
	local dirs
	dirs="$(cd /proc && printf '/proc/%s/environ\n' [0-9]*)"
	xargs -d '\n' grep -lzxF "STACK_HOME=$STACK" <<<"$dirs" 2>/dev/null |
		cut -d/ -f3 || true
}

# ---- secrets ----

hex() { od -An -v -tx1 -N"$1" /dev/urandom | tr -d ' \n'; }

# Made once: a stack that comes back must still open its own data.
load_secrets() {
	local file="$STACK/secrets" name
	# shellcheck source=/dev/null
	[[ ! -e $file ]] || . "$file"
	for name in SECRET_SQL_ROOT SECRET_REDIS SECRET_REDIS_API SECRET_ERLANG \
		SECRET_AMQP_MONITORING; do
		[[ -n ${!name:-} ]] || printf -v "$name" '%s' "$(hex 20)"
	done
	[[ -n ${SALT_AMQP_MONITORING:-} ]] || SALT_AMQP_MONITORING="$(hex 4)"
	[[ -n ${SECRET_OPERATOR_KEY:-} ]] || SECRET_OPERATOR_KEY="$(hex 24)"
	for name in OPERATOR API PERSISTER INDEXER COUNTER; do
		local sql="SECRET_SQL_$name" amqp="SECRET_AMQP_$name" salt="SALT_AMQP_$name"
		[[ -n ${!sql:-} ]] || printf -v "$sql" '%s' "$(hex 20)"
		[[ -n ${!amqp:-} ]] || printf -v "$amqp" '%s' "$(hex 20)"
		[[ -n ${!salt:-} ]] || printf -v "$salt" '%s' "$(hex 4)"
	done
	for name in "${!SECRET_@}" "${!SALT_@}"; do
		assignment "$name" "${!name}"
	done | write_file 0600 "$file"
}

# ---- run.env ----

# The stack's own copy: run.env belongs to whoever called.
operator_env() { say "$STACK/run/operator.env"; }

# amqp_url DAEMON LOGIN PASSWORD
amqp_url() { say "amqp://$2:$3@127.0.0.1:$(link_port "$1" rabbitmq)/%2f"; }

# search_url DAEMON
search_url() {
	[[ $SEARCH == none ]] ||
		say "http://127.0.0.1:$(link_port "$1" elasticsearch)"
}

# write_run_env [TOKEN]
write_run_env() {
	local key="${CONFAB_OPERATOR_KEY:-$SECRET_OPERATOR_KEY}"
	{
		assignment CONFAB_API_URL "http://127.0.0.1:$PORT"
		assignment CONFAB_INGEST_URL "http://127.0.0.1:$INGEST_PORT"
		assignment CONFAB_TOKEN "${1:-}"
		assignment CONFAB_OPERATOR_KEY "$key"
		assignment RABBITMQ_URL "$(amqp_url operator confab "$SECRET_AMQP_OPERATOR")"
		assignment RABBITMQ_MANAGEMENT_URL \
			"http://confab:$SECRET_AMQP_OPERATOR@127.0.0.1:$(port_of management)"
		assignment RABBITMQ_MONITORING_URL \
			"http://confab-monitoring:$SECRET_AMQP_MONITORING@127.0.0.1:$(port_of management)"
		assignment DATABASE_HOST 127.0.0.1
		assignment DATABASE_PORT "$(port_of "$SQL")"
		assignment DATABASE_NAME "$DATABASE_NAME"
		assignment DATABASE_USERNAME confab
		assignment DATABASE_PASSWORD "$SECRET_SQL_OPERATOR"
		assignment REDIS_URL \
			"redis://default:$SECRET_REDIS@127.0.0.1:$(port_of redis)/0"
		assignment ELASTICSEARCH_URL "$(search_url operator)"
	} | write_file 0600 "$(operator_env)"
	write_file 0600 "$STACK/run.env" <"$(operator_env)"
}
