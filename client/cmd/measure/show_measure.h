/* show_measure: what belongs to a questionnaire that was filled in and stands in none of its fields: the range, what it
 * asks about, the questions with their answers; for clinicians what the total is called, parts and patterns. A client
 * is never shown a word for a number. */
#ifndef KAP_CLIENT_CMD_SHOW_MEASURE_H
#define KAP_CLIENT_CMD_SHOW_MEASURE_H

struct content;
struct desk;

/* KAP_OK or an exit code after saying why not. */
int show_measure(struct desk *d, const struct content *c);

#endif
