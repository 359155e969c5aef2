/* merge: versions of one entry that were written apart, on two devices, become one again. What does not contradict
 * needs no question. Both stay until the joined one is saved, and in the history for good. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/book/merge.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "client/ui/prompt.h"
#include "client/ui/text.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/err.h"
#include "proto/record.h"

#include "desk.h"
#include "entry.h"
#include "resting.h"
#include "show.h"

static const struct cmd_option options[] = {
    {"keep", 'k', "1|2|...", "take that version as it is, whole"},
    COMPOSE_OPTIONS,
    {0},
};

static const char unsaved[] = "Nothing was saved; all versions stay.";

/* --- saying what there is --- */

static void say_versions(struct desk *d, const struct book_item *item, size_t n)
{
	struct out *out = d->kap->out;
	out_list(out, "versions", NULL);
	for (size_t i = 0; i < n; i++) {
		const struct book_revision *head = item->heads[i];
		struct when made = desk_when(content_peek_head(head->content)->made_ms);
		size_t len = 0;
		const char *body = content_str(head->content, CONTENT_BODY, &len);
		struct buf text;
		buf_init(&text, 0);
		buf_put(&text, body, body ? len : 0);
		buf_put_u8(&text, 0);
		out_item(out);
		out_int(out, "version", "Version", (int64_t)i + 1);
		out_int(out, "revision", "Rev", (int64_t)show_revision_number(item, head));
		out_when(out, "made", "Written", &made);
		out_excerpt(out, "text", "Text", buf_err(&text) ? "" : (const char *)text.data, 28);
		buf_wipe(&text);
	}
	out_end(out);
}

static const char *name_of(const struct book_item *item, uint32_t key)
{
	const struct content_kind *kind = content_find_kind(&content_base_kinds, item->kind);
	if (key == MERGE_TIME)
		return "time";
	for (uint16_t i = 0; kind && i < kind->n_fields; i++)
		if (kind->fields[i].key == key)
			return kind->fields[i].name;
	return "a field of a newer version";
}

/* Exit 6: what must be chosen, and how. */
static int say_choice(struct desk *d, const struct book_item *item, const struct merge *m)
{
	char what[256];
	size_t at = 0;
	what[0] = '\0';
	if (m->conflicts)
		at =
		    (size_t)snprintf(what, sizeof(what), "%zu place%s in the text", m->conflicts, m->conflicts == 1 ? "" : "s");
	for (size_t i = 0; i < m->n_choices && at < sizeof(what); i++)
		at += (size_t)snprintf(what + at, sizeof(what) - at, "%s%s", at ? ", " : "", name_of(item, m->choices[i].key));
	say_versions(d, item, m->heads);
	return kap_fail(
	    d->kap, KAP_CHOICE,
	    "The versions differ where only you can choose: %s. `%s merge %u` at a terminal asks; --keep N takes "
	    "one of them whole. %s",
	    what, d->kap->title, item->number, unsaved);
}

/* --- choosing --- */

static void show_value(struct desk *d, const struct book_item *item, size_t version, uint32_t key)
{
	const struct content *c = item->heads[version]->content;
	char value[160], when[WHEN_TEXT];
	size_t len = 0;
	const char *text = key == MERGE_TIME ? NULL : content_str(c, key, &len);
	struct buf safe;
	buf_init(&safe, 0);
	if (key == MERGE_TIME) {
		struct when at = {(int64_t)(content_peek_head(c)->at_ms / 1000), content_peek_head(c)->offset};
		snprintf(value, sizeof(value), "%s", when_human(&at, &d->now, when));
	} else if (text) {
		snprintf(value, sizeof(value), "%.*s", (int)(len < 150 ? len : 150), text);
	} else if (content_has(c, key)) {
		snprintf(value, sizeof(value), "%llu", (unsigned long long)content_u64(c, key, 0));
	} else {
		snprintf(value, sizeof(value), "(none)");
	}
	text_put_wrapped(&safe, value, strlen(value), TEXT_COLUMNS, 4);
	out_line(d->kap->out, "  version %zu:", version + 1);
	if (safe.len)
		out_line(d->kap->out, "%.*s", (int)(safe.len - 1), (const char *)safe.data);
	buf_wipe(&safe);
}

/* A number from 1 to n; 0 when nothing was chosen. */
static size_t ask_number(struct desk *d, const char *what, size_t n)
{
	struct buf line;
	char question[96];
	size_t chosen = 0;
	buf_init(&line, 0);
	snprintf(question, sizeof(question), "Which %s? Type the number of the version: ", what);
	if (!prompt_line(d->kap->prompt, question, 64, &line) && line.len == 1 && line.data[0] > '0')
		chosen = (size_t)(line.data[0] - '0');
	buf_wipe(&line);
	return chosen <= n ? chosen : 0;
}

static int choose_fields(struct desk *d, const struct book_item *item, struct merge *m)
{
	for (size_t i = 0; i < m->n_choices; i++) {
		const char *name = name_of(item, m->choices[i].key);
		out_line(d->kap->out, "The versions have another %s each:", name);
		for (size_t k = 0; k < m->heads; k++)
			show_value(d, item, k, m->choices[i].key);
		out_show(d->kap->out);
		size_t chosen = ask_number(d, name, m->heads);
		if (!chosen)
			return kap_fail(d->kap, KAP_CHOICE, "No version was chosen. %s", unsaved);
		int err = merge_choose(m, item, i, chosen - 1);
		if (err)
			return kap_fail_err(d->kap, err, unsaved);
	}
	return KAP_OK;
}

static void show_marked(struct desk *d, const char *text, size_t len)
{
	struct buf safe;
	buf_init(&safe, 0);
	text_put_wrapped(&safe, text, len, TEXT_COLUMNS, 2);
	if (safe.len)
		out_line(d->kap->out, "%.*s", (int)(safe.len - 1), (const char *)safe.data);
	out_show(d->kap->out);
	buf_wipe(&safe);
}

static bool has_editor(struct kap *kap)
{
	const char *visual = getenv("VISUAL"), *editor = getenv("EDITOR");
	return cmd_flag(kap, "editor") || (visual && *visual) || (editor && *editor);
}

/* The editor, or the line editor below the text with its marks. */
static int edit_text(struct desk *d, struct merge *m)
{
	static const struct compose_opts plain = {
	    .intro = "Above, lines that begin with === stand around what differs. Write the whole text as it is to be. A "
	             "dot on a line of its own, or Ctrl-D, ends and saves."};
	struct compose_opts how = plain;
	struct buf text, before;
	size_t len = 0;
	const char *marked = content_str(m->content, CONTENT_BODY, &len);
	buf_init(&text, 0);
	buf_init(&before, 0);
	buf_put(&before, marked, marked ? len : 0);
	buf_put_u8(&before, 0);
	if (has_editor(d->kap))
		how.initial = (const char *)before.data;
	else if (!cmd_opt(d->kap, "file"))
		show_marked(d, marked, len);
	int exit_code = buf_err(&before) ? kap_fail_err(d->kap, buf_err(&before), unsaved)
	                                 : entry_compose(d->kap, &how, unsaved, &text);
	if (!exit_code && merge_has_marks((const char *)text.data, text.len)) {
		exit_code = kap_fail(d->kap, KAP_CHOICE, "The text still has lines that begin with ===. %s", unsaved);
		entry_keep_words(d, &text);
	}
	if (!exit_code) {
		int err = merge_set_text(m, (const char *)text.data, text.len);
		exit_code = err ? kap_fail_err(d->kap, err, unsaved) : KAP_OK;
	}
	buf_wipe(&before);
	buf_wipe(&text);
	return exit_code;
}

static bool can_ask(struct kap *kap)
{
	return prompt_interactive(kap->prompt) && out_form_of(kap->out) == OUT_HUMAN;
}

static int resolve(struct desk *d, const struct book_item *item, struct merge *m)
{
	bool text_given = cmd_opt(d->kap, "file") || cmd_flag(d->kap, "editor");
	if ((m->n_choices && !can_ask(d->kap)) || (m->conflicts && !can_ask(d->kap) && !text_given))
		return say_choice(d, item, m);
	if (m->n_choices || m->conflicts)
		say_versions(d, item, m->heads);
	int exit_code = choose_fields(d, item, m);
	return exit_code || !m->conflicts ? exit_code : edit_text(d, m);
}

/* --- saving --- */

struct saving {
	const struct book_item *item;
	size_t heads;
	const struct content *content;
};

static int save(struct write_ctx *ctx, void *arg)
{
	const struct saving *s = arg;
	return write_merge(ctx, s->item, s->heads, s->content);
}

static void say_saved(struct desk *d, const struct saving *s)
{
	const struct person *readers[RECORD_AUDIENCE];
	bool rests = resting_until(d) > 0;
	size_t n = rests ? 0 : write_merge_readers(s->item, s->heads, readers);
	struct out *out = d->kap->out;
	out_str(out, "visibility", NULL, n ? "shared" : "private");
	out_int(out, "joined", NULL, (int64_t)s->heads);
	if (n)
		out_say(out, "%zu versions are one again. Who could read each of them can read it.", s->heads);
	else if (rests)
		out_say(out, "%zu versions are one again. Only you can read the joined one.", s->heads);
	else if (book_is_shared(s->item))
		out_say(out,
		        "%zu versions are one again. Not everybody could read each of them, so the joined one is for you "
		        "alone: `%s share %u --with NAME` gives it.",
		        s->heads, d->kap->title, s->item->number);
	else
		out_say(out, "%zu versions are one again. Only you can read it.", s->heads);
	(void)resting_say(d, 0);
	out_line(out, "The versions before stay in `%s history %u`.", d->kap->title, s->item->number);
}

static int keep_one(struct desk *d, const struct book_item *item, const char *typed, const struct content **out)
{
	char *end;
	unsigned long n = strtoul(typed, &end, 10);
	size_t heads = item->n_heads < MERGE_HEADS ? item->n_heads : MERGE_HEADS;
	if (*typed < '0' || *typed > '9' || *end || n < 1 || n > heads) {
		say_versions(d, item, heads);
		return kap_fail(d->kap, KAP_INVALID, "There is no version %s: they are 1 to %zu. %s", typed, heads, unsaved);
	}
	*out = item->heads[n - 1]->content;
	return KAP_OK;
}

static int merge_item(struct desk *d, const struct book_item *item)
{
	struct saving s = {.item = item, .heads = item->n_heads < MERGE_HEADS ? item->n_heads : MERGE_HEADS};
	struct merge m = {0};
	const char *keep = cmd_opt(d->kap, "keep");
	int exit_code = KAP_OK;
	if (keep) {
		exit_code = keep_one(d, item, keep, &s.content);
	} else {
		int err = merge_heads(d->book, item, &m);
		exit_code = err ? kap_fail_err(d->kap, err, unsaved) : resolve(d, item, &m);
		s.content = m.content;
	}
	if (!exit_code) {
		int err = desk_write(d, save, &s);
		if (err == ERR_SCHEMA || err == ERR_TOO_BIG)
			exit_code = kap_fail(d->kap, KAP_CHOICE,
			                     "Together the versions are more than an entry can hold (text, tags or files). "
			                     "`%s merge %u --keep N` takes one of them. %s",
			                     d->kap->title, item->number, unsaved);
		else if (err)
			exit_code = desk_refused(d, err, unsaved);
		else
			say_saved(d, &s);
	}
	merge_wipe(&m);
	return exit_code;
}

static int check_item(struct desk *d, const struct book_item *item)
{
	if (!item->author->is_self)
		return desk_refused(d, ERR_NOT_AUTHOR, "Nothing was changed.");
	if (item->n_heads < 2)
		return kap_fail(d->kap, KAP_INVALID, "Entry %u has one version; there is nothing to join.", item->number);
	return KAP_OK;
}

static int run(struct kap *kap, int argc, char **argv)
{
	const struct book_item *item;
	struct desk d;
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	exit_code = desk_entry(&d, argc, argv, &item);
	if (!exit_code)
		exit_code = check_item(&d, item);
	if (!exit_code) {
		size_t left = item->n_heads > MERGE_HEADS ? item->n_heads - MERGE_HEADS + 1 : 1;
		exit_code = merge_item(&d, item);
		if (!exit_code && left > 1)
			out_say(kap->out, "There are %zu versions left: run it again.", left);
	}
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_merge = {
    .name = "merge",
    .args = "NUMBER",
    .summary = "join versions of an entry written on two devices",
    .about =
        "An entry changed on two devices that did not know of each other has two versions; both are kept. Changes in "
        "different places are put together without a question. Where both changed the same place, you are asked, or "
        "write the text anew; --keep takes one version whole. All versions stay in the history.",
    .example = "kap merge 3",
    .options = options,
    .roles = CMD_MEMBER,
    .needs = CMD_UNLOCKED,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
