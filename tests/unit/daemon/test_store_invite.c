/* test_store_invite: an invitation is used once; what comes after is counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "proto/crypto.h"
#include "proto/err.h"
#include "tests/unit/support/store_kit.h"

static struct store_kit kit;
static const uint8_t packet[] = "sealed";

static int setup(void **state)
{
	(void)state;
	int err = crypto_init();
	store_kit_new(&kit, STORE_KIT_MAP);
	return err;
}

static int teardown(void **state)
{
	(void)state;
	store_kit_check(&kit);
	store_kit_free(&kit);
	return 0;
}

static struct store_invite an_invite(uint8_t n)
{
	struct store_invite v = {.link_seq = n, .expires_ms = 5000};
	memset(v.id, n, STORE_ID);
	store_kit_pid(1, v.inviter);
	return v;
}

static int put(const struct store_invite *v, const void *bytes, size_t len)
{
	struct store_batch *b;
	assert_int_equal(store_batch_begin(kit.s, &b), 0);
	int err = store_put_invite(b, v, bytes, len);
	assert_int_equal(store_batch_commit(b), 0);
	return err;
}

static int use(const uint8_t *id, uint32_t who, uint64_t now)
{
	struct store_batch *b;
	uint8_t pid[STORE_ID];
	store_kit_pid(who, pid);
	assert_int_equal(store_batch_begin(kit.s, &b), 0);
	int err = store_use_invite(b, id, pid, now);
	assert_int_equal(store_batch_commit(b), 0);
	return err;
}

static void test_founding(void **state)
{
	struct store_invite v;
	struct buf bytes;
	uint8_t id[STORE_ID];
	(void)state;
	memset(id, 0xF0, STORE_ID);
	buf_init(&bytes, 0);
	assert_int_equal(store_invite_get(kit.s, id, &v, &bytes), 0);
	assert_true(v.founding);
	assert_int_equal(v.expires_ms, 1000);
	assert_int_equal(bytes.len, 8);
	assert_memory_equal(bytes.data, "founding", 8);
	assert_int_equal(use(id, 1, 1001), ERR_CODE_EXPIRED);
	assert_int_equal(use(id, 1, 1000), 0);
	assert_int_equal(use(id, 2, 1000), ERR_CODE_USED);
	uint8_t nobody[STORE_ID] = {0};
	size_t n;
	assert_int_equal(store_invites_of(kit.s, nobody, NULL, 1, &v, &n), 0);
	assert_int_equal(n, 0);
	buf_wipe(&bytes);
}

static void test_put_and_get(void **state)
{
	struct store_invite v = an_invite(1), got;
	struct store_batch *b;
	struct buf bytes;
	(void)state;
	buf_init(&bytes, 0);
	assert_int_equal(store_invite_get(kit.s, v.id, &got, &bytes), ERR_NOT_FOUND);
	v.used_ms = 7; /* what the store fills in is ignored on the way in */
	v.refusals = 9;
	memset(v.used_by, 1, STORE_ID);
	assert_int_equal(put(&v, packet, sizeof(packet)), 0);
	assert_int_equal(store_invite_get(kit.s, v.id, &got, &bytes), 0);
	assert_memory_equal(got.id, v.id, STORE_ID);
	assert_memory_equal(got.inviter, v.inviter, STORE_ID);
	assert_false(got.founding);
	assert_int_equal(got.link_seq, 1);
	assert_int_equal(got.expires_ms, 5000);
	assert_int_equal(got.used_ms, 0);
	assert_int_equal(got.refusals, 0);
	assert_int_equal(bytes.len, sizeof(packet));
	assert_memory_equal(bytes.data, packet, sizeof(packet));
	assert_int_equal(store_batch_begin(kit.s, &b), 0);
	assert_int_equal(store_batch_invite_get(b, v.id, &got), 0);
	memset(v.id, 99, STORE_ID);
	assert_int_equal(store_batch_invite_get(b, v.id, &got), ERR_NOT_FOUND);
	store_batch_abort(b);
	buf_wipe(&bytes);
}

static void test_put_again(void **state)
{
	struct store_invite v = an_invite(1), other;
	(void)state;
	assert_int_equal(put(&v, packet, sizeof(packet)), 0);
	assert_int_equal(use(v.id, 5, 1), 0);
	assert_int_equal(put(&v, packet, sizeof(packet)), 0); /* the very same: nothing changed, it stays used */
	assert_int_equal(store_invite_get(kit.s, v.id, &other, NULL), 0);
	assert_int_equal(other.used_ms, 1);
	assert_int_equal(put(&v, packet, sizeof(packet) - 1), ERR_EXISTS);
	assert_int_equal(put(&v, "SEALED", sizeof(packet)), ERR_EXISTS);
	other = v;
	other.expires_ms++;
	assert_int_equal(put(&other, packet, sizeof(packet)), ERR_EXISTS);
	other = v;
	other.link_seq++;
	assert_int_equal(put(&other, packet, sizeof(packet)), ERR_EXISTS);
	other = v;
	other.inviter[0]++;
	assert_int_equal(put(&other, packet, sizeof(packet)), ERR_EXISTS);
	other = v;
	other.founding = true;
	assert_int_equal(put(&other, packet, sizeof(packet)), ERR_EXISTS);
}

static void test_packet_bounds(void **state)
{
	static uint8_t big[STORE_PACKET_MAX + 1];
	struct store_invite v = an_invite(3);
	(void)state;
	assert_int_equal(put(&v, big, 0), ERR_ARG);
	assert_int_equal(put(&v, big, STORE_PACKET_MAX + 1), ERR_ARG);
	assert_int_equal(put(&v, big, STORE_PACKET_MAX), 0);
}

static void test_use(void **state)
{
	struct store_invite v = an_invite(4), got;
	uint8_t unknown[STORE_ID] = {0}, pid[STORE_ID];
	(void)state;
	assert_int_equal(put(&v, packet, sizeof(packet)), 0);
	assert_int_equal(use(unknown, 5, 1), ERR_CODE_UNKNOWN);
	assert_int_equal(use(v.id, 5, 5001), ERR_CODE_EXPIRED);
	assert_int_equal(store_invite_get(kit.s, v.id, &got, NULL), 0);
	assert_int_equal(store_invite_state(&got, 5000), STORE_INVITE_OPEN);
	assert_int_equal(store_invite_state(&got, 5001), STORE_INVITE_EXPIRED);
	assert_int_equal(use(v.id, 5, 5000), 0);
	assert_int_equal(use(v.id, 5, 9000), 0); /* the same person again, whenever: the answer was lost on its way */
	assert_int_equal(use(v.id, 6, 4000), ERR_CODE_USED);
	assert_int_equal(use(v.id, 7, 9000), ERR_CODE_USED);
	assert_int_equal(store_invite_get(kit.s, v.id, &got, NULL), 0);
	assert_int_equal(store_invite_state(&got, 9000), STORE_INVITE_USED);
	assert_int_equal(got.refusals, 2);
	assert_int_equal(got.used_ms, 5000);
	store_kit_pid(5, pid);
	assert_memory_equal(got.used_by, pid, STORE_ID);
}

static void test_list(void **state)
{
	struct store_invite all[8], page[2], v;
	uint8_t inviter[STORE_ID], other[STORE_ID];
	size_t n;
	(void)state;
	store_kit_pid(1, inviter);
	store_kit_pid(2, other);
	for (uint8_t i = 10; i < 15; i++) {
		v = an_invite(i);
		assert_int_equal(put(&v, packet, sizeof(packet)), 0);
	}
	v = an_invite(0xff); /* the highest id */
	memset(v.id, 0xff, STORE_ID);
	memcpy(v.inviter, other, STORE_ID);
	assert_int_equal(put(&v, packet, sizeof(packet)), 0);
	assert_int_equal(store_invites_of(kit.s, other, NULL, 8, all, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(store_invites_of(kit.s, other, v.id, 8, all, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(store_invites_of(kit.s, inviter, NULL, 8, all, &n), 0);
	assert_int_equal(n, 5);
	const uint8_t *after = NULL;
	for (size_t at = 0; at < 5; at += n) {
		assert_int_equal(store_invites_of(kit.s, inviter, after, 2, page, &n), 0);
		assert_int_equal(n, at < 4 ? 2 : 1);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(page[i].id[0], 10 + at + i);
		after = all[at + n - 1].id;
	}
	assert_int_equal(store_invites_of(kit.s, inviter, NULL, 0, page, &n), 0);
	assert_int_equal(n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_founding, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_put_and_get, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_put_again, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_packet_bounds, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_use, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_list, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
