#ifndef CONFAB_CTL_SAMPLE_TALK_H
#define CONFAB_CTL_SAMPLE_TALK_H

#include <stddef.h>

/*
 * The sample data: applications with their chats, a chat's lines in the order
 * in which they are sent. Static and always the same.
 */
struct sample_application {
	const char *name;
	/* NULL ends the chats, and NULL ends a chat's lines */
	const char *const *const *chats;
};

/* A NULL name ends the array. */
extern const struct sample_application sample_talk[];

size_t sample_talk_count_chats(const struct sample_application *application);
size_t sample_talk_count_lines(const char *const *chat);
/* All chats and lines of all applications. */
void sample_talk_total(size_t *applications_r, size_t *chats_r,
		       size_t *lines_r);

/* One file for each application. */
extern const char *const *const sample_care_chats[];
extern const char *const *const sample_sales_chats[];
extern const char *const *const sample_workshop_chats[];
extern const char *const *const sample_clinic_chats[];
extern const char *const *const sample_club_chats[];

#endif
