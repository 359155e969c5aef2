/* test_attachment: field 7 of a content, and how it fits the core of its record. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "proto/attachment.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/record.h"

static struct attachment one(uint8_t n)
{
	struct attachment a = {.id = {n}, .key = {n, 1}, .root = {n, 2}, .size = 1000u * n};
	a.len = blob_len(a.size);
	memcpy(a.name, "walk.ogg", 9);
	memcpy(a.media, "audio/ogg", 10);
	return a;
}

static struct content *journal(void)
{
	struct content *c = content_new(&(struct content_head){.kind = CONTENT_JOURNAL});
	assert_non_null(c);
	assert_int_equal(content_set_str(c, CONTENT_BODY, "", 0), 0);
	return c;
}

static int encodes(const struct content *c)
{
	struct buf b;
	struct content *back = NULL;
	buf_init(&b, 0);
	int err = content_encode(c, &content_base_kinds, &b);
	if (!err) {
		assert_int_equal(content_decode(b.data, b.len, &content_base_kinds, &back), 0);
		assert_int_equal(attachment_count(back), attachment_count(c));
		assert_false(content_is_newer(back, &content_base_kinds));
	}
	content_free(back);
	buf_wipe(&b);
	return err;
}

static void in_and_out(void **state)
{
	struct attachment list[ATTACHMENT_MAX + 1], a;
	struct content *c = journal();
	(void)state;
	for (uint8_t i = 0; i <= ATTACHMENT_MAX; i++)
		list[i] = one((uint8_t)(i + 1));
	assert_int_equal(attachment_count(c), 0);
	assert_int_equal(attachment_get(c, 0, &a), ERR_NOT_FOUND);
	assert_int_equal(attachment_set(c, list, 0), 0);
	assert_int_equal(attachment_set(c, list, ATTACHMENT_MAX + 1), ERR_RANGE);
	assert_int_equal(attachment_set(c, list, ATTACHMENT_MAX), 0);
	assert_int_equal(attachment_count(c), ATTACHMENT_MAX);
	for (uint32_t i = 0; i < ATTACHMENT_MAX; i++) {
		assert_int_equal(attachment_get(c, i, &a), 0);
		assert_memory_equal(&a, &list[i], sizeof(a));
	}
	assert_int_equal(attachment_get(c, ATTACHMENT_MAX, &a), ERR_NOT_FOUND);
	assert_int_equal(encodes(c), 0);
	assert_int_equal(attachment_set(c, list, 0), 0);
	assert_false(content_has(c, CONTENT_ATTACHMENTS));
	content_free(c);
}

static int with(const struct attachment *list, uint32_t n)
{
	struct content *c = journal();
	assert_int_equal(attachment_set(c, list, n), 0);
	int err = encodes(c);
	content_free(c);
	return err;
}

static void names_and_types(void **state)
{
	static const struct {
		const char *name, *media;
		int err;
	} all[] = {
	    {"walk.ogg", "audio/ogg", 0},
	    {"..", "application/x-new.thing+zip", 0}, /* a device makes it safe before it stores it */
	    {"", "audio/ogg", ERR_SCHEMA},
	    {"a/b", "audio/ogg", ERR_SCHEMA},
	    {"a\nb", "audio/ogg", ERR_SCHEMA},
	    {"a\tb", "audio/ogg", ERR_SCHEMA},
	    {"a\x1b[2Jb", "audio/ogg", ERR_SCHEMA},
	    {"a\xff", "audio/ogg", ERR_UTF8},
	    {"e\xcc\x81", "audio/ogg", ERR_SCHEMA}, /* not composed */
	    {"a", "audio", ERR_SCHEMA},
	    {"a", "/ogg", ERR_SCHEMA},
	    {"a", "audio/", ERR_SCHEMA},
	    {"a", "audio/x/y", ERR_SCHEMA},
	    {"a", "Audio/ogg", ERR_SCHEMA},
	    {"a", "audio/ogg; x", ERR_SCHEMA},
	    {"a", "", ERR_SCHEMA},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct attachment a = one(1);
		struct content *c = journal();
		memset(a.name, 0, sizeof(a.name));
		memset(a.media, 0, sizeof(a.media));
		memcpy(a.name, all[i].name, strlen(all[i].name));
		memcpy(a.media, all[i].media, strlen(all[i].media));
		int err = attachment_set(c, &a, 1);
		if (!err)
			err = encodes(c);
		if (err != all[i].err)
			fail_msg("%zu: %s", i, err_name(err));
		content_free(c);
	}
}

/* 120 characters are a name, 121 are not, however many bytes they have. */
static void long_names(void **state)
{
	struct attachment a = one(1);
	(void)state;
	for (size_t n = 120; n <= 121; n++) {
		memset(a.name, 0, sizeof(a.name));
		for (size_t i = 0; i < n; i++)
			memcpy(a.name + 3 * i, "\xe2\x82\xac", 3);
		assert_int_equal(with(&a, 1), n == 120 ? 0 : ERR_SCHEMA);
	}
}

static void what_does_not_fit(void **state)
{
	struct attachment list[2] = {one(1), one(2)};
	(void)state;
	assert_int_equal(with(list, 2), 0);
	memcpy(list[1].id, list[0].id, BLOB_ID);
	assert_int_equal(with(list, 2), ERR_SCHEMA); /* one blob twice */
	list[1] = one(2);
	list[1].size = 50000; /* of another length */
	assert_int_equal(with(list, 2), ERR_SCHEMA);
	list[1].size = BLOB_FILE_MAX + 1;
	assert_int_equal(with(list, 2), ERR_SCHEMA);
	list[1] = one(2);
	list[1].len = BLOB_LEN_MIN - 1;
	assert_int_equal(with(list, 2), ERR_SCHEMA);
	list[1].len = BLOB_LEN_MAX + 1;
	assert_int_equal(with(list, 2), ERR_SCHEMA);
}

/* --- the core --- */

static void against_the_core(void **state)
{
	struct attachment list[3] = {one(1), one(2), one(3)};
	struct attachment_ref hold[ATTACHMENT_MAX];
	struct record_blob blobs[ATTACHMENT_MAX];
	struct record r = {0};
	struct content *c = journal();
	uint32_t n;
	uint8_t other[32] = {0xee};
	(void)state;
	assert_int_equal(attachment_check(c, &r), 0);
	assert_int_equal(attachment_set(c, list, 3), 0);
	assert_int_equal(attachment_check(c, &r), ERR_SCHEMA); /* the core names none */
	assert_int_equal(attachment_blobs(c, hold, blobs, &n), 0);
	assert_int_equal(n, 3);
	memcpy(r.blob, blobs, 3 * sizeof(blobs[0]));
	r.blobs = 3;
	assert_int_equal(attachment_check(c, &r), 0);
	r.blobs = 2;
	assert_int_equal(attachment_check(c, &r), ERR_SCHEMA);
	r.blobs = 3;
	r.blob[0] = blobs[1]; /* another order */
	r.blob[1] = blobs[0];
	assert_int_equal(attachment_check(c, &r), ERR_SCHEMA);
	memcpy(r.blob, blobs, 3 * sizeof(blobs[0]));
	r.blob[2].root = other;
	assert_int_equal(attachment_check(c, &r), ERR_SCHEMA);
	r.blob[2] = blobs[2];
	r.blob[2].id = other;
	assert_int_equal(attachment_check(c, &r), ERR_SCHEMA);
	r.blob[2] = blobs[2];
	r.blob[2].len++;
	assert_int_equal(attachment_check(c, &r), ERR_SCHEMA);
	r.blob[2] = blobs[2];
	assert_int_equal(attachment_check(c, &r), 0);
	assert_int_equal(attachment_set(c, list, 0), 0);
	assert_int_equal(attachment_check(c, &r), ERR_SCHEMA); /* the content names none */
	content_free(c);
}

static int setup(void **state)
{
	(void)state;
	return crypto_init();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(in_and_out),        cmocka_unit_test(names_and_types),  cmocka_unit_test(long_names),
	    cmocka_unit_test(what_does_not_fit), cmocka_unit_test(against_the_core),
	};
	return cmocka_run_group_tests(tests, setup, NULL);
}
