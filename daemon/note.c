/* note: see note.h. */
#include "note.h"

#include <stdlib.h>

#include "audit.h"
#include "log.h"
#include "proto/err.h"
#include "writer.h"

struct note {
	struct writer_job job; /* first: the job is the note */
	struct audit_row row;
};

static int apply(struct store_batch *batch, struct writer_job *job)
{
	return audit_append(batch, &((struct note *)(void *)job)->row);
}

static void done(struct writer_job *job, int err)
{
	if (err != 0)
		log_noisy(LOG_LEVEL_ERROR, "audit_lost", LOG_ERR(err));
	free(job);
}

int note_row(struct writer *w, const struct audit_row *row)
{
	struct note *n = calloc(1, sizeof *n);
	int err;

	if (n == NULL)
		return ERR_NOMEM;
	n->job = (struct writer_job){.apply = apply, .done = done, .bytes = sizeof *n};
	n->row = *row;
	err = writer_submit(w, &n->job);
	if (err != 0)
		free(n);
	return err;
}
