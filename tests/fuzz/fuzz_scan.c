/* fuzz_scan: the scan against msgpack-c, both ways. The input taken as a value: what the scan allows is decoded, and
 * written again gives the same bytes. The input taken as orders to the writer: what is written within the limits is
 * allowed. */
#include <string.h>

#include "proto/buf.h"
#include "proto/err.h"
#include "proto/mp.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/support/mp_again.h"

static void has_one_form(const uint8_t *bytes, size_t len)
{
	struct buf again;

	buf_init(&again, 0);
	FUZZ_CHECK(mp_again(bytes, len, &again) == 0);
	FUZZ_CHECK(again.len == len && memcmp(again.data, bytes, len) == 0);
	FUZZ_CHECK(mp_scan(bytes, len - 1) == ERR_PROTO);
	buf_put_u8(&again, 0xc0);
	FUZZ_CHECK(mp_scan(again.data, again.len) == ERR_CANON);
	buf_wipe(&again);
}

static void taken_as_a_value(const uint8_t *data, size_t size)
{
	struct mp_doc *doc = NULL;
	struct mp_cur root;
	int ret = mp_scan(data, size);

	if (ret == 0) {
		has_one_form(data, size);
		return;
	}
	FUZZ_CHECK(ret == ERR_PROTO || ret == ERR_CANON || ret == ERR_UTF8);
	FUZZ_CHECK(mp_open(data, size, &doc, &root) == ret && !doc && mp_err(&root) == ret && mp_left(&root) == 0);
}

/* Orders are consumed from the front; where they end, zeros follow. */
struct orders {
	const uint8_t *at;
	size_t left;
	uint32_t items; /* elements that may still be written */
};

static uint64_t order(struct orders *o, unsigned bytes)
{
	uint64_t v = 0;

	for (; bytes > 0; bytes--) {
		v = v << 8 | (o->left > 0 ? *o->at : 0);
		o->at += o->left > 0;
		o->left -= o->left > 0;
	}
	return v;
}

static void write_array(struct orders *o, struct buf *b, unsigned depth);

static void write_element(struct orders *o, struct buf *b, unsigned depth)
{
	static const uint8_t text[70000];
	unsigned what = (unsigned)order(o, 1);
	unsigned width = 1 + (what >> 3) % 8;
	size_t len;

	switch (what % 8) {
	case 0:
		mp_put_nil(b);
		break;
	case 1:
		mp_put_bool(b, what & 8);
		break;
	case 2:
		mp_put_u64(b, order(o, width));
		break;
	case 3:
		mp_put_i64(b, (int64_t)(order(o, width) << (64 - 8 * width)) >> (64 - 8 * width));
		break;
	case 4:
	case 5:
		len = (size_t)order(o, what >> 3 == 31 ? 3 : 1) % sizeof text;
		if (what % 8 == 4)
			mp_put_bin(b, text, len);
		else
			mp_put_str(b, (const char *)text, len);
		break;
	default:
		if (depth < MP_DEPTH_MAX)
			write_array(o, b, depth + 1);
		else
			mp_put_bool(b, true);
	}
}

static void write_array(struct orders *o, struct buf *b, unsigned depth)
{
	uint32_t count = (uint32_t)order(o, 1);

	count = count == 0xfd ? MP_ITEMS_MAX - 20 : count % 18;
	if (count > o->items)
		count = o->items;
	o->items -= count;
	mp_put_array(b, count);
	for (uint32_t i = 0; i < count; i++)
		write_element(o, b, depth);
}

static void taken_as_orders(const uint8_t *data, size_t size)
{
	/* one input in sixteen may write up to the limits; if all might, few would be tried */
	int large = size % 16 == 0;
	struct orders o = {.at = data, .left = size, .items = large ? MP_ITEMS_MAX : 64};
	struct buf b;

	buf_init(&b, large ? (size_t)1 << 17 : 4096);
	write_array(&o, &b, 1);
	if (buf_err(&b) == 0) {
		FUZZ_CHECK(mp_scan(b.data, b.len) == 0);
		has_one_form(b.data, b.len);
	}
	buf_wipe(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	taken_as_a_value(data, size);
	taken_as_orders(data, size);
	return 0;
}
