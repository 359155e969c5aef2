/* fuzz_check: statements of a check between two people, signed and promised by the right device, with any bytes inside.
 * What is taken can be said again and is the same. */
#include <string.h>

#include "proto/buf.h"
#include "proto/check.h"
#include "proto/crypto.h"
#include "proto/device.h"
#include "proto/err.h"
#include "proto/keychain.h"
#include "proto/label.h"
#include "tests/fuzz/fuzz.h"

static struct keychain *ana;
static const uint8_t genesis[32]; /* whom a reveal speaks for: zeroes, so that inputs can be written by hand */

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const uint8_t seed[32] = {1};
	struct device_secret device, recovery;
	struct buf link;

	(void)argc;
	(void)argv;
	if (crypto_init() || device_generate(&device) || device_generate(&recovery))
		return 1;
	buf_init(&link, 0);
	int err = keychain_create(&(struct keychain_opts){&device, &recovery, seed, seed, 1}, &link);
	if (!err)
		err = keychain_new(link.data, link.len, &ana);
	buf_wipe(&link);
	return err;
}

static void check_reveal(const struct check_reveal *heard, const uint8_t *data, size_t size)
{
	struct buf again;

	FUZZ_CHECK(heard->sent.n <= CHECK_DEVICES && heard->held.n <= CHECK_DEVICES);
	buf_init(&again, 0);
	FUZZ_CHECK(check_reveal_put(heard, &again) == 0);
	FUZZ_CHECK(again.len == size && memcmp(again.data, data, size) == 0);
	buf_wipe(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t box[CHECK_BOX] = {1};
	static struct check_reveal heard;
	const struct check_place place = {box, CHECK_COMMIT_FIRST, NULL, 0};
	const struct crypto_bytes part = {data, size};
	struct check_commit promised;

	/* as a commitment: nobody signed it */
	FUZZ_CHECK(check_commit_open(data, size, &place, ana, &promised) != 0);
	/* as a reveal that was promised */
	if (crypto_hash(LABEL_CHECK_COMMIT, &part, 1, promised.hash) == 0 &&
	    check_reveal_open(data, size, &promised, genesis, &heard) == 0)
		check_reveal(&heard, data, size);
	return 0;
}
