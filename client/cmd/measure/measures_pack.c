/* measures_pack: takes in a questionnaire whose text the clinic may use (docs/PACKS.md). */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "client/book/packs.h"
#include "client/care/measures.h"
#include "client/book/measures_pack.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "client/ui/why.h"
#include "client/vault.h"
#include "proto/buf.h"
#include "proto/err.h"

#define NOT_KEPT "Nothing of it was kept."

static int read_file(const char *path, struct buf *out, struct why *why)
{
	FILE *file = fopen(path, "re");
	int err = 0;
	if (!file)
		return why_set(why, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%.200s cannot be read: %s.", path,
		               strerror(errno));
	uint8_t *at = buf_reserve(out, MEASURES_PACK_MAX + 1);
	size_t n = at ? fread(at, 1, MEASURES_PACK_MAX + 1, file) : 0;
	if (!at)
		err = buf_err(out);
	else if (ferror(file))
		err = why_set(why, ERR_IO, "%.200s cannot be read.", path);
	buf_truncate(out, n);
	fclose(file);
	return err;
}

static int keep(struct kap *kap, const struct buf *bytes, struct why *why)
{
	struct vault_txn *txn = NULL;
	int err = vault_begin(kap->vault, true, &txn);
	if (err)
		return err;
	err = packs_put(txn, bytes->data, bytes->len, why);
	if (!err)
		return vault_commit(txn);
	vault_abort(txn);
	return err;
}

static void say(struct kap *kap, const struct buf *bytes)
{
	struct measures_pack *pack = NULL;
	struct why why;
	if (measures_pack_parse(bytes->data, bytes->len, &pack, &why))
		return;
	const struct measures_instrument *m = measures_pack_peek(pack);
	out_str(kap->out, "id", NULL, m->id);
	out_str(kap->out, "name", NULL, m->name);
	out_str(kap->out, "licence", "Licence", m->licence);
	out_str(kap->out, "attribution", "Attribution", m->attribution);
	out_str(kap->out, "permission", "Permission", measures_pack_permission(pack));
	out_say(kap->out, "%s is on this device now: %s measure %s.", m->name, kap->title, m->id);
	measures_pack_free(pack);
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct why why = {""};
	struct buf bytes;
	(void)argc;
	buf_init(&bytes, MEASURES_PACK_MAX + 1);
	int err = read_file(argv[0], &bytes, &why);
	if (!err)
		err = keep(kap, &bytes, &why);
	/* there is nothing to choose: the file is not valid */
	if (err == ERR_EXISTS)
		err = ERR_SHAPE;
	if (!err)
		say(kap, &bytes);
	buf_wipe(&bytes);
	return err ? kap_fail_why(kap, err, &why, NOT_KEPT) : KAP_OK;
}

const struct cmd cmd_measures_pack = {
    .name = "measures pack",
    .args = "FILE",
    .summary = "add a questionnaire whose text your clinic may use",
    .about = "A pack is a file with the questions and answers, the licence, whose text it is, and what the clinic's "
             "permission rests on; docs/PACKS.md describes it. It stays on this device.",
    .example = "kap measures pack who5.json",
    .roles = CMD_MEMBER,
    .needs = CMD_UNLOCKED,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
