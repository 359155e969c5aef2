/* value: the value of a field as people type it and read it, by the row that describes it (client/care/look.h): numbers
 * with their unit, yes and no, words of a choice, times, lists. Knows rows and text, no kind and no terminal. */
#ifndef KAP_CLIENT_UI_VALUE_H
#define KAP_CLIENT_UI_VALUE_H

#include <stddef.h>

struct buf;
struct content;
struct content_rule;
struct out;
struct when;
struct why;

/* Reads what was typed and sets the field. Numbers may have their decimals; choices are words, beginnings of words or
 * their number; yes, no, y, n; times and days as when.h reads them. Lists have commas between their elements; lists of
 * tuples semicolons, and colons between the parts ("clonazepam:24"), the last part may have colons of its own. An empty
 * text drops the field. ERR_SHAPE, ERR_RANGE, ERR_TOO_BIG, ERR_UTF8 with a sentence in `why` that says what is allowed;
 * ERR_NOMEM. References and bytes cannot be typed: ERR_ARG. */
int value_parse(const struct content_rule *rule, const char *typed, const struct when *now, struct content *c,
                struct why *why);

/* Appends the field as people read it ("168 mmHg", "yes", "5 Jun"); nothing where it is absent. Errors of `out`. */
int value_put(const struct content *c, const struct content_rule *rule, const struct when *now, struct buf *out);

/* Shows the field as a fact: for people under its label, for programs under its name. Nothing where it is absent. */
void value_show(struct out *out, const struct content *c, const struct content_rule *rule, const struct when *now);

#endif
