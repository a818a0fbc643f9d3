#include "ctl/queues.h"

#include <inttypes.h>
#include <stdio.h>

#include "ctl/console.h"
#include "ctl/ctl.h"

static void print_json(const struct broker_queue *queues)
{
	const char *before = "[";

	for (int i = 0; i < BROKER_QUEUES; i++) {
		if (!queues[i].exists)
			continue;
		printf("%s{\"name\":\"%s\",\"ready\":%" PRIu64
		       ",\"unacknowledged\":%" PRIu64 ",\"consumers\":%" PRIu64
		       ",\"in_per_second\":%.1f,\"out_per_second\":%.1f}",
		       before, queues[i].name, queues[i].ready,
		       queues[i].unacknowledged, queues[i].consumers,
		       queues[i].in, queues[i].out);
		before = ",";
	}
	fputs(*before == '[' ? "[]" : "]", stdout);
}

static void print_table(const struct broker_queue *queues)
{
	printf("%-16s %10s %16s %10s %8s %8s\n", "queue", "ready",
	       "unacknowledged", "consumers", "in/s", "out/s");
	for (int i = 0; i < BROKER_QUEUES; i++)
		if (queues[i].exists)
			printf("%-16s %10" PRIu64 " %16" PRIu64 " %10" PRIu64
			       " %8.1f %8.1f\n",
			       queues[i].name, queues[i].ready,
			       queues[i].unacknowledged, queues[i].consumers,
			       queues[i].in, queues[i].out);
}

enum ctl_exit queues_print(struct ctl *ctl, bool json,
			   struct broker_queue queues_r[BROKER_QUEUES])
{
	struct error error = ERROR_INIT;
	enum ctl_exit code = CTL_DONE;

	if (broker_queues(ctl, queues_r, &error) != FAULT_NONE) {
		if (json)
			fputs("null", stdout);
		console_fault("read the queues", &error);
		return CTL_FAILED;
	}
	if (json)
		print_json(queues_r);
	else
		print_table(queues_r);
	for (int i = 0; i < BROKER_QUEUES; i++) {
		if (queues_r[i].exists)
			continue;
		console_error("there is no queue %s", queues_r[i].name);
		code = CTL_FAILED;
	}
	return code;
}

enum ctl_exit queues_run(struct ctl *ctl)
{
	struct broker_queue queues[BROKER_QUEUES];
	enum ctl_exit code = queues_print(ctl, ctl_json(ctl), queues);

	if (ctl_json(ctl))
		fputc('\n', stdout);
	return code;
}
