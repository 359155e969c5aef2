/* short_text: see short_text.h. */
#include <string.h>

#include "client/cmd.h"
#include "client/ui/out.h"
#include "client/ui/prompt.h"
#include "client/ui/text.h"
#include "client/ui/why.h"
#include "proto/buf.h"
#include "proto/err.h"

#include "short_text.h"

int short_text_get(struct kap *kap, const struct short_text *how, struct buf *out)
{
	const char *typed = cmd_opt(kap, how->option);
	struct why why = {""};
	struct buf line;
	int err = 0;
	buf_init(&line, 0);
	if (!typed) {
		out_show(kap->out);
		err = prompt_line(kap->prompt, how->question, how->limit->max_bytes, &line);
		if (err == ERR_CLOSED)
			err = why_set(&why, ERR_SHAPE, "%s", how->missing);
	}
	if (!err)
		err = text_normalise(typed ? typed : (const char *)line.data, typed ? strlen(typed) : line.len, how->limit, out,
		                     &why);
	buf_wipe(&line);
	return err ? kap_fail_why(kap, err, &why, how->lost) : KAP_OK;
}
