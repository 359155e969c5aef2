/* save: writes an attachment to a file: fetched if it is not here yet, proved, and only then given a name. */
#include <stdlib.h>
#include <string.h>

#include "client/attach/get.h"
#include "client/attach/name.h"
#include "client/book/parts.h"
#include "client/cmd.h"
#include "client/sync/blobs.h"
#include "client/sync/contact.h"
#include "client/sync/sync.h"
#include "client/ui/out.h"
#include "client/ui/why.h"
#include "client/vault.h"
#include "proto/attachment.h"
#include "proto/content.h"
#include "proto/crypto.h"
#include "proto/err.h"

#include "desk.h"

static const char nothing[] = "Nothing was saved.";

static const struct cmd_option options[] = {
    {"output", 'o', "FILE", "where to; without it, its own name in this folder"},
    {"force", 'f', NULL, "write over a file that is there"},
    {"rev", 'r', "N", "from revision N, not the newest"},
    {0},
};

static bool is_number(const char *typed)
{
	return *typed && strspn(typed, "0123456789") == strlen(typed);
}

/* "[WHO|inbox] NUMBER [N]": how many operands name the item. */
static int item_operands(int argc, char **argv)
{
	if (is_number(argv[0]))
		return 1;
	return argc < 2 ? 1 : 2;
}

static int find_item(struct desk *d, int argc, char **argv, const struct book_item **out)
{
	if (argc == 2 && strcmp(argv[0], "inbox") == 0)
		return desk_message(d, argc, argv, out);
	return desk_entry(d, argc, argv, out);
}

static int find_revision(struct desk *d, const struct book_item *item, const struct book_revision **out)
{
	const char *rev = cmd_opt(d->kap, "rev");
	*out = book_head(item);
	if (!rev)
		return KAP_OK;
	unsigned long n = is_number(rev) && strlen(rev) < 8 ? strtoul(rev, NULL, 10) : 0;
	if (n < 1 || n > item->n_revisions)
		return kap_fail(d->kap, KAP_INVALID, "There is no revision %s. `%s history` lists them.", rev, d->kap->title);
	*out = &item->revisions[n - 1];
	return KAP_OK;
}

/* The attachment that was meant: the only one, or number N. */
static int find_one(struct desk *d, int argc, char **argv, struct attachment *a)
{
	const struct book_item *item;
	const struct book_revision *revision;
	int used = item_operands(argc, argv);
	int exit_code = find_item(d, used, argv, &item);
	if (!exit_code)
		exit_code = find_revision(d, item, &revision);
	if (exit_code)
		return exit_code;
	if (revision->withdrawn)
		return kap_fail(d->kap, KAP_INVALID, "%s took this back. %s", item->author->name, nothing);
	uint32_t n = revision->content ? attachment_count(revision->content) : 0;
	if (n == 0)
		return kap_fail(d->kap, KAP_INVALID, "Nothing is attached to it. %s", nothing);
	if (n > 1 && argc == used)
		return kap_fail(d->kap, KAP_CHOICE, "%u files are attached to it. Say which, from 1 to %u. %s", n, n, nothing);
	unsigned long at =
	    argc > used ? (is_number(argv[used]) && strlen(argv[used]) < 4 ? strtoul(argv[used], NULL, 10) : 0) : 1;
	if (at < 1 || at > n || attachment_get(revision->content, (uint32_t)at - 1, a))
		return kap_fail(d->kap, KAP_INVALID, "There is no attachment %s. They are numbered 1 to %u. %s", argv[used], n,
		                nothing);
	return KAP_OK;
}

/* --- getting it here --- */

static void progress(void *arg, size_t done, size_t total)
{
	out_progress(((struct kap *)arg)->out, "Fetching", done, total);
}

static int fetch(struct desk *d, const struct attachment *a)
{
	struct sync_result none;
	struct contact c;
	memset(&none, 0, sizeof(none));
	int err = contact_open(d->kap->vault, 0, &c);
	struct blobs_opts opts = {.rpc = c.rpc, .vault = d->kap->vault, .progress = progress, .arg = d->kap};
	if (!err)
		err = blobs_fetch(&opts, a);
	contact_close(&c);
	out_progress(d->kap->out, NULL, 0, 0);
	if (err == ERR_UNREACHABLE || err == ERR_TIMEOUT || err == ERR_CLOSED || err_is_retryable(err))
		return kap_fail(d->kap, KAP_SAVED_LOCALLY,
		                "It is not on this device yet, and the clinic's server cannot be reached just now. What was "
		                "fetched so far is kept; the same command goes on from there. %s",
		                nothing);
	if (err == ERR_NOT_FOUND)
		return kap_fail(d->kap, KAP_NOT_ALLOWED,
		                "The clinic's server does not give it out: it may have been taken back. `%s sync` brings the "
		                "news. %s",
		                d->kap->title, nothing);
	if (err && err != ERR_HASH)
		return desk_say_sync(d->kap, err, &none, true);
	return KAP_OK;
}

/* What was fetched; one's own stays. */
static int forget(struct desk *d, const struct attachment *a)
{
	struct vault_txn *txn = NULL;
	struct parts p;
	int err = vault_begin(d->kap->vault, true, &txn);
	if (err)
		return err;
	err = parts_get(txn, a->id, &p);
	if (!err && !p.own)
		err = parts_drop(txn, a->id);
	if (!err)
		return vault_commit(txn);
	vault_abort(txn);
	return err == ERR_NOT_FOUND ? 0 : err;
}

static int say_false(struct desk *d, const struct attachment *a)
{
	int err = forget(d, a);
	if (err)
		return kap_fail_err(d->kap, err,
		                    "What came is not what was attached, and it is still here. Nothing was saved.");
	return kap_fail(d->kap, KAP_NOT_ALLOWED,
	                "What came is not what was attached, so it was thrown away. Try again; if it happens again, tell "
	                "the clinic by another way. %s",
	                nothing);
}

static int bring(struct desk *d, const struct attachment *a)
{
	int err = get_prove(d->kap->vault, a);
	if (err == ERR_NOT_FOUND) {
		int exit_code = fetch(d, a);
		if (exit_code)
			return exit_code;
		err = get_prove(d->kap->vault, a);
	}
	if (err == ERR_HASH || err == ERR_NOT_FOUND)
		return say_false(d, a);
	return err ? kap_fail_err(d->kap, err, nothing) : KAP_OK;
}

/* --- writing it --- */

static int write_file(struct desk *d, const struct attachment *a)
{
	const char *path = cmd_opt(d->kap, "output");
	char own[NAME_FILE_MAX + 1], size[NAME_SIZE_MAX];
	struct why why = {""};
	name_for_disk(a, own);
	path = path ? path : own;
	int err = get_file(d->kap->vault, a, path, cmd_flag(d->kap, "force"), &why);
	if (err == ERR_EXISTS)
		return kap_fail(d->kap, KAP_CHOICE,
		                "There is a file named %s. Give another name with -o, or --force to write over it. %s", path,
		                nothing);
	if (err == ERR_OPEN || err == ERR_PADDING || err == ERR_SHAPE)
		return say_false(d, a);
	if (err)
		return kap_fail_why(d->kap, err, &why, nothing);
	name_for_size(a->size, size);
	out_str(d->kap->out, "file", NULL, path);
	out_int(d->kap->out, "bytes", NULL, (int64_t)a->size);
	out_line(d->kap->out, "Saved as %s (%s). It is not locked there: only you can open it, but", path, size);
	out_line(d->kap->out, "programs of yours can, too.");
	return KAP_OK;
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct attachment a;
	struct desk d;
	memset(&a, 0, sizeof(a));
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	exit_code = find_one(&d, argc, argv, &a);
	if (!exit_code)
		exit_code = bring(&d, &a);
	if (!exit_code)
		exit_code = write_file(&d, &a);
	crypto_wipe(&a, sizeof(a));
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_save = {
    .name = "save",
    .args = "[PERSON] NUMBER [N]",
    .summary = "write an attachment to a file",
    .about = "It is fetched if it is not on this device yet, and checked against what its author attached. N is needed "
             "when there are several; `kap read` numbers them. With \"inbox\" for PERSON, from a message.",
    .example = "kap save jo 3 -o walk.ogg",
    .options = options,
    .roles = CMD_MEMBER,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .min_args = 1,
    .max_args = 3,
    .run = run,
};
