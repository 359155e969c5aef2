/* status: this device, what waits on it, what was kept aside, and what became of the codes one has given out. */
#include <string.h>

#include "client/book/ledger.h"
#include "client/cmd.h"
#include "client/sync/contact.h"
#include "client/sync/overdue.h"
#include "client/sync/rpc.h"
#include "client/sync/sync.h"
#include "client/ui/out.h"
#include "client/vault.h"
#include "proto/buf.h"
#include "proto/err.h"
#include "proto/role.h"

#include "desk.h"
#include "late.h"
#include "client/cmd/message/unanswered_say.h"

#define TIMEOUT_S 5

static int show_aside(void *arg, const struct ledger_aside *a)
{
	struct out *out = arg;
	struct when at = desk_when(a->at_ms);
	out_item(out);
	out_hex(out, "record", "Record", a->rid, 8);
	out_when(out, "at", "Since", &at);
	out_str(out, "why", "Why", err_text(a->err));
	return 0;
}

static int show_local(struct desk *d)
{
	struct out *out = d->kap->out;
	struct vault_txn *txn = NULL;
	size_t overdue;
	out_str(out, "name", "You are", d->id->name);
	out_str(out, "role", "Role", role_name((enum role)people_self(d->people)->role));
	out_str(out, "clinic", "Clinic", d->id->clinic_name);
	out_str(out, "server", "Server", d->id->host);
	int err = vault_begin(d->kap->vault, false, &txn);
	if (!err) {
		size_t waiting = ledger_pending_count(txn) + ledger_outbox_count(txn);
		out_int(out, "waiting", "Waiting to be sent", (int64_t)waiting);
		err = overdue_count(txn, (uint64_t)d->now.s * 1000, &overdue);
		late_say_overdue(d->kap, overdue);
		out_list(out, "kept-aside", NULL);
		if (!err)
			err = ledger_aside_each(txn, show_aside, out);
		out_end(out);
	}
	vault_abort(txn);
	return err;
}

/* --- the server's side --- */

static const char *invite_word(uint64_t state)
{
	static const char *const words[] = {"", "open", "used", "expired"};
	return state < 4 ? words[state] : "";
}

static void show_invite(struct desk *d, struct vault_txn *txn, const struct msg_invite_state *invite)
{
	struct out *out = d->kap->out;
	struct when used = desk_when(invite->used_ms);
	struct buf name;
	buf_init(&name, 0);
	if (ledger_fact_get(txn, "invited", invite->invite, 16, &name) || buf_put_u8(&name, 0))
		buf_reset(&name);
	out_item(out);
	out_str(out, "invited", "Invited", name.len ? (const char *)name.data : NULL);
	out_str(out, "state", "State", invite_word(invite->state));
	out_when(out, "used", "Joined", invite->used_ms ? &used : NULL);
	out_int(out, "refused", "Refused", (int64_t)invite->refusals);
	if (invite->refusals)
		out_line(out, "     Somebody tried this code after it was used. If it was not the person, it");
	if (invite->refusals)
		out_line(out, "     has leaked: ask them, and check who joined.");
	buf_wipe(&name);
}

static int ask_server(struct desk *d)
{
	struct contact c;
	struct msg_status m = {0};
	struct msg_status_reply said;
	struct msg_reply *reply;
	struct vault_txn *txn = NULL;
	uint32_t id;
	int err = contact_open(d->kap->vault, TIMEOUT_S, &c);
	if (!err) {
		struct buf *request = rpc_begin(c.rpc, &id);
		err = rpc_call(c.rpc, msg_put_status(request, id, &m), &reply);
	}
	if (!err)
		err = rpc_answer(msg_get_status_reply(&reply->body, &said));
	if (!err)
		err = vault_begin(d->kap->vault, false, &txn);
	if (!err) {
		out_int(d->kap->out, "stored", "Stored on the server", (int64_t)said.records);
		out_list(d->kap->out, "invitations", NULL);
		for (uint32_t i = 0; i < said.n; i++)
			show_invite(d, txn, &said.invites[i]);
		out_end(d->kap->out);
	}
	vault_abort(txn);
	contact_close(&c);
	return err;
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct desk d;
	(void)argc;
	(void)argv;
	int exit_code = desk_open_people(kap, &d);
	if (exit_code)
		return exit_code;
	int err = show_local(&d);
	if (err) {
		exit_code = kap_fail_err(kap, err, NULL);
	} else {
		struct sync_result none;
		memset(&none, 0, sizeof(none));
		err = ask_server(&d);
		if (err)
			exit_code = desk_say_sync(kap, err, &none, true);
	}
	desk_close(&d);
	unanswered_say_now(kap);
	return exit_code;
}

const struct cmd cmd_status = {
    .name = "status",
    .args = "",
    .summary = "this device, what waits, the codes you gave out",
    .example = "kap status",
    .roles = CMD_MEMBER,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .run = run,
};
