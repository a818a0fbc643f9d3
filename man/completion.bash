# shellcheck shell=bash
# Completion of confabctl. Made from its table of verbs by `make reference`.

# What may follow a verb, or "" at the start.
_confabctl_words() {
	case "$1" in
	'') echo 'migrate seed seed-summary reseed reset status health queues reconcile reindex backup restore dead-letters demo --help --version --check-config --print-config' ;;
	'migrate') echo '--help' ;;
	'seed') echo '--help' ;;
	'seed-summary') echo '--help --json' ;;
	'reseed') echo '--help --yes' ;;
	'reset') echo '--help --yes' ;;
	'status') echo '--help --json' ;;
	'health') echo '--help --json' ;;
	'queues') echo '--help --json' ;;
	'reconcile') echo '--help' ;;
	'reindex') echo '--help --restart --throttle' ;;
	'backup') echo '--help --json --throttle --force --keep' ;;
	'restore') echo '--help --json --yes --replace' ;;
	'dead-letters') echo 'list show replay drop --help' ;;
	'dead-letters list') echo '--help --json' ;;
	'dead-letters show') echo '--help --json' ;;
	'dead-letters replay') echo '--help --all' ;;
	'dead-letters drop') echo '--help --yes --all' ;;
	'demo') echo '--help' ;;
	esac
}

_confabctl() {
	local word=${COMP_WORDS[COMP_CWORD]} verb="" words
	((COMP_CWORD < 2)) || verb=${COMP_WORDS[1]}
	# A verb of a group has two words.
	if ((COMP_CWORD > 2)) &&
		[[ -n $(_confabctl_words "$verb ${COMP_WORDS[2]}") ]]; then
		verb+=" ${COMP_WORDS[2]}"
	fi
	words=$(_confabctl_words "$verb")
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}

complete -o default -F _confabctl confabctl
