/* msg: a message: between clinicians about a client ("care"), or between a client and their team. Urgent ones ask to be
 * acknowledged by a time; a client's never are, because nobody is paged. */
#include <stdio.h>
#include <string.h>

#include "client/book/chart.h"
#include "client/book/deadline.h"
#include "client/cmd.h"
#include "client/ui/compose.h"
#include "client/ui/out.h"
#include "client/ui/prompt.h"
#include "client/ui/text.h"
#include "proto/buf.h"
#include "proto/err.h"
#include "proto/role.h"

#include "client/cmd/card.h"
#include "client/cmd/desk.h"
#include "client/cmd/entry.h"
#include "msg_fields.h"
#include "msg_hours.h"
#include "msg_people.h"
#include "msg_sent.h"
#include "client/cmd/pick.h"

#define MESSAGE_MAX ((size_t)16 << 10)

enum priority { ROUTINE, SOON, URGENT, NEEDS_ATTENTION };

static const struct cmd_option options[] = {
    {"to", 't', "NAME,...", "who gets it (care messages)"},
    {"priority", 'P', "WORD", "routine, soon or urgent; for clients routine or needs-attention"},
    {"urgent", 'u', NULL, "the same as --priority urgent"},
    {"type", 'T', "WORD", "what kind of message, such as response-concern: it asks for what belongs to it"},
    {"field", 'F', "NAME=TEXT", "what a type asks for, instead of being asked; may be repeated"},
    {"reply", 'r', "NUMBER", "answer this message of the inbox, to the same people"},
    COMPOSE_OPTIONS,
    {0},
};

#define LINE_MAX_LEN 64
#define INTRO_MAX 512
#define WORDS_MAX 256

struct draft {
	struct write_message m;
	const struct person *to[PICK_PEOPLE];
	const struct person *paused; /* one whose account has ended: nothing can be sent */
	struct msg_fields fields;
	struct buf text;
	char intro[INTRO_MAX];
	uint8_t ref[32];
	bool has_priority;
};

static const char *const priorities[] = {"routine", "soon", "urgent", "needs-attention"};

static bool find_priority(const char *typed, unsigned *priority)
{
	for (unsigned i = 0; i < 4; i++)
		if (strcmp(priorities[i], typed) == 0) {
			*priority = i;
			return true;
		}
	return false;
}

static int read_priority(struct kap *kap, struct draft *draft)
{
	const char *typed = cmd_flag(kap, "urgent") ? "urgent" : cmd_opt(kap, "priority");
	draft->m.priority = ROUTINE;
	draft->has_priority = typed;
	if (typed && !find_priority(typed, &draft->m.priority))
		return kap_fail(kap, KAP_INVALID,
		                "Priority is routine, soon, urgent or needs-attention, not \"%s\". Nothing was sent.", typed);
	return KAP_OK;
}

/* A client's urgent message is refused with help first, and may go as "needs attention". */
static int tame_client(struct kap *kap, struct draft *draft)
{
	if (kap->role != ROLE_CLIENT || draft->m.priority == ROUTINE)
		return KAP_OK;
	card_show(kap);
	out_show(kap->out);
	if (draft->m.priority == NEEDS_ATTENTION)
		return KAP_OK;
	int yes =
	    prompt_yes(kap->prompt, "Client messages cannot be marked urgent because nobody is paged. Sent as \"needs "
	                            "attention\"?");
	if (yes == 1) {
		draft->m.priority = NEEDS_ATTENTION;
		return KAP_OK;
	}
	return kap_fail(kap, KAP_NOT_ALLOWED,
	                "Client messages cannot be marked urgent because nobody is paged. Nothing was sent.");
}

/* "care CLIENT --to NAME" */
static int read_care(struct desk *d, const char *client, const char *to, struct draft *draft)
{
	if (!role_is_staff((enum role)people_self(d->people)->role))
		return kap_fail(d->kap, KAP_NOT_ALLOWED,
		                "Care messages are between clinicians. Write to one of your team: %s msg NAME", d->kap->title);
	if (!to)
		return kap_fail(d->kap, KAP_USAGE, "To whom? %s msg care %s --to NAME. Nothing was sent.", d->kap->title,
		                client);
	draft->m.care = true;
	int exit_code = desk_person(d, client, desk_is_client, "a client of yours", &draft->m.about);
	if (exit_code || draft->paused)
		return exit_code;
	exit_code = desk_people(d, to, desk_is_staff, "a clinician here", draft->to, PICK_PEOPLE, &draft->m.n_to);
	return exit_code ? exit_code : msg_people_check_office(d, draft->to, draft->m.n_to);
}

/* "care CLIENT" with --to, or NAME. */
static int read_people(struct desk *d, int argc, char **argv, struct draft *draft)
{
	const char *to = cmd_opt(d->kap, "to");
	const char *names = argc && (to || argc == 1) ? to ? to : argv[0] : NULL;
	int exit_code = names ? msg_people_check(d, names) : KAP_OK;
	if (exit_code)
		return exit_code;
	draft->m.to = draft->to;
	draft->paused = names ? msg_people_paused(d, names) : NULL;
	if (argc == 2 && strcmp(argv[0], "care") == 0)
		return read_care(d, argv[1], to, draft);
	if (argc != 1 || to)
		return kap_fail(d->kap, KAP_USAGE, "It is `%s msg NAME`, or `%s msg care CLIENT --to NAME`. Nothing was sent.",
		                d->kap->title, d->kap->title);
	if (draft->paused)
		return KAP_OK;
	exit_code = desk_people(d, argv[0], NULL, "someone you can write to", draft->to, PICK_PEOPLE, &draft->m.n_to);
	if (!exit_code)
		exit_code = msg_people_check_office(d, draft->to, draft->m.n_to);
	if (exit_code)
		return exit_code;
	const struct person *self = people_self(d->people);
	draft->m.about = self->role == ROLE_CLIENT ? self : draft->to[0]->role == ROLE_CLIENT ? draft->to[0] : NULL;
	return KAP_OK;
}

/* A reply goes to whoever is left of them. */
static bool is_left_alone(const struct book_item *item)
{
	bool others = item->author->active && !item->author->is_self;
	for (size_t i = 0; i < item->n_readers; i++)
		others = others || (item->readers[i].person->active && !item->readers[i].person->is_self);
	return !others;
}

static int read_reply(struct desk *d, struct draft *draft)
{
	char *number = (char *)(uintptr_t)cmd_opt(d->kap, "reply");
	struct chart everybody = {d->book, d->people, NULL};
	int exit_code = desk_message(d, 1, &number, &draft->m.reply_to);
	if (exit_code)
		return exit_code;
	const struct book_item *to = draft->m.reply_to;
	draft->m.about = chart_subject(&everybody, to);
	draft->paused = is_left_alone(to) && !to->author->is_self ? to->author : NULL;
	return KAP_OK;
}

static int save(struct write_ctx *ctx, void *arg)
{
	struct draft *draft = arg;
	return write_message(ctx, &draft->m, draft->ref);
}

/* --- what it says --- */

/* "Priority [routine/soon/urgent]: "; Enter takes what the type says. */
static int ask_priority(struct desk *d, struct draft *draft)
{
	struct buf line;
	int exit_code = KAP_OK;
	if (draft->has_priority || d->kap->role == ROLE_CLIENT || !msg_fields_asks(&draft->fields))
		return KAP_OK;
	buf_init(&line, 0);
	do {
		int err = prompt_line(d->kap->prompt, "Priority [routine/soon/urgent]: ", LINE_MAX_LEN, &line);
		bool good = err || !line.len || find_priority((const char *)line.data, &draft->m.priority);
		exit_code = err && err != ERR_CLOSED ? kap_fail_err(d->kap, err, "Nothing was sent.") : KAP_OK;
		if (!good)
			exit_code = kap_fail(d->kap, KAP_INVALID,
			                     "Priority is routine, soon, urgent or needs-attention, not \"%s\". Nothing was sent.",
			                     (const char *)line.data);
	} while (exit_code == KAP_INVALID && prompt_interactive(d->kap->prompt));
	buf_wipe(&line);
	return exit_code;
}

/* What a type asks for; without one, or with --file beside the fields, words of one's own. */
static int read_fields(struct desk *d, struct draft *draft)
{
	const char *type = cmd_opt(d->kap, "type");
	if (!type)
		return cmd_opt(d->kap, "field") ? kap_fail(d->kap, KAP_USAGE,
		                                           "--field needs --type, which says what the fields are. Nothing was "
		                                           "sent.")
		                                : KAP_OK;
	int exit_code = msg_fields_type(&draft->fields, type, people_self(d->people)->role);
	if (!exit_code)
		exit_code = msg_fields_to(&draft->fields, draft->to, draft->m.n_to);
	if (exit_code)
		return exit_code;
	if (!draft->has_priority && d->kap->role != ROLE_CLIENT)
		draft->m.priority = draft->fields.type->priority;
	exit_code = msg_fields_get(&draft->fields);
	if (!exit_code)
		exit_code = ask_priority(d, draft);
	msg_fields_body(&draft->fields, &draft->text);
	draft->m.type = draft->fields.type->name;
	draft->m.fields = draft->fields.pairs;
	draft->m.n_fields = draft->fields.n_pairs;
	return exit_code;
}

static int read_text(struct desk *d, struct draft *draft)
{
	static const struct text_limit limit = {.what = "A message", .max_bytes = MESSAGE_MAX, .min_chars = 1};
	struct compose_opts how = {.intro = draft->intro, .limit = &limit};
	bool more = cmd_opt(d->kap, "file") || cmd_flag(d->kap, "editor");
	if (draft->fields.type && !more)
		return KAP_OK;
	if (draft->text.len)
		buf_put(&draft->text, "\n\n", 2);
	return entry_compose(d->kap, &how, "Nothing was sent.", &draft->text);
}

/* --- sending --- */

static void say_urgent(struct desk *d, const struct draft *draft)
{
	char when[WHEN_TEXT];
	if (draft->m.priority != URGENT)
		return;
	if (draft->m.answer_by_s)
		out_say(d->kap->out, "To be acknowledged by %s.", desk_time(d, draft->m.answer_by_s * 1000, when));
	out_say(d->kap->out, "kapd cannot telephone anyone. If someone may be in danger, call 911 now.");
}

/* Clients are told when the team reads, above what they write and with the first message of a day. */
static void prepare(struct desk *d, struct draft *draft)
{
	char hours[WORDS_MAX];
	bool known = d->kap->role == ROLE_CLIENT && msg_hours(d, hours, sizeof(hours));
	snprintf(draft->intro, sizeof(draft->intro), "%s%s%sWrite. A dot on a line of its own, or Ctrl-D, ends and sends.",
	         known ? "Your care team reads this during " : "", known ? hours : "",
	         known ? ". It is not for emergencies.\n" : "");
	if (known && msg_hours_is_first_today(d))
		out_say(d->kap->out, "Your care team reads this during %s. It is not for emergencies.", hours);
	out_show(d->kap->out);
}

static int put(struct desk *d, struct draft *draft)
{
	struct chart about = {d->book, d->people, draft->m.about};
	draft->m.body = (const char *)draft->text.data;
	draft->m.body_len = draft->text.len;
	if (draft->m.priority == URGENT)
		draft->m.answer_by_s = deadline_urgent_ms(&about, (uint64_t)d->now.s * 1000) / 1000;
	int err = draft->text.len > MESSAGE_MAX ? ERR_TOO_BIG : desk_write(d, save, draft);
	return err ? desk_refused(d, err, "Nothing was sent.") : KAP_OK;
}

static int send(struct desk *d, struct draft *draft)
{
	bool typed = !cmd_opt(d->kap, "file") && !cmd_opt(d->kap, "field");
	int exit_code = KAP_OK;
	prepare(d, draft);
	if (!draft->paused)
		exit_code = read_fields(d, draft);
	if (exit_code && typed)
		entry_keep_words(d, &draft->text);
	if (!exit_code)
		exit_code = read_text(d, draft);
	if (exit_code)
		return exit_code;
	if (draft->paused)
		return msg_people_keep(d, draft->paused, &draft->text);
	exit_code = put(d, draft);
	if (exit_code && typed)
		entry_keep_words(d, &draft->text);
	if (exit_code)
		return exit_code;
	say_urgent(d, draft);
	exit_code = desk_send(d);
	if (!exit_code)
		msg_sent_say(d, draft->ref, prompt_interactive(d->kap->prompt));
	return exit_code;
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct draft draft = {0};
	struct desk d;
	buf_init(&draft.text, 0);
	msg_fields_init(&draft.fields, kap);
	int exit_code = read_priority(kap, &draft);
	if (!exit_code)
		exit_code = tame_client(kap, &draft);
	if (exit_code || (exit_code = desk_open(kap, &d)))
		return exit_code;
	if (cmd_opt(kap, "reply") && !argc)
		exit_code = read_reply(&d, &draft);
	else
		exit_code = read_people(&d, argc, argv, &draft);
	if (!exit_code)
		exit_code = send(&d, &draft);
	desk_close(&d);
	msg_fields_wipe(&draft.fields);
	buf_wipe(&draft.text);
	return exit_code;
}

const struct cmd cmd_msg = {
    .name = "msg",
    .args = "NAME | care CLIENT --to NAME",
    .summary = "write to someone on the care team",
    .about =
        "Clients write to people of their team; clinicians write to a client, or with \"care\" to each other about a "
        "client. Nobody is watching: it is not for emergencies.",
    .example = "kap msg care jo --to osei --urgent",
    .options = options,
    .roles = CMD_CLIENT | CMD_CLINICAL,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .max_args = 2,
    .run = run,
};
