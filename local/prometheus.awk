# Standard input: "persister-2 127.0.0.1:9122" for each daemon; then the sample,
# whose targets are replaced.

NR == FNR {
	job = $1
	sub(/-[0-9]+$/, "", job)
	if (targets[job] != "")
		targets[job] = targets[job] ", "
	targets[job] = targets[job] "\"" $2 "\""
	next
}

FNR == 1 {
	print "# Written by make up."
}

/^global:/ {
	begun = 1
}

/^ +- job_name: confab-/ {
	job = substr($NF, length("confab-") + 1)
}

/^ +- targets: / && job in targets {
	sub(/\[.*\]/, "[" targets[job] "]")
}

begun {
	print
}
