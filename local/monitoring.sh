# shellcheck shell=bash
# What a Prometheus needs to watch this stack: the rules, and the sample
# configuration with this stack's addresses.

write_monitoring() {
	local folder="$STACK/prometheus" from="$CHECKOUT/monitoring/prometheus" name
	mkdir -p "$folder"
	write_file 0644 "$folder/confab.rules.yml" <"$from/confab.rules.yml"
	for name in $(daemon_names); do
		say "$name $(daemon_address "$name")"
	done | awk -f "$CHECKOUT/local/prometheus.awk" - "$from/prometheus.yml" |
		write_file 0644 "$folder/prometheus.yml"
}
