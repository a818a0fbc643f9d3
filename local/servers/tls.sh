# shellcheck shell=bash
# With TLS=1 the servers speak TLS too, for tests and for trying it out: with
# certificates for localhost from an authority of the stack's own, $STACK/tls.
# MariaDB and MySQL do so on their usual port, Redis and RabbitMQ on others.
# Elasticsearch's free part does not: put something in front of it.

tls_wanted() { [[ $TLS == 1 ]]; }

tls_prepare() {
	tls_wanted || return 0
	local dir="$STACK/tls" name
	mkdir -p "$dir"
	[[ -e $dir/ca.pem ]] || tls_authority "$dir" ||
		fail "The certificates could not be made; see $dir/openssl.log."
	for name in "$SQL" redis rabbitmq; do
		[[ -e $dir/$name.pem ]] ||
			tls_certificate "$dir" "$dir/$name" localhost 3650 ||
			fail "The certificates could not be made; see $dir/openssl.log."
	done
	for name in redis rabbitmq management; do
		assignment "$name" "$(port_of "$name-tls")"
	done | write_file 0600 "$dir/ports"
}

# tls_authority FOLDER: ca.pem and ca.key there. The key is first, so that a
# certificate is never without it.
tls_authority() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc \
		-keyout "$1/ca.key" -out "$1/ca.new" -days 3650 \
		-subj "/CN=Confab's private stack" >"$1/openssl.log" 2>&1 &&
		mv "$1/ca.new" "$1/ca.pem"
}

# tls_certificate AUTHORITY PATH HOST DAYS: PATH.pem and PATH.key
tls_certificate() {
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc \
		-keyout "$2.key" -out "$2.csr" -subj "/CN=$3" \
		-addext "subjectAltName=DNS:$3" >"$1/openssl.log" 2>&1 &&
		openssl x509 -req -in "$2.csr" -CA "$1/ca.pem" -CAkey "$1/ca.key" \
			-copy_extensions copy -days "$4" -out "$2.new" \
			>>"$1/openssl.log" 2>&1 &&
		mv "$2.new" "$2.pem"
}

# ---- what goes into the servers' own files ----

tls_sql_settings() {
	tls_wanted || return 0
	local dir="$STACK/tls"
	say "ssl-ca = $dir/ca.pem"
	say "ssl-cert = $dir/$1.pem"
	say "ssl-key = $dir/$1.key"
}

tls_redis_settings() {
	tls_wanted || return 0
	local dir="$STACK/tls"
	say "tls-port $(port_of redis-tls)"
	say "tls-ca-cert-file \"$dir/ca.pem\""
	say "tls-cert-file \"$dir/redis.pem\""
	say "tls-key-file \"$dir/redis.key\""
	say "tls-auth-clients no"
}

tls_rabbitmq_settings() {
	tls_wanted || return 0
	say "listeners.ssl.default = 127.0.0.1:$(port_of rabbitmq-tls)"
	say "management.ssl.ip = 127.0.0.1"
	say "management.ssl.port = $(port_of management-tls)"
	tls_erlang_settings ssl_options
	tls_erlang_settings management.ssl
}

# tls_erlang_settings PREFIX
tls_erlang_settings() {
	local dir="$STACK/tls"
	say "$1.cacertfile = $dir/ca.pem"
	say "$1.certfile = $dir/rabbitmq.pem"
	say "$1.keyfile = $dir/rabbitmq.key"
	say "$1.versions.1 = tlsv1.3"
	say "$1.versions.2 = tlsv1.2"
}
