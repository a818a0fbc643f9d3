# shellcheck shell=bash
# MariaDB on its own data, reached by TCP with a login only.

mariadb_prepare() {
	local dir="$STACK/mariadb"
	mkdir -p "$dir"
	sql_users | write_file 0600 "$dir/users.sql"
	{
		sql_server_settings mariadb
		say "innodb_log_file_size = 256M"
		say "innodb_flush_method = fsync"
		say "performance_schema = OFF"
		say "log_warnings = 1"
		tls_sql_settings mariadb
	} | write_file 0600 "$dir/my.cnf"
	[[ -d $dir/data ]] || mariadb_install "$dir"
	run_script mariadb <<-END | service_folder mariadb
		exec mariadbd --defaults-file=$(shell_word "$dir/my.cnf")
	END
}

# Elsewhere first: a half-made data folder must never look like a whole one.
# In /tmp, its server would delete the temporary tables of another install.
mariadb_install() {
	rm -rf "$1/data.new"
	TMPDIR="$1/tmp" mariadb-install-db --no-defaults --datadir="$1/data.new" \
		--auth-root-authentication-method=socket --skip-test-db \
		--auth-root-socket-user="$(id -un)" \
		--innodb-log-file-size=256M >"$1/install.log" 2>&1 || {
		tail -20 "$1/install.log" >&2
		fail "MariaDB's data folder could not be made; see $1/install.log."
	}
	mv "$1/data.new" "$1/data"
}

mariadb_stamp() { stamp "$STACK"/mariadb/{my.cnf,users.sql} /usr/sbin/mariadbd; }

mariadb_ready() { operator_sql <<<"SELECT 1"; }

# ---- shared with MySQL ----

# A relative socket path lies in the data folder and is never too long.
sql_server_settings() {
	local dir="$STACK/$1"
	cat <<-END
		[mysqld]
		datadir = $dir/data
		port = $(port_of "$1")
		bind-address = 127.0.0.1
		socket = sql.sock
		pid-file = server.pid
		init-file = $dir/users.sql
		tmpdir = $dir/tmp
		skip-name-resolve
		character-set-server = utf8mb4
		collation-server = utf8mb4_unicode_ci
		default-time-zone = +00:00
		max_connections = 300
		max_allowed_packet = 16M
		skip-log-bin
		innodb_buffer_pool_size = 256M
		innodb_flush_log_at_trx_commit = 1
	END
	mkdir -p "$dir/tmp"
}

# Run at each start, one statement a line: logins and passwords are always
# those of the secrets. What a daemon may do is in sql/grants.sql.
sql_users() {
	say "ALTER USER root@localhost IDENTIFIED BY '$SECRET_SQL_ROOT';"
	say "DROP USER IF EXISTS root@'127.0.0.1', root@'::1';"
	say "CREATE DATABASE IF NOT EXISTS $DATABASE_NAME CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;"
	sql_user confab "$SECRET_SQL_OPERATOR"
	sql_user confab_api "$SECRET_SQL_API"
	sql_user confab_persister "$SECRET_SQL_PERSISTER"
	sql_user confab_indexer "$SECRET_SQL_INDEXER"
	sql_user confab_counter "$SECRET_SQL_COUNTER"
	say "GRANT ALL PRIVILEGES ON *.* TO 'confab'@'%' WITH GRANT OPTION;"
}

# The server listens on the loopback interface only; '%' keeps one set of
# grants good for every way of running it.
sql_user() {
	say "CREATE USER IF NOT EXISTS '$1'@'%' IDENTIFIED BY '$2';"
	say "ALTER USER '$1'@'%' IDENTIFIED BY '$2';"
}

write_sql_login() {
	write_file 0600 "$STACK/run/operator.cnf" <<-END
		[client]
		host = 127.0.0.1
		port = $(port_of "$SQL")
		user = confab
		password = $SECRET_SQL_OPERATOR
		default-character-set = utf8mb4
		connect_timeout = 5
	END
}

# operator_sql: statements from standard input.
operator_sql() {
	mariadb --defaults-file="$STACK/run/operator.cnf" --batch \
		--skip-column-names "$DATABASE_NAME"
}

apply_grants() { operator_sql <"$CHECKOUT/sql/grants.sql"; }
