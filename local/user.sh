# shellcheck shell=bash
# Who runs it and where: root makes the place and hands over to a user without
# rights; everybody else runs it as himself.

# STACK is where the stack really lies, STACK_SHOWN what people call it.
place_stack() {
	local dir="${STACK_DIR:-var}"
	[[ $dir == /* ]] || dir="$CHECKOUT/$dir"
	STACK_SHOWN="${STACK_SHOWN:-${dir#"$CHECKOUT"/}}"
	STACK_LINK="$dir"
	STACK="$(readlink -m "$dir")"
}

check_owner() {
	is_root || [[ ! -e $STACK || -O $STACK ]] || fail "$STACK_SHOWN belongs to" \
		"$(stat -c %U "$STACK"); run this as root, or choose another STACK_DIR."
}

# nothing_to_end VERB: ending what is not there is no mistake.
nothing_to_end() {
	case "$1" in down | reset) ;; *) return 0 ;; esac
	[[ ! -d $STACK/sv && ! -e $STACK/secrets ]] || return 0
	say "There is no stack in $STACK_SHOWN: nothing to do."
	exit 0
}

# outer VERB: what only the caller can do: fetch into his cache, see everybody's
# ports, make the user and the folder.
outer() {
	case "$1" in
	up | servers) ;;
	*)
		[[ -d $STACK/sv || $1 == down ]] || fail "Nothing was started in $STACK_SHOWN; run make up."
		stack_owner
		return
		;;
	esac
	stack_owner
	(umask 022 && fetch_software)
	make_place
	check_ports "$1"
}

# Root works for whom the folder belongs to, so that a checkout's owner keeps
# what is his.
stack_owner() {
	STACK_USER="$(id -un)"
	is_root || return 0
	STACK_USER=confab
	if [[ -d $STACK && $(stat -c %u "$STACK") -ne 0 ]]; then
		STACK_USER="$(stat -c %U "$STACK")"
	elif ! getent passwd confab >/dev/null; then
		# Another stack that comes up at once may be at it.
		useradd --system --user-group --no-create-home --home-dir /nonexistent \
			--shell /usr/sbin/nologin confab || wait_for 10 getent passwd confab ||
			fail "The user confab could not be made."
	fi
}

make_place() {
	if is_root && ! reachable "$CHECKOUT"; then
		move_away
	elif [[ ! -d $STACK ]]; then
		(umask 022 && mkdir -p "$STACK")
		! is_root || chown "$STACK_USER:" "$STACK"
	elif is_root && [[ $(stat -c %u "$STACK") -eq 0 ]]; then
		chown "$STACK_USER:" "$STACK"
	fi
	! is_root || reachable "$STACK" || fail "The user $STACK_USER cannot reach" \
		"$STACK_SHOWN; choose another STACK_DIR."
}

reachable() {
	[[ ! -e $1 ]] || unprivileged test -r "$1" -a -x "$1"
}

unprivileged() {
	setpriv --no-new-privs --reuid "$STACK_USER" --regid "$(id -g "$STACK_USER")" \
		--clear-groups "$@"
}

# A checkout that only root can read: the stack and copies of what it runs lie
# elsewhere, with a link in the usual place.
move_away() {
	local place
	place="$(away_folder)"
	if [[ ! -L $STACK_LINK ]]; then
		[[ ! -d $STACK_LINK ]] || rmdir "$STACK_LINK" 2>/dev/null ||
			fail "$STACK_SHOWN holds data that the user $STACK_USER cannot reach;" \
				"move the checkout to where others can read it."
		mkdir -p "$(dirname "$STACK_LINK")"
		ln -s "$place" "$STACK_LINK"
	fi
	STACK="$place"
	[[ -d $place ]] || install -d -o "$STACK_USER" -m 0755 "$place"
	[[ ! -L $place && $(stat -c %U "$place") == "$STACK_USER" ]] ||
		fail "$place exists and is not $STACK_USER's; remove it."
	copy_checkout "$place.checkout"
}

away_folder() {
	say "/var/tmp/confab-$(printf '%s' "$STACK_LINK" | sha256sum | cut -c1-12)"
}

# Root's folder: the user who runs the copies must not be able to change them.
copy_checkout() {
	[[ ! -e $1 || (! -L $1 && -O $1) ]] || fail "$1 exists and is not root's; remove it."
	install -d -m 0755 "$1"
	local part
	for part in local "$BIN" sql rabbitmq elasticsearch monitoring; do
		[[ $part != /* && -d $CHECKOUT/$part ]] || continue
		mkdir -p "$(dirname "$1/$part")"
		rm -rf "${1:?}/$part.new"
		cp -a "$CHECKOUT/$part" "$1/$part.new"
		rm -rf "${1:?}/$part"
		mv "$1/$part.new" "$1/$part"
	done
	chown -R root: "$1"
	chmod -R a+rX "$1"
}

# leave_to_user VERB ARGUMENT...: root's part ends here, but for the logins,
# which are for whoever called.
leave_to_user() {
	local code=0
	as_user "$@" &
	# shellcheck disable=SC2064 # this child
	trap "kill -TERM $! 2>/dev/null" INT TERM HUP
	wait $! || code=$?
	# A signal ends the waiting, not the child.
	while kill -0 $! 2>/dev/null; do
		wait $! || code=$?
	done
	[[ ! -f $STACK/run.env ]] || chown -h root: "$STACK/run.env"
	exit "$code"
}

# as_user VERB ARGUMENT...: without rights, by the same script.
as_user() {
	local script="$CHECKOUT/local/stack" keep=() name
	reachable "$CHECKOUT" || script="$(away_folder).checkout/local/stack"
	for name in "${PARAMETERS[@]}" DATABASE_POOL DATABASE_READERS "${!CONFAB_@}"; do
		[[ -z ${!name:-} ]] || keep+=("$name=${!name}")
	done
	cd /
	ulimit -n 65536 2>/dev/null || true
	exec setpriv --no-new-privs --reuid "$STACK_USER" --regid "$(id -g "$STACK_USER")" \
		--clear-groups env -i PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin \
		HOME=/nonexistent LANG=C.UTF-8 "${keep[@]}" STACK_INNER=1 \
		STACK_DIR="$STACK" STACK_SHOWN="$STACK_SHOWN" \
		STACK_SOFTWARE="$(software_folder)" "$script" "$@"
}

# One change of a stack at a time.
lock() {
	exec 9>"$STACK/lock"
	flock -n 9 || {
		say "Another make is at work on $STACK_SHOWN; waiting for it."
		flock 9
	}
}

readonly STACK_PARTS=(elasticsearch{,-mysql} env gone home lock log mariadb
	mysql new prometheus rabbitmq{,-mysql} redis{,-mysql} run run.env secrets
	settings sv tls)

reset() {
	local answer part
	if [[ ${1:-} != --yes ]]; then
		[[ -t 0 ]] || fail "make reset asks at a terminal; elsewhere say" \
			"make reset YES=1. Nothing was deleted."
		read -rp "Delete all data in $STACK_SHOWN? Type yes: " answer || true
		[[ ${answer:-} == yes ]] || fail "Nothing was deleted."
	fi
	"$CHECKOUT/local/stack" down
	# By name: another stack may lie in a folder inside this one.
	for part in "${STACK_PARTS[@]}"; do
		rm -rf "${STACK:?}/$part"
	done
	rmdir "$STACK" 2>/dev/null || true
	if [[ -L $STACK_LINK ]]; then
		rm -rf "$STACK_LINK" "${STACK:?}.checkout"
	fi
	say "The data in $STACK_SHOWN is gone."
}
