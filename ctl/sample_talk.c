#include "ctl/sample_talk.h"

const struct sample_application sample_talk[] = {
	{ "Harbour Lane Customer Care", sample_care_chats },
	{ "Sunfield Sales Desk", sample_sales_chats },
	{ "Tidemark Engineering", sample_workshop_chats },
	{ "Maple Street Clinic", sample_clinic_chats },
	{ "Ridgeway Walking Club", sample_club_chats },
	{ NULL, NULL }
};

size_t sample_talk_count_chats(const struct sample_application *application)
{
	size_t count = 0;

	while (application->chats[count] != NULL)
		count++;
	return count;
}

size_t sample_talk_count_lines(const char *const *chat)
{
	size_t count = 0;

	while (chat[count] != NULL)
		count++;
	return count;
}

void sample_talk_total(size_t *applications_r, size_t *chats_r, size_t *lines_r)
{
	size_t applications = 0, chats = 0, lines = 0;

	for (; sample_talk[applications].name != NULL; applications++) {
		const char *const *const *chat =
			sample_talk[applications].chats;

		for (; *chat != NULL; chat++, chats++)
			lines += sample_talk_count_lines(*chat);
	}
	*applications_r = applications;
	*chats_r = chats;
	*lines_r = lines;
}
