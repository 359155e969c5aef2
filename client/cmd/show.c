/* show: see show.h. */
#include <stdio.h>
#include <string.h>

#include "client/book/checked.h"
#include "client/book/gift.h"
#include "client/care/prompts.h"
#include "client/ui/out.h"
#include "client/ui/text.h"
#include "proto/attachment.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/err.h"
#include "proto/mp.h"
#include "proto/role.h"

#include "desk.h"

#include "show.h"

#define EXCERPT_COLUMNS 28
#define NAMES_MAX 256
#define PRIORITY_URGENT 2
#define PRIORITY_NEEDS_ATTENTION 3

/* A NUL-terminated copy of a text field in `hold`. */
static const char *field(const struct content *c, uint32_t key, struct buf *hold)
{
	size_t len = 0;
	const char *text = c ? content_str(c, key, &len) : NULL;
	buf_reset(hold);
	if (!text)
		return NULL;
	buf_put(hold, text, len);
	buf_put_u8(hold, 0);
	return buf_err(hold) ? NULL : (const char *)hold->data;
}

size_t show_revision_number(const struct book_item *item, const struct book_revision *revision)
{
	return (size_t)(revision - item->revisions) + 1;
}

bool show_has_tag(const struct book_revision *revision, const char *tag)
{
	struct mp_doc *doc = NULL;
	struct mp_cur tags;
	bool found = false;
	if (!revision->content || content_open(revision->content, CONTENT_TAGS, &doc, &tags))
		return false;
	while (mp_left(&tags)) {
		size_t len;
		const char *text = mp_str(&tags, 0, 64, &len);
		found = found || (text && len == strlen(tag) && memcmp(text, tag, len) == 0);
	}
	mp_close(doc);
	return found;
}

/* Who can read any version; the number of them. */
static size_t names_of(const struct book_item *item, char *out, size_t max)
{
	size_t n = 0, at = 0;
	out[0] = '\0';
	for (size_t i = 0; i < item->n_readers && at < max; i++)
		if (!item->readers[i].withdrawn)
			at += (size_t)snprintf(out + at, max - at, "%s%s", n++ ? ", " : "", item->readers[i].person->name);
	return n;
}

/* An entry whose newest version was written on a day of medicine may be private, and the one before not. */
static void say_newest_private(struct desk *d, const struct book_item *item, bool read_by_others)
{
	if (item->author->is_self && item->n_heads == 1 && read_by_others && !book_is_shared(item))
		out_line(d->kap->out, "     The newest version is yours alone. `%s share %u --with NAME` shows it.",
		         d->kap->title, item->number);
}

const char *show_visibility(const struct book_item *item)
{
	if (gift_last(item) && (item->author->is_self || !book_head(item)->withdrawn))
		return "given";
	for (size_t i = 0; i < item->n_readers; i++)
		if (!item->readers[i].withdrawn)
			return "shared";
	return "private";
}

/* What a row says in place of a text: the title, the beginning, or what kind of thing it is. */
static void show_beginning(struct desk *d, const struct book_item *item)
{
	const struct book_revision *head = book_head(item);
	struct buf hold;
	buf_init(&hold, 0);
	const char *text = field(head->content, CONTENT_TITLE, &hold);
	if (!text || !*text)
		text = field(head->content, CONTENT_BODY, &hold);
	if ((!text || !*text) && head->content && show_attached_name(head->content, &hold))
		text = (const char *)hold.data;
	if (head->withdrawn)
		text = head->deleted ? "(deleted by its author)" : "(taken back by its author)";
	out_excerpt(d->kap->out, "text", "Entry", text ? text : "", EXCERPT_COLUMNS);
	buf_wipe(&hold);
}

void show_row(struct desk *d, const struct book_item *item, bool with_author)
{
	struct out *out = d->kap->out;
	const struct book_revision *head = book_head(item);
	char names[NAMES_MAX];
	struct when at = {(int64_t)(item->at_ms / 1000), item->offset};
	out_item(out);
	out_int(out, "number", "#", item->number);
	if (with_author)
		out_str(out, "author", "Who", item->author->is_self ? "you" : item->author->name);
	else
		out_str(out, "author", NULL, item->author->name);
	out_when(out, "at", "When", &at);
	show_beginning(d, item);
	bool read_by_others = names_of(item, names, sizeof(names)) > 0;
	out_word(out, "visibility", "Access", show_visibility(item));
	out_str(out, "readers", item->author->is_self && *names ? "With" : NULL, names);
	if (head->content && attachment_count(head->content))
		out_int(out, "attached", NULL, attachment_count(head->content));
	out_bool(out, "on-server", NULL, !head->pending && !head->waiting);
	out_int(out, "versions", NULL, (int64_t)item->n_heads);
	say_newest_private(d, item, read_by_others);
	if (item->n_heads > 1)
		out_line(out,
		         item->author->is_self ? "     %zu versions: all are kept. `%s merge %u` joins them."
		                               : "     %zu versions: all are kept. `%s history %u` shows them.",
		         item->n_heads, d->kap->title, item->number);
}

void show_bin_row(struct desk *d, const struct book_item *item)
{
	struct out *out = d->kap->out;
	struct when at = {(int64_t)(item->at_ms / 1000), item->offset}, until = desk_when(item->bin_until_ms);
	out_item(out);
	out_int(out, "number", "#", item->number);
	out_when(out, "at", "When", &at);
	show_beginning(d, item);
	out_when(out, "until", "In the bin until", &until);
}

/* --- one revision --- */

static void show_lines(struct desk *d, const struct content *c)
{
	struct out *out = d->kap->out;
	size_t len = 0, line = 1;
	const char *text = content_str(c, CONTENT_BODY, &len);
	struct buf safe;
	if (!text)
		return;
	if (out_form_of(out) != OUT_HUMAN) {
		out_text(out, "text", NULL, text, len);
		return;
	}
	buf_init(&safe, 0);
	for (size_t at = 0; at <= len; line++) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t n = end ? (size_t)(end - text) - at : len - at;
		buf_reset(&safe);
		text_put_wrapped(&safe, text + at, n, TEXT_COLUMNS - 5, 5);
		buf_put_u8(&safe, 0);
		if (!buf_err(&safe) && safe.len > 6)
			out_line(out, "%4zu %.*s", line, (int)(safe.len - 2 - 5), (const char *)safe.data + 5);
		else
			out_line(out, "%4zu", line);
		at += n + 1;
	}
	buf_wipe(&safe);
}

static void show_prompt(struct desk *d, const struct content *c)
{
	struct buf hold;
	buf_init(&hold, 0);
	const char *id = field(c, CONTENT_PROMPT, &hold);
	const struct prompts_row *row = id ? prompts_find(id) : NULL;
	if (id)
		out_str(d->kap->out, "prompt", "Prompt", row ? row->text : id);
	buf_wipe(&hold);
}

/* For programs: what was asked is shown to people. */
static void show_phase(struct desk *d, const struct content *c)
{
	static const char *const words[] = {"free", "prep", "first", "days", "weeks"};
	uint64_t phase = content_u64(c, CONTENT_PHASE, 0);
	if (content_has(c, CONTENT_PHASE) && phase < sizeof(words) / sizeof(words[0]))
		out_str(d->kap->out, "phase", NULL, words[phase]);
}

/* What somebody wrote can be read; that it is still them must be checked. */
static void show_standing(struct desk *d, const struct person *author)
{
	if (checked_stops((enum checked_state)author->checked))
		out_say(d->kap->out, "NOT CHECKED: the keys of %s were replaced or differed. Compare words: `%s check NAME`.",
		        author->name, d->kap->title);
}

static void show_giver(struct desk *d, const struct book_revision *revision)
{
	if (revision->given_by)
		out_str(d->kap->out, "given-back-by", "Given back by", revision->given_by->name);
}

void show_revision(struct desk *d, const struct book_item *item, const struct book_revision *revision)
{
	struct out *out = d->kap->out;
	struct when at = {(int64_t)(item->at_ms / 1000), item->offset};
	struct buf hold;
	buf_init(&hold, 0);
	out_int(out, "number", NULL, item->number);
	out_str(out, "author", "Written by", item->author->is_self ? "you" : item->author->name);
	show_giver(d, revision);
	show_standing(d, item->author);
	out_when(out, "at", "When", &at);
	out_int(out, "revision", "Revision", (int64_t)show_revision_number(item, revision));
	out_word(out, "visibility", "Access", show_visibility(item));
	if (revision->deleted) {
		struct when deleted = desk_when(item->deleted_ms);
		char date[WHEN_TEXT];
		out_say(out, "%s deleted this on %s. The text is no longer on this device.",
		        item->author->is_self ? "You" : item->author->name, when_date(&deleted, &d->now, date));
		out_when(out, "deleted", NULL, &deleted);
		buf_wipe(&hold);
		return;
	}
	if (revision->withdrawn) {
		out_say(out, "%s took this back. The text is no longer on this device.", item->author->name);
		buf_wipe(&hold);
		return;
	}
	const char *title = field(revision->content, CONTENT_TITLE, &hold);
	if (title)
		out_str(out, "title", "Title", title);
	show_prompt(d, revision->content);
	show_phase(d, revision->content);
	if (content_has(revision->content, CONTENT_MOOD))
		out_int(out, "mood", "Mood", (int64_t)content_u64(revision->content, CONTENT_MOOD, 0));
	out_line(out, "%s", "");
	show_lines(d, revision->content);
	show_attachments(d, revision);
	buf_wipe(&hold);
}

/* --- messages --- */

const char *show_priority(const struct book_item *item)
{
	static const char *const words[] = {"routine", "soon", "urgent", "needs-attention"};
	const struct content *c = book_head(item)->content;
	uint64_t n = c ? content_u64(c, CONTENT_PRIORITY, 0) : 0;
	if (n == PRIORITY_URGENT && item->author->role == ROLE_CLIENT)
		n = PRIORITY_NEEDS_ATTENTION; /* nobody is paged for a client, whatever their device says */
	return n < 4 ? words[n] : "routine";
}

/* Where it stands, in one word: the least far along of its readers for one's own, one's own part for others'. */
static const char *state_of(const struct book_item *item)
{
	static const char *const words[] = {"", "written", "stored", "delivered", "opened", "acknowledged"};
	enum book_progress least = BOOK_ACKNOWLEDGED;
	uint64_t at;
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
	out_word(out, "priority", "", show_priority(item));
	out_str(out, "from", "From", item->author->is_self ? "you" : item->author->name);
	out_str(out, "about", "About", about ? about->name : NULL);
	out_when(out, "at", "When", &at);
	out_excerpt(out, "text", "Message", buf_err(&hold) ? "" : (const char *)hold.data, 20);
	out_word(out, "state", "State", state_of(item));
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
	out_word(out, "priority", "Priority", show_priority(item));
	const char *type = field(c, CONTENT_MESSAGE_TYPE, &hold);
	if (type)
		out_str(out, "type", "Type", type);
	out_when(out, "at", "When", &at);
	const char *body = c ? content_str(c, CONTENT_BODY, &len) : NULL;
	if (book_head(item)->deleted)
		out_say(out, "%s deleted this. The text is no longer on this device.", item->author->name);
	out_text(out, "text", "Message", body ? body : "", len);
	show_attachments(d, book_head(item));
	buf_wipe(&hold);
}
