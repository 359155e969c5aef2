/* msg: a message: between clinicians about a client ("care"), or between a client and their team. Urgent ones ask to be
 * acknowledged by a time; a client's never are, because nobody is paged. */
#include <string.h>

#include "client/cmd.h"
#include "client/ui/compose.h"
#include "client/ui/out.h"
#include "client/ui/prompt.h"
#include "client/ui/text.h"
#include "proto/buf.h"
#include "proto/err.h"
#include "proto/role.h"

#include "card.h"
#include "desk.h"
#include "entry.h"
#include "pick.h"
#include "show.h"

#define MESSAGE_MAX ((size_t)16 << 10)

enum priority { ROUTINE, SOON, URGENT, NEEDS_ATTENTION };

static const struct cmd_option options[] = {
    {"to", 't', "NAME,...", "who gets it (care messages)"},
    {"priority", 'P', "WORD", "routine, soon or urgent; for clients routine or needs-attention"},
    {"urgent", 'u', NULL, "the same as --priority urgent"},
    {"type", 'T', "WORD", "what kind of message, such as response-concern"},
    {"reply", 'r', "NUMBER", "answer this message of the inbox, to the same people"},
    COMPOSE_OPTIONS,
    {0},
};

struct draft {
	struct write_message m;
	const struct person *to[PICK_PEOPLE];
};

static int read_priority(struct kap *kap, struct draft *draft)
{
	static const char *const words[] = {"routine", "soon", "urgent", "needs-attention"};
	const char *typed = cmd_flag(kap, "urgent") ? "urgent" : cmd_opt(kap, "priority");
	draft->m.priority = ROUTINE;
	for (unsigned i = 0; typed && i < 4; i++)
		if (strcmp(words[i], typed) == 0) {
			draft->m.priority = i;
			return KAP_OK;
		}
	if (typed)
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

/* "care CLIENT" with --to, or NAME. */
static int read_people(struct desk *d, int argc, char **argv, struct draft *draft)
{
	const char *to = cmd_opt(d->kap, "to");
	draft->m.to = draft->to;
	if (argc == 2 && strcmp(argv[0], "care") == 0) {
		if (!role_is_staff((enum role)people_self(d->people)->role))
			return kap_fail(d->kap, KAP_NOT_ALLOWED,
			                "Care messages are between clinicians. Write to one of your team: %s msg NAME",
			                d->kap->title);
		if (!to)
			return kap_fail(d->kap, KAP_USAGE, "To whom? %s msg care %s --to NAME. Nothing was sent.", d->kap->title,
			                argv[1]);
		draft->m.care = true;
		int exit_code = desk_person(d, argv[1], desk_is_client, "a client of yours", &draft->m.about);
		if (exit_code)
			return exit_code;
		return desk_people(d, to, desk_is_clinician, "a clinician here", draft->to, PICK_PEOPLE, &draft->m.n_to);
	}
	if (argc != 1 || to)
		return kap_fail(d->kap, KAP_USAGE, "It is `%s msg NAME`, or `%s msg care CLIENT --to NAME`. Nothing was sent.",
		                d->kap->title, d->kap->title);
	int exit_code = desk_people(d, argv[0], NULL, "someone you can write to", draft->to, PICK_PEOPLE, &draft->m.n_to);
	if (exit_code)
		return exit_code;
	const struct person *self = people_self(d->people);
	draft->m.about = self->role == ROLE_CLIENT ? self : draft->to[0]->role == ROLE_CLIENT ? draft->to[0] : NULL;
	return KAP_OK;
}

static int read_reply(struct desk *d, struct draft *draft)
{
	char *number = (char *)(uintptr_t)cmd_opt(d->kap, "reply");
	return desk_message(d, 1, &number, &draft->m.reply_to);
}

static int save(struct write_ctx *ctx, void *arg)
{
	const struct draft *draft = arg;
	return write_message(ctx, &draft->m, NULL);
}

static void say_who(struct desk *d, const struct draft *draft)
{
	for (size_t i = 0; i < draft->m.n_to; i++)
		out_say(d->kap->out, "For %s. `%s inbox` shows when it was stored, delivered, opened and acknowledged.",
		        draft->to[i]->name, d->kap->title);
	if (draft->m.priority == URGENT)
		out_say(d->kap->out, "kapd cannot telephone anyone. If someone may be in danger, call 911 now.");
}

static int send(struct desk *d, struct draft *draft)
{
	static const struct text_limit limit = {.what = "A message", .max_bytes = MESSAGE_MAX, .min_chars = 1};
	static const struct compose_opts how = {.intro = "Write. A dot on a line of its own, or Ctrl-D, ends and sends.",
	                                        .limit = &limit};
	struct buf text;
	buf_init(&text, 0);
	draft->m.type = cmd_opt(d->kap, "type");
	int exit_code = entry_compose(d->kap, &how, "Nothing was sent.", &text);
	if (!exit_code) {
		draft->m.body = (const char *)text.data;
		draft->m.body_len = text.len;
		int err = desk_write(d, save, draft);
		exit_code = err ? desk_refused(d, err, "Nothing was sent.") : KAP_OK;
		if (err && !cmd_opt(d->kap, "file"))
			entry_keep_words(d, &text);
	}
	buf_wipe(&text);
	if (exit_code)
		return exit_code;
	say_who(d, draft);
	exit_code = desk_send(d);
	if (!exit_code)
		out_say(d->kap->out, "Stored by the clinic's server.");
	return exit_code;
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct draft draft = {0};
	struct desk d;
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
