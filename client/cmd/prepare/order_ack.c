/* order_ack: says that somebody has read and taken on the order as it is now. The next revision needs it anew. */
#include <string.h>

#include "client/care/order.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "client/ui/text.h"
#include "client/ui/why.h"
#include "proto/buf.h"
#include "proto/err.h"

#include "client/cmd/desk.h"
#include "order_view.h"
#include "client/cmd/subject.h"

#define NOTE_MAX 4096

static const struct cmd_option options[] = {
    {"note", 'n', "TEXT", "a note; stands in the shell's history"},
    {0},
};

struct ack {
	const struct book_item *order;
	struct buf note;
};

static int save(struct write_ctx *ctx, void *arg)
{
	const struct ack *a = arg;
	return write_ack(ctx, a->order, (const char *)a->note.data, a->note.len);
}

static int get_note(struct kap *kap, struct buf *note)
{
	static const struct text_limit limit = {.what = "A note", .max_bytes = NOTE_MAX};
	const char *typed = cmd_opt(kap, "note");
	struct why why = {""};
	int err = typed ? text_normalise(typed, strlen(typed), &limit, note, &why) : 0;
	return err ? kap_fail_why(kap, err, &why, "Not acknowledged.") : KAP_OK;
}

static int acknowledge(struct desk *d, struct ack *a)
{
	const struct person *self = people_self(d->people);
	size_t revision = chart_revision(a->order);
	const struct book_ack *before = chart_ack(a->order, self);
	char when[WHEN_TEXT];
	if (a->order->author == self)
		return kap_fail(d->kap, KAP_NOT_ALLOWED, "You wrote order r%zu yourself. Others acknowledge it.", revision);
	if (before) {
		out_say(d->kap->out, "You acknowledged order r%zu already: %s.", revision, desk_time(d, before->at_ms, when));
		return KAP_OK;
	}
	order_view_show(d, a->order);
	int err = desk_write(d, save, a);
	if (err)
		return desk_refused(d, err, "Not acknowledged.");
	out_say(d->kap->out, "Acknowledged order r%zu %s. %s sees this%s.", revision, when_clock(&d->now, when),
	        a->order->author->name, a->note.len ? " note" : "");
	return desk_send(d);
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct ack a = {0};
	struct chart chart;
	struct desk d;
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	buf_init(&a.note, 0);
	exit_code = subject_client(&d, argc ? argv[0] : NULL, &chart);
	if (!exit_code)
		exit_code = get_note(kap, &a.note);
	if (!exit_code) {
		a.order = chart_newest(&chart, ORDER_KIND);
		exit_code = a.order ? acknowledge(&d, &a)
		                    : kap_fail(kap, KAP_INVALID, "There is no order to acknowledge. Nothing was changed.");
	}
	buf_wipe(&a.note);
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_order_ack = {
    .name = "order ack",
    .args = "[CLIENT]",
    .summary = "acknowledge the order as it is now",
    .about = "Whoever opens a medicine session must have acknowledged this revision of the order. Shows it first.",
    .example = "kap order ack jo",
    .options = options,
    .roles = CMD_CLIENT | CMD_CLINICAL,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .max_args = 1,
    .run = run,
};
