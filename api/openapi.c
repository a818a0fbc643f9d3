#include "api/handlers.h"
#include "api/status.h"

/* The interface's description, NUL-terminated. The path is the repository's,
 * from where everything is compiled. */
extern const char confab_openapi[];
__asm__(".pushsection .rodata\n"
	"confab_openapi:\n"
	".incbin \"docs/openapi.yaml\"\n"
	".byte 0\n"
	".popsection\n");

void openapi_show(struct request *request, struct worker *worker)
{
	(void)worker;
	buf_append_text(answer_json(&request->answer, HTTP_OK), confab_openapi);
	request->answer.content_type = "application/yaml";
}
