/* contact_write: see contact_write.h. */
#include "contact_write.h"

#include "client/book/chart.h"
#include "client/book/oncall.h"
#include "client/book/reach.h"
#include "client/book/write_care.h"
#include "client/care/contact.h"
#include "client/care/look.h"
#include "client/ui/hours.h"
#include "client/ui/out.h"
#include "client/ui/value.h"
#include "proto/content.h"
#include "proto/err.h"

#include "client/cmd/desk.h"
#include "msg_people.h"

struct content *contact_write_begin(struct desk *d)
{
	const struct book_item *now = oncall_contact(d->book, d->people);
	struct content_head head = {.kind = CONTACT_KIND};
	return now ? content_copy(chart_content(now), &head) : content_new(&head);
}

/* One's own crisis card has it at once. */
static int save(struct write_ctx *ctx, void *arg)
{
	const struct content *c = arg;
	struct content_head head = {.kind = CONTACT_KIND, .at_ms = ctx->now_ms};
	struct write_care w = {.kind = &care_contact, .fields = c, .at_ms = ctx->now_ms, .at_offset = ctx->offset};
	struct content *dated = content_copy(c, &head);
	int err = dated ? write_care(ctx, &w, NULL) : ERR_NOMEM;
	if (!err)
		err = reach_take(ctx->txn, dated);
	content_free(dated);
	return err;
}

int contact_write_end(struct desk *d, const struct content *c)
{
	int err = desk_write(d, save, (void *)(uintptr_t)c);
	return err ? desk_refused(d, err, "Not saved.") : KAP_OK;
}

void contact_write_show_turns(struct desk *d)
{
	const struct book_item *contact = oncall_contact(d->book, d->people);
	struct oncall_turn turns[CONTACT_TURNS];
	size_t n = contact ? oncall_turns(chart_content(contact), d->people, turns, CONTACT_TURNS) : 0;
	char hours[HOURS_TEXT];
	out_list(d->kap->out, "turns", "Nobody is on the on-call list.");
	for (size_t i = 0; i < n; i++) {
		struct hours_span span = {turns[i].days, turns[i].from, turns[i].to};
		out_item(d->kap->out);
		out_int(d->kap->out, "number", "#", (int64_t)i + 1);
		out_str(d->kap->out, "person", "On call", *turns[i].name ? turns[i].name : "somebody");
		out_str(d->kap->out, "hours", "When", hours_human(&span, hours));
		out_str(d->kap->out, "zone", "Zone", turns[i].zone);
		out_bool(d->kap->out, "now", "Now", oncall_runs(&turns[i], d->now.s));
		if (turns[i].person && !turns[i].person->active)
			out_line(d->kap->out, "     has no account any more, and is passed over");
	}
	out_end(d->kap->out);
	msg_people_on_call(d);
}

void contact_write_show(struct desk *d)
{
	static const uint32_t keys[] = {CONTACT_PHONE, CONTACT_HOURS, CONTACT_AFTER_HOURS, CONTACT_LOOKS};
	const struct book_item *contact = oncall_contact(d->book, d->people);
	if (!contact) {
		out_say(d->kap->out, "The clinic has not said yet how it can be reached.");
		return;
	}
	const struct content *c = chart_content(contact);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		value_show(d->kap->out, c, look_by_key(&care_contact.content, keys[i]), &d->now);
	int open = oncall_is_open(c, d->now.s);
	if (open >= 0)
		out_bool(d->kap->out, "open-now", "Open now", open == 1);
	contact_write_show_turns(d);
}
