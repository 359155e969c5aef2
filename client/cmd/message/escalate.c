/* escalate: sends what nobody has taken on to the next person on call, as an urgent message of its own. What it is
 * about stays open until somebody who has it acknowledges it. */
#include <stdio.h>
#include <string.h>

#include "client/book/chart.h"
#include "client/book/deadline.h"
#include "client/book/oncall.h"
#include "client/book/unanswered.h"
#include "client/care/contact.h"
#include "client/care/flag.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/err.h"
#include "proto/mp.h"

#include "client/cmd/desk.h"
#include "client/cmd/subject.h"
#include "client/cmd/target.h"

#define BODY_MAX ((size_t)16 << 10)
#define URGENT 2
#define ID_TEXT 65
#define NOTHING "Nothing was sent."

static const struct cmd_option options[] = {
    {"to", 't', "NAME", "to whom; without it, the next on the clinic's on-call list"},
    {0},
};

struct escalation {
	struct desk *d;
	struct chart everybody;
	const struct book_item *item;
	const struct person *about, *to;
	char id[ID_TEXT]; /* of the item, by which earlier escalations of it are found */
	struct buf body;
	uint64_t due_ms;
	bool off_team;
};

/* --- to whom --- */

static bool has_it(const struct book_item *item, const struct person *person)
{
	bool has = item->author == person;
	for (size_t i = 0; !has && i < item->n_readers; i++)
		has = item->readers[i].person == person && !item->readers[i].withdrawn;
	return has;
}

static bool is_about(const struct content *c, const char *id)
{
	struct mp_doc *doc = NULL;
	struct mp_cur list;
	bool is = false;
	if (!c || content_open(c, CONTENT_MESSAGE_FIELDS, &doc, &list))
		return false;
	while (!is && mp_left(&list)) {
		size_t name_len = 0, len = 0;
		struct mp_cur pair = mp_enter(&list, 2, 2);
		const char *name = mp_str(&pair, 1, 32, &name_len), *text = mp_str(&pair, 1, BODY_MAX, &len);
		mp_leave(&list, &pair);
		is = name && text && name_len == 4 && memcmp(name, "item", 4) == 0 && len == strlen(id) &&
		     memcmp(text, id, len) == 0;
	}
	mp_close(doc);
	return is;
}

struct asked {
	const struct escalation *e;
	const struct person *person;
};

static int was_asked(void *arg, const struct book_item *message)
{
	const struct asked *a = arg;
	if (!message->author->is_self && !desk_is_clinician(message->author, NULL))
		return 0;
	return is_about(chart_content(message), a->e->id) && has_it(message, a->person);
}

/* Who has it, or was asked before, is passed over. */
static bool may_ask(const struct escalation *e, const struct person *person)
{
	struct asked a = {e, person};
	return person && desk_is_clinician(person, NULL) && !has_it(e->item, person) &&
	       !book_each(e->d->book, CONTENT_MESSAGE, NULL, was_asked, &a);
}

/* Who is on call now goes before who is at other times, in the order of the list. */
static const struct person *next_on_call(const struct escalation *e)
{
	const struct book_item *contact = oncall_contact(e->d->book, e->d->people);
	struct oncall_turn turns[CONTACT_TURNS];
	size_t n = contact ? oncall_turns(chart_content(contact), e->d->people, turns, CONTACT_TURNS) : 0;
	for (unsigned pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < n; i++)
			if (may_ask(e, turns[i].person) && (pass || oncall_runs(&turns[i], e->d->now.s)))
				return turns[i].person;
	return NULL;
}

static int find_person(struct escalation *e)
{
	const char *typed = cmd_opt(e->d->kap, "to");
	if (typed)
		return desk_person(e->d, typed, desk_is_clinician, "a clinician here", &e->to);
	e->to = next_on_call(e);
	return e->to ? KAP_OK
	             : kap_fail(e->d->kap, KAP_INVALID,
	                        "Nobody is left on the on-call list who was not asked yet. Name somebody: --to NAME, or "
	                        "telephone. " NOTHING);
}

/* --- what --- */

static int check_state(struct escalation *e)
{
	struct unanswered u;
	const struct book_ack *ack = chart_ack(e->item, NULL);
	char when[WHEN_TEXT];
	if (ack)
		return kap_fail(e->d->kap, KAP_INVALID, "%s acknowledged it, %s. " NOTHING,
		                ack->person->is_self ? "You" : ack->person->name, desk_time(e->d, ack->at_ms, when));
	if (!unanswered_is(&e->everybody, e->item, (uint64_t)e->d->now.s * 1000, &u))
		return kap_fail(e->d->kap, KAP_INVALID, "That does not wait to be acknowledged. " NOTHING);
	e->due_ms = u.due_ms;
	return KAP_OK;
}

static void put_words(struct buf *out, const char *text)
{
	buf_put(out, text, strlen(text));
}

static void fill(struct escalation *e)
{
	const struct content *c = chart_content(e->item);
	char line[512], made[WHEN_TEXT], due[WHEN_TEXT];
	size_t len = 0, at = 0;
	const char *text = content_str(c, e->item->kind == FLAG_KIND ? FLAG_TEXT : CONTENT_BODY, &len);
	const uint8_t *ids[] = {e->item->author->pid, e->item->id};
	for (size_t i = 0; i < 32; i++)
		snprintf(e->id + 2 * i, 3, "%02x", ids[i / 16][i % 16]);
	e->about = chart_subject(&e->everybody, e->item);
	struct when when = desk_when(e->item->at_ms);
	at = (size_t)snprintf(line, sizeof(line), "Not acknowledged yet: a %s from %.100s, %s",
	                      e->item->kind == FLAG_KIND ? "flag" : "message", e->item->author->name,
	                      when_human(&when, &e->d->now, made));
	if (e->about)
		at += (size_t)snprintf(line + at, sizeof(line) - at, ", about %.100s", e->about->name);
	if (e->due_ms)
		snprintf(line + at, sizeof(line) - at, ", due %s", desk_time(e->d, e->due_ms, due));
	put_words(&e->body, line);
	put_words(&e->body, ".\n");
	buf_put(&e->body, text, text ? len : 0);
}

static int save(struct write_ctx *ctx, void *arg)
{
	struct escalation *e = arg;
	struct write_field field = {"item", e->id};
	struct write_message m = {.to = &e->to, .n_to = 1, .care = true, .priority = URGENT};
	m.fields = &field;
	m.n_fields = 1;
	m.about = e->off_team ? NULL : e->about;
	m.body = (const char *)e->body.data;
	m.body_len = e->body.len < BODY_MAX ? e->body.len : 0;
	m.answer_by_s = deadline_urgent_ms(&(struct chart){ctx->book, ctx->people, e->about}, ctx->now_ms) / 1000;
	e->due_ms = m.answer_by_s * 1000;
	return m.body_len ? write_message(ctx, &m, NULL) : ERR_TOO_BIG;
}

static int send(struct escalation *e)
{
	struct desk *d = e->d;
	char when[WHEN_TEXT];
	e->off_team = e->about && !people_cares(d->people, e->to->pid, e->about->pid);
	int err = desk_write(d, save, e);
	if (err)
		return desk_refused(d, err, NOTHING);
	struct when due = desk_when(e->due_ms);
	out_str(d->kap->out, "escalated-to", NULL, e->to->name);
	out_when(d->kap->out, "due", NULL, &due);
	out_say(d->kap->out,
	        "Escalated to %s, to be acknowledged by %s. It stays open until somebody who has it "
	        "acknowledges it.",
	        e->to->name, desk_time(d, e->due_ms, when));
	if (e->off_team)
		out_say(d->kap->out, "%s is not on %s's care team: they get this one message and nothing else.", e->to->name,
		        e->about->name);
	out_say(d->kap->out, "kapd cannot telephone anyone. If someone may be in danger, call 911 now.");
	return desk_send(d);
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct desk d;
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	struct escalation e = {.d = &d, .everybody = subject_everybody(&d)};
	buf_init(&e.body, 0);
	exit_code = target_message_or_flag(&d, argc, argv, &e.item);
	if (!exit_code)
		exit_code = check_state(&e);
	if (!exit_code) {
		fill(&e);
		exit_code = find_person(&e);
	}
	if (!exit_code)
		exit_code = send(&e);
	buf_wipe(&e.body);
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_escalate = {
    .name = "escalate",
    .args = "[inbox] NUMBER | F7",
    .summary = "send on what nobody acknowledged, to the next on call",
    .about = "Goes to the first person of the clinic's on-call list who is on call now and does not have it yet; each "
             "further time to the one after. Nothing is acknowledged by this.",
    .example = "kap escalate F7",
    .options = options,
    .roles = CMD_CLINICAL,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .min_args = 1,
    .max_args = 2,
    .run = run,
};
