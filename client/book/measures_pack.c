/* measures_pack: see measures_pack.h. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "client/care/measure.h"
#include "client/care/measures.h"
#include "client/ui/text.h"
#include "client/ui/why.h"
#include "proto/content.h"
#include "proto/err.h"

#include "measures_pack.h"

#define WORDS_MAX 600
#define ATTRIBUTION_MAX 1000

struct measures_pack {
	json_t *root; /* owns every text */
	const char *permission;
	struct measures_instrument m;
};

void measures_pack_free(struct measures_pack *pack)
{
	if (pack)
		json_decref(pack->root);
	free(pack);
}

const struct measures_instrument *measures_pack_peek(const struct measures_pack *pack)
{
	return &pack->m;
}

const char *measures_pack_permission(const struct measures_pack *pack)
{
	return pack->permission;
}

/* --- one value --- */

static int check_words(const json_t *value, const char *name, size_t max, struct why *why)
{
	const char *text = json_string_value(value);
	size_t len = json_string_length(value), chars = 0;
	if (!text || !len)
		return why_set(why, ERR_SHAPE, "\"%s\" is missing, or is not a text.", name);
	if (memchr(text, 0, len) || content_check_text(text, len, &chars) || strpbrk(text, "\n\t"))
		return why_set(why, ERR_SHAPE,
		               "\"%s\" has control characters, line ends or letters that are not in normal form (NFC). It is "
		               "one line of plain text.",
		               name);
	if (chars > max)
		return why_set(why, ERR_TOO_BIG, "\"%s\" has %zu characters; at most %zu are allowed.", name, chars, max);
	return 0;
}

struct text_row {
	const char *name;
	size_t offset, max; /* where in struct measures_instrument */
	bool needed;
};

static const struct text_row texts[] = {
    {"id", offsetof(struct measures_instrument, id), MEASURE_ID_MAX, true},
    {"name", offsetof(struct measures_instrument, name), 40, true},
    {"licence", offsetof(struct measures_instrument, licence), WORDS_MAX, true},
    {"attribution", offsetof(struct measures_instrument, attribution), ATTRIBUTION_MAX, true},
    {"source", offsetof(struct measures_instrument, source), WORDS_MAX, true},
    {"about", offsetof(struct measures_instrument, about), 200, true},
    {"window", offsetof(struct measures_instrument, window), 60, true},
    {"instruction", offsetof(struct measures_instrument, instruction), ATTRIBUTION_MAX, false},
    {"stem", offsetof(struct measures_instrument, stem), WORDS_MAX, false},
};
#define TEXTS (sizeof(texts) / sizeof(texts[0]))

static int read_texts(struct measures_pack *pack, struct why *why)
{
	int err = 0;
	for (size_t i = 0; !err && i < TEXTS; i++) {
		const json_t *value = json_object_get(pack->root, texts[i].name);
		if (!value && !texts[i].needed)
			continue;
		err = check_words(value, texts[i].name, texts[i].max, why);
		const char *text = json_string_value(value);
		memcpy((char *)&pack->m + texts[i].offset, &text, sizeof(text));
	}
	return err;
}

static int read_number(const json_t *in, const char *name, int least, int most, struct why *why)
{
	json_int_t v = json_integer_value(in);
	if (!json_is_integer(in) || v < least || v > most)
		return why_set(why, ERR_RANGE, "\"%s\" must be a whole number from %d to %d.", name, least, most);
	return (int)v;
}

/* Texts in a row; returns how many, or the error. */
static int read_list(const struct measures_pack *pack, const char *name, const char **out, int max, struct why *why)
{
	const json_t *list = json_object_get(pack->root, name);
	size_t n = json_array_size(list);
	char each[48];
	if (!json_is_array(list) || !n || n > (size_t)max)
		return why_set(why, ERR_SHAPE, "\"%s\" must be a list of 1 to %d texts.", name, max);
	for (size_t i = 0; i < n; i++) {
		snprintf(each, sizeof(each), "%s, number %zu", name, i + 1);
		int err = check_words(json_array_get(list, i), each, WORDS_MAX, why);
		if (err)
			return err;
		out[i] = json_string_value(json_array_get(list, i));
	}
	return (int)n;
}

/* --- the whole --- */

static int check_names(const json_t *root, struct why *why)
{
	static const char *const known[] = {"kap-pack",   "id",     "name",    "version", "licence",     "attribution",
	                                    "permission", "source", "about",   "window",  "instruction", "stem",
	                                    "items",      "least",  "answers", "scorer",  "bands",       NULL};
	const char *name;
	json_t *value;
	json_object_foreach((json_t *)(uintptr_t)root, name, value)
	{
		size_t i = 0;
		while (known[i] && strcmp(known[i], name))
			i++;
		if (!known[i])
			return why_set(why, ERR_SHAPE, "There is no field \"%.40s\" in a pack.",
			               text_valid(name, strlen(name)) && !strpbrk(name, "\x1b\n\t\r") ? name : "?");
	}
	return 0;
}

static int check_id(const struct measures_instrument *m, struct why *why)
{
	if (strspn(m->id, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(m->id))
		return why_set(why, ERR_SHAPE, "\"id\" is made of a-z, 0-9 and -, as in who5.");
	const struct measures_instrument *built_in = measures_find(m->id);
	if (built_in && measures_has_text(built_in))
		return why_set(why, ERR_EXISTS, "%s is built in. A pack cannot take its place.", built_in->name);
	if (built_in && strcmp(built_in->id, m->id))
		return why_set(why, ERR_SHAPE, "\"id\" must be written %s.", built_in->id);
	return 0;
}

static int read_bands(struct measures_pack *pack, struct why *why)
{
	const json_t *bands = json_object_get(pack->root, "bands"), *band;
	size_t i;
	if (!bands)
		return 0;
	if (!json_is_array(bands) || json_array_size(bands) >= MEASURES_BANDS)
		return why_set(why, ERR_SHAPE, "\"bands\" must be a list of at most %d pairs [lowest total, words].",
		               MEASURES_BANDS - 1);
	json_array_foreach((json_t *)(uintptr_t)bands, i, band)
	{
		struct measures_band *to = &pack->m.bands[i];
		int err = json_array_size(band) == 2 ? check_words(json_array_get(band, 1), "bands", 80, why) : ERR_SHAPE;
		if (err)
			return why->text[0] ? err : why_set(why, err, "Each of \"bands\" is a pair [lowest total, words].");
		to->from = read_number(json_array_get(band, 0), "bands", 0, 10000, why);
		if (to->from < 0)
			return to->from;
		if (i && to->from <= pack->m.bands[i - 1].from)
			return why_set(why, ERR_RANGE, "\"bands\" must rise from the lowest total to the highest.");
		to->words = json_string_value(json_array_get(band, 1));
	}
	return 0;
}

/* A rule that is built in under the pack's own id decides everything about numbers. */
static int take_rule(struct measures_pack *pack, const struct measures_instrument *rule, struct why *why)
{
	struct measures_instrument *m = &pack->m;
	if (m->n_items != rule->n_items)
		return why_set(why, ERR_RANGE, "%s has %d questions; the pack has %d.", rule->name, rule->n_items, m->n_items);
	if (m->least != rule->least || m->most != rule->most)
		return why_set(why, ERR_RANGE, "Answers of %s go from %d to %d; those of the pack from %d to %d.", rule->name,
		               rule->least, rule->most, m->least, m->most);
	if (json_object_get(pack->root, "bands"))
		return why_set(why, ERR_SHAPE, "The rule of %s has its own bands; leave \"bands\" out.", rule->name);
	m->total = rule->total;
	m->factor = rule->factor;
	m->version = rule->version;
	memcpy(m->bands, rule->bands, sizeof(m->bands));
	return 0;
}

static int read_scorer(struct measures_pack *pack, struct why *why)
{
	const char *scorer = json_string_value(json_object_get(pack->root, "scorer"));
	const struct measures_instrument *rule = measures_find(pack->m.id);
	if (!scorer || (strcmp(scorer, "sum") && strcmp(scorer, "none") && !measures_find(scorer)))
		return why_set(why, ERR_SHAPE, "\"scorer\" must be who5, isi, sum or none.");
	if (rule && strcmp(scorer, rule->id))
		return why_set(why, ERR_SHAPE, "The rule for the total of %s is built in: \"scorer\" must be %s.", rule->name,
		               rule->id);
	if (rule)
		return take_rule(pack, rule, why);
	if (measures_find(scorer))
		return why_set(why, ERR_SHAPE, "\"scorer\" %s is for the id %s alone. Use sum or none.", scorer, scorer);
	if (strcmp(scorer, "none") == 0) {
		pack->m.total = MEASURES_NONE;
		return json_object_get(pack->root, "bands") ? why_set(why, ERR_SHAPE, "Without a total there are no \"bands\".")
		                                            : 0;
	}
	if (measures_never_summed(pack->m.id) || measures_never_summed(pack->m.name))
		return why_set(why, ERR_SHAPE, "Answers of %s are not added up: \"scorer\" must be none.", pack->m.name);
	pack->m.total = MEASURES_SUM;
	return read_bands(pack, why);
}

static int read_items(struct measures_pack *pack, struct why *why)
{
	struct measures_instrument *m = &pack->m;
	int n = read_list(pack, "items", m->items, MEASURES_ITEMS, why);
	if (n < 0)
		return n;
	m->n_items = n;
	const json_t *least = json_object_get(pack->root, "least");
	m->least = least ? read_number(least, "least", 0, 1, why) : 0;
	if (m->least < 0)
		return m->least;
	n = read_list(pack, "answers", m->answers, MEASURES_ANSWERS, why);
	if (n < 0)
		return n;
	if (n < 2)
		return why_set(why, ERR_SHAPE, "\"answers\" must be a list of 2 to %d texts.", MEASURES_ANSWERS);
	m->most = m->least + n - 1;
	return 0;
}

static int read_pack(struct measures_pack *pack, struct why *why)
{
	int format = read_number(json_object_get(pack->root, "kap-pack"), "kap-pack", MEASURES_PACK_FORMAT,
	                         MEASURES_PACK_FORMAT, why);
	int err = format < 0 ? format : check_names(pack->root, why);
	if (!err)
		err = read_texts(pack, why);
	if (!err)
		err = check_words(json_object_get(pack->root, "permission"), "permission", ATTRIBUTION_MAX, why);
	if (!err)
		err = check_id(&pack->m, why);
	pack->permission = json_string_value(json_object_get(pack->root, "permission"));
	if (err)
		return err;
	pack->m.version = read_number(json_object_get(pack->root, "version"), "version", 1, 1000, why);
	if (pack->m.version < 0)
		return pack->m.version;
	err = read_items(pack, why);
	return err ? err : read_scorer(pack, why);
}

int measures_pack_parse(const void *bytes, size_t len, struct measures_pack **out, struct why *why)
{
	json_error_t fault;
	*out = NULL;
	why->text[0] = '\0';
	if (len > MEASURES_PACK_MAX)
		return why_set(why, ERR_TOO_BIG, "A pack has at most 64 KiB.");
	if (!text_valid(bytes, len))
		return why_set(why, ERR_UTF8, "The pack is not valid UTF-8 text.");
	struct measures_pack *pack = calloc(1, sizeof(*pack));
	if (!pack)
		return ERR_NOMEM;
	pack->root = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, &fault);
	int err = json_is_object(pack->root)
	              ? read_pack(pack, why)
	              : why_set(why, ERR_SHAPE, "The pack is not a JSON object (line %d).", pack->root ? 1 : fault.line);
	if (err) {
		measures_pack_free(pack);
		return err;
	}
	*out = pack;
	return 0;
}
