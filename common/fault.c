#include "common/fault.h"

#include <stdarg.h>
#include <stdio.h>

enum fault error_set(struct error *error, enum fault fault, int code,
		     const char *format, ...)
{
	va_list args;

	if (!error)
		return fault;
	error->fault = fault;
	error->code = code;
	va_start(args, format);
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
	return fault;
}

const char *fault_name(enum fault fault)
{
	switch (fault) {
	case FAULT_NONE:
		return "none";
	case FAULT_TEMPORARY:
		return "temporary";
	case FAULT_PERMANENT:
		return "permanent";
	case FAULT_UNSURE:
		return "unsure";
	case FAULT_BUG:
		return "bug";
	}
	return "unknown";
}
