/* test_blob: a file becomes parts and a file again; whatever else is done to the parts is found out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "proto/blob.h"
#include "proto/buf.h"
#include "proto/cobblestone.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/label.h"
#include "proto/pad.h"

#define CHUNK ((size_t)COBBLESTONE_CHUNK)

static const uint8_t key[BLOB_KEY] = {1, 2, 3}, id[BLOB_ID] = {9, 8, 7};

/* A blob in memory. */
struct made {
	struct buf parts[BLOB_PARTS_MAX];
	uint32_t n;
	struct blob_sealed sealed;
	int fail_at; /* the sink refuses this part; -1: none */
};

static int keep(void *arg, uint32_t n, const uint8_t *part, size_t len)
{
	struct made *m = arg;
	if ((int)n == m->fail_at)
		return ERR_IO;
	assert_int_equal(n, m->n);
	buf_init(&m->parts[n], BLOB_PART);
	m->n++;
	return buf_put(&m->parts[n], part, len);
}

static void wipe(struct made *m)
{
	for (uint32_t i = 0; i < m->n; i++)
		buf_wipe(&m->parts[i]);
	m->n = 0;
}

static uint8_t *bytes_of(size_t size)
{
	uint8_t *bytes = malloc(size ? size : 1);
	assert_non_null(bytes);
	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(i * 31 + i / 251);
	return bytes;
}

/* Sealed in pieces of `step` bytes. */
static void make(struct made *m, const uint8_t *bytes, size_t size, size_t step)
{
	struct blob_seal *s;
	*m = (struct made){.fail_at = -1};
	assert_int_equal(blob_seal_new(key, id, keep, m, &s), 0);
	for (size_t at = 0; at < size; at += step)
		assert_int_equal(blob_seal_put(s, bytes + at, size - at < step ? size - at : step), 0);
	assert_int_equal(blob_seal_end(s, &m->sealed), 0);
	blob_seal_free(s);
}

static int take(void *arg, const uint8_t *bytes, size_t len)
{
	return buf_put(arg, bytes, len);
}

struct opening {
	const uint8_t *key, *id;
	uint64_t size, len;
};

static int open_as(const struct made *m, const struct opening *as, struct buf *out)
{
	struct blob_open_opts opts = {as->key, as->id, as->size, as->len, take, out};
	struct blob_open *o;
	buf_init(out, 32 << 20);
	int err = blob_open_new(&opts, &o);
	for (uint32_t i = 0; !err && i < m->n; i++)
		err = blob_open_put(o, m->parts[i].data, m->parts[i].len);
	if (!err)
		err = blob_open_end(o);
	blob_open_free(o);
	return err;
}

static int open_all(const struct made *m, struct buf *out)
{
	return open_as(m, &(struct opening){key, id, m->sealed.size, m->sealed.len}, out);
}

/* --- good ones --- */

static void root_of(const struct made *m, uint8_t root[BLOB_HASH])
{
	uint8_t hashes[BLOB_PARTS_MAX][BLOB_HASH];
	for (uint32_t i = 0; i < m->n; i++)
		assert_int_equal(blob_part_hash(m->parts[i].data, m->parts[i].len, hashes[i]), 0);
	assert_int_equal(blob_root((const uint8_t(*)[BLOB_HASH])hashes, m->n, root), 0);
}

static void sizes(void **state)
{
	static const size_t all[] = {0,         1,         511,           512,     CHUNK - 1, CHUNK, CHUNK + 1,
	                             BLOB_PART, 3 * CHUNK, BLOB_PART * 2, 1000000, 3000001,   261000};
	static const size_t steps[] = {1 << 20, 65536, 777};
	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		uint8_t *bytes = bytes_of(all[i]), root[BLOB_HASH];
		struct made m;
		struct buf out;
		size_t total = 0;
		make(&m, bytes, all[i], steps[i % 3]);
		assert_int_equal(m.sealed.size, all[i]);
		assert_int_equal(m.sealed.len, blob_len(all[i]));
		assert_true(blob_len_is_valid(m.sealed.len));
		assert_int_equal(m.n, blob_parts(m.sealed.len));
		for (uint32_t k = 0; k < m.n; k++) {
			assert_int_equal(m.parts[k].len, blob_part_len(m.sealed.len, k));
			total += m.parts[k].len;
		}
		assert_int_equal(total, m.sealed.len);
		assert_int_equal(blob_part_len(m.sealed.len, m.n), 0);
		root_of(&m, root);
		assert_memory_equal(root, m.sealed.root, sizeof(root));
		assert_int_equal(open_all(&m, &out), 0);
		assert_int_equal(out.len, all[i]);
		assert_int_equal(memcmp(out.len ? out.data : bytes, bytes, all[i]), 0);
		buf_wipe(&out);
		wipe(&m);
		free(bytes);
	}
}

/* The stream is what cobblestone_open opens under the context, padded as a content is. */
static void the_whole_stream(void **state)
{
	uint8_t *bytes = bytes_of(300000), context[sizeof(LABEL_PREFIX LABEL_BLOB) + BLOB_ID];
	struct buf all;
	struct made m;
	size_t len, content;
	(void)state;
	make(&m, bytes, 300000, 4096);
	buf_init(&all, 0);
	for (uint32_t i = 0; i < m.n; i++)
		buf_put(&all, m.parts[i].data, m.parts[i].len);
	memcpy(context, LABEL_PREFIX LABEL_BLOB, sizeof(LABEL_PREFIX LABEL_BLOB));
	memcpy(context + sizeof(LABEL_PREFIX LABEL_BLOB), id, sizeof(id));
	uint8_t *plain = malloc(all.len);
	assert_non_null(plain);
	assert_int_equal(cobblestone_open(key, context, sizeof(context), all.data, all.len, plain, &len), 0);
	assert_int_equal(len, pad_size(300000));
	assert_int_equal(pad_strip(plain, len, &content), 0);
	assert_int_equal(content, 300000);
	assert_memory_equal(plain, bytes, content);
	free(plain);
	buf_wipe(&all);
	wipe(&m);
	free(bytes);
}

static void lengths(void **state)
{
	(void)state;
	assert_int_equal(blob_len(0), BLOB_LEN_MIN);
	assert_int_equal(blob_len(BLOB_FILE_MAX), BLOB_LEN_MAX);
	assert_int_equal(blob_len(BLOB_FILE_MAX + 1), 0);
	assert_true(blob_len_is_valid(BLOB_LEN_MIN));
	assert_true(blob_len_is_valid(BLOB_LEN_MAX));
	assert_false(blob_len_is_valid(0));
	assert_false(blob_len_is_valid(BLOB_LEN_MIN - 1));
	assert_false(blob_len_is_valid(BLOB_LEN_MIN + 1));
	assert_false(blob_len_is_valid(BLOB_LEN_MAX + 1));
	assert_false(blob_len_is_valid(UINT64_MAX));
	assert_int_equal(blob_parts(BLOB_LEN_MAX), BLOB_PARTS_MAX);
	unsigned valid = 0;
	for (uint64_t len = BLOB_LEN_MIN; len < 70000; len++)
		valid += blob_len_is_valid(len);
	assert_in_range(valid, 20, 200); /* lengths say little about sizes */
}

static void bitmaps(void **state)
{
	uint8_t map[BLOB_BITMAP_MAX] = {0};
	const uint64_t len = blob_len(9 * BLOB_PART);
	uint32_t parts = blob_parts(len);
	(void)state;
	assert_int_equal(blob_bitmap_size(len), (parts + 7) / 8);
	assert_int_equal(blob_bitmap_size(BLOB_LEN_MAX), BLOB_BITMAP_MAX);
	for (uint32_t i = 0; i < parts; i++) {
		assert_false(blob_bitmap_has(map, i));
		blob_bitmap_set(map, i);
		assert_true(blob_bitmap_has(map, i));
	}
	assert_int_equal(map[0], 0xff);
	assert_true(blob_bitmap_is_valid(map, blob_bitmap_size(len), len));
	assert_false(blob_bitmap_is_valid(map, blob_bitmap_size(len) + 1, len));
	assert_false(blob_bitmap_is_valid(map, blob_bitmap_size(len) - 1, len));
	blob_bitmap_set(map, parts);
	assert_false(blob_bitmap_is_valid(map, blob_bitmap_size(len), len));
}

/* --- bad ones --- */

static struct made good;
static uint8_t *good_bytes;
#define GOOD_SIZE 700001

static int setup(void **state)
{
	(void)state;
	int err = crypto_init();
	good_bytes = bytes_of(GOOD_SIZE);
	make(&good, good_bytes, GOOD_SIZE, 65536);
	return err;
}

static int teardown(void **state)
{
	(void)state;
	wipe(&good);
	free(good_bytes);
	return 0;
}

static void opens_to(int err)
{
	struct buf out;
	assert_int_equal(open_all(&good, &out), err);
	buf_wipe(&out);
}

static void every_part_is_looked_at(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < good.n; i++) {
		uint8_t root[BLOB_HASH];
		size_t at = good.parts[i].len / 2;
		good.parts[i].data[at] ^= 1;
		opens_to(ERR_OPEN);
		root_of(&good, root);
		assert_memory_not_equal(root, good.sealed.root, sizeof(root));
		good.parts[i].data[at] ^= 1;
	}
	opens_to(0);
}

static void swapped_parts(void **state)
{
	struct buf was = good.parts[0];
	uint8_t root[BLOB_HASH];
	(void)state;
	good.parts[0] = good.parts[1];
	good.parts[1] = was;
	opens_to(ERR_OPEN);
	root_of(&good, root);
	assert_memory_not_equal(root, good.sealed.root, sizeof(root));
	good.parts[1] = good.parts[0];
	good.parts[0] = was;
	opens_to(0);
}

static void cut_and_grown(void **state)
{
	struct buf *last = &good.parts[good.n - 1], out;
	struct made m = good;
	(void)state;
	m.n--;
	assert_int_equal(open_all(&m, &out), ERR_OPEN); /* a part is missing */
	buf_wipe(&out);
	last->len--;
	opens_to(ERR_OPEN); /* a byte is missing */
	last->len++;
	buf_put_u8(last, 0);
	opens_to(ERR_OPEN); /* a byte too many */
	buf_truncate(last, last->len - 1);
	m = good;
	m.parts[m.n] = good.parts[0];
	m.n++;
	assert_int_equal(open_all(&m, &out), ERR_OPEN); /* a part too many */
	buf_wipe(&out);
	opens_to(0);
}

static void another_key_id_or_size(void **state)
{
	static const uint8_t other[32] = {5};
	struct opening as = {key, id, GOOD_SIZE, good.sealed.len};
	struct buf out;
	(void)state;
	as.key = other;
	assert_int_equal(open_as(&good, &as, &out), ERR_OPEN);
	buf_wipe(&out);
	as.key = key;
	as.id = other; /* one blob shown for another */
	assert_int_equal(open_as(&good, &as, &out), ERR_OPEN);
	buf_wipe(&out);
	as.id = id;
	as.size = GOOD_SIZE - 1; /* padded to the same length: what follows is not padding */
	assert_int_equal(blob_len(as.size), good.sealed.len);
	assert_int_equal(open_as(&good, &as, &out), ERR_PADDING);
	buf_wipe(&out);
	as.size = GOOD_SIZE + 1;
	assert_int_equal(open_as(&good, &as, &out), ERR_PADDING);
	buf_wipe(&out);
	as.size = 1; /* another length altogether */
	assert_int_equal(open_as(&good, &as, &out), ERR_SHAPE);
	buf_wipe(&out);
	as.size = GOOD_SIZE;
	as.len = blob_len(GOOD_SIZE * 2);
	assert_int_equal(open_as(&good, &as, &out), ERR_SHAPE);
	buf_wipe(&out);
	as.len = good.sealed.len;
	assert_int_equal(open_as(&good, &as, &out), 0);
	buf_wipe(&out);
}

static void too_large(void **state)
{
	uint8_t *bytes = bytes_of(1 << 20);
	struct made m = {.fail_at = -1};
	struct blob_seal *s;
	(void)state;
	assert_int_equal(blob_seal_new(key, id, keep, &m, &s), 0);
	for (unsigned i = 0; i < 25; i++)
		assert_int_equal(blob_seal_put(s, bytes, 1 << 20), 0);
	assert_int_equal(blob_seal_put(s, bytes, 1), ERR_TOO_BIG);
	assert_int_equal(blob_seal_end(s, &m.sealed), 0); /* the control: all 25 MiB */
	assert_int_equal(m.sealed.len, BLOB_LEN_MAX);
	assert_int_equal(m.n, BLOB_PARTS_MAX);
	blob_seal_free(s);
	wipe(&m);
	free(bytes);
}

static void a_sink_that_refuses(void **state)
{
	struct made m = {.fail_at = 1};
	struct blob_seal *s;
	struct buf out;
	(void)state;
	assert_int_equal(blob_seal_new(key, id, keep, &m, &s), 0);
	assert_int_equal(blob_seal_put(s, good_bytes, GOOD_SIZE), ERR_IO);
	blob_seal_free(s);
	wipe(&m);
	blob_seal_free(NULL);
	blob_open_free(NULL);
	buf_init(&out, 100); /* has no room for it */
	struct blob_open_opts opts = {key, id, GOOD_SIZE, good.sealed.len, take, &out};
	struct blob_open *o;
	assert_int_equal(blob_open_new(&opts, &o), 0);
	assert_int_equal(blob_open_end(o), ERR_OPEN); /* nothing came */
	assert_int_equal(blob_open_put(o, good.parts[0].data, good.parts[0].len), ERR_TOO_BIG);
	blob_open_free(o);
	buf_wipe(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sizes),
	    cmocka_unit_test(the_whole_stream),
	    cmocka_unit_test(lengths),
	    cmocka_unit_test(bitmaps),
	    cmocka_unit_test(every_part_is_looked_at),
	    cmocka_unit_test(swapped_parts),
	    cmocka_unit_test(cut_and_grown),
	    cmocka_unit_test(another_key_id_or_size),
	    cmocka_unit_test(too_large),
	    cmocka_unit_test(a_sink_that_refuses),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
