/* content_check: text and values against their rules. See content_check.h and content.h. */
#include "content_check.h"

#include <stdlib.h>
#include <string.h>

#include <uninorm.h>
#include <unistr.h>

#include "content.h"
#include "err.h"
#include "mp.h"

static bool is_forbidden(ucs4_t c)
{
	return (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7f && c < 0xa0);
}

static bool is_composed(const uint8_t *text, size_t len)
{
	size_t n = 0;
	uint8_t *nfc = u8_normalize(UNINORM_NFC, text, len, NULL, &n);
	bool same = nfc && n == len && memcmp(nfc, text, len) == 0;

	if (nfc)
		explicit_bzero(nfc, n);
	free(nfc);
	return same;
}

int content_check_text(const char *text, size_t len, size_t *characters)
{
	const uint8_t *s = (const uint8_t *)text;
	bool ascii = true;
	size_t count = 0, at = 0;

	if (characters)
		*characters = 0;
	while (at < len) {
		ucs4_t c;
		int used = u8_mbtoucr(&c, s + at, len - at);

		if (used <= 0 || is_forbidden(c))
			return ERR_SCHEMA;
		ascii = ascii && c < 0x80;
		at += (size_t)used;
		count++;
	}
	if (!ascii && !is_composed(s, len))
		return ERR_SCHEMA;
	if (characters)
		*characters = count;
	return 0;
}

static int check_uint(const struct content_rule *rule, struct mp_cur *c)
{
	mp_u64(c, (uint64_t)rule->min, (uint64_t)rule->max);
	return mp_err(c);
}

static int check_int(const struct content_rule *rule, struct mp_cur *c)
{
	mp_i64(c, rule->min, rule->max);
	return mp_err(c);
}

static int check_bool(const struct content_rule *rule, struct mp_cur *c)
{
	(void)rule;
	mp_bool(c);
	return mp_err(c);
}

static int check_text(const struct content_rule *rule, struct mp_cur *c)
{
	size_t len, n;
	const char *text = mp_str(c, 0, UINT32_MAX, &len);
	int err = mp_err(c) ? ERR_SCHEMA : content_check_text(text, len, &n);

	if (err)
		return err;
	if (rule->unit == CONTENT_IN_BYTES)
		n = len;
	if (n < (size_t)rule->min || n > (size_t)rule->max)
		return ERR_SCHEMA;
	return rule->check ? rule->check(text, len) : 0;
}

static int check_bytes(const struct content_rule *rule, struct mp_cur *c)
{
	size_t len;
	const uint8_t *bytes = mp_bin(c, (size_t)rule->min, (size_t)rule->max, &len);

	if (mp_err(c))
		return ERR_SCHEMA;
	return rule->check ? rule->check(bytes, len) : 0;
}

static int check_tuple(const struct content_rule *rule, struct mp_cur *c)
{
	struct mp_cur inside = mp_enter(c, rule->n_parts, rule->n_parts);
	int err = mp_err(c);

	for (uint16_t i = 0; i < rule->n_parts && !err; i++) {
		const struct content_rule *part = &rule->parts[i];

		if (part->required || !mp_nil(&inside))
			err = content_check_value(part, &inside);
	}
	return err ? err : mp_done(&inside);
}

static int (*const checks[])(const struct content_rule *, struct mp_cur *) = {
    [CONTENT_UINT] = check_uint, [CONTENT_INT] = check_int,     [CONTENT_BOOL] = check_bool,
    [CONTENT_TEXT] = check_text, [CONTENT_BYTES] = check_bytes, [CONTENT_TUPLE] = check_tuple,
};

int content_check_value(const struct content_rule *rule, struct mp_cur *c)
{
	struct mp_cur list;
	int err = 0;

	if (rule->list_max == 0)
		return checks[rule->type](rule, c) ? ERR_SCHEMA : 0;
	list = mp_enter(c, rule->list_min, rule->list_max);
	if (mp_err(c))
		return ERR_SCHEMA;
	while (mp_left(&list) > 0 && !err)
		err = checks[rule->type](rule, &list);
	return err ? ERR_SCHEMA : 0;
}
