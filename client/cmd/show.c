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
#include "show_internal.h"

#include "show.h"

#define EXCERPT_COLUMNS 28
#define NAMES_MAX 256

const char *show_field(const struct content *c, uint32_t key, struct buf *hold)
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

/* Of one's own who can read any version; of others' who can read the newest: what is taken back from somebody else one
 * is not told. At most `max`; the number of them. */
static size_t readers_of(const struct book_item *item, const struct person **out, size_t max)
{
	size_t n = 0;
	if (!item->author->is_self) {
		n = book_current_readers(item, out, max);
		return n < max ? n : max;
	}
	for (size_t i = 0; i < item->n_readers && n < max; i++)
		if (!item->readers[i].withdrawn)
			out[n++] = item->readers[i].person;
	return n;
}

static size_t names_of(const struct book_item *item, char *out, size_t max)
{
	const struct person *readers[32];
	size_t n = readers_of(item, readers, 32), at = 0;
	out[0] = '\0';
	for (size_t i = 0; i < n && at < max; i++)
		at += (size_t)snprintf(out + at, max - at, "%s%s", i ? ", " : "", readers[i]->name);
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
	const char *text = show_field(head->content, CONTENT_TITLE, &hold);
	if (!text || !*text)
		text = show_field(head->content, CONTENT_BODY, &hold);
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
	const char *id = show_field(c, CONTENT_PROMPT, &hold);
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
void show_standing(struct desk *d, const struct person *author)
{
	if (checked_stops((enum checked_state)author->checked))
		out_say(d->kap->out, "NOT CHECKED: the keys of %s were replaced or differed. Compare words: `%s check NAME`.",
		        author->name, d->kap->title);
}

void show_giver(struct desk *d, const struct book_revision *revision)
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
	const char *title = show_field(revision->content, CONTENT_TITLE, &hold);
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
