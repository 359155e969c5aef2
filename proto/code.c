/* code: typed codes and their addresses. Knows symbols, groups and checksums, and deliberately nothing of what a code
 * opens. A code is typed by the person who holds it, on their own device: that reading takes longer for some symbols
 * than for others tells nobody anything. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "crypto.h"
#include "err.h"
#include "label.h"

#include "code.h"

#define SYMBOLS_ALL (CODE_SYMBOLS + CODE_CHECK)
#define GROUP 5

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
static const char kinds_all[] = {CODE_FOUNDING, CODE_INVITATION, CODE_RECOVERY, CODE_PAIRING, 0};

/* What somebody meant by `c`: a symbol of the alphabet, or 0. */
static char symbol_of(char c)
{
	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	if (c == 'O')
		return '0';
	if (c == 'I' || c == 'L')
		return '1';
	return c && strchr(alphabet, c) ? c : 0;
}

static int checksum(char kind, const char symbols[CODE_SYMBOLS], char check[CODE_CHECK])
{
	const struct crypto_bytes parts[] = {{&kind, 1}, {symbols, CODE_SYMBOLS}};
	uint8_t h[CRYPTO_HASH];
	uint32_t bits;
	int err = crypto_hash(LABEL_CODE, parts, 2, h);

	bits = (uint32_t)h[0] << 12 | (uint32_t)h[1] << 4 | h[2] >> 4;
	for (unsigned i = 0; i < CODE_CHECK; i++)
		check[i] = alphabet[bits >> (15 - 5 * i) & 31];
	crypto_wipe(h, sizeof h);
	return err;
}

/* The symbols of `text`, spaces and hyphens left out; false unless they are exactly as many as a code has. */
static bool read_symbols(const char *text, size_t len, char all[SYMBOLS_ALL])
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		char c = symbol_of(text[i]);

		if (text[i] == ' ' || text[i] == '-')
			continue;
		if (!c || n == SYMBOLS_ALL)
			return false;
		all[n++] = c;
	}
	return n == SYMBOLS_ALL;
}

/* The first of `kinds` that the checksum fits, 0 if none. */
static int find_kind(const char *kinds, const char all[SYMBOLS_ALL], char *kind)
{
	char check[CODE_CHECK];
	int err = 0;

	*kind = 0;
	for (; *kinds && !*kind && !err; kinds++) {
		err = checksum(*kinds, all, check);
		if (!err && crypto_equal(check, all + CODE_SYMBOLS, CODE_CHECK))
			*kind = *kinds;
	}
	crypto_wipe(check, sizeof check);
	return err;
}

int code_new(char kind, struct code *code)
{
	uint8_t random[CODE_SYMBOLS];
	int err;

	code_wipe(code);
	if (!kind || !strchr(kinds_all, kind))
		return ERR_ARG;
	err = crypto_random(random, sizeof random);
	if (!err) {
		code->kind = kind;
		for (size_t i = 0; i < CODE_SYMBOLS; i++)
			code->symbols[i] = alphabet[random[i] & 31];
	}
	crypto_wipe(random, sizeof random);
	return err;
}

int code_parse(const char *kinds, const char *text, size_t len, struct code *code)
{
	char all[SYMBOLS_ALL], kind = 0;
	int err;

	code_wipe(code);
	err = ERR_CODE_FORM;
	if (!read_symbols(text, len, all))
		goto out;
	err = find_kind(kinds, all, &kind);
	if (err)
		goto out;
	if (kind) {
		code->kind = kind;
		memcpy(code->symbols, all, CODE_SYMBOLS);
		goto out;
	}
	err = find_kind(kinds_all, all, &kind);
	if (!err)
		err = kind ? ERR_CODE_KIND : ERR_CODE_FORM;
out:
	crypto_wipe(all, sizeof all);
	return err;
}

int code_format(const struct code *code, char out[CODE_TEXT])
{
	char all[SYMBOLS_ALL];
	size_t n = 0;
	int err;

	memcpy(all, code->symbols, CODE_SYMBOLS);
	err = checksum(code->kind, all, all + CODE_SYMBOLS);
	for (size_t i = 0; !err && i < SYMBOLS_ALL; i++) {
		if (i > 0 && i % GROUP == 0)
			out[n++] = '-';
		out[n++] = all[i];
	}
	out[n] = 0;
	crypto_wipe(all, sizeof all);
	return err;
}

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* Neither "host:port" nor a numeric IPv6 address is meant to be understood here, only told apart from what is neither.
 */
static bool is_host(const char *host, size_t len)
{
	bool numeric6 = memchr(host, ':', len) != NULL;
	const char *others = numeric6 ? ":.%-_" : ".-_";

	if (len == 0 || len >= CODE_HOST || (!is_alnum(host[0]) && !(numeric6 && host[0] == ':')))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!is_alnum(host[i]) && (!host[i] || !strchr(others, host[i])))
			return false;
	return true;
}

static bool read_port(const char *text, size_t len, uint16_t *port)
{
	uint32_t v = 0;

	if (len == 0 || len > 5)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		v = v * 10 + (uint32_t)(text[i] - '0');
	}
	*port = (uint16_t)v;
	return v > 0 && v <= UINT16_MAX;
}

/* As code_parse_address, without the promise about outputs on error. */
static bool read_address(const char *text, size_t len, char host[CODE_HOST], uint16_t *port)
{
	const char *start = text, *end = text + len, *stop, *rest;
	bool brackets = len > 0 && *text == '[';

	if (brackets)
		start++;
	stop = memchr(start, brackets ? ']' : ':', (size_t)(end - start));
	if (brackets && !stop)
		return false;
	if (!stop)
		stop = end;
	rest = brackets ? stop + 1 : stop;
	if (!is_host(start, (size_t)(stop - start)) || (brackets && !memchr(start, ':', (size_t)(stop - start))))
		return false;
	memcpy(host, start, (size_t)(stop - start));
	host[stop - start] = 0;
	*port = CODE_PORT;
	if (rest == end)
		return true;
	return *rest == ':' && read_port(rest + 1, (size_t)(end - rest - 1), port);
}

int code_parse_address(const char *text, char host[CODE_HOST], uint16_t *port)
{
	size_t len;

	text += strspn(text, " ");
	len = strlen(text);
	while (len > 0 && text[len - 1] == ' ')
		len--;
	if (read_address(text, len, host, port))
		return 0;
	memset(host, 0, CODE_HOST);
	*port = 0;
	return ERR_ADDRESS;
}

int code_parse_at(const char *kinds, const char *text, struct code *code, char host[CODE_HOST], uint16_t *port)
{
	const char *at = strchr(text, '@');
	int err;

	memset(host, 0, CODE_HOST);
	*port = 0;
	err = code_parse(kinds, text, at ? (size_t)(at - text) : strlen(text), code);
	if (err)
		return err;
	err = at ? code_parse_address(at + 1, host, port) : ERR_ADDRESS;
	if (err)
		code_wipe(code);
	return err;
}

int code_format_at(const struct code *code, const char *host, uint16_t port, char out[CODE_AT_TEXT])
{
	size_t len = strlen(host), n = CODE_TEXT - 1;
	bool brackets = strchr(host, ':') != NULL;
	int err;

	*out = 0;
	if (!is_host(host, len) || port == 0)
		return ERR_ADDRESS;
	err = code_format(code, out);
	if (err)
		return err;
	n += (size_t)snprintf(out + n, CODE_AT_TEXT - n, brackets ? "@[%s]" : "@%s", host);
	if (port != CODE_PORT)
		snprintf(out + n, CODE_AT_TEXT - n, ":%u", port);
	return 0;
}

void code_wipe(struct code *code)
{
	crypto_wipe(code, sizeof *code);
}
