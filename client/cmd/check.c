/* check: two people compare four words, and know that they have each other's true keys and everything that was sent. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/book/checked.h"
#include "client/cmd.h"
#include "client/sync/compare.h"
#include "client/sync/sync.h"
#include "client/ui/out.h"
#include "client/ui/prompt.h"
#include "client/ui/words.h"
#include "proto/buf.h"
#include "proto/err.h"
#include "proto/keychain.h"

#include "desk.h"

#define ROUNDS 2 /* a difference may only be something on its way: both sync and try once more */
#define ANSWER_MAX 64

static const struct cmd_option options[] = {
    {"accept", 'a', NULL, "without words: go on with somebody whose keys were replaced"},
    {"wait", 'w', "SECONDS", "how long to wait for the other person, 1 to 540 (300)"},
    {0},
};

struct checking {
	struct kap *kap;
	const char *typed;
	unsigned wait_s;
	struct desk d; /* laid out anew after each sync */
	const struct person *who;
	struct compare_result result;
};

/* What is to be written down. */
struct outcome {
	const uint8_t *genesis, *head;
	enum checked_outcome outcome;
};

static int note(struct write_ctx *ctx, void *arg)
{
	const struct outcome *o = arg;
	return checked_write(ctx, o->genesis, o->head, o->outcome);
}

static bool can_be_checked(const struct person *person, void *arg)
{
	(void)arg;
	return person->active && !person->is_self;
}

static int find(struct checking *c)
{
	int exit_code = desk_open_people(c->kap, &c->d);
	if (!exit_code)
		exit_code = desk_person(&c->d, c->typed, can_be_checked, "somebody to compare words with", &c->who);
	if (!exit_code && !people_keychain(c->d.people, c->who->pid))
		exit_code =
		    kap_fail(c->kap, KAP_NOT_ALLOWED, "You and %s have nothing to do with each other here.", c->who->name);
	return exit_code;
}

static int write_down(struct checking *c, const uint8_t *head, enum checked_outcome outcome)
{
	struct outcome o = {c->who->genesis, head, outcome};
	int err = desk_write(&c->d, note, &o);
	return err ? kap_fail_err(c->kap, err, "The outcome could not be noted.") : KAP_OK;
}

/* --- without words --- */

static void say_change(struct checking *c)
{
	static const char *const lines[] = {
	    [CHECKED_RECOVERED] = "A device was added for %s with the paper recovery code.",
	    [CHECKED_SUCCEEDED] = "%s joined anew, and the clinic's admin signed that they are the same person.",
	    [CHECKED_DIFFERED] = "The last time, your words and those of %s differed.",
	};
	char line[512];
	snprintf(line, sizeof(line), lines[c->who->checked], c->who->name);
	out_say(c->kap->out, "%s", line);
}

static int accept_change(struct checking *c)
{
	struct out *out = c->kap->out;
	if (!checked_stops((enum checked_state)c->who->checked))
		return kap_fail(c->kap, KAP_INVALID, "There is nothing to accept: nothing waits for %s.", c->who->name);
	say_change(c);
	out_say(out, "Only do this if you know for other reasons that it is them: because they told you in person, "
	             "not through kap.");
	out_show(out);
	int yes = prompt_yes(c->kap->prompt, "  Go on without comparing words?");
	if (yes < 0)
		return kap_fail(c->kap, KAP_INVALID,
		                "This needs your yes. Run it at a terminal, or say --yes. Nothing was changed.");
	if (!yes) {
		out_say(out, "Nothing was changed.");
		return KAP_OK;
	}
	const struct keychain *k = people_keychain(c->d.people, c->who->pid);
	int exit_code = write_down(c, keychain_head_hash(k), CHECKED_ACCEPT);
	if (exit_code)
		return exit_code;
	out_str(out, "outcome", NULL, "accepted");
	out_say(out, "Accepted. What waited for %s is sent now.", c->who->name);
	return desk_send(&c->d);
}

/* --- with words --- */

static void waiting(void *arg)
{
	struct checking *c = arg;
	out_line(c->kap->out, "  Waiting for %s, who types `kap check` and your name.", c->who->name);
	out_show(c->kap->out);
}

static void say_count(struct out *out, uint64_t n, const char *sentence, const char *name)
{
	char line[512];
	if (!n)
		return;
	snprintf(line, sizeof(line), sentence, name);
	out_say(out, "%llu %s", (unsigned long long)n, line);
}

static int say_difference(struct checking *c)
{
	const struct compare_difference *x = &c->result.difference;
	struct out *out = c->kap->out;
	out_object(out, "differences", NULL);
	out_int(out, "not-reached-them", NULL, (int64_t)x->mine_not_there);
	out_int(out, "not-reached-you", NULL, (int64_t)x->theirs_not_here);
	out_int(out, "own-not-here", NULL, (int64_t)x->mine_not_here);
	out_int(out, "own-not-there", NULL, (int64_t)x->theirs_not_there);
	out_bool(out, "others", NULL, x->others);
	out_bool(out, "keys", NULL, x->keys_here || x->keys_there);
	out_end(out);
	say_count(out, x->mine_not_there, "of your entries and messages have not reached the device of %s.", c->who->name);
	say_count(out, x->theirs_not_here, "of those of %s have not reached this device.", c->who->name);
	say_count(out, x->mine_not_here, "of your own, from another device of yours, are known to %s and not here.",
	          c->who->name);
	say_count(out, x->theirs_not_there, "of those of %s are known here and not to the device they are using.",
	          c->who->name);
	if (x->others)
		out_say(out, "As many went between you and %s on both sides, but not the same ones.", c->who->name);
	if (x->keys_here)
		out_say(out, "The keys of %s were changed, and the server has not shown it here.", c->who->name);
	if (x->keys_there)
		out_say(out, "Your keys were changed, and the server has not shown it to %s.", c->who->name);
	return kap_fail(c->kap, KAP_CHOICE,
	                "So there are no words to compare yet. Sync on both devices and check again. If it stays so, the "
	                "server may be keeping something back: tell the clinic.");
}

static int say_fault(struct checking *c, int err)
{
	static const struct sync_result none;
	switch (err) {
	case ERR_AUTHOR:
	case ERR_SIGNATURE:
	case ERR_HASH:
	case ERR_KEY:
	case ERR_SHAPE:
		return kap_fail(
		    c->kap, KAP_NOT_ALLOWED,
		    "ALARM: what answered is not a device of %s as this device knows them. No words were made. Tell "
		    "the clinic.",
		    c->who->name);
	case ERR_TIMEOUT:
		return kap_fail(c->kap, KAP_CHOICE,
		                "%s did not answer. Do it together: in the room, or on a call. Nothing was noted.",
		                c->who->name);
	case ERR_EXISTS:
	case ERR_IN_USE:
		return kap_fail(c->kap, KAP_CHOICE,
		                "Another device of yours has begun to check with %s. Go on there, or wait ten minutes.",
		                c->who->name);
	default:
		return desk_say_sync(c->kap, err, &none, true);
	}
}

/* "yes" or "no"; ERR_CLOSED: neither. */
static int ask_same(struct checking *c, bool *same)
{
	struct buf line;
	buf_init(&line, 0);
	int err = prompt_line(c->kap->prompt, "  The same four words? yes or no: ", ANSWER_MAX, &line);
	const char *text = err ? "" : (const char *)line.data;
	bool yes = !strcasecmp(text, "yes") || !strcasecmp(text, "y");
	bool no = !strcasecmp(text, "no") || !strcasecmp(text, "n");
	buf_wipe(&line);
	*same = yes;
	return yes || no ? 0 : ERR_CLOSED;
}

static int show_words(struct checking *c)
{
	struct out *out = c->kap->out;
	struct buf words;
	buf_init(&words, 0);
	int err = words_of(c->result.bits, WORDS_COMPARED, &words);
	if (!err)
		err = buf_put_u8(&words, 0);
	if (!err) {
		out_line(out, "%s", "");
		out_str(out, "words", "Words", (const char *)words.data);
		out_line(out, "%s", "");
		out_line(out, "  Read them to each other, aloud. %s must see the same four.", c->who->name);
		if (out_form_of(out) == OUT_JSON)
			err = out_finish(out);
		else
			out_show(out);
	}
	buf_wipe(&words);
	return err;
}

static int compare_words(struct checking *c)
{
	bool same = false;
	int err = show_words(c);
	if (err)
		return kap_fail_err(c->kap, err, "Nothing was noted.");
	if (ask_same(c, &same)) {
		out_str(c->kap->out, "outcome", NULL, "none");
		out_say(c->kap->out, "Nothing was noted. Check again whenever you like.");
		return KAP_CHOICE;
	}
	bool stopped = checked_stops((enum checked_state)c->who->checked);
	int exit_code = write_down(c, c->result.head, same ? CHECKED_WORDS : CHECKED_OTHER_WORDS);
	out_str(c->kap->out, "outcome", NULL, same ? "equal" : "different");
	if (exit_code)
		return exit_code;
	if (!same)
		return kap_fail(c->kap, KAP_NOT_ALLOWED,
		                "ALARM: different words mean that somebody stands between you and %s, or that the server shows "
		                "you different things. From now on nothing new is sealed for them. What you write waits here. "
		                "Tell the clinic, and check again in person.",
		                c->who->name);
	out_say(c->kap->out, "Noted. You and %s have each other's true keys, and nothing that was sent is missing.%s",
	        c->who->name, stopped ? " What waited for them is sent now." : "");
	return desk_send(&c->d);
}

static int sync_first(struct checking *c)
{
	struct sync_result result;
	struct sync_opts opts = {.vault = c->kap->vault, .send_delivered = true};
	int err = sync_run(&opts, &result);
	return desk_say_sync(c->kap, err, &result, true);
}

static int run_rounds(struct checking *c)
{
	int err = 0;
	for (unsigned round = 0; round < ROUNDS && !err && !c->result.equal; round++) {
		int exit_code = sync_first(c);
		desk_close(&c->d);
		if (!exit_code)
			exit_code = find(c);
		if (exit_code)
			return exit_code;
		struct compare_opts opts = {c->kap->vault, c->who->genesis, c->wait_s, round ? NULL : waiting, c};
		err = compare_run(&opts, &c->result);
	}
	if (err)
		return say_fault(c, err);
	return c->result.equal ? compare_words(c) : say_difference(c);
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct checking c = {.kap = kap, .typed = argv[0]};
	const char *wait = cmd_opt(kap, "wait");
	char *end = NULL;
	(void)argc;
	long seconds = wait ? strtol(wait, &end, 10) : 0;
	if (wait && (!*wait || *end || seconds < 1 || seconds > 540))
		return kap_fail(kap, KAP_INVALID, "--wait takes 1 to 540 seconds, not \"%s\".", wait);
	c.wait_s = (unsigned)seconds;
	int exit_code = find(&c);
	if (!exit_code)
		exit_code = cmd_flag(kap, "accept") ? accept_change(&c) : run_rounds(&c);
	desk_close(&c.d);
	return exit_code;
}

const struct cmd cmd_check = {
    .name = "check",
    .args = "NAME",
    .summary = "compare four words: true keys, nothing missing",
    .about = "Both type it at the same time, in the room or on a call, and read four words to each other. Equal words "
             "prove that you have each other's true keys and that the server has kept nothing back. If the keys of "
             "somebody you checked are replaced later, nothing new is sealed for them until you check again.",
    .example = "kap check ana",
    .options = options,
    .roles = CMD_MEMBER,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
