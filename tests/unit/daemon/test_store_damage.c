/* test_store_damage: bytes of the file go wrong, as disks do it: whatever is read afterwards is what was written, or an
 * error; never anything else. Every mutant is read in a child, which may die of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "daemon/audit.h"
#include "daemon/store_check.h"
#include "daemon/store_inner.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "tests/unit/support/store_kit.h"

#define RECORDS 12
#define LINKS 3
#define MUTANTS 600

enum verdict { WHOLE = 40, REFUSED = 41, WRONG = 42 };

static struct store_kit kit;
static struct store_kit_made made[RECORDS];
static struct store_place places[RECORDS];
static struct store_kit_link links[LINKS];
static uint8_t *file;
static size_t file_len;
static char path[128];

static void fill(void)
{
	struct store_batch *b;
	bool known;
	assert_int_equal(store_batch_begin(kit.s, &b), 0);
	for (uint32_t i = 0; i < RECORDS; i++) {
		store_kit_make(&made[i], &(struct store_kit_record){i, 1, 2, 200 + 600 * (i % 5), 0});
		assert_int_equal(store_put_record(b, &made[i].row, &places[i]), 0);
		assert_int_equal(audit_append(b, &(struct audit_row){.op = (uint16_t)i}), 0);
	}
	for (uint64_t i = 0; i < LINKS; i++) {
		store_kit_link(&links[i], 1, i);
		assert_int_equal(store_append_link(b, &links[i].row, &known), 0);
	}
	assert_int_equal(store_batch_commit(b), 0);
}

static int setup(void **state)
{
	struct stat st;
	(void)state;
	int err = crypto_init();
	store_kit_new(&kit, STORE_KIT_MAP);
	fill();
	store_kit_check(&kit);
	store_close(kit.s);
	kit.s = NULL;
	snprintf(path, sizeof(path), "%s/data.mdb", kit.dir);
	int fd = open(path, O_RDONLY);
	assert_int_equal(fstat(fd, &st), 0);
	file_len = (size_t)st.st_size;
	file = malloc(file_len);
	assert_non_null(file);
	assert_int_equal(read(fd, file, file_len), file_len);
	close(fd);
	return err;
}

static int teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < RECORDS; i++)
		store_kit_made_free(&made[i]);
	for (size_t i = 0; i < LINKS; i++)
		store_kit_link_free(&links[i]);
	free(file);
	store_kit_free(&kit);
	return 0;
}

/* --- in the child --- */

static int seen_wrong, seen_error;

static void note(int err, bool right)
{
	if (err)
		seen_error = 1;
	else if (!right)
		seen_wrong = 1;
}

static int visit(void *arg, uint64_t seq, const uint8_t hash[STORE_HASH], const uint8_t *bytes, size_t len)
{
	(void)arg;
	bool right = seq < LINKS && memcmp(hash, links[seq].hash, STORE_HASH) == 0 && len == links[seq].bytes.len &&
	             memcmp(bytes, links[seq].bytes.data, len) == 0;
	note(0, right);
	return 0;
}

static void read_all(struct store *s)
{
	struct buf record, payload;
	struct store_feed_row rows[RECORDS + 1];
	struct audit_row audit[RECORDS + 2];
	struct store_invite invite;
	uint8_t id[STORE_ID];
	size_t n = 0;
	for (size_t i = 0; i < RECORDS; i++) {
		buf_init(&record, 0);
		buf_init(&payload, 0);
		int err = store_record_get(s, made[i].rid, NULL, &record, &payload);
		note(err, record.len == made[i].record.len && memcmp(record.data, made[i].record.data, record.len) == 0 &&
		              payload.len == made[i].payload.len &&
		              memcmp(payload.data, made[i].payload.data, payload.len) == 0);
		buf_wipe(&record);
		buf_wipe(&payload);
	}
	int err = store_feed_read(s, made[0].author, 0, RECORDS + 1, rows, &n);
	for (size_t i = 0; i < n; i++)
		note(0, i < RECORDS && memcmp(rows[i].head, places[i].head, STORE_HASH) == 0 &&
		            memcmp(rows[i].rid, made[i].rid, STORE_HASH) == 0);
	note(err, true);
	err = audit_read(s, 0, RECORDS + 2, audit, &n);
	for (size_t i = 0; i < n; i++)
		note(0, audit[i].op == (i ? i - 1 : AUDIT_OP_CREATE) && audit[i].seq == i + 1);
	note(err, true);
	note(store_chain_read(s, links[0].chain, 0, LINKS + 1, visit, NULL), true);
	memset(id, 0xF0, sizeof(id));
	buf_init(&record, 0);
	err = store_invite_get(s, id, &invite, &record);
	note(err, invite.expires_ms == 1000 && record.len == 8 && memcmp(record.data, "founding", 8) == 0);
	buf_wipe(&record);
}

static _Noreturn void child(void)
{
	struct store *s;
	struct store_counts counts;
	static const int fatal[] = {SIGSEGV, SIGBUS, SIGABRT, SIGALRM, SIGFPE, SIGILL};
	for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
		signal(fatal[i], SIG_DFL);
	int null = open("/dev/null", O_WRONLY);
	dup2(null, 2); /* LMDB says on stderr what it asserts */
	alarm(10);
	if (store_open(&kit.opts, &s) != 0)
		_exit(REFUSED);
	read_all(s);
	int err = store_check(s, NULL, NULL, &counts);
	store_close(s);
	_exit(seen_wrong ? WRONG : seen_error || err ? REFUSED : WHOLE);
}

static void write_file(const uint8_t *bytes, size_t len)
{
	int fd = open(path, O_WRONLY | O_TRUNC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	close(fd);
}

static int read_in_child(void)
{
	int status;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		child();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		return REFUSED;
	int code = WEXITSTATUS(status);
	return code == WHOLE || code == WRONG ? code : REFUSED; /* a sanitizer ends a dying child in its own way */
}

static uint64_t rnd(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

static void run(void (*damage)(uint8_t *bytes, uint64_t *x), int mutants, int at_least_refused)
{
	uint64_t x = 88172645463325252ull;
	int refused = 0;
	uint8_t *bytes = malloc(file_len);
	assert_non_null(bytes);
	for (int i = 0; i < mutants; i++) {
		memcpy(bytes, file, file_len);
		damage(bytes, &x);
		write_file(bytes, file_len);
		int v = read_in_child();
		if (v == WRONG)
			fail_msg("mutant %d gave out what was never written", i);
		refused += v == REFUSED;
	}
	free(bytes);
	assert_true(refused >= at_least_refused);
}

static void nothing(uint8_t *bytes, uint64_t *x)
{
	(void)bytes, (void)x;
}

static void flip_bit(uint8_t *bytes, uint64_t *x)
{
	bytes[rnd(x) % file_len] ^= (uint8_t)(1u << (rnd(x) % 8));
}

static void random_page(uint8_t *bytes, uint64_t *x)
{
	size_t page = rnd(x) % (file_len / 4096) * 4096;
	for (size_t i = 0; i < 4096; i++)
		bytes[page + i] = (uint8_t)rnd(x);
}

static void zero_page(uint8_t *bytes, uint64_t *x)
{
	memset(bytes + rnd(x) % (file_len / 4096) * 4096, 0, 4096);
}

/* A page that was written to the wrong place. */
static void copied_page(uint8_t *bytes, uint64_t *x)
{
	size_t pages = file_len / 4096, from = rnd(x) % pages, to = rnd(x) % pages;
	memcpy(bytes + to * 4096, file + from * 4096, 4096);
}

static void test_control(void **state)
{
	(void)state;
	write_file(file, file_len);
	assert_int_equal(read_in_child(), WHOLE);
	run(nothing, 1, 0);
}

static void test_bits(void **state)
{
	(void)state;
	run(flip_bit, MUTANTS, MUTANTS / 10);
}

static void test_random_pages(void **state)
{
	(void)state;
	run(random_page, MUTANTS / 4, MUTANTS / 16);
}

static void test_zero_pages(void **state)
{
	(void)state;
	run(zero_page, MUTANTS / 4, MUTANTS / 16);
}

static void test_copied_pages(void **state)
{
	(void)state;
	run(copied_page, MUTANTS / 4, MUTANTS / 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_control),    cmocka_unit_test(test_bits),         cmocka_unit_test(test_random_pages),
	    cmocka_unit_test(test_zero_pages), cmocka_unit_test(test_copied_pages),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
