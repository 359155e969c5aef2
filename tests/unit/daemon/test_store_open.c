/* test_store_open: birth and opening: once, on a file system that keeps promises, with exactly the flags that do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "daemon/store_check.h"
#include "daemon/store_inner.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "tests/unit/support/store_kit.h"

#define MDB_NOTLS 0x200000u

static int setup(void **state)
{
	(void)state;
	return crypto_init();
}

static void path_of(const struct store_kit *k, const char *name, char out[128])
{
	snprintf(out, 128, "%s/%s", k->dir, name);
}

static void test_create(void **state)
{
	struct store_kit k;
	struct store_birth birth;
	uint8_t generation[STORE_ID];
	struct store *none = (struct store *)&k;
	(void)state;
	store_kit_dir(&k, STORE_KIT_MAP);
	store_kit_birth(&birth);
	assert_int_equal(store_open(&k.opts, &none), ERR_NOT_FOUND);
	assert_null(none);
	birth.packet_len = 0;
	assert_int_equal(store_create(&k.opts, &birth), ERR_ARG);
	birth.packet_len = STORE_PACKET_MAX + 1;
	assert_int_equal(store_create(&k.opts, &birth), ERR_ARG);
	store_kit_birth(&birth);
	assert_int_equal(store_create(&k.opts, &birth), 0);
	assert_int_equal(store_create(&k.opts, &birth), ERR_EXISTS);
	assert_int_equal(store_open(&k.opts, &k.s), 0);
	assert_int_equal(store_create(&k.opts, &birth), ERR_LOCKED);
	store_generation(k.s, generation);
	assert_memory_equal(generation, birth.generation, STORE_ID);
	store_kit_check(&k);
	store_kit_free(&k);
	store_close(NULL);
}

/* A birth that was cut off after the tables were made and before the generation was: none of it counts. */
static void test_birth_cut_off(void **state)
{
	struct store_kit k;
	struct store_birth birth;
	struct store_env env;
	(void)state;
	store_kit_dir(&k, STORE_KIT_MAP);
	store_kit_birth(&birth);
	assert_int_equal(store_env_open(&k.opts, true, &env), 0);
	store_env_close(&env);
	assert_int_equal(store_open(&k.opts, &k.s), ERR_NOT_FOUND);
	assert_int_equal(store_create(&k.opts, &birth), 0);
	assert_int_equal(store_open(&k.opts, &k.s), 0);
	store_kit_free(&k);
}

static void test_flags_and_modes(void **state)
{
	static const char *const files[] = {"data.mdb", "lock.mdb", "store.lock"};
	struct store_kit k;
	struct stat st;
	char path[128];
	(void)state;
	mode_t before = umask(0);
	store_kit_new(&k, STORE_KIT_MAP);
	umask(before);
	assert_int_equal(store_env_flags(&k.s->env), MDB_NOTLS);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		path_of(&k, files[i], path);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
	}
	store_tend(k.s);
	store_kit_free(&k);
}

/* Another process tries to open the store once it is told to. Its exit code: 0 it could, 1 it was refused as locked. */
static pid_t other_process(const struct store_kit *k, int *tell)
{
	int fds[2];
	char go;
	assert_int_equal(pipe(fds), 0);
	pid_t pid = fork();
	if (pid == 0) {
		struct store *s = NULL;
		int err = read(fds[0], &go, 1) == 1 ? store_open(&k->opts, &s) : ERR_IO;
		store_close(s);
		_exit(err == 0 ? 0 : err == ERR_LOCKED ? 1 : 2);
	}
	close(fds[0]);
	*tell = fds[1];
	return pid;
}

static int tell_and_wait(pid_t pid, int tell)
{
	int status;
	assert_int_equal(write(tell, "!", 1), 1);
	close(tell);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void test_second_open_is_refused(void **state)
{
	struct store_kit k;
	struct store *second = NULL;
	int tell;
	(void)state;
	store_kit_new(&k, STORE_KIT_MAP);
	assert_int_equal(store_open(&k.opts, &second), ERR_LOCKED);
	assert_null(second);
	store_close(k.s);
	pid_t pid = other_process(&k, &tell);
	assert_int_equal(store_open(&k.opts, &k.s), 0);
	assert_int_equal(tell_and_wait(pid, tell), 1);
	store_close(k.s);
	pid = other_process(&k, &tell);
	assert_int_equal(tell_and_wait(pid, tell), 0);  /* control: once it is closed, another may */
	assert_int_equal(store_open(&k.opts, &k.s), 0); /* whose lock went with it */
	store_kit_free(&k);
}

static void test_file_systems(void **state)
{
	struct store *s;
	(void)state;
	/* procfs is on no list */
	assert_int_equal(store_open(&(struct store_opts){.dir = "/proc"}, &s), ERR_NOT_FOUND);
	struct store_env env;
	assert_int_equal(store_env_open(&(struct store_opts){.dir = "/proc"}, true, &env), ERR_CONFIG);
	assert_int_equal(store_env_open(&(struct store_opts){.dir = "/nonexistent"}, true, &env), ERR_NOT_FOUND);
}

static void test_map_sizes(void **state)
{
	struct store_kit k;
	struct store_birth birth;
	struct store_room room;
	(void)state;
	store_kit_dir(&k, STORE_ENV_MAP_MIN - 1);
	store_kit_birth(&birth);
	assert_int_equal(store_create(&k.opts, &birth), ERR_RANGE);
	k.opts.map_size = STORE_ENV_MAP_MIN;
	assert_int_equal(store_create(&k.opts, &birth), 0);
	assert_int_equal(store_open(&k.opts, &k.s), 0);
	assert_int_equal(store_room(k.s, &room), 0);
	assert_int_equal(room.capacity, STORE_ENV_MAP_MIN);
	assert_true(room.used > 0 && room.used < STORE_ENV_MAP_MIN / 2);
	assert_false(room.full);
	/* one open after another may give it more room */
	k.opts.map_size = STORE_ENV_MAP_MIN * 2;
	store_kit_reopen(&k);
	assert_int_equal(store_room(k.s, &room), 0);
	assert_int_equal(room.capacity, STORE_ENV_MAP_MIN * 2);
	store_kit_free(&k);
}

static void test_another_schema(void **state)
{
	struct store_kit k;
	struct store_batch *b;
	struct store_key key = store_key_meta(STORE_META_SCHEMA);
	uint8_t schema = STORE_SCHEMA + 1;
	(void)state;
	store_kit_new(&k, STORE_KIT_MAP);
	assert_int_equal(store_batch_begin(k.s, &b), 0);
	assert_int_equal(store_txn_put(&b->txn, STORE_META, &key, &(struct crypto_bytes){&schema, 1}, 1), 0);
	assert_int_equal(store_batch_commit(b), 0);
	store_close(k.s);
	assert_int_equal(store_open(&k.opts, &k.s), ERR_VERSION);
	store_kit_free(&k);
}

static void fill(struct store_kit *k)
{
	struct store_place place;
	for (uint32_t i = 0; i < 40; i++)
		assert_int_equal(store_kit_put(k, &(struct store_kit_record){i, 1 + i % 3, 2, 6000, 0}, &place), 0);
}

/* A file that ends early is not opened here before a child has read it. */
static void test_cut_file(void **state)
{
	struct store_kit k;
	struct stat st;
	char path[128];
	bool is_short;
	int refused = 0;
	(void)state;
	store_kit_new(&k, STORE_KIT_MAP);
	fill(&k);
	store_close(k.s);
	k.s = NULL;
	path_of(&k, "data.mdb", path);
	assert_int_equal(store_env_look(&k.opts, &is_short), 0);
	assert_false(is_short);
	assert_int_equal(store_open(&k.opts, &k.s), 0); /* control */
	store_close(k.s);
	assert_int_equal(stat(path, &st), 0);
	for (off_t cut = 4096; cut < st.st_size - 8192; cut += 12 * 4096) {
		assert_int_equal(truncate(path, st.st_size - cut), 0);
		assert_int_equal(store_env_look(&k.opts, &is_short), 0);
		assert_true(is_short);
		int err = store_open(&k.opts, &k.s);
		refused += err == ERR_CORRUPT;
		if (err == 0) { /* pages that nothing refers to are not missed */
			store_kit_check(&k);
			store_close(k.s);
			k.s = NULL;
		}
	}
	assert_true(refused >= 4);
	assert_int_equal(truncate(path, 100), 0);
	assert_int_equal(store_open(&k.opts, &k.s), ERR_CORRUPT);
	assert_int_equal(truncate(path, 0), 0);
	assert_int_equal(store_open(&k.opts, &k.s), ERR_CORRUPT);
	store_kit_free(&k);
}

/* A page beyond the end that was never written (its meta page counts it, nothing refers to it) is legal. */
static void test_short_but_whole(void **state)
{
	struct store_kit k;
	char path[128];
	bool is_short = false;
	uint8_t meta[2][4096];
	(void)state;
	store_kit_new(&k, STORE_KIT_MAP);
	fill(&k);
	store_close(k.s);
	k.s = NULL;
	path_of(&k, "data.mdb", path);
	int fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(pread(fd, meta[i], 4096, i * 4096), 4096);
		uint64_t last;
		memcpy(&last, meta[i] + 136, 8);
		last += 1000;
		memcpy(meta[i] + 136, &last, 8);
		assert_int_equal(pwrite(fd, meta[i], 4096, i * 4096), 4096);
	}
	close(fd);
	assert_int_equal(store_env_look(&k.opts, &is_short), 0);
	assert_true(is_short);
	assert_int_equal(store_open(&k.opts, &k.s), 0);
	store_kit_free(&k);
}

static void test_check_in_a_child(void **state)
{
	struct store_kit k;
	struct store_counts counts;
	struct store_check_opts check = {.counts = &counts};
	(void)state;
	store_kit_new(&k, STORE_KIT_MAP);
	fill(&k);
	assert_int_equal(store_check_child(&k.opts, &check), ERR_LOCKED);
	store_close(k.s);
	k.s = NULL;
	assert_int_equal(store_check_child(&k.opts, &check), 0);
	assert_int_equal(counts.records, 40);
	assert_int_equal(counts.feed_rows, 80);
	assert_int_equal(counts.people, 4);
	assert_int_equal(counts.invites, 1);
	assert_int_equal(counts.problems, 0);
	store_kit_free(&k);
	assert_int_equal(store_check_child(&k.opts, &check), ERR_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_create),          cmocka_unit_test(test_birth_cut_off),
	    cmocka_unit_test(test_flags_and_modes), cmocka_unit_test(test_second_open_is_refused),
	    cmocka_unit_test(test_file_systems),    cmocka_unit_test(test_map_sizes),
	    cmocka_unit_test(test_another_schema),  cmocka_unit_test(test_cut_file),
	    cmocka_unit_test(test_short_but_whole), cmocka_unit_test(test_check_in_a_child),
	};
	return cmocka_run_group_tests(tests, setup, NULL);
}
