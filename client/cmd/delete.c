/* delete: one's own entries go into the bin for 30 days, out of everybody's sight at once; or for good, at once. What
 * is said here is what will be true, and no more: reading and copying cannot be undone. */
#include <stdio.h>
#include <string.h>

#include "client/book/gift.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "client/ui/prompt.h"
#include "proto/content.h"
#include "proto/err.h"

#include "desk.h"
#include "pick.h"

#define DAY_MS ((uint64_t)86400000)
#define BIN_DAYS 30
#define NAMES_MAX 256

static const struct cmd_option options[] = {
    {"now", 'n', NULL, "for good, without the 30 days in the bin"},
    {0},
};

struct deletion {
	struct pick pick;
	uint64_t until_ms;
	uint32_t kept_until; /* a day: why it was refused */
	const struct book_item *at;
};

static bool was_sent(const struct book_item *item)
{
	for (size_t i = 0; i < item->n_revisions; i++)
		if (!item->revisions[i].pending)
			return true;
	return false;
}

/* Who can read any of it now; the number of them. */
static size_t readers_of(const struct book_item *item, char *names, size_t max)
{
	size_t n = 0, at = 0;
	names[0] = '\0';
	for (size_t i = 0; i < item->n_readers; i++) {
		if (item->readers[i].withdrawn || item->readers[i].person->is_self)
			continue;
		if (at < max)
			at += (size_t)snprintf(names + at, max - at, "%s%s", n ? ", " : "", item->readers[i].person->name);
		n++;
	}
	return n;
}

static void say_readers(struct desk *d, const struct book_item *item, const char *what)
{
	char names[NAMES_MAX];
	if (readers_of(item, names, sizeof(names)))
		out_say(d->kap->out, "%s %u could be read by %s. They may have read or copied it: that stays.", what,
		        item->number, names);
}

/* --- the bin --- */

static int bin_all(struct write_ctx *ctx, void *arg)
{
	struct deletion *del = arg;
	int err = 0;
	del->until_ms = ctx->now_ms + BIN_DAYS * DAY_MS;
	for (size_t i = 0; !err && i < del->pick.n; i++) {
		del->at = del->pick.items[i];
		err = write_bin(ctx, del->at, del->until_ms);
	}
	return err;
}

static int into_bin(struct desk *d, struct deletion *del)
{
	char date[WHEN_TEXT], names[NAMES_MAX];
	bool shared = false;
	int err = desk_write(d, bin_all, del);
	if (err == ERR_RANGE)
		return kap_fail(d->kap, KAP_CHOICE, "Entry %u has more than %d versions. Join them first: %s merge %u",
		                del->at->number, CONTENT_BIN_VERSIONS_MAX, d->kap->title, del->at->number);
	if (err)
		return desk_refused(d, err, "Nothing was deleted.");
	struct when until = desk_when(del->until_ms);
	when_date(&until, &d->now, date);
	out_when(d->kap->out, "until", NULL, &until);
	out_int(d->kap->out, "in-bin", NULL, (int64_t)del->pick.n);
	if (del->pick.n == 1)
		out_say(d->kap->out, "In the bin until %s, then deleted for good. `%s undelete %u` brings it back.", date,
		        d->kap->title, del->pick.items[0]->number);
	else
		out_say(d->kap->out, "%zu entries are in the bin until %s, then deleted for good. `%s bin` lists them.",
		        del->pick.n, date, d->kap->title);
	for (size_t i = 0; i < del->pick.n; i++) {
		shared = shared || readers_of(del->pick.items[i], names, sizeof(names));
		say_readers(d, del->pick.items[i], "Entry");
	}
	if (!shared)
		return KAP_OK;
	out_say(d->kap->out, "Their devices forget it with their next sync.");
	return desk_send(d);
}

/* --- for good --- */

static int delete_all(struct write_ctx *ctx, void *arg)
{
	struct deletion *del = arg;
	int err = 0;
	for (size_t i = 0; !err && i < del->pick.n; i++) {
		del->at = del->pick.items[i];
		err = write_delete(ctx, del->at, &del->kept_until);
	}
	return err;
}

/* 1 yes, 0 no, or an error when nobody can be asked. */
static int confirm(struct desk *d, const struct deletion *del, const char *what)
{
	char question[128];
	for (size_t i = 0; i < del->pick.n; i++)
		say_readers(d, del->pick.items[i], what);
	out_say(d->kap->out, "This cannot be undone. All versions go, and your own comments with them. Copies that the "
	                     "clinic has in backups stay until those expire.");
	if (prompt_has_yes(d->kap->prompt))
		return 1;
	out_show(d->kap->out);
	if (del->pick.n == 1)
		snprintf(question, sizeof(question),
		         "Delete %s %u for good? Type yes: ", strcmp(what, "Entry") == 0 ? "entry" : "message",
		         del->pick.items[0]->number);
	else
		snprintf(question, sizeof(question), "Delete %zu entries for good? Type yes: ", del->pick.n);
	return prompt_word(d->kap->prompt, question, "yes");
}

static int say_deleted(struct desk *d, const struct deletion *del)
{
	bool sent = false;
	for (size_t i = 0; i < del->pick.n; i++)
		sent = sent || was_sent(del->pick.items[i]);
	out_int(d->kap->out, "deleted", NULL, (int64_t)del->pick.n);
	if (!sent) {
		out_say(d->kap->out, "Deleted. It had never left this device.");
		return KAP_OK;
	}
	int exit_code = desk_send(d);
	if (exit_code == KAP_SAVED_LOCALLY)
		out_say(d->kap->out, "It is out of sight here, and will be deleted everywhere with your next `%s sync`.",
		        d->kap->title);
	else if (!exit_code)
		out_say(d->kap->out, "Deleted from the clinic's server and from this device. Other devices delete it with "
		                     "their next sync.");
	return exit_code;
}

static int for_good(struct desk *d, struct deletion *del, const char *what)
{
	char date[WHEN_TEXT];
	int yes = confirm(d, del, what);
	if (yes < 0)
		return kap_fail(d->kap, KAP_INVALID,
		                "Deleting for good needs your yes. Run it at a terminal, or say --yes. Nothing was deleted.");
	if (!yes) {
		out_say(d->kap->out, "Nothing was deleted.");
		return KAP_OK;
	}
	int err = desk_write(d, delete_all, del);
	if (err == ERR_RETAINED) {
		struct when day = desk_when(del->kept_until * DAY_MS);
		return kap_fail(d->kap, KAP_NOT_ALLOWED,
		                "%s %u belongs to the clinical record, which must be kept until %s. It cannot be deleted "
		                "before. Nothing was deleted.",
		                what, del->at->number, when_date(&day, NULL, date));
	}
	return err ? desk_refused(d, err, "Nothing was deleted.") : say_deleted(d, del);
}

/* --- --- */

static int check_given(struct desk *d, const struct book_item *item)
{
	const struct person *people[1];
	if (!item->author->is_self || !gift_people(item, people, 1))
		return KAP_OK;
	return kap_fail(d->kap, KAP_NOT_ALLOWED,
	                "Entry %u was given to %s: a copy is part of your clinic record, so it cannot be deleted. Nothing "
	                "was deleted.",
	                item->number, people[0]->name);
}

static int pick_any(struct desk *d, int argc, char **argv, struct deletion *del)
{
	char copy[256], *rest, *word;
	for (int i = 0; i < argc; i++) {
		if ((size_t)snprintf(copy, sizeof(copy), "%s", argv[i]) >= sizeof(copy))
			return kap_fail(d->kap, KAP_INVALID, "That list of numbers is too long. Nothing was deleted.");
		for (rest = copy; (word = strsep(&rest, ","));) {
			if (!*word)
				continue;
			if (del->pick.n == PICK_ITEMS)
				return kap_fail(d->kap, KAP_INVALID, "At most %d entries at a time. Nothing was deleted.", PICK_ITEMS);
			/* with --now, also out of the bin */
			int exit_code = cmd_flag(d->kap, "now") ? desk_any_entry(d, 1, &word, &del->pick.items[del->pick.n])
			                                        : desk_entry(d, 1, &word, &del->pick.items[del->pick.n]);
			if (exit_code)
				return exit_code;
			if (del->pick.items[del->pick.n]->deleted)
				return kap_fail(d->kap, KAP_INVALID, "Entry %s is deleted already.", word);
			for (size_t k = 0; k < del->pick.n; k++)
				if (del->pick.items[k] == del->pick.items[del->pick.n])
					return kap_fail(d->kap, KAP_INVALID, "Entry %s is named twice. Nothing was deleted.", word);
			del->pick.n++;
		}
	}
	return del->pick.n ? KAP_OK : kap_fail(d->kap, KAP_INVALID, "No entry was named. Nothing was deleted.");
}

static int delete_message(struct desk *d, int argc, char **argv, struct deletion *del)
{
	int exit_code = desk_message(d, argc, argv, &del->pick.items[0]);
	if (exit_code)
		return exit_code;
	del->pick.n = 1;
	if (!del->pick.items[0]->author->is_self)
		return desk_refused(d, ERR_NOT_AUTHOR, "Nothing was deleted.");
	exit_code = desk_is_ones_own(d, del->pick.items[0], false);
	if (exit_code)
		return exit_code;
	if (!cmd_flag(d->kap, "now"))
		return kap_fail(d->kap, KAP_USAGE,
		                "Messages do not go into the bin. `%s delete inbox %s --now` deletes one for good. Nothing was "
		                "deleted.",
		                d->kap->title, argv[argc - 1]);
	return for_good(d, del, "Message");
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct deletion del = {0};
	struct desk d;
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	if (argc == 2 && strcmp(argv[0], "inbox") == 0) {
		exit_code = delete_message(&d, argc, argv, &del);
	} else {
		exit_code = pick_any(&d, argc, argv, &del);
		for (size_t i = 0; !exit_code && i < del.pick.n; i++) {
			exit_code = desk_is_ones_own(&d, del.pick.items[i], false);
			if (!exit_code)
				exit_code = check_given(&d, del.pick.items[i]);
		}
		if (!exit_code)
			exit_code = cmd_flag(kap, "now") ? for_good(&d, &del, "Entry") : into_bin(&d, &del);
	}
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_delete = {
    .name = "delete",
    .args = "NUMBER[,NUMBER...] | inbox NUMBER",
    .summary = "delete entries of yours; 30 days in the bin first",
    .about =
        "Whoever could read it loses it at once, and it leaves your lists. `kap undelete` brings it back within 30 "
        "days, for you alone. After that, the next sync of any device of yours deletes it for good, on the clinic's "
        "server and on every device. What others have read or copied stays with them. What is in the clinical record "
        "cannot be deleted before its day. A message is deleted with --now.",
    .example = "kap delete 3",
    .options = options,
    .roles = CMD_MEMBER,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .min_args = 1,
    .max_args = -1,
    .run = run,
};
