# shellcheck shell=bash
# Supervision by runit on a private directory: one folder a service in
# $STACK/sv, its output kept by svlogd in $STACK/log.

service_exists() { [[ -d $STACK/sv/$1 ]]; }

# service_folder NAME: the run script comes from standard input. A new service
# starts down: `up` decides when its turn is.
service_folder() {
	local dir="$STACK/sv/$1" new="$STACK/new/$1"
	mkdir -p "$STACK/log/$1"
	printf 's1000000\nn5\n' >"$STACK/log/$1/config"
	if service_exists "$1"; then
		finish_script | write_file 0755 "$dir/finish"
		write_file 0755 "$dir/run"
		return
	fi
	rm -rf "$new"
	mkdir -p "$new/log"
	: >"$new/down"
	finish_script | write_file 0755 "$new/finish"
	write_file 0755 "$new/run"
	write_file 0755 "$new/log/run" <<-END
		#!/bin/sh
		umask 077
		exec svlogd $(shell_word "$STACK/log/$1")
	END
	# One rename: the supervisor never sees half a folder.
	mv "$new" "$dir"
}

# run_script NAME: the common head of a run script, then standard input.
run_script() {
	cat <<-END
		#!/bin/bash
		exec 2>&1
		umask 077
		cd $(shell_word "$STACK") || exit 1
		STACK=$(shell_word "$STACK")
		export STACK_SERVICE=$1
	END
	cat
}

# Runs at each end of a service. 100 is a setting that is wrong: trying again
# every second would not make it right.
finish_script() {
	cat <<-'END'
		#!/bin/sh
		: >>exits
		[ "$(wc -c <exits)" -gt 100 ] || echo "$1" >>exits
		[ "$1" != 100 ] || printf d >supervise/control
	END
}

# How often the service ended since it was started, and whether for good.
ends_of() { wc -l < <(cat "$STACK/sv/$1/exits" 2>/dev/null); }
refused() { grep -qx 100 "$STACK/sv/$1/exits" 2>/dev/null; }

supervisor_pid() {
	local pid
	pid="$(cat "$STACK/run/supervisor.pid" 2>/dev/null)" || return 1
	[[ -n $pid ]] && ours "$pid" && [[ $(cat "/proc/$pid/comm") == runsvdir ]] &&
		say "$pid"
}

start_supervisor() {
	end_strays
	! supervisor_pid >/dev/null || return 0
	local dir
	for dir in "$STACK"/sv/*/; do
		[[ -d $dir ]] || continue
		: >"$dir/down"
		rm -rf "$dir/supervise" "$dir/log/supervise" "$dir/stamp"
	done
	more_files
	env -i PATH="$PATH" LANG=C.UTF-8 TZ=UTC HOME="$STACK/home" \
		STACK_HOME="$STACK" setsid setpriv --no-new-privs runsvdir -P "$STACK/sv" \
		</dev/null >>"$STACK/log/supervisor" 2>&1 9>&- &
	say $! >"$STACK/run/supervisor.pid"
	disown $!
	wait_for 5 supervisor_pid || fail "The supervisor did not start; see" \
		"$STACK/log/supervisor."
}

# Every connection is an open file, and many systems allow 1024. More than this
# makes some servers reserve memory for files that they never open.
more_files() {
	ulimit -n 65536 2>/dev/null || ulimit -Sn "$(ulimit -Hn)"
}

# runsv opens the control pipe when it is ready for orders.
supervised() { sv status "$STACK/sv/$1" | grep -qv '^\(fail\|warning\)'; }

service_pid() {
	local pid
	pid="$(cat "$STACK/sv/$1/supervise/pid" 2>/dev/null)" || return 1
	[[ -n $pid ]] && ours "$pid" || return 1
	# The search engine's launcher is not the server: its child is.
	if [[ $1 == elasticsearch ]]; then
		pid="$(pgrep -P "$pid" -x java | head -1)"
		[[ -n $pid ]] || return 1
	fi
	say "$pid"
}

# start_service NAME STAMP: up, and new if what it was started with changed.
start_service() {
	local dir="$STACK/sv/$1"
	wait_for 10 supervised "$1" ||
		fail "The supervisor does not take up $1; see $STACK/log/supervisor."
	if [[ -n $2 && $(cat "$dir/stamp" 2>/dev/null) != "$2" ]]; then
		stop_service "$1"
		say "$2" >"$dir/stamp"
	fi
	: >"$dir/exits"
	rm -f "$dir/down"
	sv up "$dir" >/dev/null
}

stopped_on_purpose() { [[ -e $STACK/sv/$1/down ]]; }

# stop_service NAME: until it is gone; a server has time to write its data.
stop_service() {
	local dir="$STACK/sv/$1"
	: >"$dir/down"
	supervised "$1" || return 0
	sv -w 30 force-stop "$dir" >/dev/null || true
}

remove_service() {
	stop_service "$1"
	rm -rf "$STACK/gone/$1"
	mkdir -p "$STACK/gone"
	mv "$STACK/sv/$1" "$STACK/gone/$1"
	sv exit "$STACK/gone/$1" >/dev/null 2>&1 || true
	wait_for 10 not sv status "$STACK/gone/$1" || true
	rm -rf "$STACK/gone/$1"
}

# Whatever a killed supervisor or a power cut left would fight with its
# successor for ports and locks; so it goes first, gracefully.
end_strays() {
	no_strays || step leftovers end_processes 20
}

# end_processes SECONDS: all of this stack that nobody supervises.
end_processes() {
	local pids
	mapfile -t pids < <(strays)
	((${#pids[@]})) || return 0
	kill -TERM "${pids[@]}" 2>/dev/null || true
	wait_for "$1" no_strays && return 0
	mapfile -t pids < <(strays)
	kill -KILL "${pids[@]}" 2>/dev/null || true
	wait_for 5 no_strays
}

no_strays() { [[ -z $(strays) ]]; }

# Those with this stack's mark that are not below its supervisor. A process that
# starts or ends while the list is made can look like one, so look twice.
strays() {
	local once
	once="$(strays_now)"
	[[ -n $once ]] || return 0
	sleep 0.2
	comm -12 <(sort <<<"$once") <(strays_now | sort)
}

strays_now() {
	local top
	top="$(supervisor_pid)" || top=0
	our_processes | awk -v top="$top" '
		NR == FNR { marked[$1]; next }
		{ parent[$1] = $2 }
		END {
			for (pid in marked) {
				if (!(pid in parent)) continue
				for (at = pid + 0; at > 1 && at != top;) at = parent[at] + 0
				if (at != top) print pid
			}
		}' - <(ps -e -o pid=,ppid=)
}

# Daemons first, so that they hand back and write what they hold; then the
# servers, then the supervisor with its loggers.
stop_everything() {
	stop_group "$@"
	local pid left=()
	mapfile -t left < <(cd "$STACK/sv" 2>/dev/null && ls)
	stop_group "${left[@]}"
	! pid="$(supervisor_pid)" || kill -HUP "$pid"
	wait_for 5 not supervisor_pid || true
	# Without it whatever is left has no supervisor.
	rm -f "$STACK/run/supervisor.pid"
	wait_for 3 no_strays || end_processes 10
}

stop_group() {
	local name jobs=()
	for name in "$@"; do
		service_exists "$name" || continue
		stop_service "$name" &
		jobs+=($!)
	done
	((!${#jobs[@]})) || wait "${jobs[@]}"
}

last_lines() { tail -n "$1" "$STACK/log/$2/current" 2>/dev/null || true; }
