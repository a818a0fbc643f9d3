# shellcheck shell=bash
# Elasticsearch from its vendor's archive, one node, no security, small heap.

elasticsearch_prepare() {
	local dir
	dir="$(home_of elasticsearch)"
	mkdir -p "$dir"/{config/jvm.options.d,data,logs,tmp}
	{
		cat "$CHECKOUT/elasticsearch/elasticsearch.yml"
		cat <<-END
			path.data: $dir/data
			path.logs: $dir/logs
			http.port: $(port_of elasticsearch)
			transport.port: $(port_of transport)
		END
	} | write_file 0600 "$dir/config/elasticsearch.yml"
	elasticsearch_log | write_file 0600 "$dir/config/log4j2.properties"
	grep -v '^-Xlog\|gc\.log' "$ELASTICSEARCH_HOME/config/jvm.options" |
		write_file 0600 "$dir/config/jvm.options"
	elasticsearch_run "$dir" | service_folder elasticsearch
}

elasticsearch_run() {
	run_script elasticsearch <<-END
		dir=$(shell_word "$1")
		export ES_JAVA_HOME=$(shell_word "$(java_home)")
		export ES_PATH_CONF="\$dir/config"
		export ES_TMPDIR="\$dir/tmp"
		export ES_JAVA_OPTS="-Xms512m -Xmx512m -XX:-UsePerfData"
		export CLI_JAVA_OPTS="-XX:TieredStopAtLevel=1 -XX:-UsePerfData"
		# The launcher leaves files behind. Its options are split at blanks.
		[[ \$dir == *[[:space:]]* ]] || CLI_JAVA_OPTS+=" -Djava.io.tmpdir=\$dir/tmp"
		rm -rf "\$dir/tmp" && mkdir "\$dir/tmp"
		cd "\$dir/logs" || exit 1
		exec $(shell_word "$ELASTICSEARCH_HOME/bin/elasticsearch")
	END
}

java_home() {
	local java
	java="$(readlink -f /usr/lib/jvm/java-17-openjdk-*/bin/java | head -1)"
	[[ -n $java ]] || fail "Java 17 is missing; run local/stack packages."
	say "${java%/bin/java}"
}

# To the supervisor's log only: it is the one that is bounded in size.
elasticsearch_log() {
	cat <<-'END'
		status = error
		appender.console.type = Console
		appender.console.name = console
		appender.console.layout.type = PatternLayout
		appender.console.layout.pattern = [%d{ISO8601}][%-5p][%c{1.}] %m%n
		rootLogger.level = info
		rootLogger.appenderRef.console.ref = console
		logger.deprecation.name = org.elasticsearch.deprecation
		logger.deprecation.level = error
	END
}

elasticsearch_stamp() {
	local config
	config="$(home_of elasticsearch)/config"
	stamp "$config"/{elasticsearch.yml,log4j2.properties,jvm.options} \
		"$STACK/sv/elasticsearch/run"
}

elasticsearch_ready() {
	curl -fsS -m 5 -o /dev/null \
		"$(search_url operator)/_cluster/health?wait_for_status=yellow&timeout=1s"
}
