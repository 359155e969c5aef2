/* fuzz_code: what people type where a code is asked for. The input taken as that text, with and without an address; and
 * its start taken as a secret, so that right checksums are reached: what is written is read back. */
#include <string.h>

#include "proto/code.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "tests/fuzz/fuzz.h"

static const char all_kinds[] = "FIRP";

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return crypto_init();
}

static void is_wiped(const struct code *code)
{
	static const struct code wiped;

	FUZZ_CHECK(memcmp(code, &wiped, sizeof wiped) == 0);
}

static void is_read_back(const struct code *code)
{
	char one[2] = {code->kind, 0};
	char text[CODE_TEXT];
	struct code again;

	FUZZ_CHECK(code_format(code, text) == 0 && strlen(text) == CODE_TEXT - 1);
	FUZZ_CHECK(code_parse(one, text, CODE_TEXT - 1, &again) == 0);
	FUZZ_CHECK(memcmp(code, &again, sizeof again) == 0);
	FUZZ_CHECK(code_parse(one, text, CODE_TEXT - 2, &again) == ERR_CODE_FORM);
	is_wiped(&again);
}

static void address_is_read_back(const struct code *code, const char *host, uint16_t port)
{
	char text[CODE_AT_TEXT], again_host[CODE_HOST];
	char one[2] = {code->kind, 0};
	struct code again;
	uint16_t again_port;

	FUZZ_CHECK(strlen(host) > 0 && strlen(host) < CODE_HOST && port > 0 && !strpbrk(host, " @/[]\n\x1b"));
	FUZZ_CHECK(code_format_at(code, host, port, text) == 0 && strlen(text) < CODE_AT_TEXT);
	FUZZ_CHECK(code_parse_at(one, text, &again, again_host, &again_port) == 0);
	FUZZ_CHECK(memcmp(code, &again, sizeof again) == 0 && strcmp(host, again_host) == 0 && port == again_port);
}

static void taken_as_text(const char *text, size_t size)
{
	char host[CODE_HOST];
	struct code code;
	uint16_t port;
	int ret = code_parse(all_kinds, text, size, &code);

	FUZZ_CHECK(ret == 0 || ret == ERR_CODE_FORM);
	if (ret)
		is_wiped(&code);
	else
		is_read_back(&code);
	ret = code_parse_at(all_kinds, text, &code, host, &port);
	FUZZ_CHECK(ret == 0 || ret == ERR_CODE_FORM || ret == ERR_ADDRESS);
	if (ret == 0) {
		address_is_read_back(&code, host, port);
		return;
	}
	is_wiped(&code);
	FUZZ_CHECK(!*host && !port);
}

/* The first byte is the kind, 26 more the secret, the rest the address. */
static void taken_as_a_secret(const char *text, size_t size)
{
	static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	char host[CODE_HOST];
	struct code code = {0};
	uint16_t port;
	int ret;

	if (size < 1 + CODE_SYMBOLS)
		return;
	code.kind = all_kinds[text[0] & 3];
	for (size_t i = 0; i < CODE_SYMBOLS; i++)
		code.symbols[i] = alphabet[text[1 + i] & 31];
	is_read_back(&code);
	ret = code_parse_address(text + 1 + CODE_SYMBOLS, host, &port);
	FUZZ_CHECK(ret == 0 || (ret == ERR_ADDRESS && !*host && !port));
	if (ret == 0)
		address_is_read_back(&code, host, port);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (!text)
		return -1;
	if (size > 0)
		memcpy(text, data, size);
	text[size] = 0;
	taken_as_text(text, size);
	taken_as_a_secret(text, size);
	free(text);
	return 0;
}
