/* test_code: known codes, every single mistake in typing them, kinds, and addresses. The known codes were computed
 * apart from this program, with SHA-256("kap1.code" 0x00 kind symbols). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "proto/code.h"
#include "proto/crypto.h"
#include "proto/err.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define ALL_KINDS "FIRP"

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static const struct {
	char kind[2];
	const char *symbols, *text;
} known[] = {
    {"F", "0123456789ABCDEFGHJKMNPQRS", "01234-56789-ABCDE-FGHJK-MNPQR-S5ZZE"},
    {"I", "0123456789ABCDEFGHJKMNPQRS", "01234-56789-ABCDE-FGHJK-MNPQR-SHHA5"},
    {"R", "0123456789ABCDEFGHJKMNPQRS", "01234-56789-ABCDE-FGHJK-MNPQR-S8W2N"},
    {"P", "0123456789ABCDEFGHJKMNPQRS", "01234-56789-ABCDE-FGHJK-MNPQR-S9G26"},
    {"I", "ZYXWVTSRQPNMKJHGFEDCBA9876", "ZYXWV-TSRQP-NMKJH-GFEDC-BA987-6ZVHP"},
    {"R", "00000000000000000000000000", "00000-00000-00000-00000-00000-0REKZ"},
    {"P", "KETAMN0PSYCH0THERAPY0KAPD1", "KETAM-N0PSY-CH0TH-ERAPY-0KAPD-1PF1H"},
    {"I", "ZZZZZZZZZZZZZZZZZZZZZZZZZZ", "ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZ-ZFAFY"},
};

static const struct code wiped;

static int parse(const char *kinds, const char *text, struct code *code)
{
	memset(code, 0xaa, sizeof *code);
	return code_parse(kinds, text, strlen(text), code);
}

/* A code that is refused leaves nothing behind. */
static void refused(const char *kinds, const char *text, int want)
{
	struct code code;

	assert_int_equal(parse(kinds, text, &code), want);
	assert_memory_equal(&code, &wiped, sizeof code);
}

static void known_codes(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(known); i++) {
		char text[CODE_TEXT];
		struct code code;

		assert_int_equal(parse(known[i].kind, known[i].text, &code), 0);
		assert_int_equal(code.kind, known[i].kind[0]);
		assert_string_equal(code.symbols, known[i].symbols);
		assert_int_equal(code_format(&code, text), 0);
		assert_string_equal(text, known[i].text);
		/* one among several kinds */
		assert_int_equal(parse(ALL_KINDS, known[i].text, &code), 0);
		assert_int_equal(code.kind, known[i].kind[0]);
		code_wipe(&code);
		assert_memory_equal(&code, &wiped, sizeof code);
	}
}

static void other_kinds(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(known); i++)
		for (const char *kind = ALL_KINDS; *kind; kind++) {
			char one[2] = {*kind, 0};

			if (*kind != known[i].kind[0])
				refused(one, known[i].text, ERR_CODE_KIND);
		}
	refused("FI", known[2].text, ERR_CODE_KIND);
	refused("", known[0].text, ERR_CODE_KIND);
}

static void as_people_type(void **state)
{
	static const char *const same[] = {
	    "KETAM-N0PSY-CH0TH-ERAPY-0KAPD-1PF1H",
	    "ketam-n0psy-ch0th-erapy-0kapd-1pf1h",
	    "KETAMN0PSYCH0THERAPY0KAPD1PF1H",
	    "  KETAM N0PSY CH0TH ERAPY 0KAPD 1PF1H  ",
	    "KETAM - NOPSY - CHOTH - ERAPY - OKAPD - IPFLH",
	    "ketam-nopsy-choth-erapy-okapd-ipflh",
	    "K-E-T-A-M-N-0-P-S-Y-C-H-0-T-H-E-R-A-P-Y-0-K-A-P-D-l-P-F-i-H-",
	};
	static const char *const not_codes[] = {
	    "",
	    " ",
	    "-",
	    "KETAM",
	    "KETAM-N0PSY-CH0TH-ERAPY-0KAPD-1PF1",
	    "KETAM-N0PSY-CH0TH-ERAPY-0KAPD-1PF1HH",
	    "KETAM-N0PSY-CH0TH-ERAPY-0KAPD-1PF1U",
	    "UETAM-N0PSY-CH0TH-ERAPY-0KAPD-1PF1H",
	    "uETAM-N0PSY-CH0TH-ERAPY-0KAPD-1PF1H",
	    "KETAM_N0PSY_CH0TH_ERAPY_0KAPD_1PF1H",
	    "KETAM-N0PSY-CH0TH-ERAPY-0KAPD-1PF1H\n",
	    "KETAM-N0PSY-CH0TH-ERAPY-0KAPD-1PF1H@host",
	    "K\xc3\x89TAM-N0PSY-CH0TH-ERAPY-0KAPD-1PF1H",
	    "KETAM-N0PSY-CH0TH-ERAPY-0KAPD-1PF1\xff",
	};
	struct code code;

	(void)state;
	for (size_t i = 0; i < COUNT(same); i++) {
		assert_int_equal(parse("P", same[i], &code), 0);
		assert_string_equal(code.symbols, "KETAMN0PSYCH0THERAPY0KAPD1");
	}
	for (size_t i = 0; i < COUNT(not_codes); i++)
		refused(ALL_KINDS, not_codes[i], ERR_CODE_FORM);
	/* the length decides, not a NUL; and a NUL is no symbol */
	assert_int_equal(code_parse("P", "KETAM-N0PSY-CH0TH-ERAPY-0KAPD-1PF1H", 34, &code), ERR_CODE_FORM);
	assert_int_equal(code_parse("P", "KETAM-N0PSY-CH0TH-ERAPY-0KAPD-1PF1H\0", 36, &code), ERR_CODE_FORM);
	assert_int_equal(code_parse("P", "KETAM-N0PSY-CH0TH-ERAPY-0KAPD-1PF1H junk", 36, &code), 0);
}

/* The codes are fixed, so that a checksum of 20 bits is either always or never enough for these mistakes. */
static void every_mistyped_symbol(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(known); i++)
		for (size_t at = 0; at < CODE_TEXT - 1; at++)
			for (const char *other = alphabet; *other && known[i].text[at] != '-'; other++) {
				char text[CODE_TEXT];

				memcpy(text, known[i].text, sizeof text);
				if (text[at] == *other)
					continue;
				text[at] = *other;
				refused(ALL_KINDS, text, ERR_CODE_FORM);
			}
}

static void every_swap_of_neighbours(void **state)
{
	unsigned swaps = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(known); i++)
		for (size_t at = 0; at + 1 < CODE_TEXT - 1; at++) {
			size_t after = known[i].text[at + 1] == '-' ? at + 2 : at + 1;
			char text[CODE_TEXT];

			memcpy(text, known[i].text, sizeof text);
			if (text[at] == '-' || text[at] == text[after])
				continue;
			text[at] = known[i].text[after];
			text[after] = known[i].text[at];
			refused(ALL_KINDS, text, ERR_CODE_FORM);
			swaps++;
		}
	assert_true(swaps > 100);
}

static void every_lost_or_doubled_symbol(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(known); i++)
		for (size_t at = 0; at < CODE_TEXT - 1; at++) {
			char text[CODE_TEXT + 1];

			if (known[i].text[at] == '-')
				continue;
			snprintf(text, sizeof text, "%.*s%s", (int)at, known[i].text, known[i].text + at + 1);
			refused(ALL_KINDS, text, ERR_CODE_FORM);
			snprintf(text, sizeof text, "%.*s%s", (int)at + 1, known[i].text, known[i].text + at);
			refused(ALL_KINDS, text, ERR_CODE_FORM);
		}
}

static void fresh_codes(void **state)
{
	struct code a, b = {.kind = 'x'};
	unsigned seen[128] = {0};
	char text[CODE_TEXT];

	(void)state;
	for (int i = 0; i < 400; i++) {
		char kind = ALL_KINDS[i % 4];
		/* one code in a million fits another kind's checksum too, so only its own is asked for */
		const char own[] = {kind, '\0'};

		assert_int_equal(code_new(kind, &a), 0);
		assert_int_equal(a.kind, kind);
		assert_int_equal(strlen(a.symbols), CODE_SYMBOLS);
		for (size_t k = 0; k < CODE_SYMBOLS; k++)
			seen[(unsigned char)a.symbols[k]]++;
		assert_memory_not_equal(&a, &b, sizeof a);
		assert_int_equal(code_format(&a, text), 0);
		assert_int_equal(strlen(text), CODE_TEXT - 1);
		assert_int_equal(parse(own, text, &b), 0);
		assert_memory_equal(&a, &b, sizeof a);
	}
	/* 10400 symbols: 325 of each are expected, with a deviation of 18 */
	for (const char *s = alphabet; *s; s++)
		assert_in_range(seen[(unsigned char)*s], 325 - 180, 325 + 180);
	assert_int_equal(code_new('X', &a), ERR_ARG);
	assert_memory_equal(&a, &wiped, sizeof a);
	assert_int_equal(code_new(0, &a), ERR_ARG);
}

#define LABEL63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HOST255 LABEL63 "." LABEL63 "." LABEL63 "." LABEL63

static const struct {
	const char *text, *host; /* NULL: not an address */
	uint16_t port;
} addresses[] = {
    {"clinic.example", "clinic.example", 7443},
    {"clinic.example:443", "clinic.example", 443},
    {" clinic.example:443 ", "clinic.example", 443},
    {"localhost", "localhost", 7443},
    {"127.0.0.1:1", "127.0.0.1", 1},
    {"h:65535", "h", 65535},
    {"my_host-2:07443", "my_host-2", 7443},
    {"[::1]", "::1", 7443},
    {"[::1]:7443", "::1", 7443},
    {"[2001:db8::7]:7444", "2001:db8::7", 7444},
    {"[fe80::1%eth0]", "fe80::1%eth0", 7443},
    {HOST255, HOST255, 7443},
    {HOST255 ":65535", HOST255, 65535},
    {"a" HOST255, NULL, 0},
    {"", NULL, 0},
    {" ", NULL, 0},
    {":7443", NULL, 0},
    {"host:", NULL, 0},
    {"host:0", NULL, 0},
    {"host:65536", NULL, 0},
    {"host:99999", NULL, 0},
    {"host:100000", NULL, 0},
    {"host:+1", NULL, 0},
    {"host:-1", NULL, 0},
    {"host:1x", NULL, 0},
    {"host: 1", NULL, 0},
    {"host:1:2", NULL, 0},
    {"ho st", NULL, 0},
    {"host/path", NULL, 0},
    {"user@host", NULL, 0},
    {"-host", NULL, 0},
    {".host", NULL, 0},
    {"host\n", NULL, 0},
    {"h\x1b[31m", NULL, 0},
    {"h\xc3\xb6st", NULL, 0},
    {"::1", NULL, 0},
    {"fe80::1", NULL, 0},
    {"[", NULL, 0},
    {"[]", NULL, 0},
    {"[::1", NULL, 0},
    {"[::1]7443", NULL, 0},
    {"[::1]:", NULL, 0},
    {"[::1]:0", NULL, 0},
    {"[::1]]", NULL, 0},
    {"[[::1]]", NULL, 0},
    {"[host]", NULL, 0},
    {"::1]", NULL, 0},
};

static void address_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(addresses); i++) {
		char host[CODE_HOST];
		uint16_t port = 9;

		memset(host, 'x', sizeof host);
		assert_int_equal(code_parse_address(addresses[i].text, host, &port), addresses[i].host ? 0 : ERR_ADDRESS);
		assert_string_equal(host, addresses[i].host ? addresses[i].host : "");
		assert_int_equal(port, addresses[i].port);
	}
}

static void code_with_address(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(addresses); i++) {
		char text[CODE_AT_TEXT + 8], host[CODE_HOST];
		uint16_t port = 9;
		struct code code;

		snprintf(text, sizeof text, "%s@%s", known[0].text, addresses[i].text);
		assert_int_equal(code_parse_at("IF", text, &code, host, &port), addresses[i].host ? 0 : ERR_ADDRESS);
		assert_string_equal(host, addresses[i].host ? addresses[i].host : "");
		assert_int_equal(port, addresses[i].port);
		assert_string_equal(code.symbols, addresses[i].host ? known[0].symbols : "");
		if (!addresses[i].host)
			continue;
		/* written and read again */
		assert_int_equal(code_format_at(&code, host, port, text), 0);
		assert_int_equal(code_parse_at("F", text, &code, host, &port), 0);
		assert_string_equal(host, addresses[i].host);
		assert_int_equal(port, addresses[i].port);
	}
}

static void code_with_wrong_code(void **state)
{
	static const struct {
		const char *text;
		int want;
	} rows[] = {
	    {"01234-56789-ABCDE-FGHJK-MNPQR-S5ZZE@host", 0},
	    {" 0123456789 abcdefghjk mnpqrs5zze @ host:7443", 0},
	    {"01234-56789-ABCDE-FGHJK-MNPQR-S5ZZE", ERR_ADDRESS},
	    {"01234-56789-ABCDE-FGHJK-MNPQR-S5ZZE@", ERR_ADDRESS},
	    {"01234-56789-ABCDE-FGHJK-MNPQR-S5ZZ0@host", ERR_CODE_FORM},
	    {"01234-56789-ABCDE-FGHJK-MNPQR-S8W2N@host", ERR_CODE_KIND},
	    {"@host", ERR_CODE_FORM},
	    {"", ERR_CODE_FORM},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char host[CODE_HOST];
		uint16_t port = 9;
		struct code code;

		memset(&code, 0xaa, sizeof code);
		assert_int_equal(code_parse_at("F", rows[i].text, &code, host, &port), rows[i].want);
		assert_string_equal(host, rows[i].want ? "" : "host");
		assert_int_equal(port, rows[i].want ? 0 : CODE_PORT);
		assert_int_equal(code.kind, rows[i].want ? 0 : 'F');
	}
}

static void written_addresses(void **state)
{
	static const struct {
		const char *host;
		uint16_t port;
		const char *want; /* behind the code; NULL: refused */
	} rows[] = {
	    {"clinic.example", 7443, "@clinic.example"},
	    {"clinic.example", 443, "@clinic.example:443"},
	    {"::1", 7443, "@[::1]"},
	    {"::1", 65535, "@[::1]:65535"},
	    {HOST255, 65535, "@" HOST255 ":65535"},
	    {"a" HOST255, 7443, NULL},
	    {"clinic.example", 0, NULL},
	    {"", 7443, NULL},
	    {"ho st", 7443, NULL},
	    {"[::1]", 7443, NULL},
	};
	struct code code;

	(void)state;
	assert_int_equal(parse("F", known[0].text, &code), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[CODE_AT_TEXT] = "x";

		assert_int_equal(code_format_at(&code, rows[i].host, rows[i].port, text), rows[i].want ? 0 : ERR_ADDRESS);
		if (!rows[i].want) {
			assert_string_equal(text, "");
			continue;
		}
		assert_memory_equal(text, known[0].text, CODE_TEXT - 1);
		assert_string_equal(text + CODE_TEXT - 1, rows[i].want);
	}
}

static int with_crypto(void **state)
{
	(void)state;
	return crypto_init();
}

static int without_crypto(void **state)
{
	(void)state;
	crypto_fini();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(known_codes),
	    cmocka_unit_test(other_kinds),
	    cmocka_unit_test(as_people_type),
	    cmocka_unit_test(every_mistyped_symbol),
	    cmocka_unit_test(every_swap_of_neighbours),
	    cmocka_unit_test(every_lost_or_doubled_symbol),
	    cmocka_unit_test(fresh_codes),
	    cmocka_unit_test(address_alone),
	    cmocka_unit_test(code_with_address),
	    cmocka_unit_test(code_with_wrong_code),
	    cmocka_unit_test(written_addresses),
	};

	return cmocka_run_group_tests(tests, with_crypto, without_crypto);
}
