#ifndef CONFAB_COMMON_FAULT_H
#define CONFAB_COMMON_FAULT_H

/*
 * The one question that a pipeline asks of an error: what now?
 */
enum fault {
	FAULT_NONE = 0,
	FAULT_TEMPORARY, /* nothing happened; try again later */
	FAULT_PERMANENT, /* trying again gives the same; dead-letter it */
	FAULT_UNSURE,	 /* sent, answer lost; redo under the same key */
	FAULT_BUG	 /* a broken invariant; stop the process */
};

/* An error with its sentence for the log. Never holds a secret or a body. */
struct error {
	enum fault fault;
	int code; /* the library's own number, 0 if it has none */
	char text[256];
};

#define ERROR_INIT                                                             \
	{                                                                      \
		FAULT_NONE, 0, ""                                              \
	}
#define MUST_CHECK __attribute__((warn_unused_result))

/* Fills `error` (if not NULL) and returns `fault`. */
enum fault error_set(struct error *error, enum fault fault, int code,
		     const char *format, ...)
	__attribute__((format(printf, 4, 5)));
const char *fault_name(enum fault fault);

/* Exit codes of every program. systemd must not restart on 100. */
enum exit_code { EXIT_STOPPED = 0, EXIT_USAGE = 100, EXIT_TEMPORARY = 111 };

#endif
