/* mp_again: see mp_again.h. Recursion is bounded by MP_DEPTH_MAX, which the scan has already enforced. */
#include <stdint.h>

#include "proto/buf.h"
#include "proto/mp.h"

#include "mp_again.h"

static void again(struct mp_cur *c, struct buf *out);

static void again_array(struct mp_cur *c, struct buf *out)
{
	struct mp_cur inner = mp_enter(c, 0, UINT32_MAX);

	mp_put_array(out, mp_left(&inner));
	again(&inner, out);
	mp_leave(c, &inner);
}

static void again(struct mp_cur *c, struct buf *out)
{
	const char *text;
	const uint8_t *bytes;
	size_t len;

	while (mp_left(c) > 0) {
		switch (mp_peek(c)) {
		case 'n':
			mp_skip(c);
			mp_put_nil(out);
			break;
		case 'b':
			mp_put_bool(out, mp_bool(c));
			break;
		case 'u':
			mp_put_u64(out, mp_u64(c, 0, UINT64_MAX));
			break;
		case 'i':
			mp_put_i64(out, mp_i64(c, INT64_MIN, -1));
			break;
		case 's':
			text = mp_str(c, 0, SIZE_MAX, &len);
			mp_put_str(out, text, len);
			break;
		case 'x':
			bytes = mp_bin(c, 0, SIZE_MAX, &len);
			mp_put_bin(out, bytes, len);
			break;
		case 'a':
			again_array(c, out);
			break;
		default:
			mp_enter(c, 1, 0); /* no type at all: makes the cursor fail */
		}
	}
}

int mp_again(const void *bytes, size_t len, struct buf *out)
{
	struct mp_doc *doc = NULL;
	struct mp_cur root;
	int err = mp_open(bytes, len, &doc, &root);

	if (err)
		return err;
	mp_put_array(out, mp_left(&root));
	again(&root, out);
	err = mp_done(&root);
	mp_close(doc);
	return err ? err : buf_err(out);
}
