/* test_attach: what may be attached, what names are made into, a file into the vault and out of it again, and what is
 * dropped and when. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "client/attach/get.h"
#include "client/attach/name.h"
#include "client/attach/put.h"
#include "client/attach/type.h"
#include "client/book/parts.h"
#include "client/ui/why.h"
#include "proto/attachment.h"
#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/record.h"
#include "tests/unit/support/scratch.h"
#include "tests/unit/support/scratch_vault.h"

#define NOW ((uint64_t)1700000000000)
#define HOUR ((uint64_t)3600000)

/* --- types --- */

#define OGG "OggS\0\2\0\0\0\0\0\0\0\0\1\2\3\4\0\0\0\0\5\6\7\10\1\23"
#define FTYP(brand, more)                                                                                              \
	"\0\0\0\x18"                                                                                                       \
	"ftyp" brand "\0\0\0\0" more

static void types(void **state)
{
#define HEAD(s) s, sizeof(s) - 1
	static const struct {
		const char *head;
		size_t len;
		const char *media; /* NULL: none */
	} all[] = {
	    {HEAD("RIFF\1\2\3\4WAVEfmt "), "audio/wav"},
	    {HEAD("RIFF\1\2\3\4AVI fmt "), NULL},
	    {HEAD(OGG "OpusHead\1\1"), "audio/ogg"},
	    {HEAD(OGG "\1vorbis\1\1"), "audio/ogg"},
	    {HEAD(OGG "\200theora\1\1"), NULL}, /* a film */
	    {HEAD(OGG), NULL},
	    {HEAD("ID3\4\0\0\0\0\0\0"), "audio/mpeg"},
	    {HEAD("\xff\xfb\x90\x64"), "audio/mpeg"},
	    {HEAD("\xff\xf3\x40\xc0"), "audio/mpeg"},
	    {HEAD("\xff\xfb\xf0\x64"), NULL}, /* no such bit rate */
	    {HEAD("\xff\xfd\x90\x64"), NULL}, /* layer II */
	    {HEAD("\xff\xfe"
	          "a\0b\0"),
	     NULL}, /* UTF-16 */
	    {HEAD(FTYP("M4A ", "M4A mp42")), "audio/mp4"},
	    {HEAD(FTYP("mp42", "isomM4A ")), "audio/mp4"},
	    {HEAD(FTYP("mp42", "isommp42")), NULL}, /* may be a film */
	    {HEAD("\0\0\0\x0c"
	          "ftypqt  "
	          "M4A "),
	     NULL},
	    {HEAD("\xff\xd8\xff\xe0"), "image/jpeg"},
	    {HEAD("\x89PNG\r\n\x1a\n...."), "image/png"},
	    {HEAD("\x89PNG\n\x1a\n...."), NULL},
	    {HEAD("%PDF-1.7\n"), "application/pdf"},
	    {HEAD("plain words\r\n\tand \xc3\xa4\n"), "text/plain"},
	    {HEAD("\x7f"
	          "ELF\2\1\1"),
	     NULL},
	    {HEAD("PK\3\4\24\0"), NULL},
	    {HEAD("words\0"), NULL},
	    {HEAD("\x1b[2Jwords"), NULL},
	    {HEAD("caf\xe9"), "text/plain"}, /* cut or not UTF-8: what follows tells */
	    {HEAD("caf\xe9 au lait"), NULL},
	    {HEAD(""), NULL},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		const struct type *t = type_of((const uint8_t *)all[i].head, all[i].len);
		if (!t != !all[i].media || (t && strcmp(t->media, all[i].media) != 0))
			fail_msg("%zu: %s", i, t ? t->media : "none");
		if (t)
			assert_ptr_equal(type_by_media(t->media), t);
	}
	assert_null(type_by_media("video/mp4"));
}

static void text_in_pieces(void **state)
{
	static const char good[] = "ein \xc3\xa4, \xe2\x82\xac, \xf0\x9f\x92\x9c.", bad[] = "ein \xc3 \xa4";
	(void)state;
	for (size_t step = 1; step < sizeof(good); step++) {
		struct type_text t = {.n = 0}, b = {.n = 0};
		for (size_t at = 0; at < sizeof(good) - 1; at += step)
			type_text_put(&t, (const uint8_t *)good + at, sizeof(good) - 1 - at < step ? sizeof(good) - 1 - at : step);
		assert_true(type_text_end(&t));
		for (size_t at = 0; at < sizeof(bad) - 1; at += step)
			type_text_put(&b, (const uint8_t *)bad + at, sizeof(bad) - 1 - at < step ? sizeof(bad) - 1 - at : step);
		assert_false(type_text_end(&b));
	}
	struct type_text cut = {.n = 0};
	type_text_put(&cut, (const uint8_t *)"a\xe2\x82", 3);
	assert_false(type_text_end(&cut));
	assert_false(cut.bad);
}

/* --- names --- */

static void names_for_disks(void **state)
{
	static const struct {
		const char *name, *media, *out;
	} all[] = {
	    {"walk.ogg", "audio/ogg", "walk.ogg"},
	    {"..", "audio/ogg", "attachment.ogg"},
	    {"", "x/y", "attachment"},
	    {".bashrc", "text/plain", "bashrc.txt"},
	    {"-rf", "text/plain", "rf.txt"},
	    {"../../etc/passwd", "text/plain", "etcpasswd.txt"},
	    {"a\\b/c", "text/plain", "abc.txt"},
	    {"a\x1b[2Jb\x7f\xc2\x9b", "text/plain", "a[2Jb.txt"},
	    {"photo\xe2\x80\xaegpj.exe", "image/jpeg", "photogpj.exe"},
	    {"\xef\xbb\xbf\xe2\x80\x8b", "image/png", "attachment.png"},
	    {"trailing. . ", "text/plain", "trailing.txt"},
	    {"M\xc3\xbcnchen", "audio/mpeg", "M\xc3\xbcnchen.mp3"},
	    {"bad\xff\xfe", "audio/mpeg", "bad.mp3"},
	};
	char out[NAME_FILE_MAX + 1], shown[NAME_SHOWN_MAX];
	struct attachment a = {.size = 0};
	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		memset(&a, 0, sizeof(a));
		memcpy(a.name, all[i].name, strlen(all[i].name));
		memcpy(a.media, all[i].media, strlen(all[i].media));
		name_for_disk(&a, out);
		assert_string_equal(out, all[i].out);
		name_for_show(&a, shown);
		assert_null(strchr(shown, 0x1b));
		assert_null(strstr(shown, "\xe2\x80\xae"));
	}
	for (size_t i = 0; i < 120; i++)
		memcpy(a.name + 3 * i, "\xe2\x82\xac", 3);
	name_for_disk(&a, out);
	assert_in_range(strlen(out), 100, NAME_FILE_MAX);
	assert_int_equal((strlen(out) - 4) % 3, 0); /* whole characters */
}

static void names_that_are_given(void **state)
{
	struct attachment a = {.size = 0};
	struct why why = {""};
	char text[700];
	(void)state;
	assert_int_equal(name_set(&a, "/home/jo/walk.ogg", &why), 0);
	assert_string_equal(a.name, "walk.ogg");
	assert_int_equal(name_set(&a, "cafe\xcc\x81.txt", &why), 0);
	assert_string_equal(a.name, "caf\xc3\xa9.txt");
	assert_int_not_equal(name_set(&a, "/home/jo/", &why), 0);
	assert_int_not_equal(name_set(&a, "a\nb", &why), 0);
	assert_int_not_equal(name_set(&a, "a\x1b[2J", &why), 0);
	assert_int_not_equal(name_set(&a, "a\xff", &why), 0);
	assert_string_not_equal(why.text, "");
	memset(text, 'a', sizeof(text));
	text[120] = '\0';
	assert_int_equal(name_set(&a, text, &why), 0);
	text[120] = 'a';
	text[121] = '\0';
	assert_int_not_equal(name_set(&a, text, &why), 0);
}

static void sizes(void **state)
{
	static const struct {
		uint64_t size;
		const char *out;
	} all[] = {{0, "0 bytes"},     {1, "1 byte"},       {999, "999 bytes"},    {1000, "1 KB"},
	           {999999, "999 KB"}, {1000000, "1.0 MB"}, {26214400, "26.2 MB"}, {BLOB_FILE_MAX, "26.2 MB"}};
	char out[NAME_SIZE_MAX];
	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		name_for_size(all[i].size, out);
		assert_string_equal(out, all[i].out);
	}
}

/* --- in and out --- */

static struct scratch_vault at;
static char *folder;

static int setup(void **state)
{
	(void)state;
	int err = crypto_init();
	scratch_vault_open(&at);
	scratch_vault_commit(&at);
	vault_abort(at.txn);
	at.txn = NULL;
	folder = scratch_new();
	return err;
}

static int teardown(void **state)
{
	(void)state;
	vault_abort(at.txn);
	assert_int_equal(vault_begin(at.vault, true, &at.txn), 0);
	scratch_vault_close(&at);
	scratch_free(folder);
	return 0;
}

/* A file of `size` bytes, named `name`, that begins with `head`; its path is the caller's. */
static char *file(const char *name, const char *head, size_t size)
{
	char *path = scratch_path(folder, name);
	uint8_t *bytes = malloc(size + 1);
	assert_non_null(bytes);
	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)('a' + i % 23);
	memcpy(bytes, head, strlen(head) < size ? strlen(head) : size);
	scratch_write(path, bytes, size);
	free(bytes);
	return path;
}

static int put(const char *path, struct attachment *a, struct why *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	memset(a, 0, sizeof(*a));
	why->text[0] = '\0';
	int err = put_file(at.vault, fd, NOW, a, why);
	close(fd);
	return err;
}

static uint64_t rows(enum vault_table table)
{
	struct vault_txn *txn;
	uint64_t n;
	assert_int_equal(vault_begin(at.vault, false, &txn), 0);
	assert_int_equal(vault_count(txn, table, &n), 0);
	vault_abort(txn);
	return n;
}

static void same(const char *a, const char *b)
{
	unsigned char *left, *right;
	size_t left_len, right_len;
	scratch_read(a, &left, &left_len);
	scratch_read(b, &right, &right_len);
	assert_int_equal(left_len, right_len);
	assert_int_equal(memcmp(left, right, left_len), 0);
	free(left);
	free(right);
}

static void there_and_back(void **state)
{
	static const size_t all[] = {1, 511, 262000, 262144, 700000, 3000000};
	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		char *path = file("in", "text", all[i]), *out = scratch_path(folder, "out");
		struct attachment a;
		struct why why;
		struct stat st;
		assert_int_equal(put(path, &a, &why), 0);
		assert_string_equal(a.media, "text/plain");
		assert_int_equal(a.size, all[i]);
		assert_int_equal(a.len, blob_len(all[i]));
		assert_int_equal(rows(VAULT_PART), blob_parts(a.len));
		assert_int_equal(get_prove(at.vault, &a), 0);
		assert_int_equal(get_file(at.vault, &a, out, false, &why), 0);
		same(path, out);
		assert_int_equal(stat(out, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
		assert_int_equal(get_file(at.vault, &a, out, false, &why), ERR_EXISTS);
		scratch_write(out, "other", 5);
		assert_int_equal(get_file(at.vault, &a, out, true, &why), 0);
		same(path, out);
		assert_false(scratch_holds(at.dir, "tabcdefghijk", 12));
		assert_int_equal(vault_begin(at.vault, true, &at.txn), 0);
		assert_int_equal(parts_drop(at.txn, a.id), 0);
		assert_int_equal(parts_drop(at.txn, a.id), 0);
		assert_int_equal(vault_commit(at.txn), 0);
		at.txn = NULL;
		assert_int_equal(rows(VAULT_PART) + rows(VAULT_BLOB), 0);
		unlink(out);
		free(out);
		free(path);
	}
}

static void refused(const char *path, int err, const char *words)
{
	static const struct attachment none;
	struct attachment a;
	struct why why;
	assert_int_equal(put(path, &a, &why), err);
	if (!strstr(why.text, words))
		fail_msg("%s: not \"%s\"", why.text, words);
	assert_memory_equal(&a, &none, sizeof(a)); /* no key is left */
	assert_int_equal(rows(VAULT_PART) + rows(VAULT_BLOB), 0);
}

static void limits(void **state)
{
	static const size_t mib = 1 << 20;
	struct attachment a;
	struct why why;
	char *path;
	(void)state;
#define REFUSED(head, size, err, words)                                                                                \
	path = file("in", head, size);                                                                                     \
	refused(path, err, words);                                                                                         \
	free(path)
	REFUSED("", 0, ERR_SHAPE, "empty");
	REFUSED("\x7f"
	        "ELF",
	        100, ERR_SHAPE, "none of the files");
	REFUSED("%PDF-1.7", 10 * mib + 1, ERR_TOO_BIG, "10 MiB");
	REFUSED("RIFF----WAVE", 25 * mib + 1, ERR_TOO_BIG, "25 MiB");
	REFUSED("text", 10 * mib + 1, ERR_TOO_BIG, "10 MiB");
#undef REFUSED
	path = file("in", "%PDF-1.7", 10 * mib);
	assert_int_equal(put(path, &a, &why), 0);
	free(path);
	/* text that is none further on, and text that ends within a character */
	unsigned char text[200000];
	memset(text, 'a', sizeof(text));
	text[150000] = 0;
	path = scratch_path(folder, "in");
	scratch_write(path, text, sizeof(text));
	assert_int_equal(put(path, &a, &why), ERR_SHAPE);
	text[150000] = 'a';
	text[sizeof(text) - 1] = 0xc3;
	scratch_write(path, text, sizeof(text));
	assert_int_equal(put(path, &a, &why), ERR_SHAPE);
	scratch_write(path, text, sizeof(text) - 1);
	assert_int_equal(put(path, &a, &why), 0);
	free(path);
}

/* --- what is wrong in the vault --- */

static void write_part(const uint8_t *id, uint32_t n, const struct buf *part)
{
	struct vault_txn *txn;
	struct parts p;
	assert_int_equal(vault_begin(at.vault, true, &txn), 0);
	assert_int_equal(parts_get(txn, id, &p), 0);
	assert_int_equal(parts_add(txn, id, &p, n, part), 0);
	assert_int_equal(parts_put(txn, id, &p), 0);
	assert_int_equal(vault_commit(txn), 0);
}

static void read_part(const uint8_t *id, uint32_t n, struct buf *part)
{
	struct vault_txn *txn;
	buf_init(part, 0);
	assert_int_equal(vault_begin(at.vault, false, &txn), 0);
	assert_int_equal(parts_read(txn, id, n, part), 0);
	vault_abort(txn);
}

static void other_parts(void **state)
{
	char *path = file("in", "text", 700000), *out = scratch_path(folder, "out");
	struct attachment a, b;
	struct why why;
	struct buf first, second;
	(void)state;
	assert_int_equal(put(path, &a, &why), 0);
	read_part(a.id, 0, &first);
	read_part(a.id, 1, &second);
	write_part(a.id, 0, &second); /* swapped */
	write_part(a.id, 1, &first);
	assert_int_equal(get_prove(at.vault, &a), ERR_HASH);
	assert_int_equal(get_file(at.vault, &a, out, false, &why), ERR_OPEN);
	assert_int_equal(access(out, F_OK), -1); /* there is no beginning of a file, either */
	write_part(a.id, 0, &first);
	write_part(a.id, 1, &second);
	assert_int_equal(get_prove(at.vault, &a), 0);
	buf_truncate(&second, second.len - 1); /* cut */
	write_part(a.id, 1, &second);
	assert_int_equal(get_prove(at.vault, &a), ERR_HASH);
	buf_put_u8(&second, 0);
	write_part(a.id, 1, &second); /* another last byte */
	assert_int_equal(get_prove(at.vault, &a), ERR_HASH);
	b = a;
	b.len = blob_len(1400000); /* another total length */
	assert_int_not_equal(get_prove(at.vault, &b), 0);
	b = a;
	b.id[0] ^= 1; /* nothing of it is here */
	assert_int_equal(get_prove(at.vault, &b), ERR_NOT_FOUND);
	buf_wipe(&first);
	buf_wipe(&second);
	free(out);
	free(path);
}

static void no_such_folder(void **state)
{
	char *path = file("in", "text", 1000), *out = scratch_path(folder, "none/out");
	struct attachment a;
	struct why why;
	(void)state;
	assert_int_equal(put(path, &a, &why), 0);
	assert_int_equal(get_file(at.vault, &a, out, false, &why), ERR_NOT_FOUND);
	assert_string_not_equal(why.text, "");
	free(out);
	free(path);
}

/* --- what is dropped --- */

static struct parts *row_of(const uint8_t *id, struct parts *p)
{
	int err = parts_get(at.txn, id, p);
	assert_true(err == 0 || err == ERR_NOT_FOUND);
	return err ? NULL : p;
}

static void swept(void **state)
{
	char *path = file("in", "text", 300000);
	struct attachment a, b;
	struct parts p;
	struct why why;
	(void)state;
	assert_int_equal(put(path, &a, &why), 0);
	assert_int_equal(put(path, &b, &why), 0);
	assert_memory_not_equal(a.id, b.id, BLOB_ID);
	assert_memory_not_equal(a.root, b.root, BLOB_HASH); /* the same file twice tells nothing */
	assert_int_equal(vault_begin(at.vault, true, &at.txn), 0);
	assert_int_equal(parts_keep(at.txn, b.id), 0);
	assert_int_equal(parts_sweep(at.txn, NOW + HOUR), 0);
	assert_non_null(row_of(a.id, &p));
	assert_int_equal(parts_sweep(at.txn, NOW + HOUR + 1), 0);
	assert_null(row_of(a.id, &p));
	assert_non_null(row_of(b.id, &p));
	assert_true(p.own && p.kept && !p.begun && parts_are_whole(&p));
	assert_int_equal(parts_keep(at.txn, a.id), ERR_NOT_FOUND);
	free(path);
}

static void forgotten(void **state)
{
	struct record r = {.blobs = 2};
	uint8_t own[BLOB_ID] = {1}, fetched[BLOB_ID] = {2};
	struct parts p = {.len = blob_len(10), .own = true};
	struct buf part;
	(void)state;
	buf_init(&part, 0);
	buf_put(&part, "part", 4);
	r.blob[0].id = own;
	r.blob[1].id = fetched;
	assert_int_equal(vault_begin(at.vault, true, &at.txn), 0);
	assert_int_equal(parts_add(at.txn, own, &p, 0, &part), 0);
	assert_int_equal(parts_put(at.txn, own, &p), 0);
	p = (struct parts){.len = blob_len(10)};
	assert_int_equal(parts_add(at.txn, fetched, &p, 0, &part), 0);
	assert_int_equal(parts_put(at.txn, fetched, &p), 0);
	assert_int_equal(parts_add(at.txn, fetched, &p, BLOB_PARTS_MAX, &part), ERR_RANGE);
	assert_int_equal(parts_forget(at.txn, &r, false), 0);
	assert_non_null(row_of(own, &p));
	assert_null(row_of(fetched, &p));
	assert_int_equal(parts_forget(at.txn, &r, true), 0);
	assert_null(row_of(own, &p));
	assert_int_equal(parts_read(at.txn, own, 0, &part), ERR_NOT_FOUND);
	buf_wipe(&part);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(types),
	    cmocka_unit_test(text_in_pieces),
	    cmocka_unit_test(names_for_disks),
	    cmocka_unit_test(names_that_are_given),
	    cmocka_unit_test(sizes),
	    T(there_and_back),
	    T(limits),
	    T(other_parts),
	    T(no_such_folder),
	    T(swept),
	    T(forgotten),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
