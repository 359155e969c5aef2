/* value_parse: from what was typed to a field; see value.h. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/care/look.h"
#include "client/ui/text.h"
#include "client/ui/value.h"
#include "client/ui/when.h"
#include "client/ui/why.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/err.h"
#include "proto/mp.h"

#define PARTS 8
#define DAY_S 86400

/* What a list or field is put into, element by element. */
struct element {
	const struct content_rule *rule;
	const struct when *now;
	struct buf *to;
	struct why *why;
};

static const char *label_of(const struct content_rule *rule)
{
	return rule->look && rule->look->label ? rule->look->label : rule->name;
}

static int refuse_range(const struct content_rule *rule, const char *typed, struct why *why)
{
	unsigned decimals = rule->look ? rule->look->decimals : 0;
	int64_t most = rule->max == LOOK_RATHER_NOT && rule->min == 0 ? 10 : rule->max;
	char least_text[TEXT_NUMBER], most_text[TEXT_NUMBER];
	const char *unit = rule->look && rule->look->unit ? rule->look->unit : "";
	return why_set(why, ERR_RANGE, "%s %.40s is outside %s–%s%s%s. Check for a slipped digit.", label_of(rule), typed,
	               text_number(rule->min, decimals, least_text), text_number(most, decimals, most_text),
	               *unit ? " " : "", unit);
}

/* "6.5" with two decimals is 650. False: no such number. */
static bool parse_number(const char *typed, unsigned decimals, int64_t *out)
{
	bool negative = *typed == '-';
	const char *p = typed + negative;
	unsigned after = 0;
	int64_t value = 0;
	bool dot = false;
	if (*p < '0' || *p > '9')
		return false;
	for (; *p && value < INT64_MAX / 100; p++) {
		if (*p == '.' && !dot && decimals && p[1]) {
			dot = true;
		} else if (*p >= '0' && *p <= '9' && (!dot || after < decimals)) {
			value = value * 10 + (*p - '0');
			after += dot;
		} else {
			return false;
		}
	}
	for (; after < decimals && value < INT64_MAX / 100; after++)
		value *= 10;
	*out = negative ? -value : value;
	return !*p;
}

static int put_number(const struct element *e, const char *typed)
{
	const struct content_look *look = e->rule->look;
	unsigned decimals = look ? look->decimals : 0;
	int64_t value = 0;
	bool scale = e->rule->max == LOOK_RATHER_NOT && e->rule->min == 0;
	if (scale && (strcmp(typed, "rather-not") == 0 || strcmp(typed, "skip") == 0)) {
		mp_put_u64(e->to, LOOK_RATHER_NOT);
		return 0;
	}
	if (!parse_number(typed, decimals, &value))
		return why_set(e->why, ERR_SHAPE,
		               decimals ? "%s is a number, such as 6.5; not \"%.40s\"."
		                        : "%s is a whole number; not \"%.40s\".",
		               label_of(e->rule), typed);
	if (value < e->rule->min || value > e->rule->max || (scale && value == LOOK_RATHER_NOT))
		return refuse_range(e->rule, typed, e->why);
	if (look && look->step && value % look->step) {
		char step[TEXT_NUMBER];
		return why_set(e->why, ERR_RANGE, "%s goes in steps of %s; not \"%.40s\".", label_of(e->rule),
		               text_number(look->step, decimals, step), typed);
	}
	mp_put_i64(e->to, value);
	return 0;
}

static void list_words(const char *const *words, char *out, size_t max)
{
	size_t at = 0;
	out[0] = '\0';
	for (size_t i = 0; words[i] && at < max; i++)
		at += (size_t)snprintf(out + at, max - at, "%s%s", i == 0 ? "" : words[i + 1] ? ", " : " or ", words[i]);
}

/* The place of the word for which people type this number. */
static bool number_of_choice(const struct content_rule *rule, int64_t *number)
{
	const struct content_look *look = rule->look;
	if (!look->typed)
		return *number >= rule->min && *number <= rule->max;
	for (int64_t i = 0; look->words[i]; i++)
		if (look->typed[i] == *number) {
			*number = i;
			return true;
		}
	return false;
}

/* A word, the only word that begins so, or its number. */
static int put_choice(const struct element *e, const char *typed)
{
	const char *const *words = e->rule->look->words;
	size_t len = strlen(typed), found = SIZE_MAX, fits = 0;
	char all[256];
	int64_t number;
	for (size_t i = 0; words[i]; i++) {
		if (strcmp(words[i], typed) == 0) {
			mp_put_u64(e->to, i);
			return 0;
		}
		if (len && strncmp(words[i], typed, len) == 0) {
			found = i;
			fits++;
		}
	}
	if (fits == 1) {
		mp_put_u64(e->to, found);
		return 0;
	}
	if (!fits && parse_number(typed, 0, &number) && number_of_choice(e->rule, &number)) {
		mp_put_i64(e->to, number);
		return 0;
	}
	list_words(words, all, sizeof(all));
	return why_set(e->why, ERR_SHAPE, "%s is %s; not \"%.40s\".", label_of(e->rule), all, typed);
}

/* "98.6F", "37.0C": kept as tenths of a degree Celsius. Without the unit it could be either. */
static int put_degrees(const struct element *e, const char *typed)
{
	char digits[16];
	size_t len = strlen(typed);
	char unit = len ? (char)toupper((unsigned char)typed[len - 1]) : '\0';
	int64_t tenths;
	if (len < 2 || len > sizeof(digits) || (unit != 'C' && unit != 'F'))
		return why_set(e->why, ERR_SHAPE, "%s %.40s: add the unit — 98.6F or 37.0C.", label_of(e->rule), typed);
	snprintf(digits, sizeof(digits), "%.*s", (int)(len - 1), typed);
	if (!parse_number(digits, 1, &tenths))
		return why_set(e->why, ERR_SHAPE, "%s is a number with its unit, such as 98.6F or 37.0C; not \"%.40s\".",
		               label_of(e->rule), typed);
	if (unit == 'F')
		tenths = ((tenths - 320) * 10 + (tenths < 320 ? -9 : 9)) / 18;
	if (tenths < e->rule->min || tenths > e->rule->max)
		return refuse_range(e->rule, typed, e->why);
	mp_put_i64(e->to, tenths);
	return 0;
}

static int put_yes_no(const struct element *e, const char *typed)
{
	bool yes = strcmp(typed, "y") == 0 || strcmp(typed, "yes") == 0;
	if (!yes && strcmp(typed, "n") != 0 && strcmp(typed, "no") != 0)
		return why_set(e->why, ERR_SHAPE, "%s is yes or no; not \"%.40s\".", label_of(e->rule), typed);
	mp_put_bool(e->to, yes);
	return 0;
}

static int put_time(const struct element *e, const char *typed)
{
	struct when at;
	bool day = e->rule->look->as == LOOK_DAY;
	int err = (day ? when_parse_day : when_parse)(typed, e->now, &at, e->why);
	if (err)
		return err;
	if (at.s + (int64_t)at.offset_min * 60 < 0)
		return why_set(e->why, ERR_RANGE, "%s lies before 1970.", label_of(e->rule));
	if (day)
		mp_put_u64(e->to, (uint64_t)((at.s + (int64_t)at.offset_min * 60) / DAY_S));
	else
		mp_put_u64(e->to, (uint64_t)at.s * 1000);
	return 0;
}

static int put_text(const struct element *e, const char *typed)
{
	const struct content_rule *r = e->rule;
	bool characters = r->unit == CONTENT_IN_CHARACTERS;
	const struct text_limit limit = {.what = label_of(r),
	                                 .max_bytes = characters ? 0 : (size_t)r->max,
	                                 .min_chars = r->min > 0 ? (size_t)r->min : 0,
	                                 .max_chars = characters ? (size_t)r->max : 0};
	struct buf text;
	buf_init(&text, 0);
	int err = text_normalise(typed, strlen(typed), &limit, &text, e->why);
	if (!err)
		mp_put_str(e->to, (const char *)text.data, text.len);
	buf_wipe(&text);
	return err;
}

static int put_one(const struct element *e, char *typed);

static int put_tuple(const struct element *e, char *typed)
{
	const struct content_rule *r = e->rule;
	char *rest = typed;
	int err = 0;
	mp_put_array(e->to, r->n_parts);
	for (uint16_t i = 0; !err && i < r->n_parts; i++) {
		struct element part = {&r->parts[i], e->now, e->to, e->why};
		char *word = i + 1 == r->n_parts ? rest : strsep(&rest, ":");
		if (i + 1 == r->n_parts)
			rest = NULL;
		if (word && *word)
			err = put_one(&part, word);
		else if (!r->parts[i].required)
			mp_put_nil(e->to);
		else
			err = why_set(e->why, ERR_SHAPE, "%s lacks its part \"%s\".", label_of(r), r->parts[i].name);
	}
	return err;
}

static int put_one(const struct element *e, char *typed)
{
	const struct content_look *look = e->rule->look;
	if (look && look->words)
		return put_choice(e, typed);
	if (look && look->as == LOOK_DEGREES)
		return put_degrees(e, typed);
	if (look && (look->as == LOOK_MOMENT || look->as == LOOK_DAY))
		return put_time(e, typed);
	switch (e->rule->type) {
	case CONTENT_UINT:
	case CONTENT_INT:
		return put_number(e, typed);
	case CONTENT_BOOL:
		return put_yes_no(e, typed);
	case CONTENT_TEXT:
		return put_text(e, typed);
	case CONTENT_TUPLE:
		return look && look->as == LOOK_REF ? ERR_ARG : put_tuple(e, typed);
	default:
		return ERR_ARG;
	}
}

static int put_list(const struct element *e, char *typed)
{
	const char *between = e->rule->type == CONTENT_TUPLE || e->rule->type == CONTENT_TEXT ? ";" : ",";
	char *rest = typed, *word;
	uint32_t n = 0;
	struct buf elements;
	struct element each = {e->rule, e->now, &elements, e->why};
	int err = 0;
	buf_init(&elements, 0);
	while (!err && (word = strsep(&rest, between))) {
		word += strspn(word, " ");
		if (!*word)
			continue;
		if (n++ == e->rule->list_max)
			err = why_set(e->why, ERR_RANGE, "%s has at most %u parts.", label_of(e->rule), e->rule->list_max);
		else
			err = put_one(&each, word);
	}
	mp_put_array(e->to, n);
	buf_put(e->to, elements.data, elements.len);
	if (!err)
		err = buf_err(&elements);
	buf_wipe(&elements);
	return err;
}

/* [value] as it was built becomes the field. */
static int keep(struct content *c, const struct content_rule *rule, struct buf *b)
{
	struct mp_doc *doc = NULL;
	struct mp_cur root;
	size_t len;
	const char *text;
	int err = buf_err(b);
	if (!err)
		err = mp_open(b->data, b->len, &doc, &root);
	if (err)
		return err;
	switch (mp_peek(&root)) {
	case 'b':
		err = content_set_bool(c, rule->key, mp_bool(&root));
		break;
	case 's':
		text = mp_str(&root, 0, SIZE_MAX, &len);
		err = content_set_str(c, rule->key, text, len);
		break;
	case 'a':
		err = content_set_array(c, rule->key, b->data + 1, b->len - 1);
		break;
	default:
		err = content_set_i64(c, rule->key, mp_i64(&root, INT64_MIN, INT64_MAX));
	}
	mp_close(doc);
	return err;
}

int value_parse(const struct content_rule *rule, const char *typed, const struct when *now, struct content *c,
                struct why *why)
{
	struct buf b;
	char *copy = strdup(typed);
	struct element e = {rule, now, &b, why};
	why->text[0] = '\0';
	if (!copy)
		return ERR_NOMEM;
	if (!*copy) {
		free(copy);
		content_drop(c, rule->key);
		return 0;
	}
	buf_init(&b, 0);
	mp_put_array(&b, 1);
	int err = rule->list_max ? put_list(&e, copy) : put_one(&e, copy);
	if (!err)
		err = keep(c, rule, &b);
	buf_wipe(&b);
	buf_free_bytes((uint8_t *)copy, strlen(typed));
	return err;
}
