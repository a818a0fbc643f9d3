# shellcheck shell=bash
# Completion of confabctl. Made from its table of verbs by `make reference`.

# What may follow a verb, or "" at the start; FILE stands for any file.
_confabctl_words() {
	case "$1" in
	'') echo 'migrate seed seed-summary reseed reset status health queues reconcile reindex backup restore dead-letters demo help --help --version --check-config --print-config' ;;
	'migrate') echo '--help --json' ;;
	'seed') echo '--help --json' ;;
	'seed-summary') echo '--help --json' ;;
	'reseed') echo '--help --json --yes' ;;
	'reset') echo '--help --json --yes' ;;
	'status') echo '--help --json' ;;
	'health') echo '--help --json' ;;
	'queues') echo '--help --json' ;;
	'reconcile') echo '--help --json' ;;
	'reindex') echo '--help --json --restart --throttle' ;;
	'backup') echo '--help --json --throttle --force --keep FILE' ;;
	'restore') echo '--help --json --yes --replace FILE' ;;
	'dead-letters') echo 'list show replay drop --help' ;;
	'dead-letters list') echo '--help --json' ;;
	'dead-letters show') echo '--help --json' ;;
	'dead-letters replay') echo '--help --json --all' ;;
	'dead-letters drop') echo '--help --json --yes --all' ;;
	'demo') echo '--help' ;;
	esac
}

# The first word, or the first two where verbs form a group.
_confabctl_verb() {
	(($# > 0)) || return 0
	if (($# > 1)) && [[ -n $(_confabctl_words "$1 $2") ]]; then
		echo "$1 $2"
	else
		echo "$1"
	fi
}

_confabctl() {
	local word=${COMP_WORDS[COMP_CWORD]} first=1 verb words
	COMPREPLY=()
	case ${COMP_WORDS[COMP_CWORD - 1]} in
	--throttle | --keep) return 0 ;;
	esac
	if [[ ${COMP_WORDS[1]} == help ]] && ((COMP_CWORD > 1)); then
		first=2
	fi
	verb=$(_confabctl_verb "${COMP_WORDS[@]:first:COMP_CWORD-first}")
	words=$(_confabctl_words "$verb")
	if [[ $first == 2 ]]; then
		# The verbs, and nothing that would follow them.
		[[ $words == [a-z]* ]] || return 0
		words=$(tr ' ' '\n' <<<"$words" | grep -v -e '^-' -e '^help$')
	elif [[ $words == *" FILE" && $word != -* ]]; then
		compopt -o default
		return 0
	fi
	mapfile -t COMPREPLY < <(compgen -W "${words% FILE}" -- "$word")
}

complete -F _confabctl confabctl
