/* fuzz_frame: a stream cut into frames. The first two bytes choose the limit, the rest is the stream. What frame_peek
 * says must not depend on how the bytes arrive, must never exceed the limit, and a frame built again is the same bytes.
 */
#include <string.h>

#include "proto/buf.h"
#include "proto/err.h"
#include "proto/frame.h"
#include "tests/fuzz/fuzz.h"

/* Feeds the frame at the start of `bytes` byte by byte; returns what is known in the end. */
static int arrives_slowly(const uint8_t *bytes, size_t len, size_t max, size_t *body_len)
{
	size_t announced = 0;
	int ret = ERR_MORE;

	*body_len = 0;
	for (size_t have = 0; have <= len; have++) {
		ret = frame_peek(bytes, have, max, body_len);
		FUZZ_CHECK(have >= FRAME_HEADER || (ret == ERR_MORE && *body_len == 0));
		if (ret != ERR_MORE)
			break;
		if (have < FRAME_HEADER)
			continue;
		FUZZ_CHECK(*body_len >= FRAME_MIN && *body_len <= max - FRAME_HEADER);
		FUZZ_CHECK(announced == 0 || announced == *body_len);
		FUZZ_CHECK(have < FRAME_HEADER + *body_len);
		announced = *body_len;
	}
	return ret;
}

static void builds_again(const uint8_t *bytes, size_t body_len, size_t max)
{
	size_t whole = FRAME_HEADER + body_len;
	struct buf b;
	size_t start;

	buf_init(&b, 0);
	buf_put_u8(&b, 0x55);
	start = frame_begin(&b);
	buf_put(&b, bytes + FRAME_HEADER, body_len);
	FUZZ_CHECK(frame_end(&b, start, max) == 0);
	FUZZ_CHECK(b.len == 1 + whole && memcmp(b.data + 1, bytes, whole) == 0);
	buf_truncate(&b, 1);
	start = frame_begin(&b);
	buf_put(&b, bytes + FRAME_HEADER, body_len);
	FUZZ_CHECK(frame_end(&b, start, whole - 1) == ERR_TOO_BIG);
	FUZZ_CHECK(b.len == 1 && buf_err(&b) == 0);
	buf_wipe(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t max, body_len, slow_len;
	int ret;

	if (size < 2)
		return -1;
	max = (size_t)data[0] << 8 | data[1];
	if (max == 0xffff)
		max = FRAME_MAX;
	data += 2;
	size -= 2;
	for (;;) {
		ret = frame_peek(data, size, max, &body_len);
		FUZZ_CHECK(arrives_slowly(data, size, max, &slow_len) == ret && slow_len == body_len);
		if (ret)
			break;
		FUZZ_CHECK(body_len >= FRAME_MIN && FRAME_HEADER + body_len <= max && FRAME_HEADER + body_len <= size);
		builds_again(data, body_len, max);
		data += FRAME_HEADER + body_len;
		size -= FRAME_HEADER + body_len;
	}
	FUZZ_CHECK(ret == ERR_MORE || ret == ERR_PROTO || ret == ERR_TOO_BIG);
	FUZZ_CHECK(ret == ERR_MORE || body_len == 0);
	return 0;
}
