#include "ctl/health.h"

#include <stdio.h>

#include "ctl/ctl.h"
#include "ctl/parts.h"

enum ctl_exit health_run(struct ctl *ctl)
{
	struct part parts[PARTS];

	parts_look(ctl, parts);
	if (ctl_json(ctl)) {
		fputc('{', stdout);
		parts_print_json(parts, stdout);
		fputs("}\n", stdout);
	} else {
		parts_print(parts, stdout);
	}
	return parts_well(parts) ? CTL_DONE : CTL_FAILED;
}
