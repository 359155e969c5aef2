/* measure_save: answers to the vault and to whom they are for, and what is said then; see measure_internal.h. */
#include <stdio.h>
#include <string.h>

#include "client/book/write_care.h"
#include "client/care/flag.h"
#include "client/care/measure.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "proto/err.h"
#include "proto/role.h"

#include "client/cmd/card.h"
#include "client/cmd/desk.h"
#include "client/cmd/short_name.h"

#include "measure_internal.h"

static bool is_private(const struct measure_filling *f)
{
	return !f->n_to;
}

static int raise_flag(struct write_ctx *ctx, struct measure_filling *f)
{
	char text[128], total[48];
	if (f->score.has_total)
		snprintf(total, sizeof(total), "total %d", f->score.total);
	else
		snprintf(total, sizeof(total), "no score, %d of %d answered", f->score.answered, f->m->n_items);
	snprintf(text, sizeof(text), "%s item %d = %d (%s)", f->m->name, f->m->safety_item, f->score.safety_answer, total);
	return write_flag(ctx, &(struct write_flag){.about = f->chart.client,
	                                            .cause = FLAG_ITEM_9,
	                                            .severity = FLAG_URGENT,
	                                            .text = text,
	                                            .source = f->item,
	                                            .to = f->to,
	                                            .n_to = f->n_to});
}

static bool is_crisis(const struct measure_filling *f)
{
	return f->m->safety == MEASURES_CRISIS && f->score.safety;
}

/* Each time it is filled in whole is said to whoever asked, if they may still be told. */
static bool is_done(const struct measure_filling *f, const struct person *self)
{
	return f->assignment && f->score.complete && people_cares(f->d->people, self->pid, f->assignment->author->pid);
}

static int save(struct write_ctx *ctx, void *arg)
{
	struct measure_filling *f = arg;
	uint8_t ref[32];
	struct write_care w = {.kind = &care_measure, .fields = f->content, .about = f->chart.client};
	w.only_me = is_private(f);
	w.to = f->to;
	w.n_to = f->n_to;
	int err = write_care(ctx, &w, ref);
	if (!err)
		err = book_load(ctx->txn, ctx->people, true, &f->book);
	if (err)
		return err;
	ctx->book = f->book;
	f->item = book_by_ref(f->book, ref);
	if (is_crisis(f) && !is_private(f))
		err = raise_flag(ctx, f);
	if (!err && is_done(f, people_self(ctx->people)))
		err = write_ack(ctx, f->assignment, "", 0);
	return err;
}

/* --- what is said afterwards --- */

static void say_saved(const struct measure_filling *f)
{
	struct out *out = f->d->kap->out;
	const struct measures_instrument *m = f->m;
	char number[16], then[MEASURE_NAMES_MAX];
	bool client = f->d->kap->role == ROLE_CLIENT;
	snprintf(number, sizeof(number), "M%u", f->item ? f->item->number : 0);
	out_str(out, "item", NULL, number);
	out_str(out, "measure", NULL, m->id);
	out_int(out, "answered", NULL, f->score.answered);
	out_bool(out, "complete", NULL, f->score.complete);
	out_bool(out, "private", NULL, is_private(f));
	if (f->score.has_total)
		out_int(out, "total", NULL, f->score.total);
	snprintf(then, sizeof(then), "%s", is_private(f) && client ? " Only you can read it." : "");
	if (f->a.given < (size_t)m->n_items)
		out_say(out, "%s has %d questions; you gave %zu. Saved as incomplete, no score.%s", m->name, m->n_items,
		        f->a.given, then);
	else if (!f->score.complete)
		out_say(out, "Saved. %d of %d answered \xe2\x80\x94 no score.%s", f->score.answered, m->n_items, then);
	else if (!f->score.has_total)
		out_say(out, "Saved.%s", then);
	else
		out_say(out, "Saved. %s total is %d of %d.%s", client ? "Your" : "The", f->score.total, measures_highest(m),
		        then);
}

/* Only what is true: who was sent it, whom it will be sent to, or that nobody was told. */
static void say_told(const struct measure_filling *f, int sent)
{
	char names[MEASURE_NAMES_MAX];
	short_name_list(f->to, f->n_to, names, sizeof(names));
	out_bool(f->d->kap->out, "sent", NULL, !is_private(f) && sent == KAP_OK);
	if (is_private(f)) {
		if (is_crisis(f))
			out_say(f->d->kap->out, "Nobody was told: your answers are private to you.");
	} else if (sent == KAP_OK) {
		out_say(f->d->kap->out, is_crisis(f) ? "Your answer was sent to %s." : "Sent to %s.", names);
	} else if (sent == KAP_SAVED_LOCALLY) {
		out_say(f->d->kap->out,
		        is_crisis(f) ? "Your answer was not sent to %s yet. Nobody has seen it." : "Not sent to %s yet.",
		        names);
	} else if (is_crisis(f)) {
		out_say(f->d->kap->out, "Your answer was not sent to %s. Nobody has seen it.", names);
	}
}

int measure_save(struct measure_filling *f)
{
	struct kap *kap = f->d->kap;
	bool crisis = is_crisis(f) && kap->role == ROLE_CLIENT;
	int err = desk_write(f->d, save, f);
	if (err == ERR_SCHEMA)
		return kap_fail(kap, KAP_INVALID, "These answers do not fit together. " MEASURE_NOT_SAVED);
	if (err)
		return desk_refused(f->d, err, MEASURE_NOT_SAVED);
	say_saved(f);
	/* first what helps, then the network, which may take its time */
	if (crisis)
		card_danger(kap);
	out_show(kap->out);
	int exit_code = desk_send(f->d);
	say_told(f, exit_code);
	if (crisis)
		out_say(kap->out, "Your safety plan: %s plan", kap->title);
	return exit_code;
}
