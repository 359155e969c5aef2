/* measure: see measure.h. */
#include "measure.h"

#include <string.h>

#include "proto/err.h"
#include "proto/mp.h"
#include "proto/record.h"

#include "look.h"
#include "measures_score.h"

static const char *const contexts[] = {"baseline", "pre", "post", "weekly", "monthly", "discharge", NULL};

size_t measure_answers(const struct content *c, int *out, size_t max)
{
	struct mp_doc *doc = NULL;
	struct mp_cur list;
	size_t n = 0;
	if (content_open(c, MEASURE_ANSWERS, &doc, &list))
		return 0;
	while (mp_left(&list) && n < max)
		out[n++] = (int)mp_i64(&list, MEASURE_MISSING, MEASURE_ANSWER_MAX);
	mp_close(doc);
	return n;
}

const struct measures_instrument *measure_known(const struct content *c)
{
	char id[MEASURE_ID_MAX + 1];
	size_t len;
	const char *text = content_str(c, MEASURE_INSTRUMENT, &len);
	if (!text || len > MEASURE_ID_MAX)
		return NULL;
	memcpy(id, text, len);
	id[len] = '\0';
	const struct measures_instrument *m = measures_find(id);
	return m && !strcmp(m->id, id) && content_u64(c, MEASURE_VERSION, 1) == (uint64_t)m->version ? m : NULL;
}

/* What was filled in elsewhere has a name and a total, and nothing that could be added up here. */
static int check_external(const struct content *c)
{
	uint64_t total = content_u64(c, MEASURE_EXT_TOTAL, 0), max = content_u64(c, MEASURE_EXT_MAX, UINT64_MAX);
	if (!content_has(c, MEASURE_EXT_TOTAL) || total > max)
		return ERR_SCHEMA;
	return content_has(c, MEASURE_ANSWERS) || content_has(c, MEASURE_TOTAL) ? ERR_SCHEMA : 0;
}

static bool total_is(const struct content *c, const struct measures_score *s)
{
	bool prorated = content_bool(c, MEASURE_PRORATED, false);
	if (prorated && !s->can_prorate)
		return false;
	if (content_has(c, MEASURE_TOTAL) != (s->has_total || prorated))
		return false;
	uint64_t right = (uint64_t)(prorated ? s->prorated : s->total);
	return content_u64(c, MEASURE_TOTAL, right) == right;
}

/* Of an instrument that is known here everything is computed again: whoever wrote another total is not believed. One
 * from a clinic's own text is taken as it is. */
static int check(const struct content *c)
{
	const struct measures_instrument *m = measure_known(c);
	int answers[MEASURES_ITEMS];
	struct measures_score score;
	if (content_has(c, MEASURE_EXT_NAME) == content_has(c, MEASURE_INSTRUMENT))
		return ERR_SCHEMA;
	if (content_has(c, MEASURE_EXT_NAME))
		return check_external(c);
	size_t n = measure_answers(c, answers, MEASURES_ITEMS);
	if (!m)
		return n ? 0 : ERR_SCHEMA;
	if (measures_score(m, answers, n, &score) || content_bool(c, MEASURE_COMPLETE, false) != score.complete)
		return ERR_SCHEMA;
	if (!score.answered || !total_is(c, &score))
		return ERR_SCHEMA;
	return content_has(c, MEASURE_DIFFICULTY) && !(m->functional && score.sum > 0) ? ERR_SCHEMA : 0;
}

static const struct content_rule fields[] = {
    LOOK_WORDS(MEASURE_INSTRUMENT, "instrument", 1, MEASURE_ID_MAX, "Measure"),
    LOOK_NUMBER(MEASURE_VERSION, "version", 1, 1000, "Version", .as = LOOK_HIDDEN),
    LOOK_FIELD(MEASURE_ANSWERS, "answers", CONTENT_INT, MEASURE_MISSING, MEASURE_ANSWER_MAX, LOOK(.label = "Answers"),
               .list_max = 64),
    LOOK_NUMBER(MEASURE_TOTAL, "total", 0, 10000, "Total"),
    LOOK_YES_NO(MEASURE_COMPLETE, "complete", "Complete"),
    LOOK_ONE_OF(MEASURE_CONTEXT, "context", 5, contexts, "When"),
    LOOK_NUMBER(MEASURE_DIFFICULTY, "difficulty", 0, 3, "Difficulty"),
    LOOK_YES_NO(MEASURE_PRORATED, "prorated", "Prorated"),
    LOOK_WORDS(MEASURE_EXT_NAME, "external", 1, 80, "Name"),
    LOOK_NUMBER(MEASURE_EXT_TOTAL, "external-total", 0, 100000, "Total elsewhere"),
    LOOK_NUMBER(MEASURE_EXT_MAX, "external-max", 1, 100000, "Highest possible"),
    LOOK_WORDS(MEASURE_EXT_BY, "external-by", 1, 80, "Filled in by"),
    LOOK_ITEM(MEASURE_ASSIGNMENT, "assignment", "Assignment"),
};

const struct care_kind care_measure = {
    .content =
        {
            .kind = MEASURE_KIND,
            .name = "measure",
            .ops = 1u << RECORD_CONTENT,
            .classes = 1u << RECORD_PRIVATE | 1u << RECORD_SHARED | 1u << RECORD_CLINICAL,
            .fields = fields,
            .n_fields = sizeof(fields) / sizeof(fields[0]),
            .check = check,
        },
    .letter = 'M',
    .title = "Measure",
    .authors = KINDS_C | KINDS_CLINICIANS,
    .readers = KINDS_T | KINDS_P,
    .staff_class = RECORD_CLINICAL,
    .brief = {MEASURE_INSTRUMENT, MEASURE_TOTAL, MEASURE_COMPLETE, MEASURE_EXT_NAME, MEASURE_EXT_TOTAL},
};
