#ifndef CONFAB_TESTS_INTEGRATION_FORMS_H
#define CONFAB_TESTS_INTEGRATION_FORMS_H

/* The same routes under each prefix, and what is particular to it: the exact
 * members of each answer. */
struct form {
	const char *prefix;
	const char *wrapper; /* of an application */
	const char *application_created, *application, *application_listed;
	const char *chat_created, *chat, *chat_listed;
	const char *message_created, *message;
	const char *chat_number, *message_number; /* the members' names */
	int create_status;			  /* of chats and messages */
};

#define FORMS 4
extern const struct form forms[FORMS];

#endif
