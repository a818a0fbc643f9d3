# shellcheck shell=bash
# MySQL Community Server from its archive; settings and logins as MariaDB's.

mysql_prepare() {
	local dir="$STACK/mysql"
	mkdir -p "$dir"
	sql_users | write_file 0600 "$dir/users.sql"
	{
		sql_server_settings mysql
		say "basedir = $MYSQL_HOME"
		say "innodb_redo_log_capacity = 512M"
		say "mysqlx = OFF"
		tls_sql_settings mysql
		say "lc-messages-dir = $MYSQL_HOME/share"
	} | write_file 0600 "$dir/my.cnf"
	[[ -d $dir/data ]] || mysql_install "$dir"
	run_script mysql <<-END | service_folder mysql
		exec $(shell_word "$MYSQL_HOME/bin/mysqld") --defaults-file=$(shell_word "$dir/my.cnf")
	END
}

mysql_install() {
	rm -rf "$1/data.new"
	"$MYSQL_HOME/bin/mysqld" --no-defaults --initialize-insecure \
		--basedir="$MYSQL_HOME" --datadir="$1/data.new" --tmpdir="$1/tmp" \
		>"$1/install.log" 2>&1 || {
		tail -20 "$1/install.log" >&2
		fail "MySQL's data folder could not be made; see $1/install.log."
	}
	mv "$1/data.new" "$1/data"
}

mysql_stamp() { stamp "$STACK"/mysql/{my.cnf,users.sql} "$STACK/sv/mysql/run"; }

mysql_ready() { mariadb_ready; }
