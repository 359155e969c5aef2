/* write_flag: a flag for one cause, once; see write.h. */
#include <string.h>

#include "client/care/flag.h"
#include "proto/content.h"
#include "proto/err.h"

#include "chart.h"

#include "write.h"
#include "write_care.h"

/* Is there one already for this cause and source? */
struct same {
	const struct chart *chart;
	const struct write_flag *flag;
};

static int is_same(void *arg, const struct book_item *item)
{
	const struct same *s = arg;
	const struct content *c = chart_content(item);
	return content_u64(c, FLAG_CAUSE, FLAG_OTHER) == s->flag->cause &&
	       chart_ref(s->chart, c, FLAG_SOURCE) == s->flag->source;
}

int write_flag(const struct write_ctx *ctx, const struct write_flag *flag)
{
	struct chart chart = {ctx->book, ctx->people, flag->about};
	struct content_head head = {.kind = FLAG_KIND};
	struct write_care w = {.kind = &care_flag, .about = flag->about, .answer_by_s = flag->answer_by_s};
	w.to = flag->to;
	w.n_to = flag->n_to;
	if (flag->source && chart_each(&chart, FLAG_KIND, is_same, &(struct same){&chart, flag}))
		return ERR_EXISTS;
	struct content *c = content_new(&head);
	int err = c ? content_set_u64(c, FLAG_CAUSE, flag->cause) : ERR_NOMEM;
	if (!err)
		err = content_set_u64(c, FLAG_SEVERITY, flag->severity);
	if (!err)
		err = content_set_str(c, FLAG_TEXT, flag->text, strlen(flag->text));
	if (!err && flag->source)
		err = chart_set_ref(c, FLAG_SOURCE, flag->source);
	w.fields = c;
	if (!err)
		err = write_care(ctx, &w, NULL);
	content_free(c);
	return err;
}
