/* measures: the questionnaires that this program knows, one data file each in measures/: whose they are and under which
 * licence, what they ask, which answers there are, how a total is made. Text is shipped only where its licence allows
 * it; of others (WHO-5, ISI) there is the rule for their total alone, and a clinic adds the text
 * (book/measures_pack.h). Knows no person and no record. */
#ifndef KAP_CLIENT_CARE_MEASURES_H
#define KAP_CLIENT_CARE_MEASURES_H

#include <stdbool.h>
#include <stddef.h>

#define MEASURES_ITEMS 64
#define MEASURES_ANSWERS 11
#define MEASURES_BANDS 6
#define MEASURES_PARTS 4

enum measures_total {
	MEASURES_SUM,  /* the sum of all answers, times `factor` */
	MEASURES_NONE, /* answers that are never added up */
};

/* What an answer to the safety item means. */
enum measures_safety {
	MEASURES_SAFE,   /* there is no such item */
	MEASURES_CRISIS, /* the person is shown what to do in danger, and the team is told */
	MEASURES_REVIEW, /* clinicians are shown it */
};

struct measures_band {
	int from;          /* the lowest total of it */
	const char *words; /* for clinicians alone */
};

struct measures_part {
	const char *name;
	unsigned char first, last; /* questions, from 1 */
	unsigned char need;        /* how many of them must be endorsed for the pattern; 0: no part of one */
};

struct measures_instrument {
	const char *id, *name;
	int version;
	const char *licence, *attribution, *source;
	const char *about;       /* "low mood": what it asks about, in plain words */
	const char *window;      /* "the last 2 weeks" */
	const char *instruction; /* said first, NULL */
	const char *stem;        /* said before the questions, NULL */
	int n_items;
	const char *items[MEASURES_ITEMS];     /* all NULL: the text is not here */
	int least, most;                       /* of an answer */
	const char *answers[MEASURES_ANSWERS]; /* from `least` on */
	const char *second[MEASURES_ANSWERS];  /* those of the second question, where they differ */
	const char *functional;                /* a question that is not scored, NULL */
	const char *functional_answers[4];
	enum measures_total total;
	int factor;                                 /* 0 stands for 1 */
	struct measures_band bands[MEASURES_BANDS]; /* rising; words NULL at the end */
	struct measures_part parts[MEASURES_PARTS]; /* name NULL at the end */
	int endorsed;                               /* an answer from here on counts in a pattern */
	int cut;                                    /* a total from here on is above the cut-point; 0: there is none */
	enum measures_safety safety;
	int safety_item, safety_from; /* question, from 1; the lowest answer */
	int prorate;                  /* so many answers may be missing where a clinic wants a prorated total */
	bool symptom_count;           /* the count of symptoms of the PHQ-9 */
	bool clinician;               /* filled in by a clinician */
};

/* One that is built in, with or without its text; NULL. Case and "-" do not matter: "PHQ-9" is phq9. */
const struct measures_instrument *measures_find(const char *id);
const struct measures_instrument *measures_at(size_t i); /* NULL beyond the last */
/* True if its questions are here and can be asked. */
bool measures_has_text(const struct measures_instrument *m);
/* The highest and lowest total. */
int measures_highest(const struct measures_instrument *m);
int measures_lowest(const struct measures_instrument *m);
/* The word of an answer to a question (from 1), NULL when there is none. */
const char *measures_word(const struct measures_instrument *m, int question, int answer);
/* True if answers to this one are never added up, whoever asks: a triage, or a rule of several parts. */
bool measures_never_summed(const char *id);
/* True if both name the same: "PHQ-9", "phq9". */
bool measures_same_id(const char *a, const char *b);

#endif
