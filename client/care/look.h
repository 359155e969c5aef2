/* look: how a field of a kind is said to people and asked of them: its label, its unit, its words. A row of a table of
 * kinds points to one (content_rule.look); parsing, prompting, showing, exporting and the docs read it. Knows no value
 * and no terminal. */
#ifndef KAP_CLIENT_CARE_LOOK_H
#define KAP_CLIENT_CARE_LOOK_H

#include <stdint.h>

#include "proto/content.h"

enum look_as {
	LOOK_AS_IS,   /* a number, a yes or no, a text */
	LOOK_CHOICE,  /* a number from 0 that stands for one of `words` */
	LOOK_MOMENT,  /* milliseconds since 1970 */
	LOOK_DAY,     /* days since 1970 */
	LOOK_DEGREES, /* tenths of a degree Celsius, typed with its unit: 37.0C or 98.6F */
	LOOK_REF,     /* [author pid, item id]: not said to people */
	LOOK_HIDDEN,  /* for programs alone */
};

struct content_look {
	const char *label;        /* "Top number"; begins a sentence about a value that is not valid */
	const char *ask;          /* the question, NULL: the label */
	const char *unit;         /* "mmHg", NULL */
	const char *const *words; /* of a choice, NULL at the end */
	const uint8_t *typed;     /* of a choice: the number that people type for each word; NULL: its place, from 0 */
	enum look_as as;
	uint8_t decimals; /* a number is kept as so many times ten: 6.5 h with 2 decimals is 650 */
	uint8_t step;     /* in kept units, 0: any */
};

/* One row of a table of fields, and its look; whatever follows are further members of struct content_rule. */
#define LOOK(...) (&(const struct content_look){__VA_ARGS__})
#define LOOK_FIELD(number, id, kind_of, least, most, how, ...)                                                         \
	{                                                                                                                  \
		.key = (number), .name = (id), .type = (kind_of), .min = (least), .max = (most), .look = (how), __VA_ARGS__    \
	}
/* Rows that occur in many kinds. `lo` and `hi` are in kept units. */
#define LOOK_NUMBER(number, id, lo, hi, said, ...)                                                                     \
	LOOK_FIELD(number, id, CONTENT_UINT, lo, hi, LOOK(.label = (said), __VA_ARGS__))
#define LOOK_YES_NO(number, id, said, ...)                                                                             \
	LOOK_FIELD(number, id, CONTENT_BOOL, 0, 1, LOOK(.label = (said), __VA_ARGS__))
#define LOOK_ONE_OF(number, id, last, list, said, ...)                                                                 \
	LOOK_FIELD(number, id, CONTENT_UINT, 0, last,                                                                      \
	           LOOK(.label = (said), .as = LOOK_CHOICE, .words = (list), __VA_ARGS__))
#define LOOK_WORDS(number, id, lo, hi, said, ...)                                                                      \
	LOOK_FIELD(number, id, CONTENT_TEXT, lo, hi, LOOK(.label = (said), __VA_ARGS__), .unit = CONTENT_IN_CHARACTERS)
#define LOOK_TIME(number, id, said, ...)                                                                               \
	LOOK_FIELD(number, id, CONTENT_UINT, 1, LOOK_TIME_MAX, LOOK(.label = (said), .as = LOOK_MOMENT, __VA_ARGS__))
#define LOOK_DATE(number, id, said, ...)                                                                               \
	LOOK_FIELD(number, id, CONTENT_UINT, 0, LOOK_DAY_MAX, LOOK(.label = (said), .as = LOOK_DAY, __VA_ARGS__))
#define LOOK_ITEM(number, id, said, ...)                                                                               \
	LOOK_FIELD(number, id, CONTENT_TUPLE, 0, 0, LOOK(.label = (said), .as = LOOK_REF), .parts = look_ref_parts,        \
	           .n_parts = 2, __VA_ARGS__)
#define LOOK_TIME_MAX INT64_C(4102444800000) /* the year 2100 */
#define LOOK_DAY_MAX 47482                   /* the same */
#define LOOK_RATHER_NOT 11                   /* on scales of 0 to 10: "rather not say", which is not "not asked" */

extern const struct content_rule look_ref_parts[2];
extern const char *const look_yes_no_skip[]; /* "yes", "no", "skip" */

/* The rule of a field by its name for programs ("sys"), NULL when the kind has none. */
const struct content_rule *look_find(const struct content_kind *kind, const char *name);
/* The same by its number. */
const struct content_rule *look_by_key(const struct content_kind *kind, uint32_t key);
/* The word a value stands for, NULL when it stands for none. */
const char *look_word(const struct content_rule *rule, uint64_t value);

#endif
