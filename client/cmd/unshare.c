/* unshare: takes entries back. The server's copy of the key goes and honest devices forget; memory does not. What was
 * given to the record stays given. */
#include "client/book/gift.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "proto/err.h"

#include "desk.h"
#include "pick.h"

static const struct cmd_option options[] = {
    {"from", 'f', "NAME,...", "who is to lose it; everybody if not given"},
    {0},
};

struct unshare {
	const struct pick *pick;
	const struct person *from[PICK_PEOPLE];
	size_t n, taken;
};

/* Everybody who can read any version: the newest may be private while an earlier one is not. */
static size_t readers_of(const struct book_item *item, const struct person **out)
{
	size_t n = 0;
	for (size_t i = 0; i < item->n_readers && n < PICK_PEOPLE; i++)
		if (!item->readers[i].withdrawn)
			out[n++] = item->readers[i].person;
	return n;
}

static int take_back(struct write_ctx *ctx, void *arg)
{
	struct unshare *u = arg;
	for (size_t i = 0; i < u->pick->n; i++) {
		const struct person *readers[PICK_PEOPLE];
		const struct person *const *from = u->from;
		size_t n = u->n;
		if (!n) {
			n = readers_of(u->pick->items[i], readers);
			from = readers;
		}
		int err = n ? write_unshare(ctx, u->pick->items[i], from, n) : ERR_NOT_FOUND;
		if (err && err != ERR_NOT_FOUND)
			return err;
		u->taken += !err;
	}
	return u->taken ? 0 : ERR_NOT_FOUND;
}

static int check_given(struct desk *d, const struct unshare *u)
{
	for (size_t i = 0; i < u->pick->n; i++) {
		const struct book_item *item = u->pick->items[i];
		const struct person *people[1];
		if (!u->n && gift_people(item, people, 1))
			return kap_fail(d->kap, KAP_NOT_ALLOWED,
			                "Entry %u was given to %s: a copy is part of your clinic record, so it cannot be taken "
			                "back. `--from NAME` takes it back from somebody else. Nothing was changed.",
			                item->number, people[0]->name);
		for (size_t k = 0; k < u->n; k++)
			if (gift_is_to(item, u->from[k]))
				return kap_fail(d->kap, KAP_NOT_ALLOWED,
				                "Entry %u was given to %s: a copy is part of your clinic record, so it cannot be "
				                "taken back. Nothing was changed.",
				                item->number, u->from[k]->name);
	}
	return KAP_OK;
}

/* Whether it was opened is said, because taking back does not undo reading. */
static void say_opened(struct desk *d, const struct pick *pick)
{
	char when[WHEN_TEXT];
	for (size_t i = 0; i < pick->n; i++)
		for (size_t k = 0; k < pick->items[i]->n_readers; k++) {
			const struct book_reader *reader = &pick->items[i]->readers[k];
			if (reader->opened_ms && !reader->withdrawn)
				out_say(d->kap->out, "%s may have read entry %u already: it was opened %s.", reader->person->name,
				        pick->items[i]->number, desk_time(d, reader->opened_ms, when));
		}
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct pick pick;
	struct unshare u = {.pick = &pick};
	struct desk d;
	const char *from = cmd_opt(kap, "from");
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	exit_code = pick_own(&d, argc, argv, &pick);
	for (size_t i = 0; !exit_code && i < pick.n; i++)
		exit_code = desk_is_ones_own(&d, pick.items[i], true);
	if (!exit_code && from)
		exit_code = desk_people(&d, from, NULL, "someone you can share with", u.from, PICK_PEOPLE, &u.n);
	if (!exit_code)
		exit_code = check_given(&d, &u);
	if (!exit_code) {
		int err = desk_write(&d, take_back, &u);
		if (err) {
			exit_code = desk_refused(&d, err, "Nothing was changed.");
		} else {
			out_say(kap->out, "Taken back. Their devices forget it with their next sync; what they remember stays.");
			say_opened(&d, &pick);
			exit_code = desk_send(&d);
		}
	}
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_unshare = {
    .name = "unshare",
    .args = "NUMBER[,NUMBER...]",
    .summary = "take shared entries back",
    .about =
        "The clinic's server deletes their key and their devices delete the text. It cannot make anyone forget what "
        "they have read.",
    .example = "kap unshare 2 --from Ana",
    .options = options,
    .roles = CMD_CLIENT,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .min_args = 1,
    .max_args = -1,
    .run = run,
};
