/* measures: see measures.h. */
#include <ctype.h>
#include <string.h>

#include "measures.h"

/* A data file is rows of these; ITEM counts from 1, ANSWER is the number a person types. */
#define TEXT(field, words) .field = (words),
#define NUMBER(field, value) .field = (value),
#define ITEM(n, words) .items[(n)-1] = (words),
#define ANSWER(value, words) .answers[(value)] = (words),
#define SECOND(value, words) .second[(value)] = (words),
#define FUNCTIONAL(value, words) .functional_answers[(value)] = (words),
#define BAND(n, lowest, said) .bands[(n)-1] = {(lowest), (said)},
#define PART(n, said, begin, end, needed) .parts[(n)-1] = {(said), (begin), (end), (needed)},

static const struct measures_instrument instruments[] = {
    {
#include "measures/phq9.def"
    },
    {
#include "measures/phq2.def"
    },
    {
#include "measures/gad7.def"
    },
    {
#include "measures/pcl5.def"
    },
    {
#include "measures/cgi.def"
    },
    {
#include "measures/who5.def"
    },
    {
#include "measures/isi.def"
    },
};
#define INSTRUMENTS (sizeof(instruments) / sizeof(instruments[0]))

bool measures_same_id(const char *a, const char *b)
{
	for (;; a++, b++) {
		a += strspn(a, "- ");
		b += strspn(b, "- ");
		if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
			return false;
		if (!*a)
			return true;
	}
}

const struct measures_instrument *measures_find(const char *id)
{
	for (size_t i = 0; i < INSTRUMENTS; i++)
		if (measures_same_id(instruments[i].id, id))
			return &instruments[i];
	return NULL;
}

const struct measures_instrument *measures_at(size_t i)
{
	return i < INSTRUMENTS ? &instruments[i] : NULL;
}

bool measures_has_text(const struct measures_instrument *m)
{
	return m->items[0];
}

static int times(const struct measures_instrument *m)
{
	return m->n_items * (m->factor ? m->factor : 1);
}

int measures_highest(const struct measures_instrument *m)
{
	return m->most * times(m);
}

int measures_lowest(const struct measures_instrument *m)
{
	return m->least * times(m);
}

const char *measures_word(const struct measures_instrument *m, int question, int answer)
{
	if (answer < m->least || answer > m->most || answer - m->least >= MEASURES_ANSWERS)
		return NULL;
	return question == 2 && m->second[0] ? m->second[answer - m->least] : m->answers[answer - m->least];
}

bool measures_never_summed(const char *id)
{
	static const char *const ids[] = {"cssrs", "cssrsscreener", "mdq"};
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		if (measures_same_id(ids[i], id))
			return true;
	return false;
}
