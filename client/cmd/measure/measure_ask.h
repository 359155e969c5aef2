/* measure_ask: gets the answers of a questionnaire: one question after the other, or a list of numbers. Knows the
 * terminal; knows no client and saves nothing. */
#ifndef KAP_CLIENT_CMD_MEASURE_ASK_H
#define KAP_CLIENT_CMD_MEASURE_ASK_H

#include <stdbool.h>
#include <stddef.h>

#include "client/care/measures.h"

struct kap;

struct measure_answers {
	int answers[MEASURES_ITEMS]; /* MEASURES_MISSING where there is none */
	size_t given;                /* of a list: how many there were in it; else all */
	int difficulty;              /* the question that is not scored; MEASURES_MISSING */
};

/* Asks them; "s" skips one, "q" (and the end of input) stops. KAP_OK or an exit code after saying why not. */
int measure_ask(struct kap *kap, const struct measures_instrument *m, struct measure_answers *out);
/* Reads "0,1,s,2", a file of that, or standard input ("-"). What is no answer to a question leaves it unanswered, and
 * that is said. */
int measure_ask_list(struct kap *kap, const struct measures_instrument *m, const char *typed,
                     struct measure_answers *out);

#endif
