/* show_message: messages in a row and in full, with where they stand; see show.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/book/chart.h"
#include "client/book/unanswered.h"
#include "client/care/closing.h"
#include "client/care/msgtype.h"
#include "client/ui/out.h"
#include "client/ui/text.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/mp.h"
#include "proto/role.h"

#include "client/cmd/desk.h"
#include "client/cmd/show_internal.h"
#include "client/cmd/subject.h"
#include "client/cmd/target.h"

#include "client/cmd/show.h"

#define PRIORITY_URGENT 2
#define PRIORITY_NEEDS_ATTENTION 3
#define HIDDEN_FIELD "item" /* which one an escalation is about: for programs */

/* "routine" ... */
static const char *priority_of(const struct book_item *item)
{
	static const char *const words[] = {"routine", "soon", "urgent", "needs-attention"};
	const struct content *c = book_head(item)->content;
	uint64_t n = c ? content_u64(c, CONTENT_PRIORITY, 0) : 0;
	if (n == PRIORITY_URGENT && item->author->role == ROLE_CLIENT)
		n = PRIORITY_NEEDS_ATTENTION; /* nobody is paged for a client, whatever their device says */
	return n < 4 ? words[n] : "routine";
}

static bool is_withdrawn(const struct book_item *item)
{
	const struct content *c = book_head(item)->content;
	return c && content_bool(c, CONTENT_WITHDRAWN, false);
}

/* Where it stands, in one word: the least far along of its readers for one's own, one's own part for others'. */
static const char *state_of(struct desk *d, const struct book_item *item)
{
	static const char *const words[] = {"", "written", "stored", "delivered", "opened", "acknowledged"};
	struct chart everybody = subject_everybody(d);
	enum book_progress least = BOOK_ACKNOWLEDGED;
	uint64_t at;
	if (is_withdrawn(item))
		return "withdrawn";
	if (chart_closing(&everybody, item))
		return "closed";
	if (item->n_acks)
		return "acknowledged";
	if (!item->author->is_self)
		return item->opened_here ? "opened" : "new";
	if (!item->n_readers)
		return "not-sent"; /* nobody may have it any more */
	for (size_t i = 0; i < item->n_readers; i++) {
		enum book_progress p = book_progress(item, item->readers[i].person, &at);
		least = p < least ? p : least;
	}
	return words[least];
}

static const struct person *subject_of(struct desk *d, const struct content *c)
{
	const struct content_head *head = c ? content_peek_head(c) : NULL;
	return head && head->has_subject ? people_by_pid(d->people, head->subject) : NULL;
}

void show_due(struct desk *d, const struct book_item *item)
{
	struct chart everybody = subject_everybody(d);
	struct unanswered u;
	char when[WHEN_TEXT], name[TARGET_NAME];
	if (!unanswered_is(&everybody, item, (uint64_t)d->now.s * 1000, &u) || !u.due_ms)
		return;
	struct when due = desk_when(u.due_ms);
	out_when(d->kap->out, "due", NULL, &due);
	out_bool(d->kap->out, "overdue", NULL, u.overdue);
	desk_time(d, u.due_ms, when);
	if (!u.overdue)
		out_line(d->kap->out, "     not acknowledged   due %s", when);
	else
		out_line(d->kap->out, "     not acknowledged   OVERDUE since %s   %s escalate %s sends it on", when,
		         d->kap->title, target_name(item, name));
}

void show_message_row(struct desk *d, const struct book_item *item)
{
	struct out *out = d->kap->out;
	const struct content *c = book_head(item)->content;
	const struct person *about = subject_of(d, c);
	struct when at = desk_when(item->at_ms);
	size_t len = 0;
	const char *body = c ? content_str(c, CONTENT_BODY, &len) : NULL;
	struct buf hold;
	buf_init(&hold, 0);
	if (book_head(item)->deleted)
		buf_put(&hold, "(deleted by its author)", 23);
	buf_put(&hold, body, body ? len : 0);
	buf_put_u8(&hold, 0);
	out_item(out);
	out_int(out, "number", "#", item->number);
	out_word(out, "priority", "", priority_of(item));
	out_str(out, "from", "From", item->author->is_self ? "you" : item->author->name);
	out_str(out, "about", "About", about ? about->name : NULL);
	out_when(out, "at", "When", &at);
	out_excerpt(out, "text", "Message", buf_err(&hold) ? "" : (const char *)hold.data, 20);
	out_word(out, "state", "State", state_of(d, item));
	show_due(d, item);
	buf_wipe(&hold);
}

static void show_closed(struct desk *d, const struct book_item *item)
{
	struct chart everybody = subject_everybody(d);
	const struct book_item *closing = chart_closing(&everybody, item);
	struct buf hold;
	if (!closing)
		return;
	struct when at = desk_when(closing->at_ms);
	buf_init(&hold, 0);
	out_object(d->kap->out, "closed", "Closed");
	out_str(d->kap->out, "by", "By", closing->author->is_self ? "you" : closing->author->name);
	out_when(d->kap->out, "at", "At", &at);
	out_str(d->kap->out, "how", "How", show_field(chart_content(closing), CLOSING_HOW, &hold));
	out_end(d->kap->out);
	buf_wipe(&hold);
}

static void show_reader(struct desk *d, const struct book_item *item, const struct book_reader *reader)
{
	struct out *out = d->kap->out;
	uint64_t at;
	enum book_progress p = book_progress(item, reader->person, &at);
	struct when stored = desk_when(book_head(item)->stored_ms), delivered = desk_when(reader->delivered_ms),
	            opened = desk_when(reader->opened_ms);
	out_item(out);
	out_str(out, "person", "Person", reader->person->name);
	out_when(out, "stored", "Stored", p >= BOOK_ON_SERVER && book_head(item)->stored_ms ? &stored : NULL);
	out_when(out, "delivered", "Delivered", reader->delivered_ms ? &delivered : NULL);
	out_when(out, "opened", "Opened", reader->opened_ms ? &opened : NULL);
}

void show_progress(struct desk *d, const struct book_item *item)
{
	struct out *out = d->kap->out;
	out_list(out, "readers", NULL);
	for (size_t i = 0; i < item->n_readers; i++)
		if (!item->readers[i].person->is_self)
			show_reader(d, item, &item->readers[i]);
	out_end(out);
	out_list(out, "acknowledged", NULL);
	for (size_t i = 0; i < item->n_acks; i++) {
		struct when at = desk_when(item->acks[i].at_ms);
		out_item(out);
		out_str(out, "by", "Acknowledged by", item->acks[i].person->is_self ? "you" : item->acks[i].person->name);
		out_when(out, "at", "At", &at);
		out_str(out, "note", "Note", item->acks[i].note);
	}
	out_end(out);
	if (!item->n_acks)
		out_line(out, "Not acknowledged yet.");
	show_due(d, item);
	show_closed(d, item);
}

/* --- in full --- */

/* The pairs that its type asked for. True if there were any. */
static void show_fields(struct desk *d, const struct content *c)
{
	struct out *out = d->kap->out;
	size_t type_len = 0, name_len = 0, len = 0;
	const char *type_name = content_str(c, CONTENT_MESSAGE_TYPE, &type_len);
	const struct msgtype *type = type_name ? msgtype_find(type_name, type_len) : NULL;
	struct mp_doc *doc = NULL;
	struct mp_cur list;
	if (content_open(c, CONTENT_MESSAGE_FIELDS, &doc, &list))
		return;
	out_list(out, "fields", NULL);
	while (mp_left(&list)) {
		struct mp_cur pair = mp_enter(&list, 2, 2);
		const char *name = mp_str(&pair, 1, 32, &name_len);
		const char *text = mp_str(&pair, 1, 16384, &len);
		mp_leave(&list, &pair);
		size_t at = name && type ? msgtype_field_at(type, name, name_len) : 0;
		if (!name || !text || (name_len == strlen(HIDDEN_FIELD) && memcmp(name, HIDDEN_FIELD, name_len) == 0))
			continue;
		out_item(out);
		out_strn(out, "name", NULL, name, name_len);
		out_str(out, "label", NULL, type && at < type->n_fields ? type->fields[at].label : NULL);
		out_strn(out, "text", NULL, text, len);
	}
	out_end(out);
	mp_close(doc);
}

void show_message(struct desk *d, const struct book_item *item)
{
	struct out *out = d->kap->out;
	const struct content *c = book_head(item)->content;
	const struct person *about = subject_of(d, c);
	struct when at = desk_when(item->at_ms);
	struct buf hold;
	size_t len = 0;
	buf_init(&hold, 0);
	out_int(out, "number", NULL, item->number);
	out_str(out, "from", "From", item->author->is_self ? "you" : item->author->name);
	show_giver(d, book_head(item));
	show_standing(d, item->author);
	out_str(out, "about", "About", about ? about->name : NULL);
	out_word(out, "priority", "Priority", priority_of(item));
	const char *type = show_field(c, CONTENT_MESSAGE_TYPE, &hold);
	if (type)
		out_str(out, "type", "Type", type);
	out_when(out, "at", "When", &at);
	const char *body = c ? content_str(c, CONTENT_BODY, &len) : NULL;
	if (book_head(item)->deleted)
		out_say(out, "%s deleted this. The text is no longer on this device.", item->author->name);
	if (is_withdrawn(item))
		out_say(out, "WITHDRAWN by its author. The text is kept for the record.");
	out_text(out, "text", "Message", body ? body : "", len);
	if (c)
		show_fields(d, c);
	show_attachments(d, book_head(item));
	buf_wipe(&hold);
}
