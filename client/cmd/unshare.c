/* unshare: takes entries back. The server's copy of the key goes and honest devices forget; memory does not. */
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

static int take_back(struct write_ctx *ctx, void *arg)
{
	struct unshare *u = arg;
	for (size_t i = 0; i < u->pick->n; i++) {
		const struct person *readers[PICK_PEOPLE];
		const struct person *const *from = u->from;
		size_t n = u->n;
		if (!n) {
			n = book_current_readers(u->pick->items[i], readers, PICK_PEOPLE);
			from = readers;
		}
		int err = n ? write_unshare(ctx, u->pick->items[i], from, n < PICK_PEOPLE ? n : PICK_PEOPLE) : ERR_NOT_FOUND;
		if (err && err != ERR_NOT_FOUND)
			return err;
		u->taken += !err;
	}
	return u->taken ? 0 : ERR_NOT_FOUND;
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
