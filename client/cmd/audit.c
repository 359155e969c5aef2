/* audit: verifies an evidence file (`kap export --evidence`), on any machine, without a profile and without the clinic.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "client/cmd.h"
#include "client/leave/audit.h"
#include "client/ui/out.h"
#include "client/ui/when.h"
#include "proto/err.h"

#define SHOWN 50 /* findings; all are counted */

struct telling {
	struct kap *kap;
	size_t n;
};

static const char *words_of(enum audit_finding what)
{
	switch (what) {
	case AUDIT_LINK:
		return "a signed statement about people does not continue its chain";
	case AUDIT_RECORD:
		return "a record is not from the author it names";
	case AUDIT_RECEIPT_FORGED:
		return "a receipt is not signed by this clinic's server";
	case AUDIT_RECEIPT_TWO:
		return "the server signed two different things for one place";
	case AUDIT_RECEIPT_MISSING:
		return "the server gave a receipt for a record that is not here";
	case AUDIT_ASIDE:
		return "a record that the device had refused does not verify";
	}
	return "unknown";
}

static const char *id_of(enum audit_finding what)
{
	static const char *const ids[] = {"",     "link", "record", "receipt-forged", "receipt-two", "receipt-missing",
	                                  "aside"};
	return ids[what];
}

static void found(void *arg, enum audit_finding what, uint64_t number, int err)
{
	struct telling *t = arg;

	if (t->n++ >= SHOWN)
		return;
	out_item(t->kap->out);
	out_str(t->kap->out, "finding", NULL, id_of(what));
	out_int(t->kap->out, "piece", "Piece", (int64_t)number);
	out_str(t->kap->out, "what", "What does not hold", words_of(what));
	out_str(t->kap->out, "why", NULL, err_text(err));
}

static int say(struct kap *kap, const struct audit_report *r)
{
	struct when made = {(int64_t)(r->made_ms / 1000), 0};

	out_hex(kap->out, "person", "Person", r->genesis, sizeof(r->genesis));
	out_hex(kap->out, "clinic", "Clinic", r->clinic, sizeof(r->clinic));
	out_when(kap->out, "made", "Made", &made);
	out_int(kap->out, "people", "People", (int64_t)r->people);
	out_int(kap->out, "links", "Statements about people", (int64_t)r->links);
	out_int(kap->out, "records", "Records", (int64_t)r->records);
	out_int(kap->out, "receipts", "Receipts", (int64_t)r->receipts);
	out_int(kap->out, "without-receipt", NULL, (int64_t)r->no_receipt);
	out_int(kap->out, "by-revoked-devices", NULL, (int64_t)r->revoked);
	out_int(kap->out, "findings", NULL, (int64_t)r->findings);
	if (r->no_receipt)
		out_say(kap->out,
		        "%zu of the person's own records have no receipt here: they came from another device of theirs.",
		        r->no_receipt);
	if (r->revoked)
		out_say(kap->out, "%zu record%s by a device that was revoked later.", r->revoked,
		        r->revoked == 1 ? " is" : "s are");
	if (!r->findings) {
		out_say(kap->out, "Everything in the file holds.");
		return KAP_OK;
	}
	return kap_fail(kap, KAP_INVALID, "ALARM: %zu thing%s in this file do%s not hold.", r->findings,
	                r->findings == 1 ? "" : "s", r->findings == 1 ? "es" : "");
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct audit_report report;
	struct telling t = {.kap = kap};
	FILE *file = fopen(argv[0], "re");

	(void)argc;
	if (!file)
		return kap_fail(kap, KAP_INVALID, "%s cannot be read: %s.", argv[0], strerror(errno));
	out_list(kap->out, "what-does-not-hold", NULL);
	int err = audit_run(file, found, &t, &report);
	out_end(kap->out);
	fclose(file);
	switch (err) {
	case 0:
		return say(kap, &report);
	case ERR_HASH:
		return kap_fail(kap, KAP_INVALID,
		                "ALARM: %s was changed or cut after it was made. What it says proves nothing.", argv[0]);
	case ERR_NOMEM:
	case ERR_IO:
	case ERR_SUITE:
		return kap_fail_err(kap, err, "The file was not judged.");
	default:
		return kap_fail(kap, KAP_INVALID, "%s is no evidence file, or not a whole one.", argv[0]);
	}
}

const struct cmd cmd_audit = {
    .name = "audit",
    .args = "FILE",
    .summary = "verify an evidence file, without the clinic",
    .about =
        "Checks every signature in a file made by `kap export --evidence`: who was who, that each record is its "
        "author's, that each receipt is the server's, and that the server told one story only. Needs no passphrase: "
        "nothing in the file can be read.",
    .example = "kap audit history.kapev",
    .roles = CMD_ANYONE,
    .needs = CMD_NOTHING,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
