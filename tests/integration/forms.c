#include "tests/integration/forms.h"

#define TENANT(path)                                                           \
	{                                                                      \
		.prefix = (path), .wrapper = "chat_application",               \
		.application_created = "name token chats_count",               \
		.application = "name token chats_count",                       \
		.application_listed = "name token chats_count",                \
		.chat_created = "number messages_count",                       \
		.chat = "number messages_count",                               \
		.chat_listed = "number messages_count",                        \
		.message_created = "number", .message = "number body",         \
		.chat_number = "number", .message_number = "number",           \
		.create_status = 201                                           \
	}

#define APPLICATION                                                            \
	"token name chats_count messages_count created_at updated_at"

const struct form forms[FORMS] = {
	{
		.prefix = "/applications",
		.wrapper = "application",
		.application_created = APPLICATION,
		.application = APPLICATION,
		.application_listed = APPLICATION,
		.chat_created = "number job_id",
		.chat = "number messages_count created_at",
		.chat_listed = "number messages_count created_at",
		.message_created = "number job_id",
		.message = "number body created_at updated_at",
		.chat_number = "number",
		.message_number = "number",
		.create_status = 202,
	},
	{
		.prefix = "/apps",
		.wrapper = "app",
		.application_created = "token name chat_count",
		.application = "name chat_count",
		.application_listed = "name token chat_count",
		.chat_created = "chat_number",
		.chat = "chat_number messages_count",
		.chat_listed = "chat_number",
		.message_created = "message_number",
		.message = "matching_score body message_number",
		.chat_number = "chat_number",
		.message_number = "message_number",
		.create_status = 200,
	},
	TENANT("/chat_applications"),
	TENANT("/api/v1/chat_applications"),
};
