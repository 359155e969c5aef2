/* test_pair: what a code gives, slots sealed and opened, the four messages at their limits and beyond. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/mp.h"
#include "proto/pair.h"
#include "tests/unit/support/mp_spec.h"

static const char code_text[] = "0123456789ABCDEFGHJKMNPQRS";
#define CODE_LEN (sizeof code_text - 1)

static void keys_of(const char *text, struct pair_keys *keys)
{
	assert_int_equal(pair_derive(text, CODE_LEN, keys), 0);
}

static void code_gives_keys(void **state)
{
	static const uint8_t zero[CRYPTO_KEY];
	struct pair_keys a, again, b;

	(void)state;
	keys_of(code_text, &a);
	keys_of(code_text, &again);
	keys_of("0123456789ABCDEFGHJKMNPQRT", &b);
	assert_memory_equal(&a, &again, sizeof a);
	assert_memory_not_equal(a.box, b.box, sizeof a.box);
	assert_memory_not_equal(a.key, b.key, sizeof a.key);
	assert_memory_not_equal(a.key, zero, sizeof a.key);
	assert_memory_not_equal(a.key, a.box, sizeof a.box);
}

static void slots_open_in_their_place_only(void **state)
{
	struct pair_keys keys, other;
	struct buf sealed, plain;

	(void)state;
	keys_of(code_text, &keys);
	keys_of("0123456789ABCDEFGHJKMNPQRT", &other);
	buf_init(&sealed, 0);
	buf_init(&plain, 0);
	assert_int_equal(pair_seal(&keys, PAIR_ANSWER, "hello", 5, &sealed), 0);
	assert_int_equal(sealed.len, 5 + CRYPTO_NONCE + CRYPTO_TAG);
	assert_int_equal(pair_open(&keys, PAIR_ANSWER, sealed.data, sealed.len, &plain), 0);
	assert_int_equal(plain.len, 5);
	assert_memory_equal(plain.data, "hello", 5);
	buf_reset(&plain);
	assert_int_equal(pair_open(&keys, PAIR_OFFER, sealed.data, sealed.len, &plain), ERR_OPEN);
	assert_int_equal(pair_open(&keys, PAIR_WELCOME, sealed.data, sealed.len, &plain), ERR_OPEN);
	assert_int_equal(pair_open(&other, PAIR_ANSWER, sealed.data, sealed.len, &plain), ERR_OPEN);
	/* the same key for another mailbox */
	memcpy(other.key, keys.key, sizeof other.key);
	assert_int_equal(pair_open(&other, PAIR_ANSWER, sealed.data, sealed.len, &plain), ERR_OPEN);
	for (size_t i = 0; i < sealed.len; i++) {
		sealed.data[i] ^= 1;
		assert_int_equal(pair_open(&keys, PAIR_ANSWER, sealed.data, sealed.len, &plain), ERR_OPEN);
		sealed.data[i] ^= 1;
	}
	for (size_t len = 0; len < sealed.len; len++)
		assert_int_equal(pair_open(&keys, PAIR_ANSWER, sealed.data, len, &plain), ERR_OPEN);
	assert_int_equal(plain.len, 0);
	buf_wipe(&sealed);
	buf_wipe(&plain);
}

static void slots_have_a_size(void **state)
{
	const size_t most = PAIR_SLOT_MAX - CRYPTO_NONCE - CRYPTO_TAG;
	uint8_t *text = calloc(1, PAIR_SLOT_MAX + 1);
	struct pair_keys keys;
	struct buf sealed, plain;

	(void)state;
	assert_non_null(text);
	keys_of(code_text, &keys);
	buf_init(&sealed, 0);
	buf_init(&plain, 0);
	assert_int_equal(pair_seal(&keys, PAIR_OFFER, text, most + 1, &sealed), ERR_TOO_BIG);
	assert_int_equal(sealed.len, 0);
	assert_int_equal(pair_seal(&keys, PAIR_OFFER, text, most, &sealed), 0);
	assert_int_equal(sealed.len, PAIR_SLOT_MAX);
	assert_int_equal(pair_open(&keys, PAIR_OFFER, sealed.data, sealed.len, &plain), 0);
	assert_int_equal(pair_open(&keys, PAIR_OFFER, text, PAIR_SLOT_MAX + 1, &plain), ERR_TOO_BIG);
	free(text);
	buf_wipe(&sealed);
	buf_wipe(&plain);
}

/* --- the messages --- */

static void a_key(uint8_t key[CRYPTO_KEY], uint8_t n)
{
	uint8_t seed[CRYPTO_KEY] = {n};

	assert_int_equal(crypto_sign_public(seed, key), 0);
}

static struct pair_offer an_offer(void)
{
	struct pair_offer m = {
	    .clinic = {1}, .genesis = {2}, .n_servers = PAIR_SERVERS, .role = ROLE_CLIENT, .commit = {9}};

	for (uint8_t i = 0; i < PAIR_SERVERS; i++)
		a_key(m.servers[i], i);
	a_key(m.log, 77);
	strcpy(m.clinic_name, "Meadow Clinic");
	strcpy(m.name, "Jo");
	return m;
}

static void offer_there_and_back(void **state)
{
	struct pair_offer m = an_offer(), got;
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	assert_int_equal(pair_offer_put(&m, &b), 0);
	assert_int_equal(pair_offer_get(b.data, b.len, &got), 0);
	assert_memory_equal(&got, &m, sizeof m);
	for (size_t len = 0; len < b.len; len++)
		assert_int_not_equal(pair_offer_get(b.data, len, &got), 0);
	buf_wipe(&b);
}

static void bad_offers_are_not_written(void **state)
{
	struct pair_offer good = an_offer(), m;
	struct buf b;

	(void)state;
	buf_init(&b, 0);
#define REFUSED(change)                                                                                                \
	do {                                                                                                               \
		m = good;                                                                                                      \
		change;                                                                                                        \
		assert_int_equal(pair_offer_put(&m, &b), ERR_ARG);                                                             \
		assert_int_equal(b.len, 0);                                                                                    \
	} while (0)
	REFUSED(m.n_servers = 0);
	REFUSED(m.n_servers = PAIR_SERVERS + 1);
	REFUSED(memset(m.servers[1], 0, 32));
	REFUSED(memset(m.log, 0, 32));
	REFUSED(m.name[0] = '\0');
	REFUSED(memset(m.name, 'x', sizeof m.name));
	REFUSED(memset(m.name, 'x', NAME_CHARS + 1));
	REFUSED(m.clinic_name[3] = '\n');
	REFUSED(m.clinic_name[3] = (char)0xff);
	REFUSED(m.role = (enum role)0);
#undef REFUSED
	m = good;
	memset(m.name, 'x', NAME_CHARS);
	m.name[NAME_CHARS] = '\0';
	assert_int_equal(pair_offer_put(&m, &b), 0);
	buf_wipe(&b);
}

static struct pair_answer an_answer(void)
{
	struct pair_answer m = {
	    .core = {0x93}, .core_len = 150, .pops = {{3}, {4}}, .name = "phone", .random = {6}, .before = {5}};
	return m;
}

static void answer_there_and_back(void **state)
{
	struct pair_answer m = an_answer(), got;
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	assert_int_equal(pair_answer_put(&m, &b), 0);
	assert_int_equal(pair_answer_get(b.data, b.len, &got), 0);
	assert_memory_equal(&got, &m, sizeof m);
	for (size_t len = 0; len < b.len; len++)
		assert_int_not_equal(pair_answer_get(b.data, len, &got), 0);
	m.core_len = PAIR_CORE_MAX + 1;
	assert_int_equal(pair_answer_put(&m, &b), ERR_ARG);
	m.core_len = 0;
	assert_int_equal(pair_answer_put(&m, &b), ERR_ARG);
	m = an_answer();
	m.name[0] = '\0';
	assert_int_equal(pair_answer_put(&m, &b), ERR_ARG);
	buf_wipe(&b);
}

static void reveal_there_and_back(void **state)
{
	struct pair_reveal m = {{7}, {8}}, got;
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	assert_int_equal(pair_reveal_put(&m, &b), 0);
	assert_int_equal(pair_reveal_get(b.data, b.len, &got), 0);
	assert_memory_equal(&got, &m, sizeof m);
	for (size_t len = 0; len < b.len; len++)
		assert_int_not_equal(pair_reveal_get(b.data, len, &got), 0);
	buf_wipe(&b);
}

static void welcome_there_and_back(void **state)
{
	struct pair_person people[2] = {{{1}, "Ana", "she/her"}, {{2}, "Max", ""}};
	struct pair_welcome m = {.link_seq = 1, .clinic_seq = 7, .feed_seq = 9, .n_people = 2, .people = people}, got;
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	m.link_hash[0] = m.clinic_head[1] = m.generation[2] = m.feed_head[3] = m.before[4] = 8;
	assert_int_equal(pair_welcome_put(&m, &b), 0);
	assert_int_equal(pair_welcome_get(b.data, b.len, &got), 0);
	assert_memory_equal(got.people, people, sizeof people);
	assert_int_equal(got.feed_seq, 9);
	got.people = (free(got.people), people);
	assert_memory_equal(&got, &m, sizeof m);
	for (size_t len = 0; len < b.len; len++)
		assert_int_not_equal(pair_welcome_get(b.data, len, &got), 0);
	buf_reset(&b);
	people[1].name[0] = '\0';
	assert_int_equal(pair_welcome_put(&m, &b), ERR_ARG);
	assert_int_equal(b.len, 0);
	people[1].name[0] = 'M';
	memset(people[1].pronouns, 'x', PAIR_PRONOUNS_CHARS + 1);
	assert_int_equal(pair_welcome_put(&m, &b), ERR_ARG);
	buf_wipe(&b);
}

static void as_many_people_as_fit(void **state)
{
	struct pair_person *people = calloc(PAIR_PEOPLE + 1, sizeof *people);
	struct pair_welcome m = {.link_seq = 1, .n_people = PAIR_PEOPLE + 1, .people = people}, got;
	struct buf b;

	(void)state;
	assert_non_null(people);
	buf_init(&b, 0);
	for (size_t i = 0; i <= PAIR_PEOPLE; i++)
		people[i].name[0] = 'x';
	assert_int_equal(pair_welcome_put(&m, &b), 0);
	assert_int_equal(pair_welcome_get(b.data, b.len, &got), 0);
	assert_int_equal(got.n_people, PAIR_PEOPLE);
	pair_welcome_free(&got);
	buf_reset(&b);
	for (size_t i = 0; i <= PAIR_PEOPLE; i++)
		memset(people[i].name, 'x', NAME_CHARS);
	assert_int_equal(pair_welcome_put(&m, &b), 0);
	assert_true(b.len <= PAIR_SLOT_MAX - CRYPTO_NONCE - CRYPTO_TAG);
	assert_int_equal(pair_welcome_get(b.data, b.len, &got), 0);
	assert_true(got.n_people > 100 && got.n_people < PAIR_PEOPLE);
	pair_welcome_free(&got);
	free(people);
	buf_wipe(&b);
}

typedef int get_fn(const void *plain, size_t len, void *m);
static int get_offer(const void *p, size_t n, void *m)
{
	return pair_offer_get(p, n, m);
}
static int get_answer(const void *p, size_t n, void *m)
{
	return pair_answer_get(p, n, m);
}
static int get_reveal(const void *p, size_t n, void *m)
{
	return pair_reveal_get(p, n, m);
}
static int get_welcome(const void *p, size_t n, void *m)
{
	return pair_welcome_get(p, n, m);
}

#define WELCOME(link, feed, people) "[1 " link " b32 [0 b32] " feed " [" people "] b32]"

static const struct {
	get_fn *get;
	const char *spec;
	int err;
} rows[] = {
    {get_offer, "[1 b32 b32 [b32] b32 s5 s5 1 b32]", 0},
    {get_offer, "[2 b32 b32 [b32] b32 s5 s5 1 b32]", ERR_SUITE},
    {get_offer, "[1 b31 b32 [b32] b32 s5 s5 1 b32]", ERR_SHAPE},
    {get_offer, "[1 b32 b32 [] b32 s5 s5 1 b32]", ERR_SHAPE},
    {get_offer, "[1 b32 b32 [5*b32] b32 s5 s5 1 b32]", ERR_SHAPE},
    {get_offer, "[1 b32 b32 [b32] b32 s0 s5 1 b32]", ERR_SHAPE},
    {get_offer, "[1 b32 b32 [b32] b32 s81 s5 1 b32]", ERR_SHAPE},
    {get_offer, "[1 b32 b32 [b32] b32 s5 s400 1 b32]", ERR_SHAPE},
    {get_offer, "[1 b32 b32 [b32] b32 s5 s5 0 b32]", ERR_SHAPE},
    {get_offer, "[1 b32 b32 [b32] b32 s5 s5 7 b32]", ERR_SHAPE},
    {get_offer, "[1 b32 b32 [b32] b32 s5 s5 1 b32 n]", ERR_SHAPE},
    {get_offer, "[1 b32 b32 [b32] b32 s5 s5 1 b16]", ERR_SHAPE},
    {get_answer, "[1 b150 b64 b64 s5 b32 b32]", 0},
    {get_answer, "[1 b32 b64 b64 s80 b32 b32]", 0},
    {get_answer, "[1 b256 b64 b64 s5 b32 b32]", 0},
    {get_answer, "[1 b257 b64 b64 s5 b32 b32]", ERR_SHAPE},
    {get_answer, "[1 b31 b64 b64 s5 b32 b32]", ERR_SHAPE},
    {get_answer, "[1 b150 b63 b64 s5 b32 b32]", ERR_SHAPE},
    {get_answer, "[1 b150 b64 b64 s81 b32 b32]", ERR_SHAPE},
    {get_answer, "[1 b150 b64 b64 s0 b32 b32]", ERR_SHAPE},
    {get_answer, "[3 b150 b64 b64 s5 b32 b32]", ERR_SUITE},
    {get_answer, "[1 b150 b64 b64 s5 b16 b32]", ERR_SHAPE},
    {get_answer, "[1 b150 b64 b64 s5 b32]", ERR_SHAPE},
    {get_answer, "[]", ERR_SHAPE},
    {get_reveal, "[1 b32 b32]", 0},
    {get_reveal, "[2 b32 b32]", ERR_SUITE},
    {get_reveal, "[1 b31 b32]", ERR_SHAPE},
    {get_reveal, "[1 b33 b32]", ERR_SHAPE},
    {get_reveal, "[1 b32 b31]", ERR_SHAPE},
    {get_reveal, "[1 b32]", ERR_SHAPE},
    {get_reveal, "[1 b32 b32 b32]", ERR_SHAPE},
    {get_welcome, WELCOME("1", "[b16 0 b32]", ""), 0},
    {get_welcome, WELCOME("1", "[b16 0 b32]", "256*[b16 s1 s0]"), 0},
    {get_welcome, WELCOME("1", "[b16 0 b32]", "257*[b16 s1 s0]"), ERR_SHAPE},
    {get_welcome, WELCOME("1", "[b16 0 b32]", "[b16 s1 s40]"), 0},
    {get_welcome, WELCOME("1", "[b16 0 b32]", "[b16 s1 s41]"), ERR_SHAPE},
    {get_welcome, WELCOME("1", "[b16 0 b32]", "[b16 s0 s0]"), ERR_SHAPE},
    {get_welcome, WELCOME("1", "[b16 0 b32]", "[b15 s1 s0]"), ERR_SHAPE},
    {get_welcome, WELCOME("1", "[b16 0 b32]", "[b16 s1]"), ERR_SHAPE},
    {get_welcome, WELCOME("0", "[b16 0 b32]", ""), ERR_SHAPE},
    {get_welcome, WELCOME("1", "[b16 0]", ""), ERR_SHAPE},
    {get_welcome, "[2 1 b32 [0 b32] [b16 0 b32] [] b32]", ERR_SUITE},
};

static void every_limit(void **state)
{
	union {
		struct pair_offer offer;
		struct pair_answer answer;
		struct pair_reveal reveal;
		struct pair_welcome welcome;
	} m;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf b;
		int err;

		buf_init(&b, 0);
		mp_spec(&b, rows[i].spec);
		err = rows[i].get(b.data, b.len, &m);
		if (err != rows[i].err)
			fail_msg("%s: %s", rows[i].spec, err_name(err));
		if (!err && rows[i].get == get_welcome)
			pair_welcome_free(&m.welcome);
		buf_wipe(&b);
	}
}

static void words_and_hashes(void **state)
{
	static const uint8_t r[PAIR_RANDOM] = {1}, r2[PAIR_RANDOM] = {2};
	const struct crypto_bytes ab = {"ab", 2}, c = {"c", 1}, a = {"a", 1}, d = {"d", 1};
	const struct crypto_bytes slots[] = {ab, c, d}, reordered[] = {c, ab, d};
	uint8_t one[PAIR_WORDS], two[PAIR_WORDS], h1[CRYPTO_HASH], h2[CRYPTO_HASH];

	(void)state;
	assert_int_equal(pair_words(&ab, &c, r, one), 0);
	assert_int_equal(pair_words(&ab, &c, r, two), 0);
	assert_memory_equal(one, two, sizeof one);
	assert_int_equal(pair_words(&ab, &d, r, two), 0);
	assert_memory_not_equal(one, two, sizeof one);
	assert_int_equal(pair_words(&a, &c, r, two), 0);
	assert_memory_not_equal(one, two, sizeof one);
	assert_int_equal(pair_words(&ab, &c, r2, two), 0);
	assert_memory_not_equal(one, two, sizeof one);
	assert_int_equal(pair_words(&c, &ab, r, two), 0);
	assert_memory_not_equal(one, two, sizeof one);
	for (size_t n = 1; n < 3; n++) {
		assert_int_equal(pair_hash(slots, n, h1), 0);
		assert_int_equal(pair_hash(slots, n + 1, h2), 0);
		assert_memory_not_equal(h1, h2, sizeof h1);
	}
	assert_int_equal(pair_hash(reordered, 3, h1), 0);
	assert_memory_not_equal(h1, h2, sizeof h1);
	assert_int_equal(pair_commit(r, h1), 0);
	assert_int_equal(pair_commit(r2, h2), 0);
	assert_memory_not_equal(h1, h2, sizeof h1);
	assert_memory_not_equal(h1, r, sizeof h1);
}

static int set_up(void **state)
{
	(void)state;
	return crypto_init();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(code_gives_keys),
	    cmocka_unit_test(slots_open_in_their_place_only),
	    cmocka_unit_test(slots_have_a_size),
	    cmocka_unit_test(offer_there_and_back),
	    cmocka_unit_test(bad_offers_are_not_written),
	    cmocka_unit_test(answer_there_and_back),
	    cmocka_unit_test(reveal_there_and_back),
	    cmocka_unit_test(welcome_there_and_back),
	    cmocka_unit_test(as_many_people_as_fit),
	    cmocka_unit_test(every_limit),
	    cmocka_unit_test(words_and_hashes),
	};
	return cmocka_run_group_tests(tests, set_up, NULL);
}
