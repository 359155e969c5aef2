/* fuzz_config: kapd.conf as anybody may write it. What is taken is within the table's bounds and stays taken line by
 * line; what is refused is refused with a reason. */
#include <string.h>

#include "daemon/config.h"
#include "proto/buf.h"
#include "proto/err.h"
#include "tests/fuzz/fuzz.h"

static void is_within_bounds(const struct config *c)
{
#define CONFIG_U32(name, min, max, preset, help) FUZZ_CHECK((int64_t)c->name >= (min) && c->name <= (max));
#define CONFIG_TEXT(name, min, max, preset, help)                                                                      \
	FUZZ_CHECK(memchr(c->name, 0, (max) + 1) != NULL && strlen(c->name) >= (min));
#define CONFIG_WORD(name, words, preset, help) FUZZ_CHECK(c->name < 8);
#include "daemon/config.def"
#undef CONFIG_U32
#undef CONFIG_TEXT
#undef CONFIG_WORD
}

/* Every complaint is a line of printable text. */
static void is_readable(const struct buf *errors)
{
	FUZZ_CHECK(errors->len > 0 && errors->data[errors->len - 1] == '\n');
	for (size_t i = 0; i < errors->len; i++)
		FUZZ_CHECK(errors->data[i] == '\n' || (errors->data[i] >= 0x20 && errors->data[i] <= 0x7e));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config c, again;
	struct buf errors;
	int err;

	buf_init(&errors, 0);
	config_defaults(&c);
	err = config_parse(&c, "f", (const char *)data, size, &errors);
	FUZZ_CHECK(err == 0 || err == ERR_CONFIG);
	is_within_bounds(&c);
	if (err != 0) {
		is_readable(&errors);
	} else {
		FUZZ_CHECK(errors.len == 0);
		config_defaults(&again);
		FUZZ_CHECK(config_parse(&again, "f", (const char *)data, size, &errors) == 0);
		FUZZ_CHECK(memcmp(&c, &again, sizeof c) == 0);
	}
	buf_wipe(&errors);
	return 0;
}
