# shellcheck shell=bash
# Completion of confabctl. Made from its table of verbs by `make reference`.

# What may follow a verb, or "" at the start.
_confabctl_words() {
	case "$1" in
@completion@
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
