/* From locked to open, what is said when it stays locked, and the commands that need no clinic: help-now, unlock, lock,
 * prompts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "client/book/identity.h"
#include "client/care/crisis.h"
#include "client/care/prompts.h"
#include "client/cmd.h"
#include "client/profile.h"
#include "client/setting.h"
#include "client/ui/out.h"
#include "client/ui/prompt.h"
#include "client/ui/why.h"
#include "client/unlock.h"
#include "client/vault.h"
#include "tests/unit/support/scratch.h"

#define GROUP(name, title)
#define CMD(name) extern const struct cmd cmd_##name;
#include "client/cmd/list.def"
#undef CMD

static const struct cmd *const cmds[] = {
#define CMD(name) &cmd_##name,
#include "client/cmd/list.def"
#undef CMD
#undef GROUP
    NULL,
};

struct fixture {
	char *home, *dir;
	struct kap kap;
	char *text; /* what was answered */
	size_t len;
	FILE *to;
	int pass_fd;
	bool keyring;
};

static int setup(void **state)
{
	static const uint8_t key[VAULT_KEY_LEN] = {1};
	struct fixture *f = calloc(1, sizeof *f);
	struct why why;

	*state = f;
	f->home = scratch_new();
	f->dir = scratch_path(f->home, "profile");
	f->kap = (struct kap){.title = "kap", .cmds = cmds};
	f->pass_fd = -1;
	setenv("KAP_HOME", f->dir, 1);
	f->to = open_memstream(&f->text, &f->len);
	f->keyring = !unlock_keep(f->dir, key, 1) && !unlock_drop(f->dir);
	return profile_open(&f->kap.profile, &why) || prompt_new(-1, false, &f->kap.prompt) ||
	       out_new(OUT_HUMAN, f->to, NULL, &f->kap.out);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	unlock_drop(f->dir);
	vault_close(f->kap.vault);
	profile_free(f->kap.profile);
	prompt_free(f->kap.prompt);
	out_free(f->kap.out);
	fclose(f->to);
	free(f->text);
	if (f->pass_fd >= 0)
		close(f->pass_fd);
	scratch_free(f->home);
	free(f->dir);
	free(f);
	return 0;
}

static const char *answered(struct fixture *f)
{
	assert_int_equal(out_finish(f->kap.out), 0);
	fflush(f->to);
	return f->text;
}

/* A vault whose owner has this role; closed again. */
static void make_vault(struct fixture *f, enum role role)
{
	const struct vault_auth auth = {NULL, "correct horse battery", 21};
	struct identity *id = identity_new();
	struct vault_txn *txn;
	struct vault *v;
	struct why why;

	assert_non_null(id);
	id->role = (uint8_t)role;
	id->n_epochs = 1;
	id->epochs[0].epoch = 1;
	id->n_pins = 1;
	snprintf(id->host, sizeof id->host, "clinic.example");
	snprintf(id->name, sizeof id->name, "Jo");
	snprintf(id->clinic_name, sizeof id->clinic_name, "North Street");
	id->port = 7443;
	assert_int_equal(profile_create(f->kap.profile, &why), 0);
	assert_int_equal(vault_create(profile_peek_vault_dir(f->kap.profile), &auth, CRYPTO_SCRYPT_MIN, &v), 0);
	assert_int_equal(vault_begin(v, true, &txn), 0);
	assert_int_equal(identity_save(txn, id), 0);
	assert_int_equal(setting_put(txn, SETTING_CLINIC_PHONE, "555-0137"), 0);
	assert_int_equal(setting_put(txn, SETTING_CLINIC_HOURS, "Mon-Fri 9-5"), 0);
	assert_int_equal(vault_commit(txn), 0);
	vault_close(v);
	identity_free(id);
}

static void offer(struct fixture *f, const char *lines)
{
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], lines, strlen(lines)), (ssize_t)strlen(lines));
	close(fds[1]);
	f->pass_fd = fds[0];
	prompt_free(f->kap.prompt);
	assert_int_equal(prompt_new(f->pass_fd, false, &f->kap.prompt), 0);
}

static int run(struct fixture *f, const char *name, const char *arg)
{
	char *argv[] = {(char *)(arg ? arg : ""), NULL}, *line[] = {"kap", (char *)name, NULL};
	struct cmd_global global;
	struct cmd_args *args;
	struct why why;
	int rc;

	assert_int_equal(cmd_parse(cmds, 2, line, &global, &args, &why), KAP_OK);
	f->kap.cmd = cmd_args_cmd(args);
	f->kap.args = args;
	rc = f->kap.cmd->run(&f->kap, arg ? 1 : 0, argv);
	f->kap.args = NULL;
	cmd_args_free(args);
	return rc;
}

static void test_nothing_here(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(kap_open_vault(&f->kap), KAP_NOT_ENROLLED);
	assert_false(kap_try_vault(&f->kap));
	assert_null(f->kap.vault);
}

static void test_open_with_passphrase(void **state)
{
	struct fixture *f = *state;

	make_vault(f, ROLE_THERAPIST);
	offer(f, "wrong words here\n");
	assert_int_equal(kap_open_vault(&f->kap), KAP_LOCKED);
	assert_null(f->kap.vault);
	close(f->pass_fd);
	offer(f, "correct horse battery\n");
	assert_int_equal(kap_open_vault(&f->kap), KAP_OK);
	assert_non_null(f->kap.vault);
	assert_int_equal(f->kap.role, ROLE_THERAPIST);
	assert_int_equal(kap_open_vault(&f->kap), KAP_OK); /* once is enough */
}

static void test_unlock_and_lock(void **state)
{
	struct fixture *f = *state;

	make_vault(f, ROLE_CLIENT);
	offer(f, "correct horse battery\n");
	assert_int_equal(kap_open_vault(&f->kap), KAP_OK);
	if (!f->keyring) {
		assert_int_equal(run(f, "unlock", NULL), KAP_LOCKED);
		return;
	}
	assert_int_equal(run(f, "unlock", NULL), KAP_OK);
	assert_non_null(strstr(answered(f), "locks itself 5 minutes after"));
	/* the next kap */
	vault_close(f->kap.vault);
	f->kap.vault = NULL;
	f->kap.role = ROLE_GUEST;
	assert_true(kap_try_vault(&f->kap));
	assert_int_equal(f->kap.role, ROLE_CLIENT);
	vault_close(f->kap.vault);
	f->kap.vault = NULL;
	assert_int_equal(run(f, "lock", NULL), KAP_OK);
	assert_non_null(strstr(answered(f), "Locked."));
	assert_false(kap_try_vault(&f->kap));
}

static void test_staff_have_longer(void **state)
{
	struct fixture *f = *state;

	if (!f->keyring)
		return;
	make_vault(f, ROLE_PRESCRIBER);
	offer(f, "correct horse battery\n");
	assert_int_equal(kap_open_vault(&f->kap), KAP_OK);
	assert_int_equal(run(f, "unlock", NULL), KAP_OK);
	assert_non_null(strstr(answered(f), "locks itself 15 minutes after"));
	assert_int_equal(profile_put(f->kap.profile, "lock-after", "1"), 0);
	assert_int_equal(run(f, "unlock", NULL), KAP_OK);
	assert_non_null(strstr(answered(f), "locks itself 1 minute after"));
}

/* It opens the vault itself, and the key it keeps anew has the time of whose vault it is. */
static void test_changed_passphrase(void **state)
{
	struct fixture *f = *state;

	make_vault(f, ROLE_PRESCRIBER);
	if (f->keyring) {
		offer(f, "correct horse battery\n");
		assert_int_equal(kap_open_vault(&f->kap), KAP_OK);
		assert_int_equal(run(f, "unlock", NULL), KAP_OK);
		vault_close(f->kap.vault);
		f->kap.vault = NULL;
	}
	f->kap.role = ROLE_GUEST;
	assert_int_equal(kap_idle_seconds(&f->kap), UNLOCK_CLIENT_S);
	offer(f, "correct horse battery\nanother horse altogether\n");
	assert_int_equal(run(f, "passphrase", NULL), KAP_OK);
	assert_int_equal(f->kap.role, ROLE_PRESCRIBER);
	assert_int_equal(kap_idle_seconds(&f->kap), UNLOCK_STAFF_S);
	vault_close(f->kap.vault);
	f->kap.vault = NULL;
	assert_int_equal(kap_try_vault(&f->kap), f->keyring);
}

/* A key from before the passphrase was changed opens nothing and is forgotten. */
static void test_stale_key(void **state)
{
	struct fixture *f = *state;
	uint8_t key[VAULT_KEY_LEN];

	if (!f->keyring)
		return;
	make_vault(f, ROLE_CLIENT);
	offer(f, "correct horse battery\n");
	assert_int_equal(kap_open_vault(&f->kap), KAP_OK);
	assert_int_equal(run(f, "unlock", NULL), KAP_OK);
	assert_int_equal(vault_change_passphrase(f->kap.vault, "other words now", 15, CRYPTO_SCRYPT_MIN), 0);
	vault_close(f->kap.vault);
	f->kap.vault = NULL;
	assert_false(kap_try_vault(&f->kap));
	assert_int_equal(unlock_get(f->dir, key), ERR_LOCKED);
}

static void test_help_now_locked(void **state)
{
	struct fixture *f = *state;
	const char *text;

	make_vault(f, ROLE_CLIENT);
	assert_int_equal(run(f, "help-now", NULL), KAP_OK);
	text = answered(f);
	assert_non_null(strstr(text, "call 911 now"));
	assert_non_null(strstr(text, "988"));
	assert_non_null(strstr(text, "Nobody is watching"));
	assert_null(strstr(text, "555-0137")); /* nothing of the clinic's while locked */
	assert_null(f->kap.vault);
}

static void test_help_now_unlocked(void **state)
{
	struct fixture *f = *state;
	const char *text;

	if (!f->keyring)
		return;
	make_vault(f, ROLE_CLIENT);
	offer(f, "correct horse battery\n");
	assert_int_equal(kap_open_vault(&f->kap), KAP_OK);
	assert_int_equal(run(f, "help-now", NULL), KAP_OK);
	text = answered(f);
	assert_non_null(strstr(text, "Clinic phone  555-0137"));
	assert_non_null(strstr(text, "Mon-Fri 9-5"));
	assert_null(strstr(text, "After hours"));
}

static void test_help_now_anyway(void **state)
{
	struct fixture *f = *state;

	profile_free(f->kap.profile); /* not even a profile that can be used */
	f->kap.profile = NULL;
	assert_int_equal(run(f, "help-now", NULL), KAP_OK);
	assert_non_null(strstr(answered(f), "call 911 now"));
}

static void test_regions(void **state)
{
	struct fixture *f = *state;
	const struct crisis_card *cards;
	size_t n;

	assert_int_equal(profile_put(f->kap.profile, "region", "gb"), 0);
	assert_int_equal(run(f, "help-now", NULL), KAP_OK);
	assert_non_null(strstr(answered(f), "call 999 now"));
	assert_null(strstr(answered(f), "988"));
	cards = crisis_all(&n);
	for (size_t i = 0; i < n; i++) {
		struct profile *p = f->kap.profile;

		assert_int_equal(profile_put(p, "region", cards[i].region), 0); /* every card can be chosen */
		assert_ptr_equal(crisis_find(cards[i].region), &cards[i]);
		assert_non_null(strstr(cards[i].danger, "now."));
	}
	assert_ptr_equal(crisis_find(NULL), &cards[0]);
	assert_string_equal(crisis_find("zz")->region, "other");
	assert_int_equal(strcspn(crisis_find("zz")->danger, "0123456789"), strlen(crisis_find("zz")->danger));
}

static void test_prompts(void **state)
{
	struct fixture *f = *state;
	const struct prompts_phase *phases;
	const struct prompts_row *rows;
	size_t n, n_phases;

	rows = prompts_all(&n);
	phases = prompts_phases(&n_phases);
	assert_int_equal(n, 30);
	for (size_t i = 0; i < n; i++) {
		size_t in = 0;

		for (size_t k = 0; k < n_phases; k++)
			in += prompts_in(&rows[i], &phases[k]);
		assert_int_equal(in, 1);
		assert_ptr_equal(prompts_find(rows[i].id), &rows[i]); /* ids differ */
		assert_in_range(rows[i].weight, 1, 3);
		assert_in_range(rows[i].minutes, 1, 10);
		assert_true(strlen(rows[i].text) > 20);
	}
	assert_null(prompts_find("prep"));
	assert_int_equal(run(f, "prompts", "first"), KAP_OK);
	assert_non_null(strstr(answered(f), "One colour, one shape, one word."));
	assert_null(strstr(answered(f), "prep-01"));
	assert_int_equal(run(f, "prompts", "rel-03"), KAP_OK);
	/* the warning comes before the words */
	assert_true(strstr(answered(f), PROMPTS_WARNING) < strstr(answered(f), "What did a younger you carry"));
	assert_int_equal(run(f, "prompts", "nothing"), KAP_INVALID);
	assert_int_equal(run(f, "prompts", NULL), KAP_OK);
	for (size_t i = 0; i < n; i++)
		assert_non_null(strstr(answered(f), rows[i].id));
}

static void test_settings_in_the_vault(void **state)
{
	struct fixture *f = *state;
	static char longest[SETTING_MAX + 2];
	struct vault_txn *txn;
	struct buf b;

	make_vault(f, ROLE_CLIENT);
	offer(f, "correct horse battery\n");
	assert_int_equal(kap_open_vault(&f->kap), KAP_OK);
	buf_init(&b, 0);
	memset(longest, 'x', SETTING_MAX + 1);
	assert_int_equal(vault_begin(f->kap.vault, true, &txn), 0);
	assert_int_equal(setting_put(txn, "a", longest), ERR_TOO_BIG);
	longest[SETTING_MAX] = 0;
	assert_int_equal(setting_put(txn, "a", longest), 0);
	assert_int_equal(setting_put(txn, "b", ""), 0);
	assert_int_equal(setting_put(txn, "c", NULL), 0);
	assert_int_equal(setting_get(txn, "a", &b), 0);
	assert_int_equal(b.len, SETTING_MAX);
	assert_string_equal((char *)b.data, longest);
	assert_int_equal(setting_get(txn, "b", &b), 0);
	assert_int_equal(b.len, 0);
	assert_string_equal((char *)b.data, "");
	assert_int_equal(setting_get(txn, "c", &b), ERR_NOT_FOUND);
	assert_int_equal(setting_put(txn, "a", NULL), 0);
	assert_int_equal(setting_get(txn, "a", &b), ERR_NOT_FOUND);
	vault_abort(txn);
	buf_wipe(&b);
}

/* No letter stands for two options of a command, nor for one of those that every command has. */
static void check_letters(const struct cmd *cmd)
{
	char seen[64] = "hjpyV";
	size_t n = strlen(seen);
	for (const struct cmd_option *o = cmd->options; o && o->name; o++) {
		if (!o->letter)
			continue;
		if (strchr(seen, o->letter))
			fail_msg("%s: -%c twice", cmd->name, o->letter);
		seen[n++] = o->letter;
		seen[n] = 0;
	}
}

/* Every row of the table can be shown, found, and has what help needs. */
static void test_table(void **state)
{
	struct fixture *f = *state;

	for (const struct cmd *const *c = cmds; *c; c++) {
		assert_non_null((*c)->run);
		assert_non_null((*c)->args);
		assert_non_null((*c)->example);
		assert_true((*c)->roles);
		assert_true(strlen((*c)->summary) > 5 && strlen((*c)->summary) <= 56);
		assert_int_not_equal((*c)->summary[strlen((*c)->summary) - 1], '.');
		assert_ptr_equal(cmd_by_name(cmds, (*c)->name), *c);
		check_letters(*c);
		cmd_help_one(&f->kap, *c);
	}
	assert_non_null(answered(f));
}

static void test_exit_codes(void **state)
{
	(void)state;
	assert_int_equal(fail_exit_of(0), KAP_OK);
	assert_int_equal(fail_exit_of(ERR_PASSPHRASE), KAP_LOCKED);
	assert_int_equal(fail_exit_of(ERR_UTF8), KAP_INVALID);
	assert_int_equal(fail_exit_of(ERR_NO_GRANT), KAP_NOT_ALLOWED);
	assert_int_equal(fail_exit_of(ERR_REVOKED), KAP_NOT_ENROLLED);
	assert_int_equal(fail_exit_of(ERR_UNREACHABLE), KAP_SAVED_LOCALLY);
	assert_int_equal(fail_exit_of(ERR_CRYPTO), KAP_INTERNAL);
	assert_int_equal(fail_exit_of(-9999), KAP_INTERNAL);
}

static void test_sentences_are_cut_whole(void **state)
{
	struct why why;
	char text[600];

	(void)state;
	for (size_t pad = 0; pad < 4; pad++) {
		memset(text, 'a', sizeof text);
		for (size_t i = pad; i + 3 < sizeof text; i += 3)
			memcpy(text + i, "\xE2\x80\xA6", 3);
		text[sizeof text - 1] = 0;
		assert_int_equal(why_set(&why, ERR_SHAPE, "%s", text), ERR_SHAPE);
		assert_in_range(strlen(why.text), sizeof why.text - 4, sizeof why.text - 1);
		assert_int_equal((strlen(why.text) - pad) % 3, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_nothing_here, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_open_with_passphrase, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_unlock_and_lock, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_staff_have_longer, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_changed_passphrase, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_stale_key, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_help_now_locked, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_help_now_unlocked, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_help_now_anyway, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_regions, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_prompts, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_settings_in_the_vault, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_table, setup, teardown),
	    cmocka_unit_test(test_exit_codes),
	    cmocka_unit_test(test_sentences_are_cut_whole),
	};

	if (crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
