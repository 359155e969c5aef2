/* export_fhir: see export_fhir.h. */
#include "client/cmd.h"
#include "client/leave/fhir.h"
#include "client/ui/newfile.h"
#include "client/ui/out.h"
#include "client/ui/prompt.h"
#include "client/ui/why.h"
#include "proto/buf.h"
#include "proto/err.h"
#include "proto/role.h"

#include "desk.h"
#include "subject.h"

#include "export_fhir.h"

static const char nothing[] = "No file was written.";

/* Said before the question, so that it is a question about something. */
static int ask(struct desk *d, const struct chart *chart, const char *path)
{
	out_say(d->kap->out,
	        "%s will NOT be encrypted. Your account on this computer can read it, and whoever has that account, the "
	        "disk or a copy of the file. It holds what you can read about %s: measures, vitals, doses, messages%s and "
	        "consents. No journal entries, no notes.",
	        path, chart->client->is_self ? "yourself" : chart->client->name,
	        d->kap->role == ROLE_CLIENT ? "" : " (those between clinicians, too)");
	out_say(d->kap->out, cmd_flag(d->kap, "with-name")
	                         ? "Names are in it."
	                         : "There are no names in it but those that people wrote in messages.");
	out_show(d->kap->out);
	int yes = prompt_yes(d->kap->prompt, "Write it?");
	if (yes == 1)
		return KAP_OK;
	if (yes < 0)
		return kap_fail_err(d->kap, yes, nothing);
	return kap_fail(d->kap, KAP_INVALID, "%s", nothing);
}

static int write_file(struct desk *d, const char *path, const struct buf *bundle)
{
	struct newfile *file = NULL;
	struct why why = {0};
	int err = newfile_begin(path, cmd_flag(d->kap, "force"), &file, &why);
	if (err == ERR_EXISTS)
		return kap_fail(d->kap, KAP_INVALID, "There is something at %s already. Take another name, or --force. %s",
		                path, nothing);
	if (err)
		return kap_fail_why(d->kap, err, &why, nothing);
	err = newfile_write(file, bundle->data, bundle->len);
	if (err)
		newfile_abort(file);
	else
		err = newfile_commit(file);
	return err ? kap_fail_err(d->kap, err, nothing) : KAP_OK;
}

static void say_done(struct desk *d, const char *path, const struct fhir_result *r)
{
	struct out *out = d->kap->out;
	out_str(out, "file", NULL, path);
	out_bool(out, "encrypted", NULL, false);
	out_int(out, "resources", NULL, (int64_t)r->resources);
	out_int(out, "measures", NULL, (int64_t)r->measures);
	out_int(out, "vitals", NULL, (int64_t)r->vitals);
	out_int(out, "doses", NULL, (int64_t)r->doses);
	out_int(out, "messages", NULL, (int64_t)r->messages);
	out_int(out, "consents", NULL, (int64_t)r->consents);
	out_say(
	    out,
	    "Written as FHIR R4 to %s. Measures: %zu. Readings of vitals: %zu. Doses: %zu. Messages: %zu. Consents: %zu.",
	    path, r->measures, r->vitals, r->doses, r->messages, r->consents);
	out_say(out, "It is NOT encrypted. Delete it when the other program has it.");
}

int export_fhir(struct desk *d, const char *typed, const char *path)
{
	struct chart chart;
	struct fhir_result result;
	struct buf bundle;
	if (!cmd_flag(d->kap, "fhir"))
		return kap_fail(d->kap, KAP_USAGE,
		                "The sealed export is of all that you can read: leave the name out, or say --fhir. %s",
		                nothing);
	if (d->kap->role == ROLE_ADMIN || d->kap->role == ROLE_AUDITOR)
		return kap_fail(d->kap, KAP_NOT_ALLOWED, "Your role reads no clinical record. %s", nothing);
	if (!path)
		return kap_fail(d->kap, KAP_USAGE, "Into which file? -o FILE. %s", nothing);
	int exit_code = subject_client(d, typed, &chart);
	if (!exit_code)
		exit_code = ask(d, &chart, path);
	if (exit_code)
		return exit_code;
	struct fhir_opts opts = {&chart, (uint64_t)d->now.s * 1000, cmd_flag(d->kap, "with-name")};
	buf_init(&bundle, 0);
	int err = fhir_put(&opts, &bundle, &result);
	exit_code = err ? kap_fail_err(d->kap, err, nothing) : write_file(d, path, &bundle);
	buf_wipe(&bundle);
	if (!exit_code)
		say_done(d, path, &result);
	return exit_code;
}
