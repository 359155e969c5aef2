/* measure_internal: what the files of `measure` share: one questionnaire on its way from its questions to the vault.
 * For measure*.c only. */
#ifndef KAP_CLIENT_CMD_MEASURE_INTERNAL_H
#define KAP_CLIENT_CMD_MEASURE_INTERNAL_H

#include "client/book/chart.h"
#include "client/care/measures_score.h"

#include "measure_ask.h"

struct content;
struct desk;

#define MEASURE_NAMES_MAX 512
#define MEASURE_TEAM_MAX 32
#define MEASURE_NOT_SAVED "Nothing was saved."

struct measure_filling {
	struct desk *d;
	const struct measures_instrument *m;
	struct chart chart;
	const struct book_item *assignment; /* that asks for it, NULL */
	const struct person *to[MEASURE_TEAM_MAX];
	size_t n_to; /* 0: it is private */
	struct measure_answers a;
	struct measures_score score;
	struct content *content;
	const struct book_item *item; /* once it is saved; in `book` */
	struct book *book;
};

/* Who asked for it and who is to see it, from the command line and the chart. KAP_OK or an exit code after saying why
 * not. */
int measure_find_readers(struct measure_filling *f);
/* The line before the first question. */
void measure_say_who_sees(const struct measure_filling *f);

/* Saves the answers, the flag that they may ask for and that the assignment is done, in one transaction; then says what
 * was saved, what helps now, and who was told. Returns the exit code. */
int measure_save(struct measure_filling *f);

#endif
