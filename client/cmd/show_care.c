/* show_care: see show_care.h. */
#include <stdio.h>
#include <string.h>

#include "client/care/closing.h"
#include "client/care/kinds.h"
#include "client/care/look.h"
#include "client/ui/out.h"
#include "client/ui/value.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/role.h"

#include "desk.h"
#include "subject.h"

#include "show_care.h"

#define BRIEF_COLUMNS 36

static const char *number_of(const struct book_item *item, char out[16])
{
	const struct care_kind *kind = kinds_care(item->kind);
	out[0] = '\0';
	if (kind && kind->letter && item->number)
		snprintf(out, 16, "%c%u", kind->letter, item->number);
	return out;
}

void show_care_brief(struct desk *d, const struct book_item *item, struct buf *out)
{
	const struct care_kind *kind = kinds_care(item->kind);
	const struct content *c = chart_content(item);
	if (!c) {
		buf_put(out, "(taken back)", 12);
		return;
	}
	for (size_t i = 0, n = 0; kind && i < KINDS_BRIEF && kind->brief[i]; i++) {
		const struct content_rule *rule = look_by_key(&kind->content, kind->brief[i]);
		if (!rule || !content_has(c, rule->key))
			continue;
		if (n++)
			buf_put(out, " \xc2\xb7 ", 4);
		if (rule->type == CONTENT_BOOL)
			buf_put(out, rule->look->label, strlen(rule->look->label));
		if (rule->type == CONTENT_BOOL)
			buf_put_u8(out, ' ');
		value_put(c, rule, &d->now, out);
	}
}

static const struct person *subject_of(struct desk *d, const struct book_item *item)
{
	struct chart everybody = subject_everybody(d);
	return chart_subject(&everybody, item);
}

void show_care_row(struct desk *d, const struct book_item *item)
{
	show_care_cells(d, item, BRIEF_COLUMNS);
}

void show_care_cells(struct desk *d, const struct book_item *item, size_t columns)
{
	struct out *out = d->kap->out;
	const struct care_kind *kind = kinds_care(item->kind);
	const struct person *about = subject_of(d, item);
	struct when at = {(int64_t)(item->at_ms / 1000), item->offset};
	struct buf brief;
	char number[16];
	buf_init(&brief, 0);
	show_care_brief(d, item, &brief);
	buf_put_u8(&brief, 0);
	out_item(out);
	out_str(out, "number", kind && kind->letter ? "#" : NULL, number_of(item, number));
	out_str(out, "kind", NULL, kind ? kind->content.name : "newer");
	out_str(out, "author", NULL, item->author->name);
	out_str(out, "about", d->kap->role == ROLE_CLIENT ? NULL : "About", about ? about->name : NULL);
	out_when(out, "at", "When", &at);
	out_excerpt(out, "text", "", buf_err(&brief) ? "" : (const char *)brief.data, columns);
	if (!chart_stands(item))
		out_line(out, "     Does not hold: %s may not write this.", item->author->name);
	buf_wipe(&brief);
}

/* Fields that no row describes came from a newer version: said, not shown. */
static void show_fields(struct desk *d, const struct care_kind *kind, const struct content *c)
{
	for (uint16_t i = 0; kind && i < kind->content.n_fields; i++)
		value_show(d->kap->out, c, &kind->content.fields[i], &d->now);
	if (content_is_newer(c, &care_kinds))
		out_say(d->kap->out, "Part of this was made by a newer version and is kept.");
}

static void show_acks(struct desk *d, const struct book_item *item)
{
	struct out *out = d->kap->out;
	out_list(out, "acknowledged", NULL);
	for (size_t i = 0; i < item->n_acks; i++) {
		const struct book_ack *ack = &item->acks[i];
		struct when at = desk_when(ack->at_ms);
		out_item(out);
		out_str(out, "by", "Acknowledged by", ack->person->is_self ? "you" : ack->person->name);
		out_when(out, "at", "At", &at);
		out_int(out, "revision", "Revision", (int64_t)(ack->revision - item->revisions) + 1);
		out_str(out, "note", "Note", ack->note);
	}
	out_end(out);
}

static void show_closing(struct desk *d, const struct book_item *item)
{
	struct chart everybody = subject_everybody(d);
	const struct book_item *closing = chart_closing(&everybody, item);
	struct when at;
	if (!closing)
		return;
	at = desk_when(closing->at_ms);
	out_object(d->kap->out, "closed", "Closed");
	out_str(d->kap->out, "by", "By", closing->author->name);
	out_when(d->kap->out, "at", "At", &at);
	value_show(d->kap->out, chart_content(closing), look_by_key(&care_closing.content, CLOSING_HOW), &d->now);
	out_end(d->kap->out);
}

void show_care_item(struct desk *d, const struct book_item *item, const struct book_revision *revision)
{
	struct out *out = d->kap->out;
	const struct care_kind *kind = kinds_care(item->kind);
	const struct person *about = subject_of(d, item);
	struct when at = {(int64_t)(item->at_ms / 1000), item->offset};
	char number[16];
	if (!revision)
		revision = book_head(item);
	out_str(out, "kind", "What", kind ? out_form_of(out) == OUT_HUMAN ? kind->title : kind->content.name : "newer");
	if (*number_of(item, number))
		out_str(out, "number", "Number", number);
	out_str(out, "author", "Written by", item->author->is_self ? "you" : item->author->name);
	if (about && !about->is_self)
		out_str(out, "about", "About", about->name);
	out_when(out, "at", "When", &at);
	out_int(out, "revision", "Revision", (int64_t)(revision - item->revisions) + 1);
	if (!kinds_may_write(item->kind, item->author->role))
		out_say(out, "DOES NOT HOLD: %s, %s, may not write this. It counts nowhere.", item->author->name,
		        role_name((enum role)item->author->role));
	if (item->n_heads > 1)
		out_say(out, "There are %zu versions, written apart. The next change by %s joins them.", item->n_heads,
		        item->author->is_self ? "you" : item->author->name);
	if (revision->content)
		show_fields(d, kind, revision->content);
	else
		out_say(out, "Its author took this back. The text is no longer on this device.");
	show_acks(d, item);
	show_closing(d, item);
}
