/* page: see page.h. */
#include "page.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client/book/book.h"
#include "client/book/people.h"
#include "client/care/kinds.h"
#include "client/care/look.h"
#include "client/care/prompts.h"
#include "client/ui/text.h"
#include "client/ui/value.h"
#include "client/ui/when.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/mp.h"

#define READERS_MAX 32

__attribute__((format(printf, 2, 3))) static void say(struct buf *out, const char *fmt, ...)
{
	char line[512];
	va_list args;

	va_start(args, fmt);
	int n = vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	if (n > 0)
		buf_put(out, line, (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1);
}

static void say_when(struct buf *out, uint64_t ms, int16_t offset)
{
	char text[WHEN_TEXT];
	say(out, "%s", when_human(&(struct when){(int64_t)(ms / 1000), offset}, NULL, text));
}

static void put_field(struct buf *out, const struct content *c, uint32_t key, bool lines)
{
	size_t len = 0;
	const char *text = content_str(c, key, &len);
	if (text)
		text_put_safe(out, text, len, lines);
}

static bool has_text(const struct content *c, uint32_t key)
{
	size_t len = 0;
	return c && content_str(c, key, &len) && len > 0;
}

static void put_quoted(struct buf *out, const char *text, size_t len)
{
	while (len > 0) {
		const char *end = memchr(text, '\n', len);
		size_t n = end ? (size_t)(end - text) : len;
		say(out, "> ");
		text_put_safe(out, text, n, false);
		say(out, "\n");
		text += end ? n + 1 : n;
		len -= end ? n + 1 : n;
	}
}

static void put_tags(struct buf *out, const struct content *c)
{
	struct mp_doc *doc = NULL;
	struct mp_cur tags;
	if (content_open(c, CONTENT_TAGS, &doc, &tags))
		return;
	if (mp_left(&tags))
		say(out, "\nTags:");
	while (mp_left(&tags)) {
		size_t len;
		const char *tag = mp_str(&tags, 0, 64, &len);
		say(out, " ");
		text_put_safe(out, tag ? tag : "", tag ? len : 0, false);
	}
	say(out, "  ");
	mp_close(doc);
}

static void put_prompt(struct buf *out, const struct content *c)
{
	char id[33] = "";
	size_t len = 0;
	const char *text = content_str(c, CONTENT_PROMPT, &len);
	if (!text || len >= sizeof(id))
		return;
	memcpy(id, text, len);
	const struct prompts_row *row = prompts_find(id);
	if (row)
		say(out, "\nPrompt: %s  ", row->text);
}

/* --- the parts of a page --- */

static void put_heading(struct buf *out, const struct book_item *item, const struct book_revision *head)
{
	say(out, "# ");
	if (has_text(head->content, CONTENT_TITLE))
		put_field(out, head->content, CONTENT_TITLE, false);
	else if (kinds_care(item->kind))
		say(out, "%s", kinds_care(item->kind)->title);
	else
		say(out, "%s %u", item->kind == CONTENT_MESSAGE ? "Message" : "Entry", item->number);
	say(out, "\n\n");
	say_when(out, item->at_ms, item->offset);
	say(out, ", by ");
	text_put_safe(out, item->author->name, strlen(item->author->name), false);
	say(out, "  ");
	const struct person *readers[READERS_MAX];
	size_t n = book_current_readers(item, readers, READERS_MAX);
	say(out, n ? "\nCan be read by:" : "\nPrivate.  ");
	for (size_t i = 0; i < n; i++) {
		say(out, i ? ", " : " ");
		text_put_safe(out, readers[i]->name, strlen(readers[i]->name), false);
	}
	if (n)
		say(out, "  ");
	if (head->content && content_has(head->content, CONTENT_MOOD))
		say(out, "\nMood: %u of 10  ", (unsigned)content_u64(head->content, CONTENT_MOOD, 0));
	if (head->content) {
		put_tags(out, head->content);
		put_prompt(out, head->content);
	}
	say(out, "\n\n");
}

/* The fields of a clinical kind, each under its label. */
static void put_fields(struct buf *out, const struct care_kind *kind, const struct content *c)
{
	struct buf value;
	buf_init(&value, 0);
	for (uint16_t i = 0; i < kind->content.n_fields; i++) {
		const struct content_rule *rule = &kind->content.fields[i];
		buf_reset(&value);
		if (value_put(c, rule, NULL, &value) || !value.len)
			continue;
		say(out, "%s: ", rule->look->label);
		text_put_safe(out, (const char *)value.data, value.len, true);
		say(out, "  \n");
	}
	buf_wipe(&value);
}

static void put_body(struct buf *out, const struct book_revision *r)
{
	const struct care_kind *kind = r->content ? kinds_care(content_peek_head(r->content)->kind) : NULL;
	if (r->withdrawn || !r->content)
		say(out, "(Taken back by its author.)\n");
	else if (kind)
		put_fields(out, kind, r->content);
	else
		put_field(out, r->content, CONTENT_BODY, true);
	say(out, "\n\n");
}

static void put_comments(struct buf *out, const struct book_item *item)
{
	if (item->n_comments)
		say(out, "## Comments\n\n");
	for (size_t i = 0; i < item->n_comments; i++) {
		const struct book_item *comment = item->comments[i];
		const struct book_revision *head = book_head(comment);
		size_t len = 0;
		const char *text = head->content ? content_str(head->content, CONTENT_BODY, &len) : NULL;
		text_put_safe(out, comment->author->name, strlen(comment->author->name), false);
		say(out, ", ");
		say_when(out, comment->at_ms, comment->offset);
		say(out, ":\n\n");
		put_quoted(out, text ? text : "(taken back)", text ? len : 12);
		say(out, "\n");
	}
	if (item->n_acks)
		say(out, "## Acknowledged\n\n");
	for (size_t i = 0; i < item->n_acks; i++) {
		const struct book_ack *ack = &item->acks[i];
		say(out, "- ");
		text_put_safe(out, ack->person->name, strlen(ack->person->name), false);
		say(out, ", ");
		say_when(out, ack->at_ms, 0);
		say(out, " UTC%s", *ack->note ? ": " : "");
		text_put_safe(out, ack->note, strlen(ack->note), false);
		say(out, "\n");
	}
	if (item->n_acks)
		say(out, "\n");
}

/* All but the one on top; with two current versions the other one comes first. */
static void put_others(struct buf *out, const struct book_item *item, const struct book_revision *head)
{
	for (size_t i = 0; i < item->n_revisions; i++) {
		const struct book_revision *r = &item->revisions[i];
		if (r == head)
			continue;
		say(out, "## %s %zu", r->superseded ? "Earlier version" : "Another current version", i + 1);
		if (r->content) {
			const struct content_head *h = content_peek_head(r->content);
			say(out, ", written ");
			say_when(out, h->made_ms, h->offset);
		}
		say(out, "\n\n");
		put_body(out, r);
	}
}

int page_put(const struct book_item *item, struct buf *out)
{
	const struct book_revision *head = book_head(item);

	put_heading(out, item, head);
	put_body(out, head);
	put_comments(out, item);
	put_others(out, item, head);
	return buf_err(out);
}
