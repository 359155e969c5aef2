/* export: everything the person can read, in one sealed file that the age program opens. */
#include <stdio.h>
#include <string.h>

#include "client/attach/get.h"
#include "client/cmd.h"
#include "client/leave/evidence.h"
#include "client/leave/export.h"
#include "client/sync/blobs.h"
#include "client/sync/contact.h"
#include "client/ui/newfile.h"
#include "client/ui/out.h"
#include "client/ui/prompt.h"
#include "client/ui/why.h"
#include "client/vault.h"
#include "proto/age.h"
#include "proto/err.h"

#include "desk.h"
#include "export_fhir.h"

static const struct cmd_option options[] = {
    {"output", 'o', "FILE", "where to write it; there must be no such file yet"},
    {"evidence", 0, NULL, "instead: the signed history, still sealed, for `kap audit`"},
    {"fhir", 0, NULL, "instead: what you can read about CLIENT as an HL7 FHIR R4 bundle, NOT sealed"},
    {"with-name", 0, NULL, "with --fhir: with names; else everybody is a pseudonym"},
    {"force", 0, NULL, "with --fhir: in the place of a file that is there"},
    {"to", 't', "AGE-KEY", "seal it to an age key (age1...) instead of a passphrase"},
    {0},
};

static const char nothing[] = "No file was written.";

static void progress(void *arg, size_t done, size_t total)
{
	out_progress(((struct kap *)arg)->out, "Writing", done, total);
}

/* --- attachments: from the vault, else from the server --- */

struct bringing {
	struct kap *kap;
	struct contact contact;
	bool connected, unreachable;
};

static int to_nowhere(void *arg, const uint8_t *bytes, size_t len)
{
	(void)arg;
	(void)bytes;
	(void)len;
	return 0;
}

/* Opened once for nothing: what its author made so that it does not open must not spoil the archive. */
static int try_it(struct vault *vault, const struct attachment *a)
{
	int err = get_prove(vault, a);
	if (!err)
		err = get_stream(vault, a, to_nowhere, NULL);
	return err == ERR_HASH || err == ERR_OPEN || err == ERR_PADDING || err == ERR_SHAPE ? ERR_OPEN : err;
}

static int fetch(struct bringing *b, const struct attachment *a)
{
	int err = 0;
	if (!b->connected)
		err = contact_open(b->kap->vault, 0, &b->contact);
	b->connected = b->connected || !err;
	b->unreachable = err != 0;
	struct blobs_opts opts = {.rpc = b->contact.rpc, .vault = b->kap->vault};
	return err ? err : blobs_fetch(&opts, a);
}

static int bring(void *arg, const struct attachment *a)
{
	struct bringing *b = arg;
	int err = try_it(b->kap->vault, a);
	if (err == ERR_NOT_FOUND && !b->unreachable && fetch(b, a) == 0)
		err = try_it(b->kap->vault, a);
	return err == ERR_OPEN ? ERR_NOT_FOUND : err;
}

static int bytes_of(void *arg, const struct attachment *a, int (*sink)(void *to, const uint8_t *bytes, size_t len),
                    void *to)
{
	return get_stream(((struct bringing *)arg)->kap->vault, a, sink, to);
}

/* --- the file --- */

static int write_sealed(void *age, const void *bytes, size_t len)
{
	return age_write(age, bytes, len);
}

/* Who may open it. KAP_OK, or an exit code after saying why not. *pass is NULL with a key. */
static int choose(struct kap *kap, uint8_t key[CRYPTO_KEY], char **pass, size_t *len)
{
	const char *to = cmd_opt(kap, "to");
	struct why why = {0};

	*pass = NULL;
	if (to && age_recipient(to, key))
		return kap_fail(kap, KAP_INVALID, "That is not an age key. One has %d characters and begins with age1. %s",
		                AGE_RECIPIENT, nothing);
	if (to)
		return KAP_OK;
	int err = prompt_new_passphrase(kap->prompt, "Choose a passphrase for the file: ", pass, len, &why);
	return err ? kap_fail_why(kap, err, &why, nothing) : KAP_OK;
}

/* The archive into the age file into the file on the disk. */
static int write_file(struct desk *d, const struct age_opts *seal, struct newfile *file, struct export_result *result)
{
	struct export_opts opts = {.book = d->book, .people = d->people, .clinic = d->id->clinic_name};
	struct bringing from = {.kap = d->kap};
	struct age_opts to_file = *seal;
	struct age *age = NULL;

	to_file.sink = newfile_write;
	to_file.arg = file;
	int err = age_new(&to_file, &age);
	opts.now_ms = (uint64_t)d->now.s * 1000;
	opts.sink = write_sealed;
	opts.arg = age;
	opts.bring = bring;
	opts.bytes = bytes_of;
	opts.attachments = &from;
	opts.progress = progress;
	opts.progress_arg = d->kap;
	if (!err)
		err = export_run(&opts, result);
	if (!err)
		err = age_finish(age);
	age_free(age);
	if (from.connected)
		contact_close(&from.contact);
	out_progress(d->kap->out, NULL, 0, 0);
	return err;
}

static int run_sealed(struct desk *d, const char *path, const struct age_opts *seal)
{
	struct export_result result;
	struct newfile *file;
	struct why why = {0};
	int err = newfile_begin(path, false, &file, &why);

	if (err)
		return kap_fail_why(d->kap, err, &why, nothing);
	err = write_file(d, seal, file, &result);
	if (err)
		newfile_abort(file);
	else
		err = newfile_commit(file);
	if (err)
		return kap_fail_err(d->kap, err, nothing);
	out_str(d->kap->out, "file", NULL, path);
	out_int(d->kap->out, "entries", NULL, (int64_t)result.entries);
	out_int(d->kap->out, "messages", NULL, (int64_t)result.messages);
	out_int(d->kap->out, "record", NULL, (int64_t)result.clinical);
	out_int(d->kap->out, "comments", NULL, (int64_t)result.comments);
	out_int(d->kap->out, "files", NULL, (int64_t)result.files);
	out_int(d->kap->out, "missing-files", NULL, (int64_t)result.missing);
	out_say(d->kap->out, "%zu entr%s, %zu message%s and %zu comment%s are in %s.", result.entries,
	        result.entries == 1 ? "y" : "ies", result.messages, result.messages == 1 ? "" : "s", result.comments,
	        result.comments == 1 ? "" : "s", path);
	if (result.clinical)
		out_say(d->kap->out, "%zu part%s of the record %s there as well.", result.clinical,
		        result.clinical == 1 ? "" : "s", result.clinical == 1 ? "is" : "are");
	if (result.files)
		out_say(d->kap->out, "So %s %zu attached file%s.", result.files == 1 ? "is" : "are", result.files,
		        result.files == 1 ? "" : "s");
	if (result.missing)
		out_say(d->kap->out,
		        "%zu attached file%s not: what is not on this device could not be fetched just now. Make it again when "
		        "the clinic's server can be reached.",
		        result.missing, result.missing == 1 ? " is" : "s are");
	out_line(d->kap->out, "Open it anywhere with:  age -d %s%s | tar x", seal->pass ? "" : "-i KEYFILE ", path);
	out_say(d->kap->out, seal->pass ? "Without its passphrase nobody can open it, and nobody can find that out for you."
	                                : "Only who has that key can open it.");
	return KAP_OK;
}

/* --- evidence: nothing in it can be read without the keys, so it is not sealed again --- */

static int write_evidence(struct kap *kap, const struct desk *d, struct newfile *file, uint64_t *pieces)
{
	struct evidence_write_opts opts = {.clinic = d->id->clinic, .genesis = d->id->genesis, .sink = newfile_write};
	int err = vault_begin(kap->vault, false, &opts.txn);

	if (err)
		return err;
	opts.arg = file;
	opts.now_ms = (uint64_t)d->now.s * 1000;
	err = evidence_write(&opts, pieces);
	vault_abort(opts.txn);
	return err;
}

static int run_evidence(struct desk *d, const char *path)
{
	struct newfile *file;
	struct why why = {0};
	uint64_t pieces = 0;
	int err = newfile_begin(path, false, &file, &why);

	if (err)
		return kap_fail_why(d->kap, err, &why, nothing);
	err = write_evidence(d->kap, d, file, &pieces);
	if (err)
		newfile_abort(file);
	else
		err = newfile_commit(file);
	if (err)
		return kap_fail_err(d->kap, err, nothing);
	out_str(d->kap->out, "file", NULL, path);
	out_int(d->kap->out, "pieces", NULL, (int64_t)pieces);
	out_say(d->kap->out,
	        "The signed history is in %s: who was who, every record as it was served, every receipt. Nobody can read "
	        "your words in it. `%s audit %s` verifies it anywhere.",
	        path, d->kap->title, path);
	return KAP_OK;
}

static int run(struct kap *kap, int argc, char **argv)
{
	const char *given = cmd_opt(kap, "output");
	const bool evidence = cmd_flag(kap, "evidence");
	uint8_t key[CRYPTO_KEY];
	struct age_opts seal = {0};
	struct desk d;
	char path[64], day[WHEN_TEXT], *pass = NULL;
	int exit_code = desk_open(kap, &d);

	if (exit_code)
		return exit_code;
	when_iso(&d.now, day);
	day[10] = '\0';
	if (cmd_flag(kap, "fhir") || argc) {
		exit_code = export_fhir(&d, argc ? argv[0] : NULL, given);
		desk_close(&d);
		return exit_code;
	}
	snprintf(path, sizeof(path), "kap-%s.%s", day, evidence ? "kapev" : "tar.age");
	if (evidence) {
		exit_code = run_evidence(&d, given ? given : path);
		desk_close(&d);
		return exit_code;
	}
	exit_code = choose(kap, key, &pass, &seal.pass_len);
	seal.pass = pass;
	seal.recipient = pass ? NULL : key;
	if (!exit_code)
		exit_code = run_sealed(&d, given ? given : path, &seal);
	prompt_free_pass(pass);
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_export = {
    .name = "export",
    .args = "[CLIENT]",
    .summary = "take everything you can read, in one sealed file",
    .about =
        "Entries, messages, comments and attached files, as pages (Markdown) and as data (JSON), in one file sealed "
        "with a passphrase "
        "of its own. The age program opens it, with or without kap, now and in ten years. With --passphrase-fd the "
        "file's passphrase is the second line. With --fhir: measures, vitals, doses, messages and consents of one "
        "client, for another program to take over. That file is not encrypted; journal entries and notes are not in "
        "it.",
    .example = "kap export -o my-journal.tar.age",
    .options = options,
    .roles = CMD_MEMBER,
    .needs = CMD_UNLOCKED,
    .max_args = 1,
    .run = run,
};
