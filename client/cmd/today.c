/* today: what waits for this person, the urgent first: one row each, and below it how it stands. */
#include <string.h>

#include "client/book/agenda.h"
#include "client/cmd.h"
#include "client/sync/overdue.h"
#include "client/ui/out.h"
#include "client/ui/text.h"
#include "client/vault.h"
#include "proto/buf.h"
#include "proto/role.h"

#include "desk.h"
#include "subject.h"
#include "today_say.h"

#define NAME_COLUMNS 14
#define WORDS_COLUMNS 42
#define LINE_COLUMNS 64

/* What people see before the text; names that programs see are agenda_name. */
static const char *heading(const struct agenda_row *row, size_t n)
{
	switch (row->what) {
	case AGENDA_FOLLOW_UP:
		return n == 1 ? "follow-up" : "follow-ups";
	case AGENDA_MESSAGES:
		return row->count == 1 ? "message" : "messages";
	case AGENDA_UNCHECKED:
	case AGENDA_UNSENT:
		return "";
	case AGENDA_ASSIGNMENT:
		return "asked";
	default:
		return agenda_name(row->what);
	}
}

static const char *text_of(struct buf *b)
{
	return buf_put_u8(b, 0) ? "" : (const char *)b->data;
}

static void below(struct desk *d, struct buf *b)
{
	struct buf line;
	if (b->len == 0)
		return;
	buf_init(&line, 0);
	text_put_excerpt(&line, (const char *)b->data, b->len, LINE_COLUMNS);
	out_line(d->kap->out, "           %s", text_of(&line));
	buf_wipe(&line);
}

static void moment(struct out *out, const char *id, uint64_t ms)
{
	struct when when = desk_when(ms);
	out_when(out, id, NULL, ms ? &when : NULL);
}

/* What programs see of a row besides its words. */
static void show_facts(struct desk *d, const struct agenda_row *row)
{
	struct out *out = d->kap->out;
	out_bool(out, "urgent", NULL, row->urgent);
	out_bool(out, "overdue", NULL, row->overdue);
	moment(out, "at", row->at_ms);
	moment(out, "due", row->due_ms);
	out_str(out, "acknowledged-by", NULL, row->ack ? row->ack->person->name : NULL);
	if (row->item)
		out_int(out, "number", NULL, row->item->number);
}

static void show_row(struct desk *d, const struct agenda_row *row)
{
	struct out *out = d->kap->out;
	struct buf text, state;
	buf_init(&text, 0);
	buf_init(&state, 0);
	today_say_text(d, row, &text);
	today_say_state(d, row, &state);
	out_item(out);
	out_str(out, "mark", "", row->urgent ? "URGENT" : "");
	out_int(out, "count", "", (int64_t)row->count);
	out_str(out, "what", NULL, agenda_name(row->what));
	if (out_form_of(out) == OUT_HUMAN)
		out_str(out, "heading", "", heading(row, 1));
	out_excerpt(out, "client", d->kap->role == ROLE_CLIENT || d->kap->role == ROLE_ADMIN ? NULL : "",
	            row->about && !row->about->is_self ? row->about->name : "", NAME_COLUMNS);
	out_excerpt(out, "text", "", text_of(&text), WORDS_COLUMNS);
	show_facts(d, row);
	below(d, &state);
	buf_wipe(&text);
	buf_wipe(&state);
}

/* Follow-ups are one row for people, with a line for each client. */
static void show_follow_ups(struct desk *d, const struct agenda *a, size_t from, size_t n)
{
	struct out *out = d->kap->out;
	out_item(out);
	out_str(out, "mark", "", "");
	out_int(out, "count", "", (int64_t)n);
	out_str(out, "heading", "", heading(agenda_get(a, from), n));
	out_str(out, "client", "", "");
	out_str(out, "text", "", "due this week");
	for (size_t i = from; i < from + n; i++) {
		const struct agenda_row *row = agenda_get(a, i);
		struct buf text;
		buf_init(&text, 0);
		text_put_excerpt(&text, row->about->name, strlen(row->about->name), NAME_COLUMNS);
		buf_put(&text, ": ", 2);
		today_say_text(d, row, &text);
		below(d, &text);
		buf_wipe(&text);
	}
}

static size_t same_from(const struct agenda *a, size_t i)
{
	size_t n = 0;
	while (i + n < agenda_count(a) && agenda_get(a, i + n)->what == AGENDA_FOLLOW_UP)
		n++;
	return n;
}

static void show_all(struct desk *d, const struct agenda *a)
{
	struct out *out = d->kap->out;
	out_list(out, "today", d->kap->role == ROLE_CLIENT ? "Nothing is asked of you today." : "Nothing waits for you.");
	for (size_t i = 0; i < agenda_count(a);) {
		size_t n = out_form_of(out) == OUT_HUMAN ? same_from(a, i) : 0;
		if (n)
			show_follow_ups(d, a, i, n);
		else
			show_row(d, agenda_get(a, i));
		i += n ? n : 1;
	}
	out_end(out);
}

static int collect(struct desk *d, struct agenda **out)
{
	struct chart everybody = subject_everybody(d);
	struct agenda_at at = {.now_ms = (uint64_t)d->now.s * 1000, .offset = d->now.offset_min};
	int err = vault_begin(d->kap->vault, false, &at.txn);
	if (!err)
		err = overdue_count(at.txn, at.now_ms, &at.unsent);
	if (!err)
		err = agenda_collect(&everybody, &at, out);
	vault_abort(at.txn);
	return err;
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct agenda *a = NULL;
	struct desk d;
	(void)argc;
	(void)argv;
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	int err = collect(&d, &a);
	if (err)
		exit_code = kap_fail_err(kap, err, "Nothing was changed.");
	else
		show_all(&d, a);
	agenda_free(a);
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_today = {
    .name = "today",
    .args = "",
    .summary = "what waits for you, the urgent first",
    .about = "As it stands on this device: `kap sync` brings what is new. Nothing is sent and nothing is marked as "
             "read. Nobody is called or paged by this list.",
    .example = "kap today",
    .roles = CMD_CLIENT | CMD_CLINICAL | CMD_ADMIN,
    .needs = CMD_UNLOCKED,
    .run = run,
};
