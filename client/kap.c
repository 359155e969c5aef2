/* kap: from locked to open, and how the program says that something went wrong. */
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "client/book/identity.h"
#include "client/kap.h"
#include "client/profile.h"
#include "client/ui/out.h"
#include "client/ui/prompt.h"
#include "client/ui/text.h"
#include "client/ui/why.h"
#include "client/unlock.h"
#include "client/vault.h"

#define ATTEMPTS 3

static void say_json(enum fail_exit exit, const struct buf *text)
{
	json_t *doc =
	    json_pack("{s:s%, s:i}", "error", text->data ? (const char *)text->data : "", text->len, "exit", (int)exit);
	char *line = doc ? json_dumps(doc, JSON_ENSURE_ASCII) : NULL;

	fprintf(stderr, "%s\n", line ? line : "{}");
	free(line);
	json_decref(doc);
}

static int say(struct kap *kap, enum fail_exit exit, const char *text)
{
	struct buf safe, wrapped;

	buf_init(&safe, 0);
	buf_init(&wrapped, 0);
	text_put_safe(&safe, text, strlen(text), true);
	out_progress(kap->out, NULL, 0, 0);
	if (out_form_of(kap->out) == OUT_JSON) {
		say_json(exit, &safe);
	} else {
		text_put_wrapped(&wrapped, text, strlen(text), TEXT_COLUMNS, 0);
		fwrite(wrapped.data, 1, wrapped.len, stderr);
	}
	buf_wipe(&safe);
	buf_wipe(&wrapped);
	return (int)exit;
}

int kap_fail(struct kap *kap, enum fail_exit exit, const char *fmt, ...)
{
	char *text = NULL;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vasprintf(&text, fmt, args);
	va_end(args);
	if (n < 0)
		return (int)exit;
	say(kap, exit, text);
	buf_free_bytes((uint8_t *)text, (size_t)n);
	return (int)exit;
}

int kap_fail_err(struct kap *kap, int err, const char *then)
{
	return kap_fail(kap, fail_exit_of(err), "%s%s%s", err_text(err), then ? " " : "", then ? then : "");
}

int kap_fail_why(struct kap *kap, int err, const struct why *why, const char *then)
{
	if (!why->text[0])
		return kap_fail_err(kap, err, then);
	return kap_fail(kap, fail_exit_of(err), "%s%s%s", why->text, then ? " " : "", then ? then : "");
}

/* Whose vault it is. Before joining there is no identity, and every command may be the right one. */
static int read_role(struct kap *kap)
{
	struct identity *id = NULL;
	struct vault_txn *txn;
	int rc = vault_begin(kap->vault, false, &txn);

	if (rc)
		return rc;
	rc = identity_load(txn, &id);
	vault_abort(txn);
	if (!rc)
		kap->role = (enum role)id->role;
	identity_free(id);
	return rc == ERR_NOT_FOUND ? 0 : rc;
}

/* ERR_LOCKED when no key is kept or it no longer fits. */
static int open_with_kept_key(struct kap *kap)
{
	uint8_t *key = crypto_secret_new(VAULT_KEY_LEN);
	struct vault_auth auth = {key, NULL, 0};
	const char *dir = profile_peek_dir(kap->profile);
	int rc = key ? unlock_get(dir, key) : ERR_NOMEM;

	if (!rc)
		rc = vault_open(profile_peek_vault_dir(kap->profile), &auth, &kap->vault);
	if (rc == ERR_PASSPHRASE) { /* the passphrase was changed elsewhere */
		unlock_drop(dir);
		rc = ERR_LOCKED;
	}
	crypto_secret_free(key, VAULT_KEY_LEN);
	return rc;
}

static int open_with_passphrase(struct kap *kap)
{
	struct vault_auth auth = {NULL, NULL, 0};
	char *pass;
	int rc;

	rc = prompt_passphrase(kap->prompt, "Passphrase: ", &pass, &auth.pass_len);
	if (rc)
		return rc;
	auth.pass = pass;
	rc = vault_open(profile_peek_vault_dir(kap->profile), &auth, &kap->vault);
	prompt_free_pass(pass);
	return rc;
}

static int explain_open(struct kap *kap, int rc)
{
	switch (rc) {
	case ERR_NO_TERMINAL:
		return kap_fail(kap, KAP_LOCKED,
		                "It is locked, and there is no terminal to ask for the passphrase. Give it with "
		                "--passphrase-fd.");
	case ERR_CLOSED:
		return kap_fail(kap, KAP_LOCKED, "It is locked, and no passphrase was given. Nothing was done.");
	case ERR_RANGE:
		return kap_fail(kap, KAP_INTERNAL,
		                "The vault's header asks for more work than any vault of this program. It was not opened.");
	case ERR_CORRUPT:
		return kap_fail(kap, KAP_INTERNAL,
		                "The stored data on this device is damaged and was not used. Nothing was changed.");
	default:
		return kap_fail_err(kap, rc, NULL);
	}
}

int kap_finish_open(struct kap *kap)
{
	int rc = read_role(kap);

	if (!rc)
		return KAP_OK;
	vault_close(kap->vault);
	kap->vault = NULL;
	return explain_open(kap, rc);
}

bool kap_try_vault(struct kap *kap)
{
	if (kap->vault)
		return true;
	if (!kap->profile || open_with_kept_key(kap))
		return false;
	if (!read_role(kap))
		return true;
	vault_close(kap->vault);
	kap->vault = NULL;
	return false;
}

unsigned kap_idle_seconds(const struct kap *kap)
{
	const char *kept = profile_peek(kap->profile, "lock-after");
	unsigned long minutes = kept ? strtoul(kept, NULL, 10) : 0; /* profile.c lets 1..60 pass */

	if (minutes >= 1 && minutes <= UNLOCK_MAX_S / 60)
		return (unsigned)minutes * 60;
	return role_is_staff(kap->role) ? UNLOCK_STAFF_S : UNLOCK_CLIENT_S;
}

int kap_open_vault(struct kap *kap)
{
	int rc;

	if (kap->vault)
		return KAP_OK;
	if (!vault_exists(profile_peek_vault_dir(kap->profile)))
		return kap_fail(kap, KAP_NOT_ENROLLED,
		                "Nothing is set up here yet. With the code from your clinic: %s join CODE@HOST", kap->title);
	/* a passphrase that is offered is the one that counts */
	rc = prompt_offered(kap->prompt) ? ERR_LOCKED : open_with_kept_key(kap);
	for (int i = 0; (rc == ERR_LOCKED || rc == ERR_NO_KEYRING || rc == ERR_PASSPHRASE) && i < ATTEMPTS; i++) {
		if (rc == ERR_PASSPHRASE)
			say(kap, KAP_LOCKED, err_text(rc));
		rc = open_with_passphrase(kap);
		if (rc == ERR_PASSPHRASE && prompt_offered(kap->prompt))
			break;
	}
	return rc ? explain_open(kap, rc) : kap_finish_open(kap);
}
