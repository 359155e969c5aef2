/* comment: words beside an entry, or beside some of its lines, for its author and everybody who reads it. */
#include <stdlib.h>
#include <string.h>

#include "client/cmd.h"
#include "client/ui/compose.h"
#include "client/ui/out.h"
#include "client/ui/text.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/err.h"

#include "desk.h"
#include "entry.h"
#include "resting.h"

#define COMMENT_MAX 4096

static const struct cmd_option options[] = {
    {"lines", 'l', "N[-M]", "the lines of the entry it is about"},
    COMPOSE_OPTIONS,
    {0},
};

static bool parse_lines(const char *typed, size_t *first, size_t *last)
{
	char *end;
	unsigned long a = strtoul(typed, &end, 10), b = a;
	if (*typed < '0' || *typed > '9')
		return false;
	if (*end == '-')
		b = strtoul(end + 1, &end, 10);
	*first = a;
	*last = b;
	return !*end && a > 0 && b >= a;
}

/* The code points that lines first..last take. False when the text has no such lines. */
static bool anchor_of(const char *text, size_t len, size_t first, size_t last, struct write_comment *comment)
{
	size_t line = 1;
	uint64_t point = 0;
	bool begun = false;
	for (size_t i = 0; i < len && line <= last; i++) {
		if (line >= first && !begun) {
			begun = true;
			comment->start = point;
		}
		if (((uint8_t)text[i] & 0xc0) != 0x80)
			point++;
		if (text[i] == '\n')
			line++;
		else if (begun)
			comment->length = point - comment->start;
	}
	comment->anchored = begun && line >= last;
	return comment->anchored;
}

static int set_anchor(struct desk *d, const struct book_item *item, struct write_comment *comment)
{
	const char *typed = cmd_opt(d->kap, "lines");
	const struct content *c = book_head(item)->content;
	size_t first, last, len = 0;
	if (!typed)
		return KAP_OK;
	const char *body = c ? content_str(c, CONTENT_BODY, &len) : NULL;
	if (!parse_lines(typed, &first, &last) || !body || !anchor_of(body, len, first, last, comment))
		return kap_fail(d->kap, KAP_INVALID,
		                "The entry has no lines \"%s\". Give a number or two, like 2 or 2-4. Not saved.", typed);
	return KAP_OK;
}

struct save {
	const struct book_item *item;
	const struct write_comment *comment;
};

static int save(struct write_ctx *ctx, void *arg)
{
	const struct save *s = arg;
	return write_comment(ctx, s->item, s->comment);
}

static int save_comment(struct desk *d, const struct book_item *item, struct write_comment *comment,
                        const struct buf *text)
{
	int err = desk_write(d, save, &(struct save){item, comment});
	if (err) {
		int exit_code = desk_refused(d, err, "The comment was not saved.");
		if (!cmd_opt(d->kap, "file"))
			entry_keep_words(d, text);
		return exit_code;
	}
	if (!item->author->is_self)
		out_say(d->kap->out, "Saved. %s can read it.", item->author->name);
	else
		out_say(d->kap->out, book_is_shared(item) ? "Saved. Everybody who reads the entry can read it."
		                                          : "Saved. Only you can read it.");
	return desk_send(d);
}

/* A journal is between the client and therapists; on a day of medicine the client's words wait, these as well. */
static int check_may(struct desk *d, const struct book_item *item)
{
	char time[RESTING_TEXT];
	uint64_t until = book_is_shared(item) ? resting_until(d) : 0;
	if (until)
		return kap_fail(
		    d->kap, KAP_NOT_ALLOWED,
		    "What you write within 24 hours of medicine is read by nobody else before %s, comments too. `%s "
		    "quick` keeps it for you. Not saved.",
		    resting_time(d, until, time), d->kap->title);
	if (item->author->is_self || d->kap->role == ROLE_CLIENT || d->kap->role == ROLE_THERAPIST)
		return KAP_OK;
	return kap_fail(d->kap, KAP_NOT_ALLOWED,
	                "Only the client and the therapists comment on a journal. Write to them instead: `%s msg`. Not "
	                "saved.",
	                d->kap->title);
}

static int run(struct kap *kap, int argc, char **argv)
{
	static const struct text_limit limit = {.what = "A comment", .max_bytes = COMMENT_MAX, .min_chars = 1};
	static const struct compose_opts how = {.intro = "Write. A dot on a line of its own, or Ctrl-D, ends and saves.",
	                                        .limit = &limit};
	const struct book_item *item;
	struct write_comment comment = {0};
	struct buf text;
	struct desk d;
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	buf_init(&text, 0);
	exit_code = desk_entry(&d, argc, argv, &item);
	if (!exit_code)
		exit_code = check_may(&d, item);
	if (!exit_code)
		exit_code = set_anchor(&d, item, &comment);
	if (!exit_code)
		exit_code = entry_compose(kap, &how, "Nothing was saved.", &text);
	if (!exit_code) {
		comment.body = (const char *)text.data;
		comment.body_len = text.len;
		exit_code = save_comment(&d, item, &comment, &text);
	}
	buf_wipe(&text);
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_comment = {
    .name = "comment",
    .args = "[PERSON] NUMBER",
    .summary = "comment on an entry, or on lines of it",
    .about = "The author and everybody who reads the entry can read the comment.",
    .example = "kap comment jo 3 --lines 2",
    .options = options,
    .roles = CMD_CLIENT | CMD_CLINICAL,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .min_args = 1,
    .max_args = 2,
    .run = run,
};
