/* entry: see entry.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/cmd.h"
#include "client/ui/out.h"
#include "client/ui/text.h"
#include "client/ui/when.h"
#include "client/ui/why.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/err.h"

#include "desk.h"
#include "resting.h"

#include "entry.h"

#define TAG_MAX 32
#define BODY_MAX ((size_t)960 << 10)
#define NAMES_MAX 512
#define READERS_MAX 32

const struct text_limit entry_limit = {.what = "The text", .max_bytes = BODY_MAX, .min_chars = 1};

static int read_mood(struct kap *kap, struct write_entry *entry)
{
	const char *typed = cmd_opt(kap, "mood");
	char *end;
	entry->mood = -1;
	if (!typed)
		return KAP_OK;
	long mood = strtol(typed, &end, 10);
	if (*typed < '0' || *typed > '9' || *end || mood > 10)
		return kap_fail(kap, KAP_INVALID, "Mood is a whole number from 0 to 10, not \"%s\". Nothing was saved.", typed);
	entry->mood = (int)mood;
	return KAP_OK;
}

static int read_time(struct kap *kap, struct write_entry *entry)
{
	const char *typed = cmd_opt(kap, "at");
	struct why why = {""};
	struct when now = when_now(), at;
	if (!typed)
		return KAP_OK;
	int err = when_parse(typed, &now, &at, &why);
	if (err)
		return kap_fail_why(kap, err, &why, "Nothing was saved.");
	entry->at_ms = (uint64_t)at.s * 1000;
	entry->at_offset = at.offset_min;
	return KAP_OK;
}

static int read_title(struct kap *kap, struct write_entry *entry, struct entry_fields *fields)
{
	static const struct text_limit limit = {.what = "The title", .max_chars = ENTRY_TITLE, .one_line = true};
	const char *typed = cmd_opt(kap, "title");
	struct why why = {""};
	struct buf title;
	if (!typed)
		return KAP_OK;
	buf_init(&title, 0);
	int err = text_normalise(typed, strlen(typed), &limit, &title, &why);
	if (!err) {
		entry->title = memcpy(fields->title, title.len ? (const char *)title.data : "", title.len);
		entry->title_len = title.len;
	}
	buf_wipe(&title);
	return err ? kap_fail_why(kap, err, &why, "Nothing was saved.") : KAP_OK;
}

static int read_tags(struct kap *kap, struct write_entry *entry, struct entry_fields *fields)
{
	const char *tag;
	while ((tag = cmd_opt_nth(kap, "tag", entry->n_tags))) {
		size_t len = strlen(tag);
		if (entry->n_tags == ENTRY_TAGS)
			return kap_fail(kap, KAP_INVALID, "An entry can have at most %d tags. Nothing was saved.", ENTRY_TAGS);
		if (!len || len > TAG_MAX || *tag == '-' || strspn(tag, "abcdefghijklmnopqrstuvwxyz0123456789-") != len)
			return kap_fail(kap, KAP_INVALID,
			                "A tag is made of a-z, 0-9 and hyphens, up to %d characters, a hyphen not first; not "
			                "\"%s\". Nothing was saved.",
			                TAG_MAX, tag);
		fields->tags[entry->n_tags++] = tag;
	}
	entry->tags = fields->tags;
	return KAP_OK;
}

int entry_options(struct kap *kap, struct write_entry *entry, struct entry_fields *fields)
{
	*entry = (struct write_entry){.phase = -1, .mood = -1};
	int exit_code = read_title(kap, entry, fields);
	if (!exit_code)
		exit_code = read_tags(kap, entry, fields);
	if (!exit_code)
		exit_code = read_mood(kap, entry);
	return exit_code ? exit_code : read_time(kap, entry);
}

static int save_words(struct write_ctx *ctx, void *arg)
{
	const struct buf *text = arg;
	const struct write_entry entry = {.body = (const char *)text->data, .body_len = text->len, .phase = -1, .mood = -1};
	return write_entry(ctx, &entry, NULL);
}

void entry_keep_words(struct desk *d, const struct buf *text)
{
	if (text->len && text->len <= BODY_MAX && !desk_write(d, save_words, (void *)(uintptr_t)text))
		out_say(d->kap->out, "What you wrote is kept as a private entry. `%s list` shows it.", d->kap->title);
}

int entry_compose(struct kap *kap, const struct compose_opts *how, const char *lost, struct buf *text)
{
	struct compose_opts opts = *how;
	struct why why = {""};
	opts.file = cmd_opt(kap, "file");
	opts.editor = cmd_flag(kap, "editor");
	opts.allow_disk_temp = cmd_flag(kap, "allow-disk-temp");
	if (!opts.limit)
		opts.limit = &entry_limit;
	int err = compose_text(&opts, text, &why);
	if (!err)
		return KAP_OK;
	struct desk d;
	int exit_code =
	    err == ERR_CLOSED ? kap_fail(kap, KAP_INVALID, "%s %s", why.text, lost) : kap_fail_why(kap, err, &why, lost);
	if (text->len && !desk_open_people(kap, &d)) {
		entry_keep_words(&d, text);
		desk_close(&d);
	}
	return exit_code;
}

struct save {
	const struct write_entry *entry;
	const struct book_item *item;
	uint8_t *ref;
	bool tell; /* whoever asked for it that it is there */
};

static int save(struct write_ctx *ctx, void *arg)
{
	const struct save *s = arg;
	int err = s->item ? write_edit(ctx, s->item, s->entry) : write_entry(ctx, s->entry, s->ref);
	return err || !s->tell ? err : write_ack(ctx, s->entry->assignment, NULL, 0);
}

/* Who reads the item, as names; the number of them. */
static size_t names_of(const struct book_item *item, char names[NAMES_MAX])
{
	const struct person *readers[READERS_MAX];
	size_t n = item ? book_current_readers(item, readers, READERS_MAX) : 0, at = 0;
	names[0] = '\0';
	for (size_t i = 0; i < n && i < READERS_MAX && at < NAMES_MAX; i++)
		at += (size_t)snprintf(names + at, NAMES_MAX - at, "%s%s", i ? ", " : "", readers[i]->name);
	return n;
}

static void say_saved(struct desk *d, const struct write_entry *entry, const struct book_item *item)
{
	char names[NAMES_MAX];
	size_t n = names_of(item, names);
	bool rests = resting_until(d) > 0;
	out_str(d->kap->out, "visibility", NULL, n && !rests ? "shared" : "private");
	if (n && !rests)
		out_say(d->kap->out, "Saved. %s will see this version too.", names);
	else
		out_say(d->kap->out, "Saved. Only you can read %s.", n ? "this version" : "it");
	if (resting_say(d, entry->at_ms) && n)
		out_say(d->kap->out, "%s can still read the version before. To show this one then: `%s share %u --with NAME`.",
		        names, d->kap->title, item->number);
	out_line(d->kap->out, "It goes to the clinic's server, locked, with your next `%s sync`.", d->kap->title);
}

int entry_save(struct desk *d, const struct write_entry *entry, const struct book_item *item)
{
	return entry_save_ref(d, entry, item, NULL);
}

int entry_save_ref(struct desk *d, const struct write_entry *entry, const struct book_item *item, uint8_t ref[32])
{
	struct save s = {entry, item, ref, entry->assignment != NULL};
	int err = desk_write(d, save, &s);
	if (err == ERR_NO_GRANT && s.tell) { /* whoever asked is not on the team any more */
		s.tell = false;
		err = desk_write(d, save, &s);
	}
	if (err == ERR_SCHEMA)
		return kap_fail(
		    d->kap, KAP_INVALID,
		    "Something in it is not allowed: a title has up to 120 characters, a tag is made of a-z, 0-9 and "
		    "hyphens, up to 32. Nothing was saved.");
	if (err)
		return desk_refused(d, err, "Nothing was saved.");
	say_saved(d, entry, item);
	return KAP_OK;
}

int entry_keep(struct kap *kap, struct write_entry *entry, const struct buf *text)
{
	struct desk d;
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	entry->body = (const char *)text->data;
	entry->body_len = text->len;
	exit_code = entry_save(&d, entry, NULL);
	desk_close(&d);
	return exit_code;
}
