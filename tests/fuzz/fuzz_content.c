/* fuzz_content: what an author's device may have put into a record. The input taken as a content: what is accepted is
 * written again as the same bytes, and keeps every rule. The input taken as text: what is allowed travels unchanged. */
#include <string.h>

#include "proto/buf.h"
#include "proto/content.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/mp.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return crypto_init();
}

static void fields_can_be_read(const struct content *c)
{
	struct mp_doc *doc;
	struct mp_cur inside;
	uint32_t key, last = 0;
	size_t len, i;

	for (i = 0; content_field_at(c, i, &key); i++) {
		unsigned forms = 0;

		FUZZ_CHECK(key > last && content_has(c, key));
		last = key;
		forms += content_str(c, key, &len) != NULL;
		forms += content_bin(c, key, &len) != NULL;
		forms += content_u64(c, key, 1) == content_u64(c, key, 2);
		forms += content_bool(c, key, true) == content_bool(c, key, false);
		if (content_open(c, key, &doc, &inside) == 0) {
			forms++;
			mp_close(doc);
		}
		FUZZ_CHECK(forms <= 1); /* none: nil or negative */
	}
	FUZZ_CHECK(i <= CONTENT_FIELDS);
}

static void taken_as_content(const uint8_t *data, size_t size)
{
	struct content *c;
	struct buf b;
	int err = content_decode(data, size, &content_base_kinds, &c);

	if (err) {
		FUZZ_CHECK(!c);
		FUZZ_CHECK(err == ERR_PROTO || err == ERR_CANON || err == ERR_UTF8 || err == ERR_SHAPE || err == ERR_SUITE ||
		           err == ERR_SCHEMA);
		return;
	}
	buf_init(&b, 0);
	FUZZ_CHECK(content_encode(c, &content_base_kinds, &b) == 0);
	FUZZ_CHECK(b.len == size && memcmp(b.data, data, size) == 0);
	FUZZ_CHECK(!content_find_fault(c, &content_base_kinds));
	FUZZ_CHECK(content_find_kind(&content_base_kinds, content_peek_head(c)->kind) ||
	           content_is_newer(c, &content_base_kinds));
	fields_can_be_read(c);
	buf_wipe(&b);
	content_free(c);
}

static void taken_as_text(const char *text, size_t len)
{
	const struct content_head h = {.kind = CONTENT_JOURNAL};
	struct content *c = content_new(&h), *again;
	const char *got;
	struct buf b;
	size_t n, got_len;
	int err = content_check_text(text, len, &n);

	FUZZ_CHECK(c);
	FUZZ_CHECK(err == 0 || err == ERR_SCHEMA);
	FUZZ_CHECK(n <= len && (err == 0 || n == 0));
	FUZZ_CHECK(content_set_str(c, CONTENT_BODY, text, len) == 0);
	buf_init(&b, 0);
	FUZZ_CHECK(content_encode(c, &content_base_kinds, &b) == err);
	if (!err) {
		for (size_t i = 0; i < len; i++)
			FUZZ_CHECK((unsigned char)text[i] >= 0x20 || text[i] == '\n' || text[i] == '\t');
		FUZZ_CHECK(content_decode(b.data, b.len, &content_base_kinds, &again) == 0);
		got = content_str(again, CONTENT_BODY, &got_len);
		FUZZ_CHECK(got && got_len == len && memcmp(got, text, len) == 0);
		content_free(again);
	}
	buf_wipe(&b);
	content_free(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	taken_as_content(data, size);
	taken_as_text((const char *)data, size);
	return 0;
}
