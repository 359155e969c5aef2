/* show_comments: what was said beside an entry: by whom, and where the lines it is about stand now. */
#include <stdint.h>
#include <string.h>

#include "client/ui/out.h"
#include "client/ui/text.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/mp.h"

#include "desk.h"

#include "show.h"

/* The line of `text` in which code point `start` lies, from 1; 0 when it is beyond. */
static size_t line_of(const char *text, size_t len, uint64_t start)
{
	size_t line = 1;
	uint64_t point = 0;
	for (size_t i = 0; i < len; i++) {
		if (((uint8_t)text[i] & 0xc0) == 0x80)
			continue;
		if (point++ == start)
			return line;
		line += text[i] == '\n';
	}
	return 0;
}

/* Where a comment stands. */
struct place {
	size_t line, revision; /* in the revision it was made on; 0 if beside no line */
	bool on_other;         /* another text is shown */
	size_t now;            /* the line where the same words stand in it, 0: they do not, or more than once */
};

/* Code point `n` of a text, as bytes. */
static size_t byte_of(const char *text, size_t len, uint64_t n)
{
	size_t at = 0;
	for (uint64_t point = 0; at < len && point < n; point++)
		for (at++; at < len && ((uint8_t)text[at] & 0xc0) == 0x80;)
			at++;
	return at;
}

/* The line of `text` at which these whole lines begin; 0 unless they are there exactly once. */
static size_t find_lines(const char *text, size_t len, const char *lines, size_t n)
{
	size_t line = 1, found = 0;
	for (size_t at = 0; n && at + n <= len; line++) {
		bool whole = memcmp(text + at, lines, n) == 0 && (at + n == len || text[at + n] == '\n');
		if (whole && found)
			return 0;
		found = whole ? line : found;
		const char *end = memchr(text + at, '\n', len - at);
		if (!end)
			break;
		at = (size_t)(end - text) + 1;
	}
	return found;
}

static struct place comment_place(struct desk *d, const struct content *c, const struct book_revision *shown)
{
	struct place p = {0};
	struct mp_doc *doc = NULL;
	struct mp_cur anchor;
	size_t len = 0, ref_len = 0, shown_len = 0;
	const char *shown_body = shown->content ? content_str(shown->content, CONTENT_BODY, &shown_len) : NULL;
	const uint8_t *ref = content_bin(c, CONTENT_ON_RID, &ref_len);
	const struct book_item *on = ref && ref_len == 32 ? book_by_ref(d->book, ref) : NULL;
	const char *body = NULL;
	for (size_t i = 0; on && i < on->n_revisions; i++)
		if (memcmp(on->revisions[i].ref, ref, 32) == 0 && on->revisions[i].content) {
			body = content_str(on->revisions[i].content, CONTENT_BODY, &len);
			p.revision = show_revision_number(on, &on->revisions[i]);
		}
	if (!body || content_open(c, CONTENT_ANCHOR, &doc, &anchor))
		return p;
	p.on_other = !shown_body || shown_len != len || memcmp(shown_body, body, len) != 0;
	uint64_t start = mp_u64(&anchor, 0, UINT32_MAX), length = mp_u64(&anchor, 0, UINT32_MAX);
	p.line = mp_err(&anchor) ? 0 : line_of(body, len, start);
	if (p.line && p.on_other && shown_body) {
		size_t from = byte_of(body, len, start), to = byte_of(body, len, start + length);
		p.now = find_lines(shown_body, shown_len, body + from, to - from);
	}
	mp_close(doc);
	return p;
}

static void say_place(struct desk *d, const struct place *p)
{
	if (p->line && p->on_other && p->now)
		out_line(d->kap->out, "  (on line %zu here; made on line %zu of revision %zu)", p->now, p->line, p->revision);
	else if (p->line && p->on_other)
		out_line(d->kap->out, "  (on line %zu of revision %zu)", p->line, p->revision);
	else if (p->line)
		out_line(d->kap->out, "  (on line %zu)", p->line);
}

void show_comments(struct desk *d, const struct book_item *item, const struct book_revision *shown)
{
	struct out *out = d->kap->out;
	char when[WHEN_TEXT];
	out_list(out, "comments", NULL);
	for (size_t i = 0; i < item->n_comments; i++) {
		const struct book_item *comment = item->comments[i];
		const struct content *c = book_head(comment)->content;
		struct place place = c ? comment_place(d, c, shown) : (struct place){0};
		size_t len = 0;
		const char *body = c ? content_str(c, CONTENT_BODY, &len) : NULL;
		struct when at = desk_when(comment->at_ms);
		out_item(out);
		out_str(out, "author", NULL, comment->author->name);
		out_when(out, "at", NULL, &at);
		out_int(out, "line", NULL, (int64_t)place.line);
		if (place.line)
			out_int(out, "of-revision", NULL, (int64_t)place.revision);
		if (place.now)
			out_int(out, "line-now", NULL, (int64_t)place.now);
		out_text(out, "text", NULL, body ? body : "", len);
		out_line(out, "%s", "");
		out_line(out, "  %s, %s:", comment->author->is_self ? "You" : comment->author->name,
		         desk_time(d, comment->at_ms, when));
		say_place(d, &place);
		if (out_form_of(out) == OUT_HUMAN && body) {
			struct buf safe;
			buf_init(&safe, 0);
			text_put_wrapped(&safe, body, len, TEXT_COLUMNS, 4);
			if (safe.len)
				out_line(out, "%.*s", (int)(safe.len - 1), (const char *)safe.data);
			buf_wipe(&safe);
		}
	}
	out_end(out);
}
