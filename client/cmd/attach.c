/* attach: a file with a new entry, or with a new version of one's own; and a version without it. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/attach/name.h"
#include "client/attach/put.h"
#include "client/book/parts.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "client/ui/why.h"
#include "client/vault.h"
#include "proto/attachment.h"
#include "proto/content.h"
#include "proto/crypto.h"
#include "proto/err.h"

#include "desk.h"
#include "entry.h"

static const char nothing[] = "Nothing was attached.";

static const struct cmd_option options[] = {
    {"name", 'n', "NAME", "what it is to be called, if not as the file is; needed for -"},
    {"remove", 'r', "N", "take attachment N out of the entry; earlier versions keep it"},
    ENTRY_OPTIONS,
    {0},
};

/* A descriptor to read from; "-" is standard input. */
static int open_source(struct kap *kap, const char *path, int *fd)
{
	struct stat st;
	*fd = -1;
	if (strcmp(path, "-") == 0) {
		*fd = dup(STDIN_FILENO);
		return *fd >= 0 ? KAP_OK : kap_fail(kap, KAP_INVALID, "There is no standard input. %s", nothing);
	}
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (*fd < 0)
		return kap_fail(kap, KAP_INVALID, "%s: %s. %s", path, strerror(errno), nothing);
	if (fstat(*fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		close(*fd);
		*fd = -1;
		return kap_fail(kap, KAP_INVALID, "%s is not a file. %s", path, nothing);
	}
	return KAP_OK;
}

/* What the file becomes, under its name. KAP_OK or an exit code after saying why not. */
static int take_file(struct desk *d, const char *path, struct attachment *a)
{
	const char *name = cmd_opt(d->kap, "name");
	struct why why = {""};
	struct attachment named = {.name = ""};
	int fd, err;
	if (!name && strcmp(path, "-") == 0)
		return kap_fail(d->kap, KAP_USAGE, "What is it to be called? %s attach - --name NAME. %s", d->kap->title,
		                nothing);
	err = name_set(&named, name ? name : path, &why);
	if (err)
		return kap_fail_why(d->kap, err, &why, nothing);
	int exit_code = open_source(d->kap, path, &fd);
	if (exit_code)
		return exit_code;
	err = put_file(d->kap->vault, fd, (uint64_t)d->now.s * 1000, a, &why);
	close(fd);
	if (err)
		return kap_fail_why(d->kap, err, &why, nothing);
	memcpy(a->name, named.name, sizeof(a->name));
	return KAP_OK;
}

/* Attachments whose making was cut off earlier. Best effort. */
static void sweep(struct desk *d)
{
	struct vault_txn *txn = NULL;
	if (vault_begin(d->kap->vault, true, &txn))
		return;
	if (parts_sweep(txn, (uint64_t)d->now.s * 1000))
		vault_abort(txn);
	else
		(void)vault_commit(txn);
}

static void say_attached(struct desk *d, const struct attachment *a)
{
	char size[NAME_SIZE_MAX], shown[NAME_SHOWN_MAX];
	name_for_size(a->size, size);
	name_for_show(a, shown);
	out_str(d->kap->out, "attached", NULL, a->name);
	out_int(d->kap->out, "bytes", NULL, (int64_t)a->size);
	out_line(d->kap->out, "Attached %s (%s). The file itself stays where it is, as it is.", shown, size);
}

static int add(struct desk *d, int argc, char **argv, struct write_entry *entry)
{
	const struct book_item *item = NULL;
	struct attachment a;
	int exit_code = argc > 1 ? desk_entry(d, argc - 1, argv + 1, &item) : KAP_OK;
	if (!exit_code && item && (!item->author->is_self || !book_head(item)->content))
		exit_code = kap_fail(d->kap, KAP_NOT_ALLOWED, "A file can be attached to entries of your own. %s", nothing);
	if (!exit_code && item && attachment_count(book_head(item)->content) >= ATTACHMENT_MAX)
		exit_code = kap_fail(d->kap, KAP_INVALID, "An entry can have %d files. %s", ATTACHMENT_MAX, nothing);
	if (!exit_code && item)
		exit_code = desk_one_version(d, item);
	if (exit_code)
		return exit_code;
	sweep(d);
	exit_code = take_file(d, argv[0], &a);
	if (exit_code)
		return exit_code;
	if (!item) {
		entry->body = "";
		entry->body_len = 0;
	}
	entry->attach = &a;
	exit_code = entry_save(d, entry, item);
	if (exit_code)
		put_drop(d->kap->vault, &a);
	else
		say_attached(d, &a);
	crypto_wipe(&a, sizeof(a));
	return exit_code;
}

static int remove_one(struct desk *d, int argc, char **argv, struct write_entry *entry)
{
	const struct book_item *item;
	const char *typed = cmd_opt(d->kap, "remove");
	struct attachment a;
	char *end;
	int exit_code = desk_entry(d, argc, argv, &item);
	if (exit_code)
		return exit_code;
	if (!item->author->is_self || !book_head(item)->content)
		return kap_fail(d->kap, KAP_NOT_ALLOWED, "Only entries of your own can be changed. Nothing was changed.");
	exit_code = desk_one_version(d, item);
	if (exit_code)
		return exit_code;
	unsigned long n = strtoul(typed, &end, 10);
	if (*typed < '1' || *typed > '9' || *end || n > ATTACHMENT_MAX ||
	    attachment_get(book_head(item)->content, (uint32_t)n - 1, &a))
		return kap_fail(d->kap, KAP_INVALID, "There is no attachment %s. `%s read %s` shows them. Nothing was changed.",
		                typed, d->kap->title, argv[argc - 1]);
	entry->detach = a.id;
	exit_code = entry_save(d, entry, item);
	if (!exit_code)
		out_say(d->kap->out, "The new version is without it. Whoever could read an earlier version still can get it "
		                     "there.");
	crypto_wipe(&a, sizeof(a));
	return exit_code;
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct entry_fields fields;
	struct write_entry entry;
	struct desk d;
	int exit_code = entry_options(kap, &entry, &fields);
	if (!exit_code && cmd_opt(kap, "remove") && argc != 1)
		exit_code =
		    kap_fail(kap, KAP_USAGE, "%s attach NUMBER --remove N: which entry, and which of its files.", kap->title);
	if (exit_code || (exit_code = desk_open(kap, &d)))
		return exit_code;
	exit_code = cmd_opt(kap, "remove") ? remove_one(&d, argc, argv, &entry) : add(&d, argc, argv, &entry);
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_attach = {
    .name = "attach",
    .args = "FILE [NUMBER]",
    .summary = "add a recording, picture or document to an entry",
    .about =
        "Without a number a new private entry, with one a new version of that entry of yours, for whoever reads it. "
        "Sound (wav, ogg, mp3, m4a) may have 25 MiB; pictures (jpg, png), PDF and plain text 10 MiB. The file is "
        "locked before it leaves this device, name and all; what was recorded inside it, such as the place a picture "
        "was taken, is not removed. FILE may be - for standard input.",
    .example = "kap attach walk.ogg 3",
    .options = options,
    .roles = CMD_MEMBER,
    .needs = CMD_UNLOCKED,
    .min_args = 1,
    .max_args = 2,
    .run = run,
};
