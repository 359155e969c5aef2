/* test_ctl: kapctl's commands: what they make, what they say and on which stream, with which exit code, and that after
 * a command that failed the next one finds nothing in its way. */
#include <fcntl.h>
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

#include "proto/link.h"
#include "proto/msg.h"
#include "daemon/store_batch.h"
#include "daemon/audit.h"
#include "daemon/config.h"
#include "daemon/ctl.h"
#include "daemon/store.h"
#include "proto/code.h"
#include "proto/crypto.h"
#include "proto/invite.h"
#include "proto/buf.h"
#include "tests/unit/support/scratch.h"

static char *dir;
static struct config config;
static struct ctl ctl;
static char *out, *err; /* what the last command said */

static int setup(void **state)
{
	(void)state;
	int rc = crypto_init();
	dir = scratch_new();
	config_defaults(&config);
	snprintf(config.state_dir, sizeof(config.state_dir), "%s/state", dir);
	ctl = (struct ctl){.config = &config, .name = "Meadow", .address = "kap.example:7000", .any_filesystem = true};
	return rc;
}

static int teardown(void **state)
{
	(void)state;
	free(out);
	free(err);
	out = err = NULL;
	scratch_free(dir);
	return 0;
}

static int divert(int fd, const char *name)
{
	char *path = scratch_path(dir, name);
	int was = dup(fd), file = open(path, O_CREAT | O_TRUNC | O_RDWR, 0600);
	assert_true(was >= 0 && file >= 0 && dup2(file, fd) == fd);
	close(file);
	free(path);
	return was;
}

static char *restore(int fd, int was, const char *name)
{
	char *path = scratch_path(dir, name);
	unsigned char *data;
	size_t len;
	assert_int_equal(dup2(was, fd), fd);
	close(was);
	scratch_read(path, &data, &len);
	data[len] = '\0';
	unlink(path);
	free(path);
	return (char *)data;
}

static int run(int (*command)(const struct ctl *))
{
	free(out);
	free(err);
	fflush(stdout);
	fflush(stderr);
	int was_out = divert(1, "out"), was_err = divert(2, "err");
	int code = command(&ctl);
	fflush(stdout);
	fflush(stderr);
	out = restore(1, was_out, "out");
	err = restore(2, was_err, "err");
	return code;
}

static void says(const char *what, const char *part)
{
	if (!strstr(what, part))
		print_error("missing \"%s\" in: %s\n", part, what);
	assert_non_null(strstr(what, part));
}

static int run_audit(const char *word)
{
	char *argv[] = {(char *)(uintptr_t)word};
	ctl.argc = word ? 1 : 0;
	ctl.argv = argv;
	int code = run(ctl_audit);
	ctl.argc = 0;
	return code;
}

/* The code on stdout opens the packet in the store; nowhere else is it. */
static void init_makes_a_clinics_server(void **state)
{
	char text[CODE_AT_TEXT];
	struct code code;
	struct invite_keys keys;
	struct invite_packet packet;
	struct store_invite invite;
	struct store *store;
	struct store_opts opts = {.dir = config.state_dir, .any_filesystem = true};
	struct buf sealed;
	struct stat st;
	(void)state;
	assert_int_equal(run(ctl_init), CTL_OK);
	assert_string_equal(err, "");
	const char *at = strstr(out, "@kap.example:7000");
	assert_non_null(at);
	const char *start = at;
	while (start > out && start[-1] != ' ')
		start--;
	assert_true((size_t)(at - start) < sizeof(text));
	memcpy(text, start, (size_t)(at - start));
	text[at - start] = '\0';
	assert_int_equal(code_parse("F", text, strlen(text), &code), 0);
	assert_int_equal(invite_derive(code.symbols, CODE_SYMBOLS, &keys), 0);
	assert_int_equal(store_open(&opts, &store), 0);
	buf_init(&sealed, 0);
	assert_int_equal(store_invite_get(store, keys.id, &invite, &sealed), 0);
	assert_true(invite.founding);
	assert_int_equal(invite_open(&keys, sealed.data, sealed.len, &packet), 0);
	assert_string_equal(packet.clinic_name, "Meadow");
	assert_int_equal(packet.expires_ms, invite.expires_ms);
	buf_wipe(&sealed);
	store_close(store);
	assert_false(scratch_holds(dir, code.symbols, CODE_SYMBOLS));
	assert_false(scratch_holds(dir, text, strlen(text)));
	assert_false(scratch_holds(dir, keys.seed, sizeof(keys.seed)));
	assert_int_equal(stat(config.state_dir, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(run(ctl_check), CTL_OK);
	says(out, "whole");
}

static void init_twice(void **state)
{
	(void)state;
	assert_int_equal(run(ctl_init), CTL_OK);
	assert_int_equal(run(ctl_init), CTL_FAILED);
	assert_string_equal(out, "");
	says(err, "Nothing was changed");
	assert_int_equal(run(ctl_check), CTL_OK);
	/* keys kept elsewhere: the store alone is reason enough, and no new keys are left beside it */
	char *tls = scratch_path(config.state_dir, "tls.key"), *log = scratch_path(config.state_dir, "log.key");
	assert_int_equal(unlink(tls) | unlink(log), 0);
	assert_int_equal(run(ctl_init), CTL_FAILED);
	assert_string_equal(out, "");
	says(err, "already");
	assert_int_equal(access(tls, F_OK), -1);
	assert_int_equal(access(log, F_OK), -1);
	free(tls);
	free(log);
	assert_int_equal(run(ctl_check), CTL_OK);
}

static void init_with_something_wrong(void **state)
{
	char longest[81], longer[400];
	(void)state;
	memset(longest, 'x', 80);
	longest[80] = '\0';
	ctl.name = NULL;
	assert_int_equal(run(ctl_init), CTL_USAGE);
	says(err, "--name");
	ctl.name = "Meadow";
	ctl.address = NULL;
	assert_int_equal(run(ctl_init), CTL_USAGE);
	ctl.address = "not an address";
	assert_int_equal(run(ctl_init), CTL_FAILED);
	says(err, "--address");
	ctl.address = "kap.example:99999";
	assert_int_equal(run(ctl_init), CTL_FAILED);
	assert_int_equal(access(config.state_dir, F_OK), -1); /* nothing yet */
	ctl.address = "kap.example";
	static const char *const names[] = {"", "a\nb", "\xff"};
	for (size_t i = 0; i < 3; i++) {
		ctl.name = names[i];
		assert_int_equal(run(ctl_init), CTL_FAILED);
		says(err, "--name");
		assert_string_equal(out, "");
	}
	for (size_t n = 81; n < sizeof(longer); n += 3) { /* not cut short either */
		memset(longer, 'x', n);
		longer[n] = '\0';
		ctl.name = longer;
		assert_int_equal(run(ctl_init), CTL_FAILED);
		says(err, "--name");
	}
	ctl.name = longest; /* and after all that nothing stands in the way */
	assert_int_equal(run(ctl_init), CTL_OK);
}

static void init_where_it_cannot(void **state)
{
	(void)state;
	snprintf(config.state_dir, sizeof(config.state_dir), "%s/no/such", dir);
	assert_int_equal(run(ctl_init), CTL_FAILED);
	assert_string_equal(out, "");
	snprintf(config.state_dir, sizeof(config.state_dir), "/proc/self/task");
	assert_int_equal(run(ctl_init), CTL_FAILED);
	assert_string_equal(out, "");
}

/* A file system that is refused: nothing is left, and the advice works. */
static void init_on_a_strange_file_system(void **state)
{
	(void)state;
	char shm[] = "/dev/shm/kap-ctl-XXXXXX";
	if (!mkdtemp(shm))
		skip();
	snprintf(config.state_dir, sizeof(config.state_dir), "%s/state", shm);
	ctl.any_filesystem = false;
	int first = run(ctl_init);
	char *said = strdup(err);
	ctl.any_filesystem = true;
	int second = run(ctl_init);
	scratch_free(strdup(shm));
	assert_int_equal(first, CTL_FAILED);
	says(said, "--any-filesystem");
	free(said);
	assert_int_equal(second, CTL_OK);
}

/* The code that nobody saw is said to be lost. */
static void the_code_cannot_be_shown(void **state)
{
	(void)state;
	fflush(stdout);
	int was = dup(1), full = open("/dev/full", O_WRONLY), was_err = divert(2, "err");
	assert_true(was >= 0 && full >= 0 && dup2(full, 1) == 1);
	int code = ctl_init(&ctl);
	clearerr(stdout);
	dup2(was, 1);
	close(was);
	close(full);
	fflush(stderr);
	free(err);
	err = restore(2, was_err, "err");
	assert_int_equal(code, CTL_FAILED);
	says(err, "could not be shown");
}

static void where_there_is_no_store(void **state)
{
	(void)state;
	assert_int_equal(mkdir(config.state_dir, 0700), 0);
	assert_int_equal(run(ctl_check), CTL_FAILED);
	says(err, "there is no store");
	assert_int_equal(run_audit("verify"), CTL_FAILED);
	says(err, "there is no store");
	assert_int_equal(run_audit("show"), CTL_FAILED);
}

static void while_it_is_in_use(void **state)
{
	struct store *store;
	struct store_opts opts = {.dir = config.state_dir, .any_filesystem = true};
	(void)state;
	assert_int_equal(run(ctl_init), CTL_OK);
	assert_int_equal(store_open(&opts, &store), 0);
	assert_int_equal(run(ctl_check), CTL_FAILED);
	says(err, "Stop kapd first");
	assert_int_equal(run_audit("show"), CTL_FAILED);
	says(err, "Stop kapd first");
	store_close(store);
}

static void audit_shows_and_proves(void **state)
{
	(void)state;
	assert_int_equal(run(ctl_init), CTL_OK);
	assert_int_equal(run_audit(NULL), CTL_USAGE);
	assert_int_equal(run_audit("shown"), CTL_USAGE);
	assert_int_equal(run_audit("show"), CTL_OK);
	says(out, "1 ");
	says(out, "op=server-1000 status=0");
	says(out, " invite=");
	assert_int_equal(run_audit("verify"), CTL_OK);
	says(out, "whole: 1 rows");
}

static void audit_says_what_became_of_devices(void **state)
{
	static const struct {
		uint16_t op;
		const char *says;
	} ops[] = {
	    {AUDIT_OP_DEVICE_ADDED, "op=device-added "},
	    {AUDIT_OP_DEVICE_REVOKED, "op=device-revoked "},
	    {AUDIT_OP_EPOCH, "op=epoch-begun "},
	    {AUDIT_OP_RECOVERY_ROTATED, "op=recovery-replaced "},
	    {AUDIT_OP_SUCCEEDED, "op=removed-by-succession "},
	    {AUDIT_OP_STOP, "op=server-1002 "},
	    {MSG_OP_CHAIN_LIST, "op=chain_list "},
	};
	struct store_opts opts = {.dir = config.state_dir, .any_filesystem = true};
	struct store *store;
	struct store_batch *b;
	(void)state;
	assert_int_equal(run(ctl_init), CTL_OK);
	assert_int_equal(store_open(&opts, &store), 0);
	assert_int_equal(store_batch_begin(store, &b), 0);
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		struct audit_row row = {.op = ops[i].op, .object_kind = AUDIT_DEVICE, .object = {0xab}};
		assert_int_equal(audit_append(b, &row), 0);
	}
	assert_int_equal(store_batch_commit(b), 0);
	store_close(store);
	assert_int_equal(run_audit("show"), CTL_OK);
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		says(out, ops[i].says);
	says(out, " device=ab000000");
}

/* A link with every hash right and of a kind that cannot stand there. */
static void a_chain_that_breaks_its_rules(void **state)
{
	static const uint8_t inner[] = {0x92, 0xc4, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
	static const uint8_t seed[32] = {1}, signer[16] = {2};
	const struct link_new l = {
	    .time_ms = 1, .type = 4, .signer = signer, .seed = seed, .inner = inner, .inner_len = sizeof(inner)};
	struct store_opts opts = {.dir = config.state_dir, .any_filesystem = true};
	struct store *store;
	struct store_batch *b;
	struct link link;
	struct buf bytes;
	bool known;
	(void)state;
	assert_int_equal(run(ctl_init), CTL_OK);
	assert_int_equal(run(ctl_check), CTL_OK);
	says(out, "devices 0, put out 0");
	says(out, "unanswered in time 0");
	buf_init(&bytes, 0);
	assert_int_equal(link_sign(&l, &bytes), 0);
	assert_int_equal(link_parse(bytes.data, bytes.len, &link), 0);
	assert_int_equal(store_open(&opts, &store), 0);
	assert_int_equal(store_batch_begin(store, &b), 0);
	assert_int_equal(
	    store_append_link(
	        b,
	        &(struct store_link){
	            .chain = link.chain, .prev = link.prev, .hash = link.hash, .bytes = bytes.data, .len = bytes.len},
	        &known),
	    0);
	assert_int_equal(store_batch_commit(b), 0);
	store_close(store);
	buf_wipe(&bytes);
	assert_int_equal(run(ctl_check), CTL_STORAGE);
	says(err, "breaks the rules");
	says(out, "damaged: 1 problem");
}

/* Flips one bit right before where the row's running head stands: of the row itself. */
static void damage_last_row(void)
{
	struct store *store;
	struct store_opts opts = {.dir = config.state_dir, .any_filesystem = true};
	uint8_t head[STORE_HASH];
	uint64_t seq;
	unsigned char *bytes, *at;
	unsigned found = 0;
	size_t len;
	assert_int_equal(store_open(&opts, &store), 0);
	assert_int_equal(audit_head(store, &seq, head), 0);
	store_close(store);
	char *path = scratch_path(config.state_dir, "data.mdb");
	scratch_read(path, &bytes, &len);
	for (at = bytes; (at = memmem(at, len - (size_t)(at - bytes), head, sizeof(head))); at += sizeof(head)) {
		at[-1] ^= 1;
		found++;
	}
	assert_true(found > 0);
	scratch_write(path, bytes, len);
	free(bytes);
	free(path);
}

static void a_row_that_was_changed(void **state)
{
	(void)state;
	assert_int_equal(run(ctl_init), CTL_OK);
	assert_int_equal(run(ctl_check), CTL_OK);
	damage_last_row();
	assert_int_equal(run_audit("verify"), CTL_STORAGE);
	says(err, "broken at row 1");
	assert_string_equal(out, "");
	assert_int_equal(run_audit("show"), CTL_STORAGE);
	assert_string_equal(out, "");
	assert_int_equal(run(ctl_check), CTL_STORAGE);
	says(out, "damaged: 1 problem");
	assert_true(strlen(err) > 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(init_makes_a_clinics_server),   T(init_twice),
	    T(init_with_something_wrong),     T(init_where_it_cannot),
	    T(init_on_a_strange_file_system), T(the_code_cannot_be_shown),
	    T(where_there_is_no_store),       T(while_it_is_in_use),
	    T(audit_shows_and_proves),        T(audit_says_what_became_of_devices),
	    T(a_chain_that_breaks_its_rules), T(a_row_that_was_changed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
